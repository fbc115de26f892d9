"""Where the database of a memory is: a file, or this process."""

from __future__ import annotations

import sqlite3
from typing import Protocol


class Place(Protocol):
    """What a store must know of it. Store thread; ``name``, ``url`` and ``read_only`` any."""

    @property
    def name(self) -> str:
        """What the memory is called in sentences for the user."""
        ...

    @property
    def url(self) -> str: ...
    @property
    def read_only(self) -> bool: ...

    def check_writable(self) -> None:
        """Raises a KnownError where an edit would be refused or lost."""
        ...

    def check_there(self) -> None:
        """Raises a KnownError where the memory is gone or is another one."""
        ...

    def view(self, writer: sqlite3.Connection) -> sqlite3.Connection:
        """A connection for one other thread; a transaction on it sees what is committed now and nothing later."""
        ...

    def leave(self, writer: sqlite3.Connection, /) -> None:
        """The store is about to close its connection."""
        ...
