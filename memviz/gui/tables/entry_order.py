"""Which rows, in which order: arrays of entry ids, and the difference between two of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from memviz.core.filters import Filter
from memviz.core.progress import Progress, no_progress
from memviz.gui.tables.entry_source import Readable
from memviz.gui.tables.row_cache import Row, read_rows

Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class RowQuery:
    """Everything that decides which rows stand in the table, and in which order.

    Attributes:
        text: what was typed into the search field.
        sort: name of the field that the store sorts by.
        descending: of that sort.
        first: ids that come first, in this order (the current run's candidates); the store's order follows.
        only: leave out all others; None: leave out none.
        where: conditions that must hold as well.
    """

    text: str = ""
    sort: str = "id"
    descending: bool = False
    first: tuple[int, ...] = ()
    only: tuple[int, ...] | None = None
    where: Filter = ()

    @property
    def first_soon(self) -> bool:
        """Whether a store finds the first rows without all others."""
        searched = self.text.strip() and self.sort != "id"
        return not (self.first or self.only is not None or self.where or searched)


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of a query.

    Attributes:
        query: what was asked.
        ids: [rows].
        total: the number of all entries.
        version: the store's.
        whole: these are all rows, not only the first.
        cells: the rows that are in sight first, where they were read as well.
        base, changes: rows that stood before, and how to come from them to these.
    """

    query: RowQuery
    ids: Ids
    total: int
    version: int
    whole: bool = True
    cells: Sequence[Row] = ()
    base: Ids | None = field(default=None, repr=False)
    changes: RowChanges | None = field(default=None, repr=False)


#: So many rows are found first: more than any screen shows, and their cells are read with them.
FIRST_ROWS = 64


def find(
    view: Readable, query: RowQuery, progress: Progress = no_progress, *, first: bool = False, cells: bool = True
) -> Found:
    """The ids that ``query`` asks for, or only the ``first`` of them, with their ``cells``. Runs on the store thread.

    Raises:
        Cancelled: by ``progress``.
    """
    limit = FIRST_ROWS if first else None
    found = view.search_ids(
        query.text, sort=query.sort, descending=query.descending, where=query.where, limit=limit, progress=progress
    )
    ids = arranged(np.asarray(found, dtype=np.int64), query)
    whole = not first or len(ids) < FIRST_ROWS
    rows = read_rows(view, ids[:FIRST_ROWS].tolist()) if cells else ()
    return Found(query, ids, view.count, view.version, whole, rows)


def arranged(ids: Ids, query: RowQuery) -> Ids:
    """``ids`` [rows] that the query lets in, its ``first`` in front; those of them that do not match stay out."""
    if query.only is not None:
        ids = ids[np.isin(ids, np.asarray(query.only, dtype=np.int64))]
    if not query.first:
        return ids
    first = np.asarray(query.first, dtype=np.int64)
    first = first[np.isin(first, ids)]
    return np.concatenate([first, ids[~np.isin(ids, first)]])


def row_of(ids: Ids, entry_id: int) -> int:
    """The row of an entry, -1 where it is not in ``ids``."""
    rows = np.flatnonzero(ids == entry_id)
    return int(rows[0]) if rows.size else -1


def ranges(rows: Ids) -> list[tuple[int, int]]:
    """Ascending rows as (first, last) of each run without a gap."""
    if not rows.size:
        return []
    breaks = np.flatnonzero(np.diff(rows) > 1)
    firsts = rows[np.concatenate([[0], breaks + 1])]
    lasts = rows[np.concatenate([breaks, [rows.size - 1]])]
    return list(zip(firsts.tolist(), lasts.tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class RowChanges:
    """How to come from one id array to another without moving a row that stays.

    Attributes:
        removed: (first, last) ranges of rows of the old array, to be removed last range first.
        inserted: (row, ids) of the array after the removals, to be inserted last row first.
    """

    removed: list[tuple[int, int]]
    inserted: list[tuple[int, Ids]]

    def __len__(self) -> int:
        return len(self.removed) + len(self.inserted)


def row_changes(old: Ids, new: Ids, staying: Sequence[int] = ()) -> RowChanges:
    """Removals and insertions that turn ``old`` into the rows of ``new``, survivors in their old order.

    Rows of ``staying`` are not removed: what the user has just edited must not vanish under the hand.
    """
    leaves = ~np.isin(old, new) & ~np.isin(old, np.asarray(staying, dtype=np.int64))
    kept = old[~leaves]
    return RowChanges(ranges(np.flatnonzero(leaves)), list(_insertions(kept, new)))


def _insertions(kept: Ids, new: Ids) -> Iterator[tuple[int, Ids]]:
    stays = np.isin(new, kept)  # [new]
    added = np.flatnonzero(~stays)
    if not added.size:
        return
    anchors = np.maximum.accumulate(np.where(stays, np.arange(new.size), -1))[added]  # last survivor before each
    order = np.argsort(kept, kind="stable")
    for anchor in np.unique(anchors):
        ids = new[added[anchors == anchor]]
        row = 0 if anchor < 0 else int(order[np.searchsorted(kept, new[anchor], sorter=order)]) + 1
        yield row, ids
