"""The two rankings that find entries: by words and by vectors."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from memviz.core.memory import DenseIndex, Snapshot
from memviz.core.recall_settings import RecallSettings
from memviz.recall.lexical import LexicalRanking


@dataclass(frozen=True, slots=True)
class Rankings:
    """What words and vectors find, each at most ``size`` entries, best first.

    Attributes:
        size: how many were asked for.
        lexical: entry id -> the parts of its lexical score; empty where words are not searched.
        dense: entry id -> cosine with the question; empty where vectors are not searched.
        fused: True where both were searched, or vectors alone, so that ranks count; False where the lexical score does.
        understood: how much of the question the embedder was made for, 0..1.
        unseen: entries whose vectors are those of another time than the snapshot's.
    """

    size: int
    lexical: Mapping[int, Mapping[str, float]]
    dense: Mapping[int, float]
    fused: bool
    understood: float = 1.0
    unseen: int = 0

    @property
    def best_lexical(self) -> float:
        return math.fsum(next(iter(self.lexical.values()), {}).values())

    @property
    def best_cosine(self) -> float:
        return next(iter(self.dense.values()), 0.0)

    def ranks_of(self) -> dict[int, dict[str, int]]:
        """Entry id -> its rank (1 is best) in each ranking that found it."""
        found: dict[int, dict[str, int]] = {}
        for name, ranking in (("lexical", self.lexical), ("dense", self.dense)):
            for rank, entry_id in enumerate(ranking, 1):
                found.setdefault(entry_id, {})[name] = rank
        return found


def make_rankings(
    text: str,
    settings: RecallSettings,
    size: int,
    snapshot: Snapshot,
    lexical: LexicalRanking,
    dense: DenseIndex | None,
) -> Rankings:
    """Searches what has a weight. Without a dense index only words are searched, whatever the weights are."""
    by_words = settings.lexical > 0 or dense is None
    by_vectors = settings.dense > 0 and dense is not None
    found = lexical.ranked(text, snapshot, size) if by_words else {}
    near: dict[int, float] = {}
    understood = 1.0
    differing = snapshot.differing() if by_vectors else frozenset()
    if dense is not None and by_vectors:
        matches = dense.search(text, limit=size, exact=settings.exact, probes=settings.probes)
        understood = dense.understands(text)
        near = {match.entry_id: match.score for match in matches if match.entry_id not in differing}
    return Rankings(size, found, near, by_vectors, understood, len(differing))
