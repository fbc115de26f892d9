"""What an adapter is: it knows one other program's tables and makes entries of their rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from memviz.stores.attached.columns import Tables


@dataclass(frozen=True, slots=True)
class ForeignRow:
    """One record of another program, as the entry that it becomes.

    Attributes:
        identity: what tells it from all others, also after it was changed.
        make: makes the fields of an ``Insert``; called only where the record is new or was changed.
        mark: what has another ``repr`` once the record was changed.
        successor: identity of the record that stands for it; empty where none does.
    """

    identity: str
    make: Callable[[], Mapping[str, Any]]
    mark: object
    successor: str = ""

    @property
    def fields(self) -> Mapping[str, Any]:
        return self.make()


def made_row(identity: str, fields: Mapping[str, Any], successor: str = "") -> ForeignRow:
    """A row whose fields are there already."""
    return ForeignRow(identity, lambda: fields, fields, successor)


@dataclass(frozen=True, slots=True)
class PastEvent:
    """What became of one record at a time (seconds since 1970); ``row`` is None where it was removed."""

    time: float
    identity: str
    row: ForeignRow | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds for memviz.

    Attributes:
        origin: what it is, for the user: ``Chroma collection notes``.
        name: short words for a title.
        count: about how many rows come, for progress.
        rows: the records that are there now; to be called while the connection is open, and again for another reading.
        past: how they came about, the oldest first, where the program keeps that; what it leaves behind is ``rows``.
        notices: what the user should know, a sentence each.
    """

    origin: str
    name: str
    count: int
    rows: Callable[[], Iterator[ForeignRow]]
    past: Callable[[], Iterator[PastEvent]] | None = None
    notices: tuple[str, ...] = field(default=())


class Adapter(Protocol):
    """Each is one file, whose docstring says which version's tables it knows, and from where."""

    @property
    def scheme(self) -> str:
        """Of addresses that name this adapter: ``scheme:///file``."""
        ...

    @property
    def program(self) -> str:
        """Whose files it reads, for the user."""
        ...

    def recognises(self, tables: Tables) -> bool:
        """Whether a file with these tables is the program's, of whatever version."""
        ...

    def reading(self, connection: sqlite3.Connection, tables: Tables, part: str) -> Reading:
        """What the file holds; ``part``: which part of it, empty for all.

        Raises:
            KnownError: tables of a version that is not known here, or no such part.
        """
        ...
