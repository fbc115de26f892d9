"""A memory that this process keeps, and forgets when it ends: ``memory://name``."""

from __future__ import annotations

import atexit
import itertools
import re
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import quote

import sqlite_utils

from memviz.core.errors import KnownError
from memviz.stores.sqlite import SQLiteStore
from memviz.stores.sqlite_errors import known_errors
from memviz.stores.sqlite_file import BUSY_SECONDS
from memviz.stores.sqlite_schema import migrate

#: Letters and digits of any script, also - and . inside.
_NAME = re.compile(r"\w[\w.-]{0,99}")

#: One connection to each memory: SQLite keeps a database in memory as long as one is open.
_kept: dict[str, sqlite3.Connection] = {}
_lock = threading.Lock()
_numbers = itertools.count()


class InMemoryStore(SQLiteStore):
    """A :class:`SQLiteStore` whose database is in the memory of this process.

    It is there until the process ends, also while no store has it open; stores of the same name share it.
    """

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        create: bool = False,  # noqa: ARG003 - part of what every store takes
        clock: Callable[[], float] = time.time,
    ) -> InMemoryStore:
        """Opens the memory called ``path``; ``create`` says nothing, since one that is not there yet is made.

        Raises:
            KnownError: a name that a memory cannot have.
        """
        name = checked_name(str(path))
        place = _ThisProcess(name)
        with place.errors():
            with _lock:
                if name not in _kept:
                    _kept[name] = _connected(name)
            db = sqlite_utils.Database(_connected(name), execute_plugins=False)
            try:
                migrate(db)
            except BaseException:
                db.close()
                raise
        return cls(place, db, clock)


def checked_name(name: str) -> str:
    """The name of a memory in this process.

    Raises:
        KnownError: empty, or with signs that it cannot have.
    """
    if not _NAME.fullmatch(name):
        raise KnownError(
            f"“memory://{name}” is no name of a memory; write memory:// and then up to 100 letters, digits, -, _ and .,"
            " for example memory://scratch."
        )
    return name


def forget(name: str) -> None:
    """Gives a memory's space back once no store and no view has it open; nothing happens where there is none."""
    with _lock:
        connection = _kept.pop(name, None)
    if connection is not None:
        connection.close()


@atexit.register
def _forget_all() -> None:
    for name in tuple(_kept):
        forget(name)


class _ThisProcess:
    """The :class:`memviz.stores.sqlite_place.Place` of a memory without a file.

    SQLite's databases in memory have no write-ahead log: a view would keep edits waiting. So a view is of a copy, one
    for all views between two changes.
    """

    def __init__(self, name: str) -> None:
        self.name = self.url = f"memory://{name}"
        self.read_only = False
        self._copy: sqlite3.Connection | None = None
        self._copied = ""
        self._state = (-1, -1)

    def errors(self) -> AbstractContextManager[None]:
        return known_errors(self.name)

    def check_writable(self) -> None:
        return

    def check_there(self) -> None:
        return

    def view(self, writer: sqlite3.Connection) -> sqlite3.Connection:
        state = (writer.total_changes, writer.execute("PRAGMA data_version").fetchone()[0])  # own changes, and others'
        if self._copy is None or state != self._state:
            self._forget_copy()
            self._copied = f"copy {next(_numbers)}"  # no memory has a name with a space
            self._copy = _connected(self._copied)
            writer.backup(self._copy)
            self._state = state
        return _connected(self._copied)

    def files(self) -> list[Path]:
        return []

    def backups(self) -> list[Path]:
        return []

    def enter(self) -> None:
        pass

    def leave(self, _writer: sqlite3.Connection, /) -> None:
        self._forget_copy()

    def _forget_copy(self) -> None:
        if self._copy is not None:
            self._copy.close()
            self._copy = None


def _connected(name: str) -> sqlite3.Connection:
    """A connection to a database in this process's memory, for one thread at a time."""
    connection = sqlite3.connect(
        f"file:/memviz/{quote(name, safe='')}?vfs=memdb",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.execute("PRAGMA journal_mode = MEMORY")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection
