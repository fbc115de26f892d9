"""What a user changes: edits, and what a store answers to them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from operator import ne
from types import MappingProxyType
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from memviz.core.entry import ENTRY_FIELDS, INSERT_FIELDS, SEEN_FIELDS, Entry, checked_fields, values_of_entry
from memviz.core.errors import KnownError

#: Lazy edits that are made together where all are read one after the other.
_READ_TOGETHER = 2_000
_NOTHING_SEEN: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, init=False)
class Insert:
    """A new entry: ``Insert(key="…", text="…", owner="…")``. The store gives the id and the times.

    ``created``: when what it says was learned, where that was earlier; it then counts as last edited at that time,
    unless ``updated`` says another one. ``last_used`` and ``used_count`` come from a memory that it was in before.
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
    ``seen``: fields as whoever asks saw them. Where one of them is another one by now, the edit is refused (see
    ``edit_conflict``), unless it is what this edit sets. Two who change different fields both succeed.
    """

    entry_id: int
    fields: Mapping[str, Any]
    keep_time: bool
    seen: Mapping[str, Any]

    def __init__(
        self,
        entry_id: int,
        /,
        *,
        keep_time: bool = False,
        seen: Mapping[str, Any] = MappingProxyType({}),
        **fields: Any,
    ) -> None:
        if not fields:
            raise KnownError("An update must set at least one field.")
        object.__setattr__(self, "entry_id", int(entry_id))
        object.__setattr__(self, "fields", MappingProxyType(checked_fields(fields)))
        object.__setattr__(self, "keep_time", keep_time)
        object.__setattr__(self, "seen", _as_seen(seen))

    @classmethod
    def of_checked(cls, entry_id: int, fields: Mapping[str, Any]) -> Update:
        """With fields that ``checked_fields`` has given already, the same mapping for many entries."""
        update = cls.__new__(cls)
        object.__setattr__(update, "entry_id", entry_id)
        object.__setattr__(update, "fields", fields)
        object.__setattr__(update, "keep_time", False)
        object.__setattr__(update, "seen", _NOTHING_SEEN)
        return update


@dataclass(frozen=True, slots=True)
class Delete:
    """Removes one entry; undo brings it back with its id. ``seen``: as in an :class:`Update`."""

    entry_id: int
    seen: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "entry_id", int(self.entry_id))
        object.__setattr__(self, "seen", _as_seen(self.seen))


def _as_seen(seen: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(checked_fields(seen, SEEN_FIELDS))


@dataclass(frozen=True, slots=True)
class Restore:
    """Puts a whole entry, id and times included: the inverse of a deletion or an update.

    ``new``: refused where the memory holds an entry with this id.
    """

    entry: Entry
    new: bool = False


Edit = Insert | Update | Delete | Restore


class LazyEdits(Sequence[Edit], ABC):
    """Edits of entries that are there or were, one of each, made when they are read: many of them need little memory.

    A store that applies them reads some thousands at a time. Whoever asked for them closes them in the end; a store may
    close them before, when it needs them no more.
    """

    @property
    @abstractmethod
    def entry_ids(self) -> NDArray[np.int64]:
        """Of which entries they are, without making them: int64 [n], ascending."""

    @abstractmethod
    def between(self, first: int, last: int) -> list[Edit]:
        """Those at the places from ``first`` to before ``last``."""

    @abstractmethod
    def close(self) -> None:
        """Lets go of what they are read from; nothing happens the second time."""

    def __len__(self) -> int:
        return len(self.entry_ids)

    @overload
    def __getitem__(self, at: int) -> Edit: ...
    @overload
    def __getitem__(self, at: slice) -> list[Edit]: ...
    def __getitem__(self, at: int | slice) -> Edit | list[Edit]:
        if isinstance(at, slice):
            first, last, step = at.indices(len(self))
            return self.between(first, last) if step == 1 else [self[each] for each in range(first, last, step)]
        place = range(len(self))[at]
        return self.between(place, place + 1)[0]

    def __iter__(self) -> Iterator[Edit]:
        for at in range(0, len(self), _READ_TOGETHER):
            yield from self[at : at + _READ_TOGETHER]


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
        return changed_names(self.before, self.after)


def changed_names(before: Entry, after: Entry) -> tuple[str, ...]:
    """Names of the fields in which two entries differ."""
    return tuple(compress(ENTRY_FIELDS, map(ne, values_of_entry(before), values_of_entry(after))))


@dataclass(frozen=True, slots=True)
class Change:
    """What one transaction did to a store; one such value goes to every listener.

    Attributes:
        version: the store's version after the change.
        kind: ``edit``, ``undo``, ``redo``, or ``load`` (many rows at once, not named one by one).
        inserted, updated, deleted: ids of entries, in the order of the edits; of many at once maybe by id.
        initiator: who asked (``cli``, ``table``, ``inspector`` …), so that a listener can ignore its own echo.
    """

    version: int
    kind: str
    inserted: tuple[int, ...] = ()
    updated: tuple[int, ...] = ()
    deleted: tuple[int, ...] = ()
    initiator: str = ""


#: Between who made a change and what it was, in its initiator.
AND = " · "


def described(who: str, what: str) -> str:
    """An initiator that also says what was done: ``table · Replace``."""
    return f"{who}{AND}{what}" if what else who


def who_and_what(initiator: str) -> tuple[str, str]:
    """What :func:`described` put together; ``what`` is empty for an initiator that says only who."""
    who, _, what = initiator.partition(AND)
    return who, what


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change of a store's history, without its entries.

    Attributes:
        version, kind, time, initiator: as in :class:`HistoryRow`.
        undone: it was an edit or a load that is taken back.
        inserted, updated, deleted: how many entries; of a forgetting all that it took away, of the history too.
        target: the version of the change that an undo took back or a redo did again.
    """

    version: int
    kind: str
    time: float
    initiator: str
    undone: bool
    inserted: int
    updated: int
    deleted: int
    target: int | None = None

    @property
    def entries(self) -> int:
        """How many entries it was about."""
        return self.inserted + self.updated + self.deleted


@dataclass(frozen=True, slots=True)
class NextSteps:
    """The changes that undo would take back and redo would do again; None where there is none."""

    undo: ChangeRow | None = None
    redo: ChangeRow | None = None


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One entry's part in one change of the store's history."""

    version: int
    kind: str
    time: float
    initiator: str
    undone: bool
    diff: EntryDiff
