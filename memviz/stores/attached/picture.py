"""A faithful copy of a SQLite file that another program may be writing, made without touching anything beside it.

A reader of SQLite leaves traces where the file has a write-ahead log: it makes ``-shm`` (also with ``mode=ro``, where
the folder can be written), or writes its marks into the one that is there. So (https://sqlite.org/walformat.html):

- A log with content: file and log are copied byte by byte, the file first. The log holds every page that a checkpoint
  may be writing into the file meanwhile, so both together are one state, unless the log began anew in between: then
  the salts in its first 32 bytes are others, and the copy is made again. What is half written at its end has no valid
  checksum, and SQLite leaves it out.
- No log, though the file is of the kind that has one: nobody has it open. It is read with ``immutable=1``, and again
  if it changed meanwhile.
- Files with a rollback journal are read with ``mode=ro`` under SQLite's own shared lock, which is no file; a journal
  that a crash left is copied with the file, and played back in the copy.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

from memviz.core.errors import KnownError
from memviz.core.held_files import is_held
from memviz.core.progress import Progress, no_progress
from memviz.stores.sqlite_errors import known_errors

MAGIC = b"SQLite format 3\0"
#: Bytes of a file's header; 18 and 19 are 2 where it has a write-ahead log, 60 to 63 and 68 to 71 are the program's.
_HEADER = 100
_LOG_HEADER = 32
_BLOCK = 4 * 2**20
_PAGES = 1_024
_TRIES = 5
_WAIT_SECONDS = 2.0
_HOT = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)

#: What tells whether a file was changed: device, inode, size and time of change of the file, its log and its journal,
#: and SQLite's own counter of changes, for those that come within one tick of the file system's clock.
Stamp = tuple[object, ...]


T = TypeVar("T")


class _Changing(Exception):  # noqa: N818 - it is tried again
    pass


def stamp_of(path: Path) -> Stamp:
    """Of now; a file that is not there, or is empty, is told by zeros."""
    files = (path, _beside(path, "wal"), _beside(path, "journal"))
    return (*(_stamp(each) for each in files), header_of(path)[24:28])


def header_of(path: Path) -> bytes:
    """The first bytes of a SQLite file; empty for any other file, and where it cannot be read."""
    try:
        if not path.is_file() or is_held(path):  # opening a pipe would wait for ever
            return b""
        with path.open("rb") as file:
            head = file.read(_HEADER)
    except OSError:
        return b""
    return head if head.startswith(MAGIC) and len(head) == _HEADER else b""


def check_file(path: Path) -> None:
    """Raises a KnownError where there is no SQLite file, or it may not be read."""
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            raise KnownError(f"“{path}” is a pipe or a device; choose a file.")
        if is_held(path):
            raise KnownError(f"“{path}” is a memory that is open here; close it first, or attach a copy of it.")
        with path.open("rb") as file:
            head = file.read(len(MAGIC))
    except FileNotFoundError:
        raise KnownError(f"There is no file “{path}”; check the path.") from None
    except IsADirectoryError:
        raise KnownError(f"“{path}” is a folder; choose a file inside it.") from None
    except OSError as error:
        raise KnownError(f"“{path}” cannot be read ({error.strerror}); check that you may read it.") from None
    if head != MAGIC:
        raise KnownError(f"“{path}” is not a SQLite file; choose another one.")


@contextmanager
def foreign_errors(path: Path) -> Iterator[None]:
    """What goes wrong in somebody else's file is never our mistake: a view that cannot be computed, a damaged page."""
    try:
        with known_errors(path):
            yield
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT:
            raise  # it was cancelled: stoppable() knows
        raise KnownError(f"“{path}” cannot be read ({error}); choose another table or file.") from error


def guarded(rows: Iterable[T], path: Path) -> Iterator[T]:
    """Rows of somebody else's file; see :func:`foreign_errors`."""
    with foreign_errors(path):
        yield from rows


@contextmanager
def looked_into(path: Path, progress: Progress = no_progress) -> Iterator[sqlite3.Connection]:
    """A connection for a short look: on the file itself where that leaves no trace, else on a copy of it.

    Raises:
        KnownError: no SQLite file, or it cannot be read.
        Cancelled: by ``progress``, while it is copied.
    """
    check_file(path)
    with foreign_errors(path):
        if _size(_beside(path, "wal")) or _size(_beside(path, "journal")):
            with (
                tempfile.TemporaryDirectory(prefix="memviz-look-", ignore_cleanup_errors=True) as folder,
                closing(connect(picture(path, Path(folder), progress))) as connection,
            ):
                yield connection
        else:
            with closing(_in_place(path)) as connection:
                yield connection


def picture(path: Path, folder: Path, progress: Progress = no_progress) -> Path:
    """Copies the file, as it is at one moment, into a folder; returns the copy.

    Raises:
        KnownError: it cannot be read, it changes faster than it can be copied, or there is no room.
        Cancelled: by ``progress``.
    """
    check_file(path)
    target = folder / "picture.sqlite"
    with foreign_errors(path):
        for _ in range(_TRIES):
            _remove(target)
            try:
                _copy(path, target, progress)
                return target
            except _Changing:
                continue
            except FileNotFoundError:
                raise KnownError(f"“{path}” was removed while it was read; check the path.") from None
            except OSError as error:
                raise _no_room(path, folder, error.strerror) from None
            except sqlite3.OperationalError as error:
                if (
                    error.sqlite_errorcode & 0xFF
                ) == sqlite3.SQLITE_FULL:  # it is the copy’s disk, not that of the file
                    raise _no_room(path, folder, "the disk is full") from None
                raise
    raise KnownError(f"“{path}” is being rewritten all the time; wait until the other program has finished.")


def _no_room(path: Path, folder: Path, why: str | None) -> KnownError:
    return KnownError(
        f"“{path}” cannot be copied to “{folder}” ({why}); free some space, or set TMPDIR to a folder with room for it."
    )


def connect(path: Path) -> sqlite3.Connection:
    """To a file of our own."""
    connection = sqlite3.connect(path, isolation_level=None)
    return _reader(connection)


def _copy(path: Path, target: Path, progress: Progress) -> None:
    if _size(_beside(path, "wal")):
        _copy_with_log(path, target, progress)
        return
    before = stamp_of(path)
    if not _size(_beside(path, "journal")):
        _back_up(path, target, progress)
        if _has_log(path) and stamp_of(path) != before:
            raise _Changing
        return
    try:
        _back_up(path, target, progress)  # another program is in the middle of a change, which its lock keeps from us
    except sqlite3.OperationalError as error:
        if (error.sqlite_errorcode & 0xFF) not in _HOT:
            raise
        _remove(target)
        _copy_bytes(path, target, progress)
        _copy_bytes(_beside(path, "journal"), _beside(target, "journal"), progress)
        if stamp_of(path) != before:
            raise _Changing from None


def _copy_with_log(path: Path, target: Path, progress: Progress) -> None:
    log = _beside(path, "wal")
    try:
        before = _log_header(log)
        _copy_bytes(path, target, progress)
        _copy_bytes(log, _beside(target, "wal"), progress)
        if len(before) < _LOG_HEADER or _log_header(log) != before:
            raise _Changing
    except FileNotFoundError:
        if path.exists():
            raise _Changing from None  # the other program has moved its log into the file
        raise


def _back_up(path: Path, target: Path, progress: Progress) -> None:
    def told(_status: int, remaining: int, total: int) -> None:
        progress(total - remaining, total, f"reading {path.name}")

    with closing(_in_place(path)) as source, closing(sqlite3.connect(target)) as copy:
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()  # holds the lock until the copy is made
        source.backup(copy, pages=_PAGES, progress=told)


def _in_place(path: Path) -> sqlite3.Connection:
    mode = "immutable=1" if _has_log(path) else "mode=ro"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?{mode}", uri=True, timeout=_WAIT_SECONDS, isolation_level=None
    )
    return _reader(connection)


def _reader(connection: sqlite3.Connection) -> sqlite3.Connection:
    connection.text_factory = partial(str, encoding="utf-8", errors="replace")
    return connection


def _copy_bytes(path: Path, target: Path, progress: Progress) -> None:
    total, done = path.stat().st_size, 0
    with path.open("rb") as source, target.open("wb") as copy:
        while block := source.read(_BLOCK):
            copy.write(block)
            done += len(block)
            progress(done, max(done, total), f"reading {path.name}")


def _remove(target: Path) -> None:
    for each in (target, *(_beside(target, end) for end in ("wal", "shm", "journal"))):
        with suppress(FileNotFoundError):
            each.unlink()


def _has_log(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(_HEADER)[18:20] == b"\x02\x02"


def _log_header(log: Path) -> bytes:
    with log.open("rb") as file:
        return file.read(_LOG_HEADER)


def _beside(path: Path, end: str) -> Path:
    return path.with_name(f"{path.name}-{end}")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _stamp(path: Path) -> tuple[int, int, int, int]:
    try:
        status = path.stat()
    except OSError:
        return (0, 0, 0, 0)
    if not status.st_size:
        return (0, 0, 0, 0)
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
