"""Ids of the entries that a table shows: searched as one types, filtered, in the order of a field."""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Collection

import numpy as np

from memviz.core.edits import Change
from memviz.core.errors import KnownError
from memviz.core.filters import Condition, Filter
from memviz.core.progress import Progress, no_progress
from memviz.core.text import halves
from memviz.stores.sqlite_filters import sought
from memviz.stores.sqlite_first import FirstEntries
from memviz.stores.sqlite_fts import as_typed
from memviz.stores.sqlite_history import head
from memviz.stores.sqlite_orders import Ids, OrderReader, PastOrderReader, first_ids, mask_of, order_of, read_ids
from memviz.stores.sqlite_past import index_other_texts
from memviz.stores.sqlite_stop import stoppable

#: Orders that are kept: 8 bytes for each entry.
_KEPT = 4


class Searcher:
    """Keeps the orders of the current version, since reading them takes longer than searching.

    Callers hold a transaction, so that the version and the rows belong together.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._reader = OrderReader(connection)
        self._first_entries = FirstEntries()
        self._state: tuple[int, int] = (-1, -1)
        self._orders: dict[tuple[str, bool], Ids] = {}

    def ids(
        self,
        text: str,
        sort: str,
        descending: bool,
        where: Filter = (),
        *,
        now: float,
        limit: int | None = None,
        progress: Progress = no_progress,
    ) -> array[int]:
        """All matching ids, or the first ``limit``; equal values by id, missing values last.

        Text without any word (an emoji, punctuation) is not in the index, so it is looked for in every row.

        Raises:
            KnownError: a field that cannot be sorted by, or half of a character.
            Cancelled: by ``progress``, which is called now and then.
        """
        order_of(sort)
        if halves(text):
            raise KnownError("The search holds half of a character (a lone surrogate); remove it.")
        ids = None
        with stoppable(self._connection, progress):
            if limit is not None and not where:
                ids = self._first(text, sort, descending, limit)
            if ids is None:
                ids = self._all(text, sort, descending, where, now)[:limit]
        return array("q", ids.tobytes())

    def _first(self, text: str, sort: str, descending: bool, limit: int) -> Ids | None:
        """Where they can be had without all others."""
        self._look()
        if (sort, descending) in self._orders and not text.strip():
            return self._orders[sort, descending][:limit]
        if not text.strip():
            return None if sort == "embedded" else first_ids(self._connection, sort, descending, limit)
        query = as_typed(text)
        if not query or sort != "id":
            return None
        if not descending:
            found = self._first_entries.ids(self._connection, text, limit, head(self._connection)[1], self._state)
            if found is not None:
                return found
        direction = "DESC" if descending else "ASC"
        select = f"SELECT rowid AS id FROM entries_fts WHERE entries_fts MATCH ? ORDER BY rowid {direction} LIMIT ?"
        return read_ids(self._connection, select, query, limit)

    def _all(self, text: str, sort: str, descending: bool, where: Filter, now: float) -> Ids:
        order = self._order(sort, descending)
        if query := as_typed(text):
            found = self._matching(query)
            order = order[mask_of(found, order)]
        elif text.strip():
            found = read_ids(
                self._connection, "SELECT id FROM entries WHERE instr(key, ?1) OR instr(text, ?1)", text.strip()
            )
            order = order[mask_of(found, order)]
        for condition in where:
            found, excluded = self._of(condition, now)
            mask = mask_of(found, order)
            order = order[~mask if excluded else mask]
        return order

    def _of(self, condition: Condition, now: float) -> tuple[Ids, bool]:
        """The entries that a condition holds of, or (True) those that it does not hold of."""
        if condition.field == "embedded":
            return self._reader.embedded(), condition.value == condition.negated
        sql, values, excluded = sought(condition, now)
        return read_ids(self._connection, f"SELECT id FROM entries WHERE {sql}", *values), excluded

    def _matching(self, query: str) -> Ids:
        """What the full-text index finds."""
        return read_ids(self._connection, "SELECT rowid AS id FROM entries_fts WHERE entries_fts MATCH ?", query)

    def follow(self, change: Change, touched: Collection[str]) -> None:
        """This store made the change, of these fields: only the orders that it can have touched are read again."""
        if change.version != self._state[0] + 1:
            return
        self._state = (change.version, self._state[1])
        if change.inserted:
            self._orders.clear()
            return
        for key in [key for key in self._orders if key[0] in touched]:
            del self._orders[key]
        if change.deleted:
            gone = np.asarray(change.deleted, np.int64)
            self._orders = {key: order[~mask_of(gone, order)] for key, order in self._orders.items()}

    def forget_use(self) -> None:
        """The counts of use have changed, which no version tells."""
        for key in [key for key in self._orders if key[0] in ("last_used", "used_count")]:
            del self._orders[key]

    def _order(self, sort: str, descending: bool) -> Ids:
        self._look()
        key = (sort, descending)
        if sort == "embedded":  # vectors come and go without any version
            return self._reader.ordered(sort, descending)
        if key not in self._orders:
            while len(self._orders) >= _KEPT:
                del self._orders[next(iter(self._orders))]
            self._orders[key] = self._reader.ordered(sort, descending)
        return self._orders[key]

    def _look(self) -> None:
        """Forgets the orders of an older version."""
        # data_version changes with every commit of another connection, those that have no version of ours included.
        state = (head(self._connection)[0], self._connection.execute("PRAGMA data_version").fetchone()[0])
        if state != self._state:
            self._state = state
            self._orders.clear()


class PastSearcher(Searcher):
    """The same of the entries of then, on a connection that sees them (see ``sqlite_past``), which never change."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection)
        self._reader = PastOrderReader(connection)
        self._indexed = False

    def _first(self, text: str, sort: str, descending: bool, limit: int) -> Ids | None:
        known = not text.strip() and (sort, descending) in self._orders
        return self._orders[sort, descending][:limit] if known else None

    def _matching(self, query: str) -> Ids:
        """The index of now answers for entries whose texts are as they were."""
        if not self._indexed:
            index_other_texts(self._connection)
            self._indexed = True
        now = "SELECT rowid AS id FROM main.entries_fts WHERE entries_fts MATCH ?"
        then = "SELECT rowid AS id FROM temp.other_texts_fts WHERE other_texts_fts MATCH ?"
        same = read_ids(self._connection, f"{now} AND rowid NOT IN (SELECT id FROM temp.other_texts)", query)
        return np.concatenate([same, read_ids(self._connection, then, query)])

    def _look(self) -> None:
        pass
