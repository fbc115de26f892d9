"""What memviz writes: columns and cells that it reads back as they were."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from memviz.core.entry import ENTRY_FIELDS, Entry

#: Every export has these, in this order.
OWN_COLUMNS = ENTRY_FIELDS
_TEXTS = frozenset({"key", "text", "owner", "source"})
#: What a spreadsheet takes for a formula, with the marks of texts that looked like an escaped one before.
_SIGNS = r"[=+\-@\t\r\n＝＋－＠]"
_FORMULA = re.compile(rf"'*{_SIGNS}")
_ESCAPED = re.compile(rf"''*{_SIGNS}")


#: Without what an entry may have none of.
_ALWAYS = frozenset(OWN_COLUMNS) - {"last_used", "expires", "superseded_by"}


def is_own_record(names: Collection[str]) -> bool:
    """Whether objects with these names are memviz's own: others have an id, a key and a text as well."""
    return _ALWAYS <= set(names) <= set(OWN_COLUMNS)


def is_own_table(columns: tuple[str, ...]) -> bool:
    """In whatever order: somebody may have moved them in a spreadsheet."""
    return sorted(columns) == sorted(OWN_COLUMNS)


def values_of(entry: Entry) -> dict[str, Any]:
    """All fields as JSON values, in the order of :data:`OWN_COLUMNS`."""
    values: dict[str, Any] = {name: getattr(entry, name) for name in OWN_COLUMNS}
    values["kind"] = entry.kind.value
    values["tags"] = list(entry.tags)
    values["metadata"] = dict(entry.metadata)
    return values


def to_cell(name: str, value: Any) -> str:
    """A field of :func:`values_of` as the cell of a table; no spreadsheet takes a text for a formula."""
    if value is None:
        return ""
    if name in _TEXTS:
        return escaped(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | Mapping):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return value if isinstance(value, str) else repr(value)


def escaped(cell: str) -> str:
    """An apostrophe before what would be a formula (and before what would look like an escaped one)."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unescaped(cell: str) -> str:
    """The inverse of :func:`escaped`."""
    return cell[1:] if _ESCAPED.match(cell) else cell
