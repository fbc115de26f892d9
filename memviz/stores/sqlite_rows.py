"""Entries as rows of the table ``entries`` and as JSON of the history."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from types import MappingProxyType
from typing import Any, TypeVar

from memviz.core.entry import ENTRY_FIELDS, Entry, Kind, values_of_entry
from memviz.core.errors import KnownError
from memviz.core.text import normalised

T = TypeVar("T")
Row = tuple[Any, ...]

#: One for all, since making an encoder takes as long as using it.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

COLUMNS = (*ENTRY_FIELDS, "subject")
_PLACES = ", ".join("?" for _ in COLUMNS)
INSERT_ROW = f"INSERT INTO entries ({', '.join(COLUMNS)}) VALUES ({_PLACES})"
_SELECT = f"SELECT {', '.join(ENTRY_FIELDS)} FROM entries"

#: Below the number of parameters that any SQLite takes in one statement.
CHUNK = 500
#: Ids outside SQLite's integers cannot exist.
_LARGEST_ID = 2**63 - 1


def to_row(entry: Entry) -> Row:
    """In the order of :data:`COLUMNS`."""
    return (
        entry.id,
        entry.key,
        entry.text,
        entry.kind.value,
        entry.owner,
        entry.source,
        as_json(entry.tags) if entry.tags else "[]",
        entry.created,
        entry.updated,
        entry.last_used,
        entry.used_count,
        entry.confidence,
        entry.expires,
        int(entry.private),
        int(entry.enabled),
        entry.superseded_by,
        as_json(dict(entry.metadata)) if entry.metadata else "{}",
        subject_of(entry.key),
    )


def subject_of(key: str) -> str:
    """As the column ``subject`` has it."""
    return normalised(key.split(" · ", 1)[0])


def to_columns(entry: Entry, names: Iterable[str]) -> Row:
    """Only these fields, in the order of :func:`set_columns`."""
    values: list[Any] = []
    for name in names:
        value = getattr(entry, name)
        match name:
            case "tags":
                values.append(as_json(value))
            case "metadata":
                values.append(as_json(dict(value)))
            case "key":
                values += [value, subject_of(value)]
            case "private" | "enabled":
                values.append(int(value))
            case "kind":
                values.append(value.value)
            case _:
                values.append(value)
    return tuple(values)


def set_columns(names: Iterable[str]) -> str:
    """``name = ?, …`` for an ``UPDATE`` of these fields; the subject follows the key."""
    return ", ".join("key = ?, subject = ?" if name == "key" else f"{name} = ?" for name in names)


def from_row(row: Row) -> Entry:
    """Takes a row of ``SELECT`` with the columns in the order of ``ENTRY_FIELDS``.

    Raises:
        KnownError: a row that memviz cannot have written.
    """
    try:
        return _entry(row)
    except (ValueError, TypeError):
        raise KnownError(f"Entry {row[0]} is damaged in its file; take a copy of the memory from a backup.") from None


_NO_METADATA: Mapping[str, Any] = MappingProxyType({})
#: Looking a kind up takes a third of the time that making it of its name does.
_KINDS = {str(kind): kind for kind in Kind}


def _entry(row: Row) -> Entry:
    return Entry(  # by place, which is faster than by name
        row[0],
        row[1],
        row[2],
        _KINDS.get(row[3]) or Kind(row[3]),
        row[4],
        row[5],
        tuple(json.loads(row[6])) if row[6] != "[]" else (),
        row[7],
        row[8],
        row[9],
        row[10],
        row[11],
        row[12],
        bool(row[13]),
        bool(row[14]),
        row[15],
        MappingProxyType(json.loads(row[16])) if row[16] != "{}" else _NO_METADATA,
    )


def to_json(entry: Entry | None) -> str | None:
    """The whole entry for the history, or None."""
    if entry is None:
        return None
    values: dict[str, Any] = dict(zip(ENTRY_FIELDS, values_of_entry(entry), strict=True))
    values["metadata"] = dict(entry.metadata)
    return as_json(values)


def from_json(text: str | None) -> Entry | None:
    """The entry that :func:`to_json` was given.

    Raises:
        KnownError: a text that memviz cannot have written.
    """
    if text is None:
        return None
    try:
        values: Mapping[str, Any] = json.loads(text)
    except ValueError:
        raise KnownError("The history of this memory is damaged; take a copy of it from a backup.") from None
    return entry_of(values)


def entry_of(values: Mapping[str, Any]) -> Entry:
    """The same of what its JSON says."""
    try:
        return Entry(
            **{
                **values,
                "kind": Kind(values["kind"]),
                "tags": tuple(values["tags"]),
                "metadata": MappingProxyType(values["metadata"]),
            }
        )
    except (ValueError, TypeError, KeyError):
        raise KnownError("The history of this memory is damaged; take a copy of it from a backup.") from None


def as_json(value: Any) -> str:
    """As the file keeps lists and objects."""
    return _ENCODER.encode(value)


def chunks(values: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    iterator = iter(values)
    while chunk := list(islice(iterator, size)):
        yield chunk


def places(values: Sequence[object]) -> str:
    """``?, ?, ?`` for an ``IN (…)``."""
    return ", ".join("?" for _ in values)


def read_entries(connection: sqlite3.Connection, ids: Iterable[int]) -> dict[int, Entry]:
    """Those of the entries that exist."""
    return {row[0]: from_row(row) for row in _rows(connection, ids, _SELECT)}


def read_columns(connection: sqlite3.Connection, ids: Iterable[int], columns: Sequence[str]) -> dict[int, Row]:
    """These columns of those of the entries that exist, as they are in the table."""
    return {row[0]: row[1:] for row in _rows(connection, ids, f"SELECT id, {', '.join(columns)} FROM entries")}


def _rows(connection: sqlite3.Connection, ids: Iterable[int], select: str) -> Iterator[Row]:
    wanted = {int(entry_id) for entry_id in ids}  # also from NumPy integers, which SQLite would take for bytes
    for chunk in chunks(sorted(entry_id for entry_id in wanted if 0 < entry_id <= _LARGEST_ID)):
        yield from connection.execute(f"{select} WHERE id IN ({places(chunk)})", chunk)


def read_after(connection: sqlite3.Connection, after: int) -> Iterator[Entry]:
    """Every entry with a greater id, by id."""
    for row in connection.execute(f"{_SELECT} WHERE id > ? ORDER BY id", (after,)):
        yield from_row(row)


def read_in_order(connection: sqlite3.Connection, ids: Sequence[int]) -> list[Entry]:
    """The entries with these ids, in this order; ids that do not exist are left out."""
    found = read_entries(connection, ids)
    return [found[int(entry_id)] for entry_id in ids if int(entry_id) in found]
