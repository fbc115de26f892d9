"""Copying a memory file while others may be using it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from memviz.stores.sqlite_errors import known_errors


def copy_file(source: Path, target: Path) -> None:
    """Copies a memory as it is now, its write-ahead log included, through SQLite's online backup.

    Raises:
        KnownError: the source cannot be read or the target cannot be written.
    """
    with (
        known_errors(source),
        closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as old,
        closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)
