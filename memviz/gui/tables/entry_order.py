"""Which rows, in which order: arrays of entry ids, and the difference between two of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from memviz.core.memory import Store

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
    """

    text: str = ""
    sort: str = "id"
    descending: bool = False
    first: tuple[int, ...] = ()
    only: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of a query: ids [rows], the number of all entries, the store's version."""

    query: RowQuery
    ids: Ids
    total: int
    version: int


def find(store: Store, query: RowQuery) -> Found:
    """The ids that ``query`` asks for. Runs on the store thread."""
    ids = np.asarray(store.search_ids(query.text, sort=query.sort, descending=query.descending), dtype=np.int64)
    return Found(query, arranged(ids, query), store.count, store.version)


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
