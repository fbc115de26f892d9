"""The memory in a SQLite file: the store that memviz uses unless told otherwise."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlite_utils

from memviz.core.edits import Change, Edit, EntryDiff, HistoryRow, forward, inverse
from memviz.core.entry import Entry
from memviz.core.memory import VectorChanges, VectorRow
from memviz.core.progress import Progress, no_progress
from memviz.stores import sqlite_history as history
from memviz.stores import sqlite_settings as settings
from memviz.stores import sqlite_vectors as vectors
from memviz.stores.sqlite_edits import keep_use, plan, write
from memviz.stores.sqlite_errors import known_errors
from memviz.stores.sqlite_file import open_file
from memviz.stores.sqlite_load import load_rows
from memviz.stores.sqlite_past import version_as_of
from memviz.stores.sqlite_past_snapshot import PastSnapshot
from memviz.stores.sqlite_place import Place
from memviz.stores.sqlite_rows import read_in_order
from memviz.stores.sqlite_search import Searcher
from memviz.stores.sqlite_snapshot import SQLiteSnapshot


class SQLiteStore:
    """Implements :class:`memviz.core.memory.Store` on one file in WAL mode.

    All methods belong to the thread that opened it. Every edit is one transaction that is on the disk, together with
    its history, when ``apply`` returns; any number of processes may open the same file, and one of them writes at a
    time. A file that cannot be written opens with ``read_only`` set: reading works, edits raise a KnownError.
    """

    def __init__(self, place: Place, db: sqlite_utils.Database, clock: Callable[[], float]) -> None:
        """``db`` is brought up to date and stays open until :meth:`close`."""
        self._place = place
        self._db = db
        self._clock = clock
        self._searcher = Searcher(db.conn)
        self._frequencies: dict[int, dict[str, int]] = {}
        self._seen = self.version  # refresh() tells what comes after it
        self._own: set[int] = set()  # changes after it that were made here

    @classmethod
    def open(cls, path: str | Path, *, create: bool = False, clock: Callable[[], float] = time.time) -> SQLiteStore:
        """Opens a memory file, or makes a new one where ``create`` is set and there is none.

        Raises:
            KnownError: no such file, a folder, no SQLite file, another program's, a newer memviz's, locked, damaged.
        """
        file, db = open_file(Path(path), create=create)
        return cls(file, db, clock)

    @property
    def url(self) -> str:
        return self._place.url

    @property
    def read_only(self) -> bool:
        return self._place.read_only

    @property
    def version(self) -> int:
        with self._reading():
            return history.head(self._db.conn)[0]

    @property
    def count(self) -> int:
        with self._reading():
            return history.head(self._db.conn)[1]

    def get(self, ids: Sequence[int]) -> list[Entry]:
        with self._reading():
            return read_in_order(self._db.conn, ids)

    def snapshot(self, as_of: int | float | None = None) -> SQLiteSnapshot:
        """A view of the memory as it is, or was, on a connection of its own, for any one thread.

        A version (a whole number) decides the entries alone; a time also decides what has expired or faded.

        Raises:
            KnownError: a version that the memory never had, or a memory that is gone.
        """
        with known_errors(self._place.name):
            connection = self._place.view(self._db.conn)
            try:
                snapshot = self._view(connection, as_of)
            except BaseException:
                connection.close()
                raise
        if as_of is None:
            for version in [known for known in self._frequencies if known != snapshot.version]:
                del self._frequencies[version]
        return snapshot

    def _view(self, connection: sqlite3.Connection, as_of: int | float | None) -> SQLiteSnapshot:
        connection.execute("BEGIN")
        now = as_of if isinstance(as_of, float) else self._clock()
        if as_of is not None and (version := version_as_of(connection, as_of)) != history.head(connection)[0]:
            return PastSnapshot(connection, self._place, now, version)
        return SQLiteSnapshot(connection, self._place, now, self._frequencies)

    def apply(self, edits: Sequence[Edit], *, initiator: str = "") -> Change:
        """All edits in one transaction with their history, or none.

        Where the edits change nothing, nothing is written, and the change carries the current version and no ids.

        Raises:
            KnownError: an entry that does not exist, or a file that cannot be written; nothing was changed.
        """
        with self._writing():
            diffs = plan(self._db.conn, edits, self._clock())
            if not diffs:
                return Change(history.head(self._db.conn)[0], "edit", initiator=initiator)
            history.discard_undone(self._db.conn)
            change = self._write("edit", diffs, initiator)
        return self._done(change, diffs)

    def undo(self, *, initiator: str = "") -> Change | None:
        return self._step("undo", history.to_undo, inverse, "undone", initiator)

    def redo(self, *, initiator: str = "") -> Change | None:
        """Does the edit again that was taken back last; None where there is none, or a new edit came since."""
        return self._step("redo", history.to_redo, forward, "done", initiator)

    def _step(
        self,
        kind: str,
        target_of: Callable[[sqlite3.Connection], int | None],
        edit_of: Callable[[EntryDiff], Edit],
        status: str,
        initiator: str,
    ) -> Change | None:
        """Along the line of edits, back or forth; what is to be done is looked up inside the transaction."""
        with self._writing():
            target = target_of(self._db.conn)
            if target is None:
                return None
            # Each entry has one part in a change, so their order does not matter.
            edits = [edit_of(diff) for diff in history.diffs_of(self._db.conn, target)]
            diffs = plan(self._db.conn, keep_use(self._db.conn, edits), self._clock())
            history.set_status(self._db, target, status)
            change = self._write(kind, diffs, initiator, target)
        return self._done(change, diffs)

    def _write(self, kind: str, diffs: list[EntryDiff], initiator: str, target: int | None = None) -> Change:
        """Rows, index and history; the caller holds the transaction."""
        added = sum((diff.before is None) - (diff.after is None) for diff in diffs)
        entries = history.head(self._db.conn)[1] + added
        write(self._db.conn, diffs)
        version = history.record(
            self._db, kind, diffs, time=self._clock(), initiator=initiator, entries=entries, target=target
        )
        return history.as_change(version, kind, diffs, initiator)

    def _done(self, change: Change, diffs: Sequence[EntryDiff]) -> Change:
        """The change is in the file."""
        self._own.add(change.version)
        self._searcher.follow(change.version, diffs)
        return change

    def history(self, entry_id: int | None = None, *, limit: int = 100) -> list[HistoryRow]:
        with self._reading():
            return history.rows(self._db.conn, entry_id, limit)

    def search_ids(self, text: str = "", *, sort: str = "id", descending: bool = False) -> Sequence[int]:
        with self._reading():
            return self._searcher.ids(text, sort, descending)

    def mark_used(self, ids: Sequence[int]) -> None:
        """Counts a use of these entries, outside history and version; a read-only memory counts nothing."""
        if self.read_only:
            return
        now = self._clock()
        with self._writing():
            self._db.conn.executemany(
                "UPDATE entries SET last_used = ?, used_count = used_count + 1 WHERE id = ?",
                ((now, int(entry_id)) for entry_id in ids),
            )
        self._searcher.forget_use()

    # -- beside the entries ------------------------------------------------------------------------------------------

    @property
    def settings(self) -> Mapping[str, Any]:
        with self._reading():
            return settings.read(self._db.conn)

    def change_settings(self, values: Mapping[str, Any]) -> None:
        with self._writing():
            settings.change(self._db.conn, values)

    def vector_spaces(self) -> dict[str, tuple[int, int]]:
        with self._reading():
            return vectors.spaces(self._db.conn)

    def put_vectors(self, space: str, rows: Sequence[VectorRow]) -> int:
        with self._writing():
            return vectors.put(self._db.conn, space, rows)

    def without_vector(self, space: str, *, after: int = 0, limit: int) -> list[Entry]:
        with self._reading():
            return vectors.without(self._db.conn, space, after, limit)

    def vector_changes(self, space: str, *, since: int = 0, limit: int = 100_000) -> VectorChanges:
        with self._reading():
            return vectors.changes(self._db.conn, space, since, limit)

    def drop_vectors(self, space: str) -> None:
        with self._writing():
            vectors.drop(self._db.conn, space)

    def refresh(self) -> list[Change]:
        """What other processes changed since the last look."""
        with self._reading():
            told = history.changes_after(self._db.conn, self._seen)
        own, self._own = self._own, set()
        if told:
            self._seen = told[-1].version
        return [change for change in told if change.version not in own]

    def load(self, rows: Iterable[Mapping[str, Any]], total: int, progress: Progress = no_progress) -> Change:
        """Inserts many rows (the fields of an ``Insert`` each) in one transaction, all or none.

        The history gets one mark of kind ``load`` instead of a row for each entry; it cannot be undone.
        """
        with self._writing():
            version = load_rows(self._db, rows, total, self._clock(), progress)
        self._own.add(version)
        return Change(version, "load", initiator="load")

    def close(self) -> None:
        """Closes the memory; nothing happens the second time."""
        self._place.leave(self._db.conn)
        self._db.close()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Everything read inside belongs to one version."""
        with known_errors(self._place.name):
            self._db.conn.execute("BEGIN")
            try:
                yield
            finally:
                self._db.rollback()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One durable transaction; any exception takes everything back."""
        self._place.check_writable()
        with known_errors(self._place.name):
            self._db.conn.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._place.check_there()
                self._db.conn.execute("COMMIT")
            except BaseException:
                self._db.rollback()
                raise
