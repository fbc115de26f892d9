"""Finding, checking and opening the file of a memory."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import sqlite_utils

from memviz.core.errors import KnownError
from memviz.core.held_files import hold, let_go
from memviz.stores.file_head import head_of
from memviz.stores.sqlite_backup import before_migration, copy_beside
from memviz.stores.sqlite_errors import DamagedFile, known_errors
from memviz.stores.sqlite_schema import APPLICATION_ID, MIGRATIONS, TABLES, application_id, migrate, user_version

_MAGIC = b"SQLite format 3\0"

#: Ends of the names of copies that are made before a file is changed by a repair or a newer schema.
_BACKUP = r"\.(backup-\d{4}-\d\d-\d\d|schema-\d+\.backup)(-\d+)?(-wal|-shm|-journal)?"

#: How long to wait for another program's lock, in seconds.
BUSY_SECONDS = 2.0
#: Beyond this size, in bytes, the write-ahead log is moved into the file at the next chance, and cut back to it.
_LOG_LIMIT = 8 * 2**20
#: Page cache of one connection, in KiB.
_CACHE = 16_000
#: The same while so many entries, or more, are changed at once.
_LARGE_CACHE, _MANY = 160_000, 5_000


@dataclass(frozen=True, slots=True)
class MemoryFile:
    """A memory's file as it was when it was opened: a :class:`memviz.stores.sqlite_place.Place`.

    Attributes:
        path: absolute.
        read_only: it, or its folder, may not be written.
        immutable: nobody here could write it, so SQLite needs no lock files beside it (and could not make them).
        identity: device and inode: tells a file from another one that was put in its place.
    """

    path: Path
    read_only: bool
    immutable: bool
    identity: tuple[int, int]

    @property
    def name(self) -> str:
        return str(self.path)

    @property
    def url(self) -> str:
        return f"sqlite:///{self.path.as_posix()}"

    def errors(self) -> AbstractContextManager[None]:
        return known_errors(self.path)

    def check_writable(self) -> None:
        """Raises a KnownError where an edit would be lost: a read-only file, or one that is gone or replaced."""
        if self.read_only:
            raise KnownError(
                f"“{self.path}” is read-only; copy it to a folder where you may write, and open the copy to edit it."
            )
        self.check_there()

    def check_there(self) -> None:
        if _identity(self.path) != self.identity:
            raise KnownError(f"“{self.path}” was removed or replaced by another program; open the memory again.")

    def view(self, writer: sqlite3.Connection) -> sqlite3.Connection:
        """A connection that reads beside the writer."""
        self.check_there()
        if not self.read_only and self._log_is_long():
            # The log starts anew only when no view needs it. SQLite tries after each commit, where a query's view
            # is often still open; here the last one has just been closed, and the next one will not need the log.
            writer.execute("PRAGMA wal_checkpoint(PASSIVE)")
        return self.connect(read_only=True, any_thread=True)

    def files(self) -> list[Path]:
        beside = (self.path.with_name(self.path.name + end) for end in ("-wal", "-shm", "-journal"))
        return [self.path, *(file for file in beside if file.exists())]

    def backups(self) -> list[Path]:
        name = re.escape(self.path.name)
        made = re.compile(rf"{name}{_BACKUP}|\.{name}\..*\.new")  # and copies that came to no end
        return sorted(file for file in self.path.parent.iterdir() if made.fullmatch(file.name) and file.is_file())

    def enter(self) -> None:
        hold(self.identity)

    def leave(self, writer: sqlite3.Connection) -> None:
        """Moves the log into the file."""
        let_go(self.identity)
        if not self.read_only:
            with suppress(sqlite3.Error):  # only tidies up: what is in the log is as safe there as in the file
                writer.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def _log_is_long(self) -> bool:
        try:
            return _log(self.path).stat().st_size > _LOG_LIMIT
        except OSError:
            return False

    def connect(self, *, read_only: bool, any_thread: bool = False, damaged: bool = False) -> sqlite3.Connection:
        """A connection without transactions of Python's own.

        Args:
            any_thread: one thread opens it and another uses it.
            damaged: a file that was cut short is read too, as far as it goes.
        """
        mode = "immutable=1" if self.immutable else "mode=ro" if read_only else "mode=rw"
        connection = sqlite3.connect(
            f"{self.path.as_uri()}?{mode}",
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=not any_thread,
        )
        if damaged:  # of all that this switch allows, SQLite's not comparing the size of the file is what is wanted
            connection.execute("PRAGMA writable_schema = ON")
        connection.execute(f"PRAGMA cache_size = -{_CACHE}")
        return connection


def existing_file(path: Path, *, create: bool = False) -> MemoryFile:
    """A file that SQLite may be able to read; made empty where ``create`` is set and there is none.

    A link is followed: SQLite keeps the log beside the file that it leads to, and so its copies and its index are found
    whatever name it was opened by.

    Raises:
        KnownError: there is none, or one that cannot be read.
    """
    path = Path(os.path.realpath(path.expanduser()))
    try:
        _check_file(path, create=create)
        if create and not path.exists():
            path.touch()
        return _described(path)
    except PermissionError:
        raise KnownError(f"“{path}” cannot be opened; check that you may read it.") from None
    except OSError as error:
        raise KnownError(f"“{path}” cannot be opened: {error.strerror}; choose another file.") from None


def open_file(
    path: Path, *, create: bool, kept: Callable[[Path], object] | None = None
) -> tuple[MemoryFile, sqlite_utils.Database]:
    """Opens a memory for its store, brought up to date; read-only where it cannot be written.

    Args:
        kept: an older file is copied before it is brought up to date, and this is told where the copy is; None: what
            is in the file can be had again.

    Raises:
        KnownError: whatever is wrong with the file, in one sentence.
    """
    file = existing_file(path, create=create)
    path = file.path
    with known_errors(path):
        db = sqlite_utils.Database(file.connect(read_only=file.read_only), execute_plugins=False)
        try:
            db.conn.execute("BEGIN")  # one view of a file that another process may be making just now
            _check_ours(db, path, create=create)
            db.rollback()
            if file.read_only:
                _check_current(db, path)
            else:
                _bring_up_to_date(file, db, kept)
                db.enable_wal()
                db.conn.execute("PRAGMA synchronous = FULL")  # an acknowledged edit survives a power cut
                db.conn.execute("PRAGMA foreign_keys = ON")
                db.conn.execute(f"PRAGMA journal_size_limit = {_LOG_LIMIT}")
        except BaseException:
            db.close()
            raise
    return file, db


def _bring_up_to_date(file: MemoryFile, db: sqlite_utils.Database, kept: Callable[[Path], object] | None) -> None:
    """Where that fails, the file is as it was, and its copy is not needed."""
    copies: list[Path] = []

    def keep(version: int) -> None:
        copies.append(copy_beside(file, before_migration(file.path, version)))

    try:
        migrate(db, keep if kept is not None else None)
    except BaseException:
        for copy in copies:
            copy.unlink(missing_ok=True)
        raise
    if kept is not None:
        for copy in copies:
            kept(copy)


def _check_file(path: Path, *, create: bool) -> None:
    if path.is_dir():
        raise KnownError(f"“{path}” is a folder; choose a memory file inside it.")
    if not path.exists():
        if not create:
            raise KnownError(
                f"There is no file “{path}”; check the path, or make a new memory there"
                " (on the command line: --create of “memviz import” or “memviz entries add”)."
            )
        if not path.parent.is_dir():
            raise KnownError(f"There is no folder “{path.parent}”; make it first, or choose another one.")
        if not os.access(path.parent, os.W_OK):
            raise KnownError(f"The folder “{path.parent}” cannot be written; choose another one for the new memory.")
        return
    if not path.is_file():
        raise KnownError(f"“{path}” is a pipe or a device; choose a file.")
    if head_of(path) is not None:
        return
    with path.open("rb") as file:
        head = file.read(len(_MAGIC))
    if not head and not create:
        raise KnownError(f"“{path}” is empty; choose a memviz memory, or make a new one.")
    if head and head != _MAGIC:
        raise DamagedFile(f"“{path}” is not a SQLite file; choose a memviz memory, or import the file into one.")


def _described(path: Path) -> MemoryFile:
    folder_writable = os.access(path.parent, os.W_OK)
    read_only = not (folder_writable and os.access(path, os.W_OK))
    log = _log(path)
    has_log = log.exists() and log.stat().st_size > 0
    if has_log and not folder_writable and not path.with_name(path.name + "-shm").exists():
        raise KnownError(
            f"“{path}” has newer changes beside it (“{log.name}”) in a folder that cannot be written; "
            "copy both files to another folder and open the copy."
        )
    return MemoryFile(path, read_only, not folder_writable and not has_log, _identity(path))


def _log(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def _identity(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return (0, 0)
    return (status.st_dev, status.st_ino)


def _check_ours(db: sqlite_utils.Database, path: Path, *, create: bool) -> None:
    if application_id(db) == APPLICATION_ID:
        if user_version(db) > len(MIGRATIONS):
            raise KnownError(
                f"“{path}” was written by a newer memviz (format {user_version(db)}, this one reads up to "
                f"{len(MIGRATIONS)}); update memviz to open it."
            )
        if not set(db.table_names()) >= TABLES:
            raise DamagedFile(f"“{path}” is damaged: tables are missing; take a copy of it from a backup.")
        return
    is_new = application_id(db) == 0 and user_version(db) == 0 and not db.table_names()
    if not is_new:
        raise KnownError(
            f"“{path}” is another program’s SQLite file; attach one of its tables with sqlite:///{path}?table=NAME, "
            "choose a memviz memory or make a new one."
        )
    if not create:
        raise KnownError(f"“{path}” is an empty SQLite file; choose a memviz memory, or make a new one.")


def _check_current(db: sqlite_utils.Database, path: Path) -> None:
    if user_version(db) < len(MIGRATIONS):
        raise KnownError(
            f"“{path}” comes from an older memviz and must be brought up to date, but cannot be written; "
            "copy it to a folder where you may write, and open the copy."
        )


@contextmanager
def room_for_many(connection: sqlite3.Connection, edits: int) -> Iterator[None]:
    """More of the file in memory while many entries are changed: each meets every index at another place."""
    if edits < _MANY:
        yield
        return
    connection.execute(f"PRAGMA cache_size = -{_LARGE_CACHE}")
    try:
        yield
    finally:
        connection.execute(f"PRAGMA cache_size = -{_CACHE}")
        connection.execute("PRAGMA shrink_memory")


@contextmanager
def new_file(path: Path) -> Iterator[sqlite_utils.Database]:
    """Makes a memory file that nobody else knows yet, in one transaction that is not safe until this ends.

    The journal is off and nothing is flushed in between, which makes filling it several times faster: where anything
    goes wrong the caller throws the file away.
    """
    with known_errors(path):
        db = sqlite_utils.Database(sqlite3.connect(path, isolation_level=None), execute_plugins=False)
        try:
            db.conn.execute("PRAGMA journal_mode = OFF")
            db.conn.execute("PRAGMA synchronous = OFF")
            migrate(db)
            db.conn.execute("BEGIN")
            yield db
            db.conn.execute("COMMIT")
        finally:
            db.close()
    with path.open("rb+") as file:
        os.fsync(file.fileno())
