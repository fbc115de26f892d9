"""What SQLite's error codes mean to the user, decided in this one place."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from memviz.core.errors import KnownError

#: Primary result code (https://sqlite.org/rescode.html) -> sentence about the file ``{name}``.
_SENTENCES = {
    sqlite3.SQLITE_BUSY: "“{name}” is locked by another program; close that program or wait until it has finished.",
    sqlite3.SQLITE_LOCKED: "“{name}” is locked by another program; close that program or wait until it has finished.",
    sqlite3.SQLITE_READONLY: "“{name}” cannot be written; copy it to a folder where you may write, and open the copy.",
    sqlite3.SQLITE_NOTADB: "“{name}” is not a SQLite file; choose a memviz memory, or import the file into one.",
    sqlite3.SQLITE_CORRUPT: "“{name}” is damaged; take a copy of it from a backup.",
    sqlite3.SQLITE_FULL: "The disk of “{name}” is full, nothing was changed; free some space and try again.",
    sqlite3.SQLITE_IOERR: "“{name}” could not be read or written: the disk reports an error; check the disk.",
    sqlite3.SQLITE_CANTOPEN: "“{name}” cannot be opened; check that it is there and that you may read it.",
    sqlite3.SQLITE_PERM: "“{name}” cannot be opened; check that you may read it.",
    sqlite3.SQLITE_AUTH: "“{name}” cannot be opened; check that you may read it.",
    sqlite3.SQLITE_TOOBIG: "That text is too large for a memory (the limit is 1 GB); shorten it.",
}

#: Where there is no file, SQLite's own limit is reached: 1 GB.
_FULL_WITHOUT_FILE = "“{name}” is as large as a memory without a file can be (1 GB), nothing was changed; use a file."


class DamagedFile(KnownError):  # noqa: N818 - a state of the world
    """A file that SQLite cannot make sense of."""


@contextmanager
def known_errors(name: str | Path) -> Iterator[None]:
    """Turns errors of the world (locks, disks, damage) into :class:`KnownError`; our own SQL mistakes pass through.

    ``name``: what the memory is called in them.
    """
    try:
        yield
    except UnicodeDecodeError as error:  # Python reads names of columns, and SQLite's words about damage, as UTF-8
        raise DamagedFile(f"“{name}” is damaged: names in it are no text; take a copy of it from a backup.") from error
    except sqlite3.Error as error:
        sentence = _sentence(error, name)
        if sentence is None:
            raise
        damaged = sentence in (_SENTENCES[sqlite3.SQLITE_NOTADB], _SENTENCES[sqlite3.SQLITE_CORRUPT])
        raise (DamagedFile if damaged else KnownError)(sentence.format(name=name)) from error


def _sentence(error: sqlite3.Error, name: str | Path) -> str | None:
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        # Raised by the sqlite3 module itself for text columns that hold no UTF-8: only damage makes such.
        return _SENTENCES[sqlite3.SQLITE_CORRUPT] if "decode to UTF-8" in str(error) else None
    if code == sqlite3.SQLITE_IOERR_SHMSIZE:  # SQLite makes a file beside a memory that is opened
        code = sqlite3.SQLITE_FULL
    primary = code & 0xFF  # the low byte of extended codes
    if primary == sqlite3.SQLITE_FULL and str(name).startswith("memory://"):
        return _FULL_WITHOUT_FILE
    return _SENTENCES.get(primary)
