"""A dense index small enough to be read: letters in pairs, every vector compared."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence

import numpy as np

from memviz.core.snapshot import Match

_DIMENSION = 64


def vector(text: str) -> np.ndarray:
    found = np.zeros(_DIMENSION)
    for at in range(len(text) - 1):
        found[zlib.crc32(text[at : at + 2].casefold().encode()) % _DIMENSION] += 1.0
    return found / max(float(np.linalg.norm(found)), 1e-9)


class TinyDense:
    """Implements ``DenseIndex``. ``missed``: entries that only exact search finds, as an approximate index may."""

    space = "tiny/64"

    def __init__(self, texts: Mapping[int, str], missed: Sequence[int] = ()) -> None:
        self._vectors = {entry_id: vector(text) for entry_id, text in texts.items()}
        self._missed = set(missed)
        self.exact = not missed

    @property
    def count(self) -> int:
        return len(self._vectors)

    def search(self, text: str, *, limit: int, exact: bool = False, probes: int = 32) -> list[Match]:
        hidden = set() if exact else self._missed
        return [match for match in self._all(text) if match.entry_id not in hidden][:limit]

    def understands(self, text: str) -> float:
        return 1.0 if text.isascii() else 0.0

    def ranks(self, text: str, ids: Sequence[int]) -> dict[int, tuple[int, float]]:
        wanted = set(ids)
        return {m.entry_id: (rank, m.score) for rank, m in enumerate(self._all(text), 1) if m.entry_id in wanted}

    def _all(self, text: str) -> list[Match]:
        asked = vector(text)
        found = [Match(entry_id, float(asked @ other)) for entry_id, other in self._vectors.items()]
        return sorted(found, key=lambda match: (-match.score, match.entry_id))
