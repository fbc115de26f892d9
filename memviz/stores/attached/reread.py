"""Reads another program's file anew, beside the store: on a thread that ends when it is read."""

from __future__ import annotations

import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from memviz.core.edits import Delete, Edit
from memviz.core.errors import Cancelled, KnownError
from memviz.stores.attached.adapter import ForeignRow, Reading
from memviz.stores.attached.address import Attachment
from memviz.stores.attached.catalog import file_of, read
from memviz.stores.attached.following import differences
from memviz.stores.attached.picture import Stamp, connect, foreign_errors, guarded, picture, stamp_of
from memviz.stores.sqlite_stop import stoppable

#: Edits, and the rows that they are of, with their entries (None for new ones).
Piece = tuple[list[Edit], list[tuple[ForeignRow, int | None]]]


@dataclass(frozen=True, slots=True)
class Reread:
    """What was found.

    Attributes:
        stamp: of the file before it was read; empty where it could not be.
        seconds: how long it took.
        reading: None where it could not be read.
        edits, changed: see :func:`memviz.stores.attached.following.differences`.
        trouble: why it could not be read, a sentence.
    """

    stamp: Stamp
    seconds: float
    reading: Reading | None = None
    edits: list[Edit] = field(default_factory=list)
    changed: list[tuple[ForeignRow, int | None]] = field(default_factory=list)
    trouble: str = ""

    def pieces(self, size: int) -> Iterator[Piece]:
        """The edits, so many at a time, each with the rows that they are of; one without edits where there are none."""
        taken = 0
        for begin in range(0, max(1, len(self.edits)), size):
            edits = self.edits[begin : begin + size]
            rows = sum(not isinstance(edit, Delete) for edit in edits)
            yield edits, self.changed[taken : taken + rows]
            taken += rows


class Rereader:
    """One reading at a time. Store thread.

    Args:
        folder: for the picture of the file.
        view: a connection of its own to the copy, which nobody changes while it is compared.
    """

    def __init__(self, attachment: Attachment, folder: Path, view: Callable[[], sqlite3.Connection]) -> None:
        self._attachment, self._folder, self._view = attachment, folder, view
        self._thread: threading.Thread | None = None
        self._found: Reread | BaseException | None = None
        self._wanted = True

    @property
    def busy(self) -> bool:
        return self._thread is not None

    def start(self) -> None:
        view = self._view()
        self._thread = threading.Thread(target=self._work, args=(view,), name="memviz-attached", daemon=True)
        self._thread.start()

    def result(self, seconds: float) -> Reread | None:
        """What was found, once; None where it takes longer than this."""
        if self._thread is None:
            return None
        self._thread.join(seconds)
        if self._thread.is_alive():
            return None
        self._thread, found, self._found = None, self._found, None
        if isinstance(found, BaseException):
            raise found  # a mistake of ours
        return found

    def close(self) -> None:
        """Ends a reading that goes on. Idempotent."""
        self._wanted = False
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _work(self, view: sqlite3.Connection) -> None:
        begun = time.monotonic()
        try:
            with closing(view):
                self._found = self._reread(view, begun)
        except KnownError as error:
            self._found = Reread((), time.monotonic() - begun, trouble=str(error))
        except Cancelled:
            self._found = None
        except BaseException as error:  # noqa: BLE001 - it is raised on the store thread
            self._found = error

    def _reread(self, view: sqlite3.Connection, begun: float) -> Reread:
        source = file_of(self._attachment)
        stamp = stamp_of(source)
        with (
            tempfile.TemporaryDirectory(dir=self._folder, ignore_cleanup_errors=True) as folder,
            closing(connect(picture(source, Path(folder), self._progress))) as connection,
            stoppable(connection, self._progress),
        ):
            with foreign_errors(source):
                _, reading = read(connection, self._attachment)
            edits, changed = differences(view, self._while_wanted(guarded(reading.rows(), source)))
        return Reread(stamp, time.monotonic() - begun, reading, edits, changed)

    def _while_wanted(self, rows: Iterable[ForeignRow]) -> Iterator[ForeignRow]:
        for row in rows:
            self._progress(0, 0, "")
            yield row

    def _progress(self, _done: int, _total: int, _words: str) -> None:
        if not self._wanted:
            raise Cancelled
