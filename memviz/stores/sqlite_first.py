"""The first entries of a large memory that hold a word of which a few letters are typed."""

from __future__ import annotations

import sqlite3

from memviz.stores import sqlite_fts as fts
from memviz.stores.sqlite_orders import Ids, read_ids

#: In smaller memories the index of all entries answers as fast.
_LARGE = 50_000
#: Of so many entries nearly every beginning of one letter is in enough.
_ENTRIES = 1_500
_SHORT = 3


class FirstEntries:
    """An index of the first entries by id, in memory.

    For a beginning of one letter SQLite's index first gathers every entry with such a word, which took 0.1 s and more
    at a million entries, also where only the first were wanted. Where so many entries hold enough, those are
    the first.
    """

    def __init__(self) -> None:
        self._index: sqlite3.Connection | None = None
        self._state: object = None

    def ids(self, connection: sqlite3.Connection, text: str, limit: int, count: int, state: object) -> Ids | None:
        """The first ids that match what was typed, by id; None where this cannot tell them.

        Args:
            count: of all entries.
            state: another one says that the entries have changed.
        """
        word = text.split()[-1] if text.split() else ""
        if count < _LARGE or len(word) > _SHORT or not word.isascii():
            return None
        index = self._index
        if index is None or state != self._state:
            index = self._filled(connection)
            self._index, self._state = index, state
        select = "SELECT rowid AS id FROM entries_fts WHERE entries_fts MATCH ? ORDER BY rowid LIMIT ?"
        found = read_ids(index, select, fts.as_typed(text), limit)
        return found if len(found) == limit else None

    def _filled(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        if self._index is not None:
            self._index.close()
        index = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        fts.create_index(index)
        index.execute("BEGIN")
        first = connection.execute("SELECT id, key, text FROM entries ORDER BY id LIMIT ?", (_ENTRIES,))
        fts.add_to_index(index, first)
        index.execute("COMMIT")
        return index
