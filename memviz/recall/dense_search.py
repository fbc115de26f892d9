"""Recall by what a text means: its vector against those of the memory."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np

from memviz.core.arrays import FloatArray
from memviz.core.snapshot import Match
from memviz.core.vectors import Embedder
from memviz.recall.vector_index import VectorIndex

#: Vectors of so many questions are kept: one is asked again with other settings.
_KEPT = 64


class DenseSearch:
    """Implements ``core.vectors.DenseIndex``. Any thread, also while the index is changed by another one.

    Args:
        embedder: makes the vectors; shared with the thread that embeds entries.
        index: what it made.
    """

    def __init__(self, embedder: Embedder, index: VectorIndex) -> None:
        self.index = index
        self._space = embedder.space
        self._embedder: Embedder | None = embedder
        self._lock = threading.Lock()  # of the embedder, which is used by one thread at a time
        self._questions: dict[str, FloatArray] = {}

    @property
    def space(self) -> str:
        return self._space

    @property
    def count(self) -> int:
        return self.index.count

    @property
    def exact(self) -> bool:
        return self.index.exact

    def search(self, text: str, *, limit: int, exact: bool = False, probes: int = 32) -> list[Match]:
        """The entries whose vectors are nearest to that of the text, by cosine, best first, ties by id.

        Raises:
            KnownError: the embedder cannot make a vector.
        """
        return self.index.search_vector(self._question(text), limit=limit, exact=exact, probes=probes)

    def understands(self, text: str) -> float:
        """How much of a question is in a script that the embedder was made for, 0..1."""
        with self._lock:
            return self._embedder.understands(text) if self._embedder is not None else 0.0

    def ranks(self, text: str, ids: Sequence[int]) -> dict[int, tuple[int, float]]:
        """Exact rank (1 is best) and cosine of these entries, of those that have a vector."""
        return self.index.ranks_of(self._question(text), ids)

    def embed(self, texts: Sequence[str]) -> FloatArray:
        """Vectors [B, D] of entries; a question waits for one call of this at most."""
        with self._lock:
            return self._made(texts)

    def close(self) -> None:
        """Lets go of the embedder, which may be closed then; a question that is being asked ends first."""
        with self._lock:
            self._embedder = None

    def _made(self, texts: Sequence[str], query: bool = False) -> FloatArray:
        if self._embedder is None:  # the memory was closed while a run goes on
            return np.zeros((len(texts), self.index.dimension), dtype=np.float32)
        return self._embedder.embed(texts, query=query)

    def _question(self, text: str) -> FloatArray:
        """float32 [D]."""
        with self._lock:
            found = self._questions.pop(text, None)
            if found is None:
                found = self._made([text], query=True)[0]
            self._questions[text] = found
            if len(self._questions) > _KEPT:
                del self._questions[next(iter(self._questions))]
        return found
