"""Ids of the entries that a table shows: searched as one types, in the order of a field."""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from memviz.core.edits import EntryDiff
from memviz.core.errors import KnownError
from memviz.stores.sqlite_fts import as_typed
from memviz.stores.sqlite_history import head

_TEXT_FIELDS = ("key", "text", "kind", "owner", "source")
_NUMBER_FIELDS = ("created", "updated", "last_used", "used_count", "confidence", "expires", "private", "enabled")
SORT_FIELDS = ("id", *_TEXT_FIELDS, *_NUMBER_FIELDS)


class Searcher:
    """Keeps the orders of the current version, since sorting takes longer than searching.

    Callers hold a transaction, so that the version and the rows belong together.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._state: tuple[int, int] = (-1, -1)
        self._orders: dict[tuple[str, bool], NDArray[np.int64]] = {}

    def ids(self, text: str, sort: str, descending: bool) -> array[int]:
        """All matching ids; equal values in the order of ids, missing values last.

        Text without any word (an emoji, punctuation) is not in the index, so it is looked for in every row.

        Raises:
            KnownError: a field that cannot be sorted by.
        """
        if sort not in SORT_FIELDS:
            raise KnownError(f"Entries cannot be sorted by “{sort}”; use one of {', '.join(SORT_FIELDS)}.")
        order = self._order(sort, descending)
        query = as_typed(text)
        if query:
            found = self._ids("SELECT rowid FROM entries_fts WHERE entries_fts MATCH ?", query)
            order = order[np.isin(order, found, assume_unique=True)]
        elif text.strip():
            found = self._ids("SELECT id FROM entries WHERE instr(key, ?1) OR instr(text, ?1)", text.strip())
            order = order[np.isin(order, found, assume_unique=True)]
        return array("q", order.tobytes())

    def follow(self, version: int, diffs: Sequence[EntryDiff]) -> None:
        """This store made the change ``version``: only the orders that it can have touched are sorted again."""
        if version != self._state[0] + 1:
            return
        self._state = (version, self._state[1])
        if any(diff.before is None for diff in diffs):
            self._orders.clear()
            return
        gone = [diff.entry_id for diff in diffs if diff.after is None]
        touched = {name for diff in diffs if diff.after is not None for name in diff.changed_fields()}
        self._orders = {
            key: order[np.isin(order, gone, assume_unique=True, invert=True)] if gone else order
            for key, order in self._orders.items()
            if key[0] not in touched
        }

    def forget_use(self) -> None:
        """The counts of use have changed, which no version tells."""
        for key in [key for key in self._orders if key[0] in ("last_used", "used_count")]:
            del self._orders[key]

    def _order(self, sort: str, descending: bool) -> NDArray[np.int64]:
        # data_version changes with every commit of another connection, those that have no version of ours included.
        state = (head(self._connection)[0], self._connection.execute("PRAGMA data_version").fetchone()[0])
        if state != self._state:
            self._state = state
            self._orders.clear()
        key = (sort, descending)
        if key not in self._orders:
            self._orders[key] = self._sorted(sort, descending)
        return self._orders[key]

    def _sorted(self, sort: str, descending: bool) -> NDArray[np.int64]:
        direction = "DESC" if descending else "ASC"
        collation = "COLLATE NOCASE" if sort in _TEXT_FIELDS else ""
        by = f"{sort} {direction}" if sort == "id" else f"{sort} {collation} {direction} NULLS LAST, id"
        return self._ids(f"SELECT id FROM entries ORDER BY {by}")

    def _ids(self, sql: str, *parameters: str) -> NDArray[np.int64]:
        rows = self._connection.execute(sql, parameters).fetchall()
        return np.fromiter((row[0] for row in rows), np.int64, len(rows))
