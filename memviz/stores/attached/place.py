"""Where the copy of another program's records is: a file of our own in a folder for temporary files."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from memviz.core.errors import KnownError
from memviz.stores.sqlite_errors import known_errors
from memviz.stores.sqlite_file import MemoryFile


class AttachedPlace:
    """A :class:`memviz.stores.sqlite_place.Place` that refuses edits, except by the one who keeps the copy.

    Args:
        file: of the copy.
        url: address of what it is a copy of.
    """

    read_only = True

    def __init__(self, file: MemoryFile, url: str) -> None:
        self._file = file
        self._ours = False
        self.name = self.url = url

    def errors(self) -> AbstractContextManager[None]:
        return known_errors(f"the copy of {self.url} at {self._file.path.parent}")

    def check_writable(self) -> None:
        if not self._ours:
            raise KnownError(
                "This is another program’s memory, which memviz only reads; make one of your own of it with"
                f" “memviz entries copy '{self.url}' my-copy.sqlite”, and edit that."
            )

    def check_there(self) -> None:
        self._file.check_there()

    def view(self, writer: sqlite3.Connection) -> sqlite3.Connection:
        return self._file.view(writer)

    def files(self) -> list[Path]:
        """None: what holds the memory is another program's, which nobody here changes."""
        return []

    def backups(self) -> list[Path]:
        return []

    def enter(self) -> None:
        pass

    def leave(self, _writer: sqlite3.Connection, /) -> None:
        """The copy goes: nothing is to be put in order."""

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Inside, the copy can be written. Store thread."""
        before, self._ours = self._ours, True
        try:
            yield
        finally:
            self._ours = before
