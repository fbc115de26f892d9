"""The memory in a SQLite file: the store that memviz uses unless told otherwise."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import sqlite_utils

from memviz.core.edits import Change, ChangeRow, Edit, HistoryRow, LazyEdits, NextSteps
from memviz.core.entry import Entry
from memviz.core.errors import NotYet
from memviz.core.filters import Filter
from memviz.core.forgetting import Removed
from memviz.core.past import Milestone
from memviz.core.progress import Progress, no_progress
from memviz.core.vectors import VectorChanges, VectorRow
from memviz.stores import sqlite_change_rows as change_rows
from memviz.stores import sqlite_history as history
from memviz.stores import sqlite_settings as settings
from memviz.stores import sqlite_vectors as vectors
from memviz.stores.sqlite_back import EditsBack
from memviz.stores.sqlite_change import ChangeWriter
from memviz.stores.sqlite_edits import check_untouched, in_batches, plan, touched_by_all
from memviz.stores.sqlite_file import MemoryFile, open_file, room_for_many
from memviz.stores.sqlite_forgetting import SQLiteForgetting, unfinished
from memviz.stores.sqlite_load import load_rows
from memviz.stores.sqlite_past import version_as_of
from memviz.stores.sqlite_past_snapshot import PastSnapshot
from memviz.stores.sqlite_place import Place
from memviz.stores.sqlite_rows import read_in_order
from memviz.stores.sqlite_search import Searcher
from memviz.stores.sqlite_set import plan_set, same_fields
from memviz.stores.sqlite_snapshot import SQLiteSnapshot
from memviz.stores.sqlite_steps import step_of, step_size
from memviz.stores.sqlite_values import values_of

_T = TypeVar("_T")

_UNFINISHED = (
    "A forgetting in “{name}” was interrupted: the entries are gone, and their bytes may still lie in its files;"
    " finish it with “memviz forget --finish --memory {name}”."
)


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
        self._unfinished = self._forgetting_is_unfinished()
        self.written_beside = False
        self._opening: tuple[str, ...] = ()  # what the user should know of the opening
        self._closed = False
        place.enter()

    @classmethod
    def open(cls, path: str | Path, *, create: bool = False, clock: Callable[[], float] = time.time) -> SQLiteStore:
        """Opens a memory file, or makes a new one where ``create`` is set and there is none.

        Raises:
            KnownError: no such file, a folder, no SQLite file, another program's, a newer memviz's, locked, damaged.
        """
        copies: list[Path] = []
        file, db = open_file(Path(path), create=create, kept=copies.append)
        store = cls(file, db, clock)
        store._opening = tuple(
            f"“{file.path.name}” came from an older memviz and was brought up to date; the file as it was is kept"
            f" beside it as “{copy.name}”. Remove that when you have seen that all is well."
            for copy in copies
        )
        return store

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

    def snapshot(self, as_of: int | float | None = None, progress: Progress = no_progress) -> SQLiteSnapshot:
        """A view of the memory as it is, or was, on a connection of its own, for any one thread.

        A version (a whole number) decides the entries alone; a time also decides what has expired or faded.

        Raises:
            KnownError: a version that the memory never had, a time that is not finite, or a memory that is gone.
            Cancelled: by ``progress``, which is told how far a view of the past is.
        """
        snapshot = self._from_view(lambda connection: self._view(connection, as_of, progress))
        if as_of is None:
            for version in [known for known in self._frequencies if known != snapshot.version]:
                del self._frequencies[version]
        return snapshot

    def edits_back_to(self, version: int, progress: Progress = no_progress) -> LazyEdits:
        """Read from a view of the memory as it is now; see :class:`memviz.core.memory.Store`."""
        return self._from_view(
            lambda connection: EditsBack(connection, self._place, version_as_of(connection, version), progress)
        )

    def _from_view(self, made: Callable[[sqlite3.Connection], _T]) -> _T:
        """Makes something that reads from a connection of its own, in a transaction, and closes it in the end."""
        with self._place.errors():
            connection = self._place.view(self._db.conn)
            try:
                connection.execute("BEGIN")
                return made(connection)
            except BaseException:
                connection.close()
                raise

    def _view(self, connection: sqlite3.Connection, as_of: int | float | None, progress: Progress) -> SQLiteSnapshot:
        now = as_of if isinstance(as_of, float) else self._clock()
        if as_of is not None and (version := version_as_of(connection, as_of)) != history.head(connection)[0]:
            return PastSnapshot(connection, self._place, now, version, progress)
        return SQLiteSnapshot(connection, self._place, now, self._frequencies)

    def apply(
        self,
        edits: Sequence[Edit],
        *,
        initiator: str = "",
        progress: Progress = no_progress,
        decided_at: int | None = None,
    ) -> Change:
        """All edits in one transaction with their history, or none.

        Where the edits change nothing, nothing is written, and the change carries the current version and no ids.

        Raises:
            KnownError: an entry that does not exist, or a file that cannot be written; nothing was changed.
            ChangedMeanwhile: by ``decided_at``; nothing was changed.
            Cancelled: by ``progress``; nothing was changed.
        """
        now, done = self._clock(), 0
        touched = touched_by_all(edits)
        above = max(touched, default=0)
        with self._writing(), room_for_many(self._db.conn, len(edits)):
            check_untouched(self._db.conn, decided_at, touched)
            writer = ChangeWriter(self._db, "edit", time=now, initiator=initiator)
            for batch in in_batches(edits, touched):
                progress(done, len(edits), "saving edits")
                same = same_fields(batch)
                if same is None:
                    writer.add(plan(self._db.conn, batch, now, above=above))
                else:
                    writer.add_set(plan_set(self._db.conn, touched_by_all(batch), same, now))
                done += len(batch)
            if isinstance(edits, LazyEdits):
                edits.close()  # as long as its view is open, the log cannot be moved into the file
            change = writer.end()
        return self._done(change, writer.touched)

    def undo(self, *, initiator: str = "", progress: Progress = no_progress, if_told: bool = False) -> Change | None:
        with self._writing():
            self._check_told(if_told)
            target = history.to_undo(self._db.conn)
            if target is None:
                return None
            change, touched = self._step("undo", target, initiator, progress)
            history.set_status(self._db, target, "undone")
        return self._done(change, touched)

    def redo(self, *, initiator: str = "", progress: Progress = no_progress, if_told: bool = False) -> Change | None:
        """Does the edit again that was taken back last; None where there is none, or a new edit came since."""
        with self._writing():
            self._check_told(if_told)
            target = history.to_redo(self._db.conn)
            if target is None:
                return None
            change, touched = self._step("redo", target, initiator, progress)
            history.set_status(self._db, target, "done")
        return self._done(change, touched)

    def _check_told(self, if_told: bool) -> None:
        """Raises a ChangedMeanwhile where others changed the memory and ``refresh`` has not told it."""
        if if_told:
            history.check_known(self._db.conn, self._seen, self._own)

    def _step(self, kind: str, target: int, initiator: str, progress: Progress) -> tuple[Change, set[str]]:
        """Along the line of edits, back or forth, to before or after the change ``target``."""
        writer = ChangeWriter(self._db, kind, time=self._clock(), initiator=initiator, target=target)
        done, total = 0, step_size(self._db.conn, target)
        with room_for_many(self._db.conn, total):
            for diffs in step_of(self._db.conn, kind, target):
                progress(done, total, f"{kind}ing")
                writer.add(diffs)
                done += len(diffs)
        return writer.end(), writer.touched

    def _done(self, change: Change, touched: Collection[str]) -> Change:
        """The change is in the file."""
        if change.inserted or change.updated or change.deleted:
            self._own.add(change.version)
            self._searcher.follow(change, touched)
        return change

    def history(self, entry_id: int | None = None, *, limit: int = 100) -> list[HistoryRow]:
        with self._reading():
            return history.rows(self._db.conn, entry_id, limit)

    def changes(
        self, before: int | None = None, *, limit: int = 100, entry_id: int | None = None, initiator: str = ""
    ) -> list[ChangeRow]:
        with self._reading():
            return change_rows.page(self._db.conn, before, limit, entry_id, initiator)

    def change_entries(self, version: int, *, offset: int = 0, limit: int = 100) -> list[HistoryRow]:
        with self._reading():
            return change_rows.entries_of(self._db.conn, version, offset, limit)

    def next_steps(self) -> NextSteps:
        with self._reading():
            return change_rows.next_steps(self._db.conn)

    def search_ids(
        self,
        text: str = "",
        *,
        sort: str = "id",
        descending: bool = False,
        where: Filter = (),
        limit: int | None = None,
        progress: Progress = no_progress,
    ) -> Sequence[int]:
        with self._reading():
            now = self._clock()
            return self._searcher.ids(text, sort, descending, where, now=now, limit=limit, progress=progress)

    def field_values(
        self, field: str, *, limit: int = 1_000, progress: Progress = no_progress
    ) -> list[tuple[str, int]]:
        with self._reading():
            return values_of(self._db.conn, field, limit, progress)

    def timeline(self, *, most: int = 2_000) -> list[Milestone]:
        with self._reading():
            return history.timeline(self._db.conn, most)

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

    # -- forgetting --------------------------------------------------------------------------------------------------

    @property
    def forgetting(self) -> SQLiteForgetting:
        """How entries are taken out of everything, for good."""
        return SQLiteForgetting(self._db, self._place, self._clock, self._reading, self._writing, self._forgot)

    def _forgot(self, removed: Removed) -> None:
        self._done(removed.change, ())
        self._frequencies.clear()

    @property
    def notices(self) -> tuple[str, ...]:
        """What the user should know of this memory, a sentence each."""
        if self._unfinished:
            self._unfinished = self._forgetting_is_unfinished()
        return (*self._opening, *([_UNFINISHED.format(name=self._place.name)] if self._unfinished else ()))

    def _forgetting_is_unfinished(self) -> bool:
        with self._reading():
            return unfinished(self._db.conn) is not None

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

    def embedded(self, ids: Sequence[int]) -> frozenset[int]:
        with self._reading():
            return vectors.with_vectors(self._db.conn, ids)

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

    def load(
        self,
        rows: Iterable[Mapping[str, Any]],
        total: int,
        progress: Progress = no_progress,
        *,
        initiator: str = "load",
        undoable: bool = False,
    ) -> Change:
        """Inserts many rows (the fields of an ``Insert`` each) in one transaction, all or none.

        The history gets one mark of kind ``load`` instead of a row for each entry.
        """
        with self._writing():
            before = history.head(self._db.conn)[0]
            version = load_rows(self._db, rows, total, self._clock(), progress, initiator=initiator, undoable=undoable)
        if version > before:
            self._own.add(version)
        return Change(version, "load", initiator=initiator)

    def another(self) -> Callable[[], SQLiteStore] | None:
        place, clock = self._place, self._clock
        if not isinstance(place, MemoryFile) or place.read_only:
            return None

        def opened() -> SQLiteStore:
            store = SQLiteStore.open(place.path, clock=clock)
            try:
                place.check_there()  # it is the same file still
            except BaseException:
                store.close()
                raise
            return store

        return opened

    def close(self) -> None:
        """Closes the memory; nothing happens the second time."""
        if self._closed:
            return
        self._closed = True
        self._place.leave(self._db.conn)
        self._db.close()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Everything read inside belongs to one version."""
        with self._place.errors():
            self._db.conn.execute("BEGIN")
            try:
                yield
            finally:
                self._db.rollback()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One durable transaction; any exception takes everything back."""
        self._place.check_writable()
        if self.written_beside:
            raise NotYet("Entries are being imported; this is done as soon as they are there.")
        with self._place.errors():
            self._db.conn.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._place.check_there()
                self._db.conn.execute("COMMIT")
            except BaseException:
                self._db.rollback()
                raise
