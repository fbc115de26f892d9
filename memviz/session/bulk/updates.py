"""Updates of many entries, kept in little memory until they are written."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from types import MappingProxyType
from typing import Any, overload

from memviz.core.edits import Update


class Updates(Sequence[Update]):
    """Holds ids and new values, texts as bytes, and makes each update when it is read.

    A hundred thousand new texts of 100 characters take 20 MB so, and 80 MB as a list of updates.
    """

    def __init__(self) -> None:
        self._ids = array("q")
        self._names: list[tuple[str, ...]] = []
        self._values: list[Any] = []
        self._known: dict[tuple[str, ...], tuple[str, ...]] = {}

    def add(self, update: Update) -> None:
        """Takes in an update without ``keep_time`` and ``seen``."""
        names = tuple(update.fields)
        self._ids.append(update.entry_id)
        self._names.append(self._known.setdefault(names, names))
        values = tuple(value.encode() if isinstance(value, str) else value for value in update.fields.values())
        self._values.append(values[0] if len(names) == 1 else values)

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, at: int) -> Update: ...
    @overload
    def __getitem__(self, at: slice) -> list[Update]: ...
    def __getitem__(self, at: int | slice) -> Update | list[Update]:
        if isinstance(at, slice):
            return [self._update(each) for each in range(*at.indices(len(self)))]
        return self._update(range(len(self))[at])

    def _update(self, at: int) -> Update:
        names = self._names[at]
        values = (self._values[at],) if len(names) == 1 else self._values[at]
        read = (value.decode() if isinstance(value, bytes) else value for value in values)
        return Update.of_checked(self._ids[at], MappingProxyType(dict(zip(names, read, strict=True))))
