"""The vectors themselves: a row each, in half precision, in a file that is mapped into memory."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memviz.core.arrays import FloatArray
from memviz.recall.vectors.row_numbers import RowNumbers

HALF = np.dtype("<f2")

#: Rows that are read at once by a scan: what the processor's cache holds.
_BLOCK = 4096
#: Room that is made beyond what is needed: rows, and a part of those that are there.
_ROOM, _GROWTH = 1024, 8


#: Linux's ``MADV_POPULATE_READ``, which Python has no name for: the first look at a row is slow without it.
_POPULATE_READ = 22


class VectorRows:
    """Vectors of length 1 by row; a row whose entry has gone is free, and the next new one takes it.

    A row is only ever changed for an entry that was changed since: so a file that was left in the middle of changes is
    right again when all changes since the last :meth:`ids` that was kept are made once more.

    Args:
        dimension: D.
        file: where the rows are kept; None: in memory alone.
        ids: int64 [n], the entries of the rows in the file, -1 where one is free.

    Raises:
        OSError: the file cannot be written, or there is no room for it.
    """

    def __init__(self, dimension: int, file: Path | None = None, ids: NDArray[np.int64] | None = None) -> None:
        self.dimension = dimension
        self.file = file
        self.ids = np.full(0, -1, dtype=np.int64) if ids is None else ids.astype(np.int64)  # [capacity]
        self.used = len(self.ids)  # rows beyond were never used
        self._free = np.flatnonzero(self.ids < 0).tolist()
        self._numbers = RowNumbers(self.ids)
        self._map: np.memmap[Any, np.dtype[np.float16]] | None = None
        self._half: NDArray[np.float16] = np.zeros((0, dimension), dtype=HALF)  # [capacity, D]
        self._wide: NDArray[np.float32] | None = None  # the same in single precision, where scans shall be fast
        if ids is not None:  # with the room that the file has: making more takes time
            there = file.stat().st_size // (dimension * HALF.itemsize) if file is not None and file.exists() else 0
            self._take(max(self.used, there))

    @property
    def count(self) -> int:
        """Number of entries."""
        return self.used - len(self._free)

    @property
    def free(self) -> int:
        """Number of rows without an entry among those in use."""
        return len(self._free)

    def rows_of(self, ids: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
        """The rows [n] of entries, -1 for those that have none."""
        return self._numbers.of(ids)

    def live(self) -> NDArray[np.int64]:
        """All rows that hold an entry's vector."""
        return np.flatnonzero(self.ids[: self.used] >= 0)

    def vectors(self, rows: NDArray[np.int64] | slice) -> FloatArray:
        """float32 [n, D]."""
        half = self._half[rows] if isinstance(rows, slice) else self._half.take(rows, axis=0)
        return half.astype(np.float32)

    def put(self, ids: NDArray[np.int64], vectors: FloatArray) -> NDArray[np.int64]:
        """Keeps vectors [n, D] of entries, each once; returns their rows."""
        rows = self.rows_of(ids)
        new = np.flatnonzero(rows < 0)
        fresh = max(0, len(new) - len(self._free))
        self._make_room(self.used + fresh)
        again = [self._free.pop() for _ in range(len(new) - fresh)]
        rows[new] = again + list(range(self.used, self.used + fresh))
        self.used += fresh
        half = vectors.astype(HALF)
        self._half[rows] = half
        if self._wide is not None:
            self._wide[rows] = half
        self.ids[rows] = ids
        self._numbers.set(ids[new], rows[new])
        return rows

    def remove(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Frees the rows of entries; returns those of them that had one."""
        rows = self.rows_of(ids)
        there = rows >= 0
        gone = rows[there]
        self.ids[gone] = -1
        self._free += gone.tolist()
        self._numbers.set(ids[there], np.full(len(gone), -1))
        return gone

    def widen(self, wide: bool) -> None:
        """Whether to keep the rows in single precision as well: scans are ten times faster, and take twice as much."""
        if wide == (self._wide is not None):
            return
        self._wide = self._half.astype(np.float32) if wide else None

    def scan(self, vectors: FloatArray) -> FloatArray:
        """The inner products of vectors [m, D] with each row: [m, used]; -inf for free rows."""
        if self._wide is not None:
            products: FloatArray = vectors @ self._wide[: self.used].T
        else:
            products = np.empty((len(vectors), self.used), dtype=np.float32)
            block = np.empty((_BLOCK, self.dimension), dtype=np.float32)
            for start in range(0, self.used, _BLOCK):
                stop = min(start + _BLOCK, self.used)
                np.copyto(block[: stop - start], self._half[start:stop])
                products[:, start:stop] = vectors @ block[: stop - start].T
        products[:, self._free] = -np.inf
        return products

    def flush(self) -> None:
        """Waits until the rows are on the disk."""
        if self._map is not None:
            self._map.flush()

    def close(self) -> None:
        self._map = None
        self._half = np.zeros((0, self.dimension), dtype=HALF)
        self._wide = None

    def _make_room(self, rows: int) -> None:
        """For so many rows, and some more: 0.1 s for each 125,000 that come to a million."""
        if rows > len(self._half):
            self._take(rows + _ROOM + rows // _GROWTH)

    def _take(self, capacity: int) -> None:
        if self.file is not None:
            self._map = _mapped(self.file, capacity, self.dimension)
            self._half = np.asarray(self._map)  # the same memory, without what a map does at every access
        else:
            half = np.zeros((capacity, self.dimension), dtype=HALF)
            half[: len(self._half)] = self._half
            self._half = half
        if self._wide is not None:
            wide = np.zeros((capacity, self.dimension), dtype=np.float32)
            wide[: len(self._wide)] = self._wide
            self._wide = wide
        self.ids = np.concatenate([self.ids, np.full(capacity - len(self.ids), -1, dtype=np.int64)])


def _mapped(file: Path, capacity: int, dimension: int) -> np.memmap[Any, np.dtype[np.float16]]:
    """The file with room for so many rows."""
    size = capacity * dimension * HALF.itemsize
    with file.open("ab") as stream:
        there = stream.seek(0, os.SEEK_END)
        if there < size:
            if hasattr(os, "posix_fallocate"):  # else a full disk ends the whole program when a row is written
                os.posix_fallocate(stream.fileno(), there, size - there)
            else:
                stream.truncate(size)
    rows = np.memmap(file, dtype=HALF, mode="r+", shape=(capacity, dimension))
    with suppress(OSError, ValueError):  # systems that cannot do it find the pages one by one
        rows._mmap.madvise(_POPULATE_READ)  # type: ignore[attr-defined]
    return rows
