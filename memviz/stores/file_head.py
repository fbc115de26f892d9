"""What the header of a SQLite file says, read without taking away the locks of this process.

On Linux and macOS a process that closes any handle of a file loses all its locks on it, those that SQLite holds too. A
program that closes the memory then takes itself for the last one and deletes the log which this process goes on
writing to. So the header of a file that may be open here is read by SQLite, which knows about this.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Head:
    """Of a SQLite file that has at least one page.

    Attributes:
        application_id, user_version: as its program set them.
        pages: how many it has.
    """

    application_id: int
    user_version: int
    pages: int


def head_of(path: Path) -> Head | None:
    """None for anything that SQLite cannot read, and for an empty file. Any thread; leaves no file beside it."""
    if not path.is_file():  # opening a pipe would wait for somebody who writes to it
        return None
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            application_id, user_version, page_size = (
                int(connection.execute(f"PRAGMA {name}").fetchone()[0])
                for name in ("application_id", "user_version", "page_size")
            )
            pages = path.stat().st_size // page_size
    except (sqlite3.Error, OSError):
        return None
    return Head(application_id, user_version, pages) if pages else None
