"""How a memory file, or one of this process, forgets: :class:`memviz.core.forgetting.Forgetting`."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress

import sqlite_utils

from memviz.core.errors import KnownError
from memviz.core.forgetting import ChangedMeanwhile, Found, Removed, Searched, Told, Wish
from memviz.core.progress import Progress
from memviz.stores import sqlite_forget_files as files
from memviz.stores import sqlite_forget_rows as rows
from memviz.stores.sqlite_forget_find import each_text, find
from memviz.stores.sqlite_history import head, set_status
from memviz.stores.sqlite_place import Place
from memviz.stores.sqlite_rows import chunks, places

_Transaction = Callable[[], AbstractContextManager[None]]


class SQLiteForgetting:
    """Store thread.

    Args:
        reading, writing: transactions of the store.
        removed: told what was removed, once it is in the file.
    """

    def __init__(
        self,
        db: sqlite_utils.Database,
        place: Place,
        clock: Callable[[], float],
        reading: _Transaction,
        writing: _Transaction,
        removed: Callable[[Removed], None],
    ) -> None:
        self._db, self._place, self._clock = db, place, clock
        self._reading, self._writing, self._removed = reading, writing, removed

    @property
    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection = self._db.conn
        return connection

    def find(self, wish: Wish, progress: Progress) -> Found:
        with self._reading():
            return find(self._connection, wish, progress)

    def check_free(self) -> None:
        self._place.check_writable()
        files.check_room(self._place)
        with self._place.errors():
            files.empty_log(self._connection, self._place)

    def remove(self, found: Found, initiator: str, progress: Progress) -> Removed:
        self._secure()
        with self._writing():
            if head(self._connection)[0] != found.version:
                raise ChangedMeanwhile("This memory was changed since it was looked through; look again what is to go.")
            removed = rows.remove(self._db, found, time=self._clock(), initiator=initiator, progress=progress)
        self._removed(removed)
        return removed

    def clean(self, progress: Progress) -> tuple[str, ...]:
        self._place.check_writable()
        self._secure()
        with self._place.errors():
            return files.clean(self._connection, self._place, progress)

    def search(self, texts: Sequence[str], progress: Progress) -> Searched:
        with self._reading():
            return files.search(self._connection, self._place, texts, progress)

    def remains(self, ids: Sequence[int]) -> tuple[str, ...]:
        told = []
        with self._reading():
            for table, column, words in (
                ("entries", "id", "is in the memory"),
                ("change_rows", "entry_id", "is in the history"),
                ("vectors", "entry_id", "has a vector"),
            ):
                found: dict[int, None] = {}
                for chunk in chunks(ids):
                    some = f"SELECT {column} FROM {table} WHERE {column} IN ({places(chunk)})"
                    found.update((entry_id, None) for (entry_id,) in self._connection.execute(some, chunk))
                told += [f"Entry {entry_id} {words}." for entry_id in sorted(found)]
        return tuple(told)

    def each_text(self, tell: Callable[[int, str], None]) -> None:
        with self._reading():
            each_text(self._connection, tell)

    def untidy(self) -> tuple[str, ...]:
        with self._reading():
            return files.untidy(self._connection, self._place)

    def finish(self, version: int, seal: str) -> None:
        with self._writing():
            self._connection.execute("DELETE FROM receipts WHERE version = ?", (version,))
            self._connection.execute("INSERT INTO receipts (version, seal) VALUES (?, ?)", (version, seal))
            set_status(self._db, version, "done")
        with self._place.errors(), suppress(KnownError):  # somebody reads; the log holds the seal and nothing else
            files.empty_log(self._connection, self._place)

    def seal(self, version: int) -> str | None:
        with self._reading():
            row = self._connection.execute("SELECT seal FROM receipts WHERE version = ?", (version,)).fetchone()
        return row[0] if row else None

    def unfinished(self) -> int | None:
        with self._reading():
            return unfinished(self._connection)

    def told(self) -> list[Told]:
        with self._reading():
            found = self._connection.execute(
                """SELECT c.version, c.time, c.initiator, sum(f.last_id - f.first_id + 1)
                    FROM changes c JOIN forgotten f USING (version) GROUP BY c.version ORDER BY c.version DESC"""
            ).fetchall()
        return [Told(*row) for row in found]

    def forgotten_by(self, version: int) -> tuple[int, ...]:
        with self._reading():
            found = rows.forgotten_at(self._connection, version)
        return tuple(entry_id for first, last in found for entry_id in range(first, last + 1))

    def forgotten(self, ids: Sequence[int]) -> frozenset[int]:
        with self._reading():
            ranges = self._connection.execute("SELECT first_id, last_id FROM forgotten").fetchall()
        wanted = frozenset(ids)
        if sum(last - first + 1 for first, last in ranges) > 10 * len(wanted):
            return frozenset(one for one in wanted if any(first <= one <= last for first, last in ranges))
        return wanted & {entry_id for first, last in ranges for entry_id in range(first, last + 1)}

    def _secure(self) -> None:
        """What is deleted is overwritten with zeros, from now on."""
        with self._place.errors():
            self._connection.execute("PRAGMA secure_delete = ON")


def unfinished(connection: sqlite3.Connection) -> int | None:
    """The newest version that a forgetting made which is not finished. The caller holds the transaction."""
    row = connection.execute(
        f"""SELECT max(version) FROM changes WHERE version IN (SELECT version FROM forgotten)
            AND status = '{rows.UNFINISHED}'"""
    ).fetchone()
    return None if row[0] is None else int(row[0])
