"""Where the database of a memory is: a file, or this process."""

from __future__ import annotations

import sqlite3
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol


class Place(Protocol):
    """What a store must know of it. Store thread; ``name``, ``url``, ``read_only`` and ``errors`` any."""

    @property
    def name(self) -> str:
        """What the memory is called in sentences for the user."""
        ...

    @property
    def url(self) -> str: ...
    @property
    def read_only(self) -> bool: ...

    def errors(self) -> AbstractContextManager[None]:
        """Turns errors of SQLite into sentences about this place. Any thread."""
        ...

    def check_writable(self) -> None:
        """Raises a KnownError where an edit would be refused or lost."""
        ...

    def check_there(self) -> None:
        """Raises a KnownError where the memory is gone or is another one."""
        ...

    def view(self, writer: sqlite3.Connection) -> sqlite3.Connection:
        """A connection for one other thread; a transaction on it sees what is committed now and nothing later."""
        ...

    def files(self) -> list[Path]:
        """Files that hold the memory now, the main one first; none where there is no file."""
        ...

    def backups(self) -> list[Path]:
        """Copies that memviz made of an older memory beside it."""
        ...

    def enter(self) -> None:
        """The store keeps its connection open from now on."""
        ...

    def leave(self, writer: sqlite3.Connection, /) -> None:
        """The store is about to close its connection."""
        ...
