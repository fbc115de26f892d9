"""What the user has typed about an entry and not saved yet."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from memviz.core.edits import Update
from memviz.core.entry import Entry
from memviz.core.errors import KnownError
from memviz.gui.tables.ages import parsed_date_time, precise_date_time

#: Fields in the order of the form; the text has an editor of its own above it.
FORM_FIELDS = ("key", "kind", "owner", "source", "tags", "confidence", "expires", "private", "enabled", "metadata")
DRAFT_FIELDS = ("text", *FORM_FIELDS)

#: What an editor holds: text, a number or a check.
Raw = str | float | bool


def raw_of(entry: Entry, name: str) -> Raw:
    """A field as its editor shows it."""
    value = getattr(entry, name)
    match name:
        case "tags":
            return ", ".join(value)
        case "kind":
            return str(value.value)
        case "expires":
            return precise_date_time(value)
        case "metadata":
            return json.dumps(_plain(value), ensure_ascii=False, indent=2) if value else ""
    raw: Raw = value
    return raw


def value_of(name: str, raw: Raw) -> Any:
    """What an editor holds, as the field's value.

    Raises:
        KnownError: a date or JSON that cannot be read.
    """
    match name:
        case "tags":
            return [tag for tag in str(raw).replace("，", ",").split(",") if tag.strip()]
        case "expires":
            try:
                return parsed_date_time(str(raw))
            except (ValueError, OverflowError):
                raise KnownError(
                    f"“{str(raw)[:40]}” is no date; write the expiry as 2030-12-31 or 2030-12-31 14:00, "
                    "or nothing for never."
                ) from None
        case "metadata":
            return _parsed_json(str(raw))
    return raw


def _parsed_json(text: str) -> Any:
    if not text.strip():
        return {}
    try:
        return json.loads(text)
    except ValueError as error:
        place = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise KnownError(f'The metadata is no JSON object{place}; write it like {{"page": 12}}.') from None
    except RecursionError:
        raise KnownError("The metadata is nested too deeply; write it flatter.") from None


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


@dataclass(slots=True)
class Draft:
    """Unsaved changes of one entry.

    Attributes:
        entry: as it was stored when the first of them was typed.
        values: what the editors hold, of the fields that were touched.
    """

    entry: Entry
    values: dict[str, Raw] = field(default_factory=dict)

    def type(self, name: str, raw: Raw) -> None:
        """Takes in what the user typed; what is as stored is no change."""
        if raw == raw_of(self.entry, name):
            self.values.pop(name, None)
        else:
            self.values[name] = raw

    def update(self) -> Update:
        """The edit that saves it, on top of the entry as it was shown when it was typed.

        Raises:
            KnownError: a value that its field cannot hold.
        """
        seen = {name: getattr(self.entry, name) for name in self.values}
        return Update(self.entry.id, seen=seen, **{name: value_of(name, raw) for name, raw in self.values.items()})

    def rebased(self, stored: Entry) -> tuple[Draft, tuple[str, ...]]:
        """The draft over what is stored now, and the fields that were changed both here and there."""
        clashes = tuple(name for name in self.values if raw_of(stored, name) != raw_of(self.entry, name))
        draft = Draft(stored)
        for name, raw in self.values.items():
            draft.type(name, raw)
        return draft, tuple(name for name in clashes if name in draft.values)
