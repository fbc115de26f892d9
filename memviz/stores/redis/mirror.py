"""The local copy of a memory: an ordinary memory file into which the server's events are replayed."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from memviz.core.edits import Change, Edit, EntryDiff
from memviz.core.entry import Entry
from memviz.core.errors import KnownError
from memviz.core.vectors import VectorRow
from memviz.stores import sqlite_history as history
from memviz.stores import sqlite_settings as settings
from memviz.stores import sqlite_vectors as vectors
from memviz.stores.redis import mirror_lost, mirror_vectors
from memviz.stores.redis.basis import Basis, Cursor
from memviz.stores.redis.events import Event
from memviz.stores.redis.keys import PAGE, page_bits, pages_of
from memviz.stores.redis.mirror_file import MirrorFile, open_mirror
from memviz.stores.redis.mirror_vectors import Followed
from memviz.stores.sqlite import SQLiteStore
from memviz.stores.sqlite_edits import check_untouched, last_id, plan, plan_step, touched_by_all, write
from memviz.stores.sqlite_errors import DamagedFile
from memviz.stores.sqlite_fts import add_to_index
from memviz.stores.sqlite_rows import INSERT_ROW, read_entries, to_row

_TABLES = (
    "entries",
    "change_rows",
    "changes",
    "loads",
    "settings",
    "vectors",
    "vector_spaces",
    "shared_spaces",
    "lost",
)


class Mirror(SQLiteStore):
    """A memory file with the place in the stream up to which it is replayed. Any number of processes may share it.

    Attributes:
        uid: of the memory whose copy it is.
    """

    uid: str
    _file: MirrorFile

    @classmethod
    def at(cls, folder: Path, uid: str, url: str, clock: Callable[[], float] = time.time) -> Mirror:
        """Opens the mirror of the memory ``uid``, or makes a new one.

        Raises:
            KnownError: the folder cannot be written.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise KnownError(
                f"The copy of the memory cannot be kept in {folder} ({error.strerror});"
                " set MEMVIZ_DATA_HOME to a folder that can be written."
            ) from None
        try:
            return cls._on(folder, uid, url, clock)
        except DamagedFile:  # the server has all of it
            return cls._on(folder, uid, url, clock)

    @classmethod
    def _on(cls, folder: Path, uid: str, url: str, clock: Callable[[], float]) -> Mirror:
        file, db = open_mirror(folder / f"{uid}.sqlite", url)
        try:
            mirror = cls(file, db, clock)
            mirror.uid, mirror._file = uid, file
            with file.errors():
                # What a power cut takes from it comes again from the server; the file itself stays sound.
                db.conn.execute("PRAGMA synchronous = NORMAL")
                db.conn.execute("PRAGMA busy_timeout = 10000")
                db.conn.execute(
                    "CREATE TABLE IF NOT EXISTS mirror (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL,"
                    " token TEXT NOT NULL, loaded INTEGER NOT NULL, whole INTEGER NOT NULL)"
                )
                mirror_vectors.create_table(db.conn)
                mirror_lost.create_table(db.conn)
        except BaseException:
            db.close()
            raise
        return mirror

    @property
    def is_damaged(self) -> bool:
        """Whether anybody found damage in it."""
        return self._file.is_damaged

    @property
    def cursor(self) -> Cursor:
        with self._reading():
            return self._cursor()

    def _cursor(self) -> Cursor:
        row = self._db.conn.execute("SELECT seq, token, loaded, whole FROM mirror").fetchone()
        return Cursor(row[0], row[1], row[2], bool(row[3])) if row else Cursor()

    def _move(self, cursor: Cursor) -> None:
        self._db.conn.execute(
            "INSERT OR REPLACE INTO mirror (one, seq, token, loaded, whole) VALUES (1, ?, ?, ?, ?)",
            (cursor.seq, cursor.token, cursor.loaded, int(cursor.whole)),
        )

    # -- replaying ---------------------------------------------------------------------------------------------------

    def replay(self, events: Sequence[Event], *, own: bool = False) -> bool:
        """Replays events that are no loads, in one transaction.

        Args:
            own: this process made them; ``refresh`` does not tell them.

        Returns:
            False where another process was faster; nothing is changed then.
        """
        followed: list[tuple[Change, set[str]]] = []
        with self._writing():
            cursor = self._cursor()
            if cursor.loaded or cursor.seq != events[0].seq - 1:
                return False
            for event in events:
                done = self._replay(event)
                if done is not None:
                    followed.append(done)
                    if own:
                        self._own.add(event.version)
            self._move(replace(cursor, seq=events[-1].seq, token=events[-1].token))
        for change, touched in followed:
            self._searcher.follow(change, touched)
        if any(event.kind == "used" for event in events):
            self._searcher.forget_use()
        return True

    def _replay(self, event: Event) -> tuple[Change, set[str]] | None:
        """What it did to the rows, and to which fields; None for an event that makes no version."""
        connection = self._db.conn
        if event.kind == "settings":
            settings.change(connection, event.body)
        elif event.kind == "used":
            connection.executemany(
                "UPDATE entries SET last_used = ?, used_count = ? WHERE id = ?",
                ((last_used, count, entry_id) for entry_id, last_used, count in event.body),
            )
        elif event.kind == "ids":
            self._take_ids(event.last_id)
        elif event.kind in ("edit", "undo", "redo"):
            return self._replay_edit(event)
        return None

    def _replay_edit(self, event: Event) -> tuple[Change, set[str]]:
        connection, diffs = self._db.conn, event.diffs
        # What lies here may be newer than “before”: rows of a load are fetched as they are now.
        there = read_entries(connection, [diff.entry_id for diff in diffs])
        done = [EntryDiff(diff.entry_id, there.get(diff.entry_id), diff.after) for diff in diffs]
        some = [diff for diff in done if diff.before is not None or diff.after is not None]
        touched = write(connection, some, [diff.changed_fields() for diff in some])
        mirror_lost.settled(connection, [diff.entry_id for diff in diffs])
        if event.kind == "edit":
            history.discard_undone(connection)
        elif event.target is not None:
            history.set_status(self._db, event.target, "undone" if event.kind == "undo" else "done")
        self._record(event, diffs)
        return history.as_change(event.version, event.kind, done, event.initiator), touched

    def _record(self, event: Event, diffs: Sequence[EntryDiff]) -> None:
        version = history.record(
            self._db,
            event.kind,
            diffs,
            time=event.time,
            initiator=event.initiator,
            entries=event.count,
            target=event.target,
        )
        self._check(version, event)

    def _record_load(self, event: Event, first: int, last: int) -> None:
        version = history.record_load(
            self._db,
            first,
            last,
            time=event.time,
            initiator=event.initiator,
            entries=event.count,
            undoable=False,
        )
        self._check(version, event)

    def _check(self, version: int, event: Event) -> None:
        if version != event.version:
            raise KnownError("The local copy of this memory is out of step with its server; open the memory again.")

    def replay_rows(self, event: Event, entries: Iterable[Entry], upto: int, *, own: bool = False) -> bool:
        """Part of a load: these of its entries, with which all up to the id ``upto`` are there; the last part ends it.

        Returns:
            False where another process was faster; nothing is changed then.
        """
        first, last, _ = event.body
        with self._writing():
            cursor = self._cursor()
            expected = max(cursor.loaded, first - 1)
            batch = [entry for entry in entries if expected < entry.id <= upto]
            if cursor.seq != event.seq - 1 or upto <= expected < last:
                return False
            self._db.conn.executemany(INSERT_ROW, (to_row(entry) for entry in batch))
            add_to_index(self._db.conn, ((entry.id, entry.key, entry.text) for entry in batch))
            if upto < last:
                self._move(replace(cursor, loaded=upto, whole=False))
                return True
            self._db.conn.execute("INSERT INTO entries_fts (entries_fts) VALUES ('optimize')")
            self._take_ids(event.last_id)
            self._record_load(event, first, last)
            self._move(Cursor(event.seq, event.token, 0, cursor.whole))
            if own:
                self._own.add(event.version)
        return True

    # -- entries that the server has lost ----------------------------------------------------------------------------

    def numbered(self) -> tuple[int, int, NDArray[np.int64]]:
        """How many entries there should be, the largest id ever given, and the ids that there are: int64 [n]."""
        with self._reading():
            basis, rows = self._basis(), self._db.conn.execute("SELECT id FROM entries ORDER BY id")
            return basis.count, basis.last_id, np.fromiter((entry_id for (entry_id,) in rows), np.int64)

    def lost(self) -> list[int]:
        """Ids of the entries that could not be got, ascending; one below 0 stands for an entry without a known id."""
        with self._reading():
            return mirror_lost.lost(self._db.conn)

    def note_lost(self, back: Iterable[Entry], lost: Iterable[int]) -> None:
        """Takes the entries that are there again, and keeps the ids of those that are not."""
        with self._writing():
            connection = self._db.conn
            entries = {entry.id: entry for entry in back}
            known = read_entries(connection, entries)
            new = [EntryDiff(i, None, entry) for i, entry in entries.items() if i not in known]
            write(connection, new, [diff.changed_fields() for diff in new])
            mirror_lost.note(connection, lost)

    def interrupt(self) -> None:
        """Ends the statement that runs in another thread, and takes its transaction back."""
        with suppress(sqlite3.ProgrammingError):  # it is closed
            self._db.conn.interrupt()

    def settle(self, *, whole: bool) -> None:
        """It has, or has not, all that the server had when it was filled."""
        with self._writing():
            self._move(replace(self._cursor(), whole=whole))

    def empty(self) -> None:
        """Forgets everything: the server's history is another one than what was replayed here."""
        with self._writing():
            for table in _TABLES:
                self._db.conn.execute(f"DELETE FROM {table}")
            self._db.conn.execute("INSERT INTO entries_fts (entries_fts) VALUES ('delete-all')")
            self._db.conn.execute("DELETE FROM sqlite_sequence WHERE name = 'entries'")
            self._move(Cursor())
        self._seen, self._own = 0, set()

    def made_here(self, version: int) -> None:
        """``refresh`` does not tell it, though another process replayed it."""
        self._own.add(version)

    def told_upto(self, version: int) -> None:
        """``refresh`` tells what comes after this version."""
        self._seen = version

    def _take_ids(self, last: int) -> None:
        connection = self._db.conn
        if connection.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'entries'", (last,)).rowcount == 0:
            connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('entries', ?)", (last,))

    # -- planning ----------------------------------------------------------------------------------------------------

    def planned(
        self, edits: Sequence[Edit], now: float, decided_at: int | None = None
    ) -> tuple[Basis, list[EntryDiff]]:
        """What edits would do; ``decided_at``: see ``Store.apply``."""
        with self._reading():
            check_untouched(self._db.conn, decided_at, touched_by_all(edits))
            return self._basis(), plan(self._db.conn, edits, now)

    def planned_step(self, kind: str, *, if_told: bool = False) -> tuple[Basis, int | None, list[EntryDiff]]:
        """What an ``undo`` or a ``redo`` would do, and to which version; None: there is nothing to be done."""
        with self._reading():
            connection = self._db.conn
            self._check_told(if_told)
            target = (history.to_undo if kind == "undo" else history.to_redo)(connection)
            if target is None:
                return self._basis(), None, []
            parts = list(history.parts_of(connection, target))
            return self._basis(), target, plan_step(connection, parts, back=kind == "undo")

    def planned_use(self, ids: Sequence[int], now: float) -> tuple[Basis, list[list[float]]]:
        """Id, last use and count of uses of each entry that there is, after one more use for each time it is named."""
        times = Counter(int(entry_id) for entry_id in ids)
        with self._reading():
            there = read_entries(self._db.conn, times)
            return self._basis(), [[i, now, there[i].used_count + times[i]] for i in times if i in there]

    def basis(self) -> Basis:
        with self._reading():
            return self._basis()

    def _basis(self) -> Basis:
        version, count = history.head(self._db.conn)
        return Basis(self._cursor(), version, count, last_id(self._db.conn))

    def planned_pages(self, diffs: Sequence[EntryDiff]) -> list[bytes | int]:
        """Pages of ids, and what they are after the differences, in turn."""
        added = {diff.entry_id for diff in diffs if diff.before is None}
        gone = {diff.entry_id for diff in diffs if diff.after is None}
        return self._pages(pages_of(added | gone), added, gone)

    def pages_with(self, first: int, last: int) -> list[bytes | int]:
        """Pages of ids after a load of all ids of a range."""
        return self._pages(range(first // PAGE, last // PAGE + 1), range(first, last + 1), ())

    def _pages(self, pages: Iterable[int], added: Iterable[int] | range, gone: Iterable[int]) -> list[bytes | int]:
        found: list[bytes | int] = []
        added = added if isinstance(added, range) else set(added)
        with self._reading():
            lost = set(mirror_lost.lost(self._db.conn))  # others may still have them
            for page in pages:
                begin, end = page * PAGE, (page + 1) * PAGE
                rows = self._db.conn.execute("SELECT id FROM entries WHERE id >= ? AND id < ?", (begin, end))
                ids = {entry_id for (entry_id,) in rows}
                ids.update(entry_id for entry_id in lost if begin <= entry_id < end)
                if isinstance(added, range):
                    ids.update(range(max(begin, added.start), min(end, added.stop)))
                else:
                    ids.update(entry_id for entry_id in added if begin <= entry_id < end)
                found += [page, page_bits(page, ids.difference(gone))]
        return found

    def as_change(self, event: Event) -> Change:
        return history.as_change(event.version, event.kind, event.diffs, event.initiator)

    # -- vectors of the server ---------------------------------------------------------------------------------------

    def followed_spaces(self) -> dict[str, Followed]:
        """Spaces of the server whose vectors are taken."""
        with self._reading():
            return mirror_vectors.followed(self._db.conn)

    def follow_spaces(self, places: Mapping[str, Followed]) -> None:
        with self._writing():
            for space, place in places.items():
                mirror_vectors.follow(self._db.conn, space, place)

    def forget_space(self, space: str) -> None:
        """The space was dropped from the server."""
        with self._writing():
            mirror_vectors.forget(self._db.conn, space)

    def lacking(self, space: str, buckets: Iterable[int]) -> dict[int, list[int]]:
        """Bucket -> ids of its entries without a vector; buckets that have none are left out."""
        with self._reading():
            found = {bucket: mirror_vectors.lacking(self._db.conn, space, bucket) for bucket in buckets}
        return {bucket: ids for bucket, ids in found.items() if ids}

    def values_of(self, space: str, rows: Sequence[VectorRow]) -> tuple[int, list[tuple[int, bytes]]]:
        """The dimension, and what the server keeps of the vectors of entries that are still as they were, by id.

        Raises:
            KnownError: another dimension than the space has, or numbers that are not finite.
        """
        with self._reading():
            stored = vectors.checked(self._db.conn, space, rows)
            of = mirror_vectors.digests(self._db.conn, [entry_id for entry_id, _ in stored.vectors])
        return stored.dimension, [(entry_id, of[entry_id] + vector) for entry_id, vector in stored.vectors]

    def take_values(self, space: str, dimension: int, values: Sequence[tuple[int, bytes]]) -> int:
        """Keeps those of the server's values that belong to what the entries are now; returns how many."""
        if not values:
            return 0
        with self._writing():
            return mirror_vectors.take(self._db.conn, space, dimension, values)
