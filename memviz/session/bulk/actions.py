"""What can be done to many entries at once, as values: each says what becomes of one entry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol, runtime_checkable

from memviz.core.edits import Delete, Edit, Update
from memviz.core.entry import Entry, checked_fields
from memviz.core.errors import KnownError


@runtime_checkable
class Action(Protocol):
    """Something that is done to each chosen entry by itself."""

    @property
    def words(self) -> str:
        """What it is called in the history: ``Replace``, ``Set owner`` …"""
        ...

    def edit(self, entry: Entry) -> Edit | None:
        """The edit of one entry; None where nothing of it changes.

        Raises:
            KnownError: what the entry would become cannot be, in a sentence that names it.
        """
        ...


@dataclass(frozen=True, slots=True)
class SetFields:
    """Sets fields to values, the same in every entry.

    Raises:
        KnownError: no field, or a value that its field cannot hold.
    """

    fields: Mapping[str, Any]

    def __post_init__(self) -> None:
        if not self.fields:
            raise KnownError("Choose at least one field to set.")
        object.__setattr__(self, "fields", MappingProxyType(checked_fields(self.fields)))

    @property
    def words(self) -> str:
        if set(self.fields) == {"enabled"}:
            return "Enable" if self.fields["enabled"] else "Disable"
        return f"Set {', '.join(sorted(self.fields))}"

    @property
    def blind(self) -> bool:
        """Whether no entry can refuse it, so that none need be looked at; the store leaves out what is so already."""
        return not {"key", "text", "superseded_by"} & set(self.fields)

    def edit_of(self, entry_id: int) -> Edit:
        """The edit of an entry that nobody looked at."""
        return Update.of_checked(entry_id, self.fields)

    def edit(self, entry: Entry) -> Edit | None:
        if self.fields.get("superseded_by") == entry.id:
            raise KnownError(f"Entry {entry.id} cannot stand for itself; name another one as its successor.")
        return changed(entry, **self.fields)


@dataclass(frozen=True, slots=True)
class DeleteEntries:
    """Removes them; undo brings them back with their ids."""

    words: str = "Delete"
    blind: bool = True

    def edit_of(self, entry_id: int) -> Edit:
        return Delete(entry_id)

    def edit(self, entry: Entry) -> Edit | None:
        return Delete(entry.id)


class EnableOrDisable:
    """Disables them, or enables them all where one of them is disabled; a value of its own for each edit."""

    words = "Enable or disable"

    def __init__(self) -> None:
        self._enable = False

    def begin(self, entries: Iterable[Entry]) -> None:
        """Looks at all of them before the first edit."""
        self._enable = any(not entry.enabled for entry in entries)

    def edit(self, entry: Entry) -> Edit | None:
        return changed(entry, enabled=self._enable)


@dataclass(frozen=True, slots=True)
class ChangeConfidence:
    """Multiplies the confidence, then keeps it within bounds.

    Attributes:
        factor: 0 or more; 1 leaves it.
        least, most: 0..1.
    """

    factor: float = 1.0
    least: float = 0.0
    most: float = 1.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.factor < float("inf"):
            raise KnownError(f"A confidence can be multiplied by 0 or more, not by {self.factor:g}.")
        if not 0.0 <= self.least <= self.most <= 1.0:
            raise KnownError("The bounds of a confidence go from 0 to 1, the lower one first; change them.")

    @property
    def words(self) -> str:
        return "Change confidence"

    def edit(self, entry: Entry) -> Edit | None:
        return changed(entry, confidence=min(self.most, max(self.least, entry.confidence * self.factor)))


@dataclass(frozen=True, slots=True)
class ChangeTags:
    """Adds tags after those that are there, and removes others.

    Raises:
        KnownError: no tag, or one that shall be added and removed.
    """

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        add, remove = (checked_fields({"tags": list(tags)})["tags"] for tags in (self.add, self.remove))
        if not add and not remove:
            raise KnownError("Name at least one tag to add or to remove.")
        if both := set(add) & set(remove):
            raise KnownError(f"The tag “{min(both)}” cannot be added and removed at once; choose one of them.")
        object.__setattr__(self, "add", add)
        object.__setattr__(self, "remove", remove)

    @property
    def words(self) -> str:
        if self.add and self.remove:
            return "Change tags"
        return f"Add tag {', '.join(self.add)}" if self.add else f"Remove tag {', '.join(self.remove)}"

    def edit(self, entry: Entry) -> Edit | None:
        kept = [tag for tag in entry.tags if tag not in self.remove]
        return changed(entry, tags=tuple(dict.fromkeys((*kept, *self.add))))


def changed(entry: Entry, **fields: Any) -> Edit | None:
    """The update that sets these fields; None where they are so already.

    Raises:
        KnownError: the entry would have neither key nor text.
    """
    new = {name: value for name, value in fields.items() if getattr(entry, name) != value}
    if not new:
        return None
    if ("key" in new or "text" in new) and not (new.get("key", entry.key) + new.get("text", entry.text)).strip():
        raise KnownError(
            f"Entry {entry.id} would be left without key and text; leave it out, or delete it instead. Nothing was"
            " changed."
        )
    return Update(entry.id, **new)
