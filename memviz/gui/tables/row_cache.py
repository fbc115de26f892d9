"""The rows that are in sight, and a little around them."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from memviz.core.entry import Entry

if TYPE_CHECKING:
    from memviz.gui.tables.entry_source import Readable

#: Longer fields are cut in the table; the inspector and copying read them whole.
LONGEST_FIELD = 4_000
_MOST_TAGS = 100
_LONGEST_LINK = 1_000
_TEXT_FIELDS = ("key", "text", "owner", "source")


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as the table holds it: long fields cut, metadata left out.

    Attributes:
        entry: with at most :data:`LONGEST_FIELD` characters in each field.
        lengths: the whole length of each field that was cut.
        embedded: it has a vector.
        link: the source where it can be opened: an address of the web, or the path of a file that is there.
    """

    entry: Entry
    lengths: dict[str, int]
    embedded: bool = False
    link: str = ""


def shortened(entry: Entry, embedded: bool = False) -> Row:
    """``entry`` for the cache, so that a thousand rows of 1 MB each don't stay in memory."""
    cut: dict[str, Any] = {}
    lengths: dict[str, int] = {}
    for name in _TEXT_FIELDS:
        value: str = getattr(entry, name)
        if len(value) > LONGEST_FIELD:
            lengths[name] = len(value)
            cut[name] = value[:LONGEST_FIELD]
    if len(entry.tags) > _MOST_TAGS or any(len(tag) > LONGEST_FIELD for tag in entry.tags):
        lengths["tags"] = sum(map(len, entry.tags))
        cut["tags"] = tuple(tag[:_MOST_TAGS] for tag in entry.tags[:_MOST_TAGS])
    return Row(replace(entry, metadata=MappingProxyType({}), **cut), lengths, embedded, link_of(entry.source))


def read_rows(view: Readable, ids: Sequence[int]) -> list[Row]:
    """Rows for the cache. Runs on the store thread."""
    embedded = view.embedded(ids)
    return [shortened(entry, entry.id in embedded) for entry in view.get(ids)]


def link_of(source: str) -> str:
    """What a source leads to: itself where it is an address of the web, the file where there is one of that path."""
    if source.startswith(("https://", "http://")):
        return source if len(source) <= _LONGEST_LINK and " " not in source else ""
    if not ("/" in source or "\\" in source or "." in source) or len(source) > _LONGEST_LINK or "\0" in source:
        return ""
    path = os.path.abspath(os.path.expanduser(source))
    return path if os.path.isfile(path) else ""


class RowCache:
    """Rows by entry id; the rows that were looked at longest ago go first."""

    def __init__(self, capacity: int = 2_048) -> None:
        self._capacity = capacity
        self._rows: OrderedDict[int, Row] = OrderedDict()

    def __contains__(self, entry_id: int) -> bool:
        return entry_id in self._rows

    def get(self, entry_id: int) -> Row | None:
        row = self._rows.get(entry_id)
        if row is not None:
            self._rows.move_to_end(entry_id)
        return row

    def put(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self._rows[row.entry.id] = row
            self._rows.move_to_end(row.entry.id)
        while len(self._rows) > self._capacity:
            self._rows.popitem(last=False)

    def drop(self, ids: Sequence[int]) -> None:
        for entry_id in ids:
            self._rows.pop(entry_id, None)

    def clear(self) -> None:
        self._rows.clear()
