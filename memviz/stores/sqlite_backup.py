"""A copy of a memory file beside it."""

from __future__ import annotations

import glob
import os
import re
import shutil
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from memviz.core.errors import KnownError

if TYPE_CHECKING:
    from memviz.stores.sqlite_file import MemoryFile


def copy_beside(file: MemoryFile, name: str) -> Path:
    """The newest version of a memory, log included, as a file ``name`` in the same folder, safe on the disk.

    The caller keeps others from writing meanwhile. A copy of this name that is there already stays, and this one gets
    a number.

    Raises:
        KnownError: the folder cannot be written, or its disk is full; no copy is left behind.
    """
    for left in file.path.parent.glob(f".{glob.escape(file.path.name)}.*.new"):  # of a process that was ended
        left.unlink(missing_ok=True)
    target = _free(file.path.with_name(name))
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        if not _copy_pages(file, unfinished):
            _copy_bytes(file.path, unfinished, target)
        shutil.copymode(file.path, unfinished)
        with unfinished.open("rb+") as copy:
            os.fsync(copy.fileno())
        os.replace(unfinished, target)
        _flush_folder(file.path.parent)
    except (OSError, sqlite3.Error) as error:
        raise KnownError(
            f"No copy of “{file.path}” could be kept beside it ({error}), so it was left as it is; free some space"
            " there, or copy it to another folder, and try again."
        ) from None
    finally:
        unfinished.unlink(missing_ok=True)
    return target


def backups_of(path: Path) -> list[Path]:
    """Copies of a memory file that memviz has made beside it, by name: before a repair, and of older formats."""
    try:
        names = sorted(each.name for each in path.parent.iterdir())
    except OSError:
        return []
    made = re.compile(re.escape(path.name) + r"\.(backup-\d{4}-\d\d-\d\d|schema-\d+\.backup)(-\d+)?(-wal)?")
    return [path.with_name(name) for name in names if made.fullmatch(name)]


def before_repair(path: Path) -> str:
    """``notes.sqlite.backup-2030-12-31``."""
    return f"{path.name}.backup-{time.strftime('%Y-%m-%d')}"


def before_migration(path: Path, version: int) -> str:
    """``notes.sqlite.schema-2.backup``."""
    return f"{path.name}.schema-{version}.backup"


def _copy_pages(file: MemoryFile, target: Path) -> bool:
    """False where SQLite cannot read the pages any more."""
    try:
        with closing(file.connect(read_only=True)) as source, closing(sqlite3.connect(target)) as copy:
            copy.execute("PRAGMA synchronous = OFF")
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, that can be moved anywhere
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise
        return False
    return True


def _copy_bytes(path: Path, unfinished: Path, target: Path) -> None:
    """The file as it is, and its log beside it."""
    shutil.copyfile(path, unfinished)
    with suppress(FileNotFoundError):
        shutil.copyfile(path.with_name(f"{path.name}-wal"), target.with_name(f"{target.name}-wal"))


def _free(target: Path) -> Path:
    number, free = 1, target
    while free.exists():
        number += 1
        free = target.with_name(f"{target.name}-{number}")
    return free


def _flush_folder(folder: Path) -> None:
    """The name of the copy survives a power cut too, where the system can say so."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
