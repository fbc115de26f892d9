"""A read-only view of a memory as it was at an earlier version."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from memviz.core.past import Since
from memviz.core.progress import Progress, no_progress
from memviz.core.snapshot import Match
from memviz.stores.sqlite_fts import add_to_index, create_index
from memviz.stores.sqlite_orders import read_ids
from memviz.stores.sqlite_past import count_at, lay_over, since
from memviz.stores.sqlite_past_index import PastIndex
from memviz.stores.sqlite_place import Place
from memviz.stores.sqlite_search import PastSearcher
from memviz.stores.sqlite_snapshot import HIDDEN, WEIGHTS, SQLiteSnapshot


class PastSnapshot(SQLiteSnapshot):
    """The view of the newest version with what differs laid over it, in temporary tables of its own connection.

    Making one takes time for every change since. The full-text index of then is made when it is first asked, by the
    thread that asks: of what differs alone, or, where that is much, of all that was.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        place: Place,
        now: float,
        version: int,
        progress: Progress = no_progress,
    ) -> None:
        """``connection`` is in a transaction; ``version`` is one that the memory had; ``progress`` may raise."""
        super().__init__(connection, place, now, {})
        with self._place.errors():
            connection.execute("PRAGMA temp_store = MEMORY")
            self._differ = lay_over(connection, version, progress)
            self.version, self.count = version, count_at(connection, version)
        self._searcher = PastSearcher(connection)
        self._differing: frozenset[int] | None = None  # made when it is first asked for: 90 bytes for each id
        self._index: PastIndex | None = None
        self._indexed = False

    @property
    def few_differ(self) -> bool:
        """Whether an index of what differs is worth its while.

        With 15,000 of 79,000 entries changed, indexing those (as they are and as they were) took as long as indexing
        all (0.4 s), and more change of scores leaves more entries to score again: questions took 4 times as long.
        """
        return 10 * self._differ <= self.count

    def differing(self) -> frozenset[int]:
        if self._differing is None:
            with self._place.errors():
                self._differing = frozenset(read_ids(self._connection, "SELECT id FROM temp.differing").tolist())
        return self._differing

    def since(self) -> Since:
        with self._place.errors():
            return since(self._connection)

    def match(
        self, any_of: Sequence[str], also_any_of: Sequence[str] = (), *, limit: int, only: int | None = None
    ) -> list[Match]:
        self._make_index()
        if self._index is None:
            return super().match(any_of, also_any_of, limit=limit, only=only)
        with self._place.errors():
            if only is not None:
                return self._index.match_one(any_of, also_any_of, only)
            return self._index.match(any_of, also_any_of, limit, self.now)

    def _count(self, query: str) -> int:
        self._make_index()
        if self._index is None or not query:
            return super()._count(query)
        with self._place.errors():
            return self._index.holders(query)

    def _make_index(self) -> None:
        if self._indexed:
            return
        with self._place.errors():
            if self.few_differ:
                self._index = PastIndex(self._connection, WEIGHTS, HIDDEN)
            else:
                # Under this name the index of now is hidden from this connection, as the table of entries is.
                create_index(self._connection, "temp.entries_fts")
                rows = self._connection.execute("SELECT id, key, text FROM entries ORDER BY id")
                add_to_index(self._connection, rows, "temp.entries_fts")
        self._indexed = True
