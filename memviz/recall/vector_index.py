"""The vectors of a memory, to be searched by a vector: exactly while that is fast, by inverted lists beyond.

Whatever finds a row, its score is computed from the row itself, so the same entry has the same score in an exact and in
an approximate search, and equal scores are ordered by id.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from memviz.core.arrays import FloatArray
from memviz.core.errors import KnownError
from memviz.core.progress import Progress, no_progress
from memviz.core.snapshot import Match
from memviz.core.vectors import VectorChanges
from memviz.recall.vectors.rows import VectorRows

if TYPE_CHECKING:
    from memviz.recall.vectors.lists import InvertedLists

#: Up to so many vectors are compared one by one: 8 ms for 100,000 of 384 dimensions on one busy core.
EXACT_UP_TO = 100_000
#: Centres are sought anew when there are so many times as many vectors as when they were sought.
_GROWN = 4
#: Products of rounded numbers closer than this are compared once more, one like the other.
_NEAR = 2e-6
#: So many changes are made before a search may come between them.
_BATCH = 2_048
#: So many vectors are compared with all others before a search may come between them.
_ASKED = 20
#: Lists that were made of fewer vectors than this order others very roughly: so many rows more are compared exactly.
_FEW_TRAINED, _SPARE = 20_000, 16


@dataclass(frozen=True, slots=True)
class RecallCheck:
    """How many of the ``limit`` nearest an approximate search finds, on a sample of the memory's own vectors.

    Attributes:
        recall: mean share found, 0..1.
        limit: how many nearest are sought.
        sample: number of vectors asked with.
        probes: lists looked into.
    """

    recall: float
    limit: int
    sample: int
    probes: int


class VectorIndex:
    """Vectors by entry id. Searches may come from any thread while one other thread changes it.

    Args:
        space: what made the vectors.
        dimension: D.
        rows: of an index that was kept.
        lists: of an index that was kept.
        stamp: up to which changes of the store are in it.
        exact_up_to: number of vectors beyond which inverted lists are made.
    """

    def __init__(
        self,
        space: str,
        dimension: int,
        *,
        rows: VectorRows | None = None,
        lists: InvertedLists | None = None,
        stamp: int = 0,
        exact_up_to: int = EXACT_UP_TO,
    ) -> None:
        self.space = space
        self.dimension = dimension
        self.stamp = stamp
        self.exact_up_to = exact_up_to
        self.rows = VectorRows(dimension) if rows is None else rows
        self.lists = lists
        self._lock = threading.Lock()
        self.rows.widen(lists is None and self.rows.count <= exact_up_to)

    @property
    def count(self) -> int:
        """Number of vectors."""
        return self.rows.count

    @property
    def exact(self) -> bool:
        """True where every search compares with every vector."""
        return self.lists is None

    @property
    def kind(self) -> str:
        """In faiss's words: ``Flat``, or ``IVF2000,SQ8`` for 2,000 lists of 8-bit numbers."""
        return "Flat" if self.lists is None else f"IVF{self.lists.number},SQ8"

    # -- searching ---------------------------------------------------------------------------------------------------

    def search_vector(self, vector: FloatArray, *, limit: int, exact: bool = False, probes: int = 32) -> list[Match]:
        """The entries whose vectors are nearest to a vector [D] by cosine, best first, ties by id.

        Fewer than ``limit`` where the memory has no more; none for the vector 0, which is near to nothing.

        Args:
            exact: compare with every vector: 0.7 s for a million of 384 dimensions.
            probes: lists that are looked into; more where they hold too few.

        Raises:
            KnownError: another dimension, or numbers that are not finite.
        """
        unit = self._asked(vector)
        with self._lock:
            limit = min(limit, self.count)
            if limit < 1 or (unit.item(0) == 0.0 and not unit.any()):
                return []
            if self.lists is None or exact:
                rows = _best(self.rows.scan(unit[None])[0], limit)
            else:
                rows = _found(self.lists, unit, limit, probes)
            ids = self.rows.ids.take(rows).tolist()
            scores = _products(self.rows.vectors(rows), unit).tolist()
        # In plain Python: after a search the caches hold vectors, and each function of NumPy has to be fetched anew.
        ranked = sorted(zip(scores, ids, strict=True), key=_best_first)[:limit]
        return [Match(entry_id, min(score, 1.0)) for score, entry_id in ranked]  # halves round above 1

    def ranks_of(self, vector: FloatArray, ids: Sequence[int]) -> dict[int, tuple[int, float]]:
        """Exact rank (1 is best) and cosine of these entries to a vector [D], of those that have a vector.

        Raises:
            KnownError: another dimension, or numbers that are not finite.
        """
        unit = self._asked(vector)
        with self._lock:
            rows = self.rows.rows_of(list(dict.fromkeys(ids)))
            rows = rows[rows >= 0]
            own_ids, own = self.rows.ids[rows], _products(self.rows.vectors(rows), unit)
            products = self.rows.scan(unit[None])[0]
            return {
                int(entry_id): (1 + self._better(products, unit, float(score), int(entry_id)), min(float(score), 1.0))
                for entry_id, score in zip(own_ids, own, strict=True)
            }

    def _better(self, products: FloatArray, unit: FloatArray, score: float, entry_id: int) -> int:
        """How many rows stand before an entry with this score."""
        near = np.flatnonzero(np.abs(products - score) <= _NEAR)
        scores, ids = _products(self.rows.vectors(near), unit), self.rows.ids[near]
        before = (scores > score) | ((scores == score) & (ids < entry_id))
        return int((products > score + _NEAR).sum() + before.sum())

    def recall_check(
        self,
        sample: int = 50,
        *,
        limit: int = 10,
        probes: int = 32,
        seed: int = 0,
        progress: Progress = no_progress,
    ) -> RecallCheck:
        """Compares the approximate search with the exact one, asked with vectors of the memory itself.

        A second for 20 of a million vectors of 384 dimensions; other searches wait for so many at most.

        Raises:
            Cancelled: from ``progress``.
        """
        shares: list[float] = []
        with self._lock:
            live = self.rows.live()
        chosen = np.random.default_rng(seed).choice(live, min(sample, len(live)), replace=False)
        for start in range(0, len(chosen), _ASKED):
            progress(start, len(chosen), "comparing the index with exact search")
            shares += self._shares(chosen[start : start + _ASKED], limit, probes)
        return RecallCheck(float(np.mean(shares)) if shares else 1.0, limit, len(chosen), probes)

    def _shares(self, chosen: NDArray[np.int64], limit: int, probes: int) -> list[float]:
        """Which part of the nearest to each of these rows the lists find; of those that still hold a vector."""
        with self._lock:
            if self.lists is None:
                return []
            vectors = self.rows.vectors(np.intersect1d(chosen, self.rows.live()))
            exact = self.rows.scan(vectors)  # [sample, used]
            return [
                self._share(self.lists, vector, products, limit, probes)
                for vector, products in zip(vectors, exact, strict=True)
                if vector.any()
            ]

    def _share(self, lists: InvertedLists, vector: FloatArray, products: FloatArray, limit: int, probes: int) -> float:
        """Which part of the nearest the lists find; of equally near ones any will do."""
        limit = min(limit, self.rows.count)
        least = np.partition(products, len(products) - limit)[len(products) - limit]
        found = _products(self.rows.vectors(_found(lists, vector, limit, probes)), vector)
        return min(1.0, int((found >= least - _NEAR).sum()) / limit)

    # -- changing ----------------------------------------------------------------------------------------------------

    def follow(self, changes: VectorChanges) -> None:
        """Makes the changes of a store, and remembers up to which it came.

        Raises:
            KnownError: vectors of another dimension, or that are not finite.
            OSError: there is no room for them.
        """
        self.remove(changes.gone)
        self.put(changes.ids, changes.vectors)
        self.stamp = changes.stamp

    def put(self, ids: Sequence[int] | NDArray[np.int64], vectors: FloatArray) -> None:
        """Adds vectors [n, D] of entries, or replaces those they had.

        Raises:
            KnownError: vectors of another dimension, or that are not finite.
            OSError: there is no room for them.
        """
        if not len(ids):
            return
        self._check(vectors[0])
        if not np.isfinite(vectors).all():
            raise KnownError(f"Some vectors of “{self.space}” are not finite; choose another encoder.")
        last = {entry_id: place for place, entry_id in enumerate(np.asarray(ids).tolist())}  # of an id given twice
        all_ids, places = np.fromiter(last, np.int64, len(last)), np.fromiter(last.values(), np.int64, len(last))
        for start in range(0, len(all_ids), _BATCH):
            part = slice(start, start + _BATCH)
            units = _unit(np.asarray(vectors[places[part]], dtype=np.float32))
            with self._lock:
                rows = self.rows.put(all_ids[part], units)
                if self.lists is not None:
                    self.lists.put(rows, self.rows.vectors(rows))
        if self.lists is None and self.count > 2 * self.exact_up_to:
            self.rows.widen(False)  # lists are due; until then memory is worth more than time

    def remove(self, ids: Sequence[int] | NDArray[np.int64]) -> None:
        """Takes entries out; those that are not there are left out."""
        if len(ids):
            with self._lock:
                gone = self.rows.remove(np.unique(np.asarray(ids, dtype=np.int64)))
                if self.lists is not None:
                    self.lists.remove(gone)

    @property
    def lists_due(self) -> bool:
        """Whether the size asks for other lists than there are."""
        if self.lists is None:
            return self.count > self.exact_up_to
        return self.count > _GROWN * self.lists.trained or self.count <= self.exact_up_to // 2

    def make_lists(self, progress: Progress = no_progress) -> None:
        """Makes the lists that the size asks for, on the thread that changes the index; searches go on meanwhile.

        35 s for a million vectors of 384 dimensions on one core.

        Raises:
            Cancelled: from ``progress``; the index stays as it was.
        """
        if self.count <= self.exact_up_to:
            with self._lock:
                self.rows.widen(True)
                self.lists = None
            return
        from memviz.recall.vectors.lists import InvertedLists

        made = InvertedLists.build(self.rows, progress)
        with self._lock:
            self.lists = made
            self.rows.widen(False)

    def close(self) -> None:
        """Lets go of the file. May be called twice."""
        with self._lock:
            self.rows.close()
            self.rows, self.lists = VectorRows(self.dimension), None

    def _asked(self, vector: FloatArray) -> FloatArray:
        """The vector [D] of a question at length 1; 0 stays 0."""
        self._check(vector)
        single = np.asarray(vector, dtype=np.float32)
        squares = float(single @ single)
        if not math.isfinite(squares):
            raise KnownError("The vector of the text is not finite; choose another encoder.")
        unit: FloatArray = single / np.float32(math.sqrt(squares)) if squares else single
        return unit

    def _check(self, vector: FloatArray) -> None:
        if vector.shape != (self.dimension,):
            raise KnownError(
                f"The vectors of “{self.space}” have {self.dimension} numbers, and one of {vector.shape[-1]} came;"
                " press “Compute Anew” in the Recall dialog, or remove them with “memviz embed --drop”."
            )


def _found(lists: InvertedLists, unit: FloatArray, limit: int, probes: int) -> NDArray[np.int64]:
    """Rows by the lists: some more than asked for, since 8 bits order them roughly, and never too few."""
    wanted = limit + 2 + limit // 8 + (_SPARE if lists.trained < _FEW_TRAINED else 0)
    while True:
        rows = lists.nearest(unit, wanted, probes)
        if len(rows) >= limit or probes >= lists.number:
            return rows
        probes *= 4


def _best(products: FloatArray, limit: int) -> NDArray[np.int64]:
    """The rows with the greatest products, and all that are as good as the last of them."""
    least = np.partition(products, len(products) - limit)[len(products) - limit]
    return np.flatnonzero(products >= least - _NEAR)


def _products(vectors: FloatArray, unit: FloatArray) -> FloatArray:
    """Inner products [n], each computed alike: a matrix product rounds a row by where it stands."""
    products: FloatArray = np.vecdot(vectors, unit)
    return products


def _best_first(scored: tuple[float, int]) -> tuple[float, int]:
    return -scored[0], scored[1]


def _unit(vectors: FloatArray) -> FloatArray:
    """Vectors [n, D] at length 1; 0 stays 0."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    units: FloatArray = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return units
