"""What the history keeps of an entry's part in a change: of one that was changed only the fields that were."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from memviz.core.edits import EntryDiff
from memviz.core.entry import Entry, Kind, with_fields
from memviz.core.errors import KnownError
from memviz.stores.sqlite_rows import as_json, from_json, to_json

#: The whole entry, the fields that changed, or None where there is no entry.
Side = Entry | Mapping[str, Any] | None

#: Fields that no history tells: uses are counted beside it.
USE_FIELDS = ("last_used", "used_count")


@dataclass(frozen=True, slots=True)
class Part:
    """An entry's part in a change.

    Attributes:
        before, after: the whole entry where the change made it, deleted it, or was written by the first memviz; else
            the values of the fields that it changed.
    """

    entry_id: int
    before: Side
    after: Side

    def back(self, now: Entry | None) -> Entry | None:
        """The entry before the change, given as it was after it."""
        return laid_over(now, self.before)

    def forth(self, now: Entry | None) -> Entry | None:
        """The entry after the change, given as it was before it."""
        return laid_over(now, self.after)


def to_part(diff: EntryDiff, names: Sequence[str]) -> tuple[str | None, str | None]:
    """``before`` and ``after`` as the history keeps them; ``names``: the difference's ``changed_fields``."""
    before, after = diff.before, diff.after
    if before is None or after is None:
        return to_json(before), to_json(after)
    changed = [name for name in names if name not in USE_FIELDS]
    return _fields_json(changed, before), _fields_json(changed, after)


def from_part(entry_id: int, before: str | None, after: str | None) -> Part:
    """Raises a KnownError for a text that memviz cannot have written."""
    return Part(entry_id, side_from_json(before), side_from_json(after))


def side_from_json(text: str | None) -> Side:
    if text is None:
        return None
    try:
        values = json.loads(text)
        if "id" in values:
            return from_json(text)
        return {name: _as_field(name, value) for name, value in values.items()}
    except (ValueError, TypeError, KeyError):
        raise damaged() from None


def laid_over(now: Entry | None, side: Side) -> Entry | None:
    """An entry whose fields of one side of a change are as it says; its counts of use stay as they are."""
    if side is None:
        return None
    if isinstance(side, Entry):
        if now is None:
            return side
        return with_fields(side, {"last_used": now.last_used, "used_count": now.used_count})
    if now is None:
        raise damaged()
    try:
        return with_fields(now, side)
    except KeyError:
        raise damaged() from None


def damaged() -> KnownError:
    return KnownError("The history of this memory is damaged; take a copy of it from a backup.")


def _fields_json(names: list[str], entry: Entry) -> str:
    fields = {name: getattr(entry, name) for name in names}
    if "metadata" in fields:
        fields["metadata"] = dict(fields["metadata"])
    return as_json(fields)


def _as_field(name: str, value: Any) -> Any:
    match name:
        case "kind":
            return Kind(value)
        case "tags":
            return tuple(value)
        case "metadata":
            return MappingProxyType(value)
    return value
