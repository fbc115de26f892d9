"""An approximate index over rows: inverted lists with 8-bit numbers, by faiss.

Jegou et al. 2011 (inverted lists), Douze et al. 2024 (faiss). One list for each of the k-means centres; a search looks
into the lists of the centres that are nearest. Rows are added and removed in place.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from memviz.core.arrays import FloatArray
from memviz.core.progress import Progress, no_progress
from memviz.recall.vectors.rows import VectorRows

#: Vectors for each list that the centres are sought with.
_FOR_EACH_LIST = 40
_BLOCK = 16_384


@contextmanager
def one_thread() -> Iterator[None]:
    """faiss with one thread of OpenMP, since a second one costs more than it brings.

    Given back afterwards: where torch was imported first it has the same OpenMP, and would go on with one as well.
    """
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def lists_for(count: int) -> int:
    """How many lists suit so many vectors: about 400 for 100,000 and 2,000 for a million."""
    return max(1, int(count**0.7 / 8 + 0.5))


class InvertedLists:
    """Rows by the k-means centre that is nearest; numbers in 8 bits, which is a quarter of single precision.

    Args:
        index: a trained ``IndexIVF`` of faiss that finds a row's place by a hash table.
        trained: number of vectors when the centres were sought.

    Attributes:
        number: how many lists there are.
    """

    def __init__(self, index: Any, trained: int) -> None:
        self._index = index
        self.trained = trained
        self.number = int(index.nlist)

    @classmethod
    def build(cls, rows: VectorRows, progress: Progress = no_progress) -> InvertedLists:
        """Seeks the centres on a sample of the rows, then adds them all: about 35 s for a million of 384 dimensions."""
        live = rows.live()
        number = lists_for(len(live))
        index = faiss.index_factory(rows.dimension, f"IVF{number},SQ8", faiss.METRIC_INNER_PRODUCT)
        wanted = min(len(live), number * _FOR_EACH_LIST)
        sample = np.random.default_rng(0).choice(live, wanted, replace=False)
        progress(0, len(live), f"seeking {number:,} centres")
        with one_thread():
            index.train(rows.vectors(np.sort(sample)))
        progress(0, len(live), "sorting vectors into lists")
        for start in range(0, len(live), _BLOCK):
            part = live[start : start + _BLOCK]
            with one_thread():
                index.add_with_ids(rows.vectors(part), part)
            progress(start + len(part), len(live), "sorting vectors into lists")
        index.set_direct_map_type(faiss.DirectMap.Hashtable)
        return cls(index, len(live))

    @property
    def count(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        return int(self._index.d)

    @property
    def index(self) -> Any:
        """The index of faiss, for measurements."""
        return self._index

    def put(self, rows: NDArray[np.int64], vectors: FloatArray) -> None:
        """Adds rows, or moves those that are there already."""
        self.remove(rows)
        with one_thread():
            self._index.add_with_ids(np.ascontiguousarray(vectors, dtype=np.float32), rows)

    def remove(self, rows: NDArray[np.int64]) -> None:
        if len(rows):
            self._index.remove_ids(rows)

    def nearest(self, vector: FloatArray, limit: int, probes: int) -> NDArray[np.int64]:
        """At most ``limit`` rows that are nearest to a vector [D], in no certain order."""
        with one_thread():
            self._index.nprobe = min(probes, self.number)
            _, found = self._index.search(vector[None], limit)
        rows: NDArray[np.int64] = found[0]
        return rows if rows[-1] >= 0 else rows[rows >= 0]  # there were fewer

    def decoded(self, rows: NDArray[np.int64]) -> FloatArray:
        """The vectors [n, D] of rows as 8 bits have them."""
        found = [self._index.reconstruct(row) for row in rows.tolist()]
        return np.array(found, dtype=np.float32).reshape(-1, self.dimension)

    def save(self, file: Path) -> None:
        """Writes a file.

        Raises:
            OSError: there is no room, or the folder is gone.
        """
        try:
            faiss.write_index(self._index, str(file))
        except RuntimeError as error:  # faiss knows no other kind
            raise OSError(f"{file} cannot be written: {error}") from error

    @classmethod
    def load(cls, file: Path, trained: int) -> InvertedLists:
        """Reads what :meth:`save` wrote.

        Raises:
            ValueError: it is no such index.
        """
        try:
            index = faiss.read_index(str(file))
        except RuntimeError as error:
            raise ValueError("faiss cannot read the lists") from error
        if not isinstance(index, faiss.IndexIVF) or index.direct_map.type != faiss.DirectMap.Hashtable:
            raise ValueError("the lists are of another kind")
        return cls(index, trained)
