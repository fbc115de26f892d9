"""The file of a mirror: like that of a memory, but what is damaged in it can be thrown away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import sqlite_utils

from memviz.core.errors import KnownError
from memviz.stores.sqlite_errors import DamagedFile, known_errors
from memviz.stores.sqlite_file import MemoryFile, open_file

_BESIDE = ("-wal", "-shm")


@dataclass(frozen=True, slots=True)
class MirrorFile(MemoryFile):
    """Damage that anybody finds in it, in whichever thread, is marked beside it: the next opening throws it away.

    Attributes:
        address: of the memory of which it is a copy.
    """

    address: str

    @property
    def url(self) -> str:
        return self.address

    @property
    def is_damaged(self) -> bool:
        """Whether damage was found since it was made."""
        return _mark(self.path).exists()

    @contextmanager
    def errors(self) -> Iterator[None]:
        try:
            with known_errors(self.path):
                yield
        except DamagedFile as error:
            _set_mark(self.path)
            raise DamagedFile(
                f"This computer’s copy of {self.address} is damaged and is made anew from the server; try again in a"
                " moment."
            ) from error


def open_mirror(path: Path, address: str) -> tuple[MirrorFile, sqlite_utils.Database]:
    """Opens or makes it; one that was found damaged is thrown away before.

    Raises:
        DamagedFile: it is damaged, and is marked now.
        KnownError: it cannot be opened, or not be thrown away.
    """
    if _mark(path).exists():
        _remove(path)
    try:
        file, db = open_file(path, create=True)
    except DamagedFile:
        _set_mark(path)
        raise
    return MirrorFile(file.path, file.read_only, file.immutable, file.identity, address), db


def _mark(path: Path) -> Path:
    return path.with_name(f"{path.name}-damaged")


def _set_mark(path: Path) -> None:
    with suppress(OSError):  # a folder that cannot be written: the damage is found again
        _mark(path).touch()


def _remove(path: Path) -> None:
    try:
        for each in (path, *(path.with_name(f"{path.name}{end}") for end in _BESIDE), _mark(path)):
            each.unlink(missing_ok=True)
    except OSError as error:
        raise KnownError(
            f"“{path}” is damaged and cannot be removed ({error.strerror}); close other programs that have it open,"
            " and open the memory again."
        ) from None
