"""In which row the vector of an entry is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

#: So many changes are kept beside the sorted arrays; then they are merged into them.
_MOST_CHANGES = 50_000


class RowNumbers:
    """Entry id -> row, in sorted arrays with a few changes beside them: a dict of a million entries takes 100 MB.

    Args:
        ids: int64 [n], the entry of each row, below 0 where a row is free.
    """

    def __init__(self, ids: NDArray[np.int64]) -> None:
        rows = np.flatnonzero(ids >= 0)
        order = np.argsort(ids[rows], kind="stable")
        self._rows = rows[order]  # [m]
        self._ids = ids[self._rows]  # [m], ascending
        self._changes: dict[int, int] = {}  # id -> row, -1 for one that has gone

    def of(self, ids: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
        """The rows [n] of entries, -1 for those that have none."""
        wanted = np.asarray(ids, dtype=np.int64)
        found = np.full(len(wanted), -1, dtype=np.int64)
        if len(self._ids):
            at = np.minimum(np.searchsorted(self._ids, wanted), len(self._ids) - 1)
            same = self._ids[at] == wanted
            found[same] = self._rows[at[same]]
        if self._changes:
            for place, entry_id in enumerate(wanted.tolist()):
                found[place] = self._changes.get(entry_id, found[place])
        return found

    def set(self, ids: NDArray[np.int64], rows: NDArray[np.int64]) -> None:
        """From now on these entries are in these rows [n]; -1: in none."""
        self._changes.update(zip(ids.tolist(), rows.tolist(), strict=True))
        if len(self._changes) > max(_MOST_CHANGES, len(self._ids) // 8):
            self._merge()

    def _merge(self) -> None:
        changed = np.fromiter(self._changes, np.int64, len(self._changes))
        rows = np.fromiter(self._changes.values(), np.int64, len(self._changes))
        kept = ~np.isin(self._ids, changed)
        ids = np.concatenate([self._ids[kept], changed[rows >= 0]])
        rows = np.concatenate([self._rows[kept], rows[rows >= 0]])
        order = np.argsort(ids, kind="stable")
        self._ids, self._rows, self._changes = ids[order], rows[order], {}
