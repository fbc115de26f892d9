"""What a user changes: edits, each with its inverse, and what a store answers to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from memviz.core.entry import ENTRY_FIELDS, INSERT_FIELDS, Entry, checked_fields
from memviz.core.errors import BugError, KnownError


@dataclass(frozen=True, slots=True, init=False)
class Insert:
    """A new entry: ``Insert(key="…", text="…", owner="…")``. The store gives the id and the times.

    ``created``: when what it says was learned, where that was earlier; it then counts as last edited at that time.
    ``supersedes``: ids of entries that the new one stands for from now on.
    """

    fields: Mapping[str, Any]
    supersedes: tuple[int, ...]

    def __init__(self, *, supersedes: Sequence[int] = (), **fields: Any) -> None:
        checked = checked_fields(fields, INSERT_FIELDS)
        if not checked.get("text", "").strip() and not checked.get("key", "").strip():
            raise KnownError("A new entry needs a text or a key.")
        object.__setattr__(self, "fields", MappingProxyType({"key": "", "text": "", **checked}))
        object.__setattr__(self, "supersedes", tuple(int(entry_id) for entry_id in supersedes))


@dataclass(frozen=True, slots=True, init=False)
class Update:
    """Sets fields of one entry: ``Update(812, text="…", confidence=0.5)``.

    ``keep_time``: it says nothing new of what the entry says, so the entry counts as edited when it was before.
    """

    entry_id: int
    fields: Mapping[str, Any]
    keep_time: bool

    def __init__(self, entry_id: int, /, *, keep_time: bool = False, **fields: Any) -> None:
        if not fields:
            raise KnownError("An update must set at least one field.")
        object.__setattr__(self, "entry_id", int(entry_id))
        object.__setattr__(self, "fields", MappingProxyType(checked_fields(fields)))
        object.__setattr__(self, "keep_time", keep_time)


@dataclass(frozen=True, slots=True)
class Delete:
    """Removes one entry; undo brings it back with its id."""

    entry_id: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "entry_id", int(self.entry_id))


@dataclass(frozen=True, slots=True)
class Restore:
    """Puts a whole entry, id and times included: the inverse of a deletion or an update."""

    entry: Entry


Edit = Insert | Update | Delete | Restore


@dataclass(frozen=True, slots=True)
class EntryDiff:
    """One entry before and after a change; ``before`` is None for an insert, ``after`` for a deletion."""

    entry_id: int
    before: Entry | None
    after: Entry | None

    def changed_fields(self) -> tuple[str, ...]:
        """Names of the fields that differ (all of them for an insert or a deletion)."""
        if self.before is None or self.after is None:
            return ENTRY_FIELDS
        return tuple(name for name in ENTRY_FIELDS if getattr(self.before, name) != getattr(self.after, name))


@dataclass(frozen=True, slots=True)
class Change:
    """What one transaction did to a store; one such value goes to every listener.

    Attributes:
        version: the store's version after the change.
        kind: ``edit``, ``undo``, ``redo``, or ``load`` (many rows at once, not named one by one).
        inserted, updated, deleted: ids of entries, in the order of the edits.
        initiator: who asked (``cli``, ``table``, ``inspector`` …), so that a listener can ignore its own echo.
    """

    version: int
    kind: str
    inserted: tuple[int, ...] = ()
    updated: tuple[int, ...] = ()
    deleted: tuple[int, ...] = ()
    initiator: str = ""


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One entry's part in one change of the store's history."""

    version: int
    kind: str
    time: float
    initiator: str
    undone: bool
    diff: EntryDiff


def inverse(diff: EntryDiff) -> Edit:
    """The edit that takes ``after`` back to ``before``."""
    if diff.before is not None:
        return Restore(diff.before)
    if diff.after is None:
        raise BugError("a diff without before and after")
    return Delete(diff.entry_id)


def forward(diff: EntryDiff) -> Edit:
    """The edit that takes ``before`` to ``after`` again, id and times as they were."""
    if diff.after is not None:
        return Restore(diff.after)
    return Delete(diff.entry_id)
