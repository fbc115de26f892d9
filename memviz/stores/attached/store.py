"""Another program's memory, opened as one that is only read."""

from __future__ import annotations

import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import sqlite_utils

from memviz.core.edits import Change, Delete, Insert, Update
from memviz.core.errors import KnownError
from memviz.core.progress import Progress, no_progress
from memviz.core.vectors import VectorRow
from memviz.stores.attached.adapter import PastEvent, Reading
from memviz.stores.attached.address import Attachment
from memviz.stores.attached.catalog import file_of, read
from memviz.stores.attached.following import Following
from memviz.stores.attached.picture import Stamp, connect, foreign_errors, guarded, picture, stamp_of
from memviz.stores.attached.place import AttachedPlace
from memviz.stores.attached.reread import Piece, Reread, Rereader
from memviz.stores.sqlite import SQLiteStore
from memviz.stores.sqlite_file import open_file
from memviz.stores.sqlite_stop import stoppable

INITIATOR = "another program"
#: Reading anew takes at most this share of the time.
_SHARE = 0.2
#: How long the look that begins a reading waits for it: small files are told at once.
_PATIENCE_SECONDS = 0.2
#: How long to wait before a file that could not be read is tried again.
_AGAIN_SECONDS = 1.0
#: So many edits at once, so that the store thread is free again after a fraction of a second.
_PIECE = 4_000
#: Events of the past that become changes of this memory, each by itself; what was before them is loaded at once.
_PAST = 2_000


class AttachedStore(SQLiteStore):
    """A copy of another program's records, in a temporary file that goes when this is closed.

    Their file is looked at, without touching anything beside it, by :meth:`refresh`: where it was changed, it is read
    anew, and what differs becomes changes of the copy, so that they are told and have a history as any others. Edits
    are refused. Vectors are kept in the copy.
    """

    def __init__(
        self,
        place: AttachedPlace,
        db: sqlite_utils.Database,
        clock: Callable[[], float],
        attachment: Attachment,
        folder: tempfile.TemporaryDirectory[str],
    ) -> None:
        self._at: float | None = None  # the time of what is being replayed
        super().__init__(place, db, lambda: clock() if self._at is None else self._at)
        self._copy = place
        self._attachment = attachment
        self._folder = folder
        self._following = Following(db.conn)
        self._stamp: Stamp = ()
        self._read_at, self._took = 0.0, 0.0  # when it was read last, and how long that took
        self._rereader = Rereader(attachment, Path(folder.name), lambda: place.view(db.conn))
        self._pieces: deque[Piece] = deque()  # what was found and is not in the copy yet
        self._reading_notices: tuple[str, ...] = ()
        self._trouble = ""
        self._title = ""
        self.origin = ""

    @classmethod
    def open(
        cls,
        path: str | Path | Attachment,
        *,
        create: bool = False,
        clock: Callable[[], float] = time.time,
        progress: Progress = no_progress,
    ) -> AttachedStore:
        """Opens what an address attaches, or the path of a file whose adapter is to be found.

        Raises:
            NeedsTable: no adapter recognises the file.
            KnownError: it cannot be read, or ``create`` is set: it would be edited.
            Cancelled: by ``progress``; nothing is left behind.
        """
        attachment = path if isinstance(path, Attachment) else Attachment(Path(path))
        if create:
            raise KnownError(
                f"“{attachment.path}” is another program’s file, which memviz only reads; choose another file for a"
                " memory of your own."
            )
        folder = tempfile.TemporaryDirectory(prefix="memviz-attached-", ignore_cleanup_errors=True)
        try:
            return cls._opened(attachment, folder, clock, progress)
        except BaseException:
            folder.cleanup()
            raise

    @classmethod
    def _opened(
        cls,
        attachment: Attachment,
        folder: tempfile.TemporaryDirectory[str],
        clock: Callable[[], float],
        progress: Progress,
    ) -> AttachedStore:
        source = file_of(attachment)
        stamp = stamp_of(source)
        copied = picture(source, Path(folder.name), progress)
        with closing(connect(copied)) as connection, stoppable(connection, progress):
            with foreign_errors(source):
                whole, reading = read(connection, attachment)
            file, db = open_file(Path(folder.name) / "copy.sqlite", create=True)
            try:
                db.conn.execute("PRAGMA synchronous = OFF")  # a copy that is lost is made again
                store = cls(AttachedPlace(file, whole.url), db, clock, whole, folder)
                store._begin(reading, source, progress)
            except BaseException:
                db.close()
                raise
        copied.unlink()
        store._stamp, store._read_at = stamp, time.monotonic()
        return store

    @property
    def title(self) -> str:
        """Short words for a title."""
        return self._title

    @property
    def notices(self) -> tuple[str, ...]:
        """What the user should know, a sentence each."""
        return (*self._reading_notices, *((self._trouble,) if self._trouble else ()))

    def put_vectors(self, space: str, rows: Sequence[VectorRow]) -> int:
        with self._copy.keeping():
            return super().put_vectors(space, rows)

    def drop_vectors(self, space: str) -> None:
        with self._copy.keeping():
            super().drop_vectors(space)

    def refresh(self) -> list[Change]:
        """Reads the other program's file anew where it was changed, and tells what differs.

        A large file is read beside this, and told by a later call; where very many records differ, by several, so that
        none takes long. A file that is gone, or can no longer be read, is a
        notice, and the entries stay as they were.
        """
        patience = 0.0
        if not self._rereader.busy and not self._pieces and self._is_changed() and self._may_read():
            self._rereader.start()
            patience = _PATIENCE_SECONDS
        found = self._rereader.result(patience)
        if found is not None:
            self._take(found)
        if self._pieces:
            self._follow(self._pieces.popleft())
        return super().refresh()

    def close(self) -> None:
        self._rereader.close()
        super().close()
        self._folder.cleanup()

    def _begin(self, reading: Reading, source: Path, progress: Progress) -> None:
        """The first reading."""
        self._told(reading)
        with self._copy.keeping():
            if reading.past is not None:
                self._replay(list(guarded(reading.past(), source)), progress)
            else:
                rows = self._following.begun(guarded(reading.rows(), source))
                self.load(rows, reading.count, progress, initiator=INITIATOR)
            if successors := self._following.successors():
                self.apply(successors, initiator=INITIATOR, progress=progress)
        super().refresh()  # whoever opens it knows nothing else
        self._own.clear()

    def _replay(self, events: Sequence[PastEvent], progress: Progress) -> None:
        """The events of the past become changes, at their own times."""
        early = max(len(events) - _PAST, 0)
        before: dict[str, PastEvent] = {}
        for event in events[:early]:
            before.pop(event.identity, None)
            if event.row is not None:
                before[event.identity] = event
        try:
            if before:
                rows = [event.row for event in before.values() if event.row is not None]
                self._at = max(event.time for event in before.values())
                self.load(self._following.begun(rows), len(rows), progress, initiator=INITIATOR)
            for done, event in enumerate(events[early:]):
                progress(done, len(events) - early, "replaying the history")
                self._at = event.time
                self._replay_event(event)
        finally:
            self._at = None

    def _replay_event(self, event: PastEvent) -> None:
        known = self._following.entry_of(event.identity)
        if event.row is None:
            if known is not None:
                self.apply([Delete(known)], initiator=INITIATOR)
                self._following.forget(event.identity)
            return
        if known is None:
            known = self.apply([Insert(**event.row.fields)], initiator=INITIATOR).inserted[0]
        else:
            fields = {name: value for name, value in event.row.fields.items() if name != "created"}
            self.apply([Update(known, **fields)], initiator=INITIATOR)
        self._following.know(event.row, known)

    def _take(self, found: Reread) -> None:
        """From now on the copy is made equal to what was found."""
        self._stamp, self._took, self._read_at = found.stamp, found.seconds, time.monotonic()
        if found.reading is None:
            self._trouble = f"{found.trouble} What is shown is what was read of it last."
            return
        self._trouble = ""
        self._told(found.reading)
        self._pieces.extend(found.pieces(_PIECE))

    def _follow(self, piece: Piece) -> None:
        with self._copy.keeping():
            edits, changed = piece
            if edits:
                change = self.apply(edits, initiator=INITIATOR)
                self._own.discard(change.version)  # to the session it is somebody else's
                self._following.done(changed, change.inserted, change.deleted)
            if not self._pieces and (successors := self._following.successors()):
                self._own.discard(self.apply(successors, initiator=INITIATOR).version)

    def _is_changed(self) -> bool:
        try:
            return stamp_of(file_of(self._attachment)) != self._stamp
        except KnownError:
            return True  # a folder without its file; reading it says so

    def _told(self, reading: Reading) -> None:
        self.origin, self._title, self._reading_notices = reading.origin, reading.name, reading.notices

    def _may_read(self) -> bool:
        """Reading takes its share of the time and no more, however often the other program writes."""
        least = _AGAIN_SECONDS if self._trouble else 0.0
        return time.monotonic() - self._read_at >= max(least, self._took * (1 - _SHARE) / _SHARE)
