"""Any table, or view, of any SQLite file: ``sqlite:///notes.db?table=notes&text=body&key=title``.

Which column becomes which field is guessed from names and contents where it is not said; every other column goes to the
metadata, under its own name. A column of bytes is left out.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from memviz.core.errors import KnownError
from memviz.stores.attached.adapter import ForeignRow, Reading
from memviz.stores.attached.columns import Column, Tables, listed, quoted
from memviz.stores.attached.values import fields_of, guessed, looks_made_up

#: Fields that a column can be chosen for, in the order of a form.
FIELDS = ("text", "key", "owner", "source", "tags", "created", "confidence", "expires", "private", "enabled")
#: Those that are guessed; what a column called “private” or “enabled” means is not for us to say.
GUESSED = ("key", "owner", "source", "tags", "created", "confidence", "expires")
_SAMPLE = 200
_TEXT_TYPES = ("CHAR", "TEXT", "CLOB", "JSON", "STRING")


@dataclass(frozen=True, slots=True)
class Choice:
    """A table and what its columns become: field of an entry -> column."""

    table: str
    columns: Mapping[str, str]


def text_columns(connection: sqlite3.Connection, tables: Tables, table: str) -> tuple[str, ...]:
    """Columns with text, those with the longest first, as the first rows say; declared ones where there is no row."""
    columns = tables[table]
    rows = connection.execute(f"SELECT * FROM {quoted(table)} LIMIT {_SAMPLE}").fetchall()
    if not rows:
        return tuple(column.name for column in columns if _is_text(column))
    lengths = {
        column.name: sum(len(row[at]) for row in rows if isinstance(row[at], str)) for at, column in enumerate(columns)
    }
    wordy = [name for name, length in lengths.items() if length]
    return tuple(sorted(wordy, key=lambda name: -lengths[name]))


def guess(connection: sqlite3.Connection, tables: Tables, table: str) -> Choice:
    """The likeliest choice of columns.

    Raises:
        KnownError: no such table, or none of its columns holds text.
    """
    _check_table(tables, table)
    wordy = text_columns(connection, tables, table)
    if not wordy:
        raise KnownError(
            f"No column of the table “{table}” holds text (its columns are"
            f" {listed([column.name for column in tables[table]])}); choose another table."
        )
    text = guessed(wordy, "text").get("text", wordy[0])
    others = [column.name for column in tables[table] if column.name != text]
    found = guessed(others, *GUESSED)
    if found.get("key") not in (None, *wordy):
        del found["key"]  # numbers
    return Choice(table, {"text": text, **found})


def guess_table(connection: sqlite3.Connection, tables: Tables) -> str:
    """The only table that has text, or the one with most of it; empty where none has."""
    wordy: dict[str, int] = {}
    for table, columns in tables.items():
        if text_columns(connection, tables, table):
            texts = " + ".join(f"coalesce(sum(length({quoted(column.name)})), 0)" for column in columns)
            sample = f"(SELECT * FROM {quoted(table)} LIMIT {_SAMPLE})"
            wordy[table] = connection.execute(f"SELECT {texts} FROM {sample}").fetchone()[0]
    return max(wordy, key=lambda table: wordy[table], default="")


def checked(connection: sqlite3.Connection, tables: Tables, table: str, columns: Mapping[str, str]) -> Choice:
    """A choice as a user wrote it, completed by guesses; an empty column means none.

    Raises:
        KnownError: no such table or column, a field that no entry has, or no text.
    """
    _check_table(tables, table)
    names = {column.name for column in tables[table]}
    for field, name in columns.items():
        if field not in FIELDS:
            raise KnownError(f"A column cannot become “{field}”; use one of {', '.join(FIELDS)}.")
        if name and name not in names:
            raise KnownError(
                f"The table “{table}” has no column “{name}”; it has {listed([each.name for each in tables[table]])}."
            )
    chosen = {field: name for field, name in columns.items() if name}
    if not chosen.get("text"):
        chosen = {"text": guess(connection, tables, table).columns["text"], **chosen}
    free = [each.name for each in tables[table] if each.name not in chosen.values()]
    fill = guessed(free, *(field for field in GUESSED if field not in columns))
    if fill.get("key") not in (None, *text_columns(connection, tables, table)):
        del fill["key"]
    return Choice(table, {**chosen, **fill})


def reading(connection: sqlite3.Connection, tables: Tables, choice: Choice) -> Reading:
    """The rows of a table as entries."""
    count = connection.execute(f"SELECT count(*) FROM {quoted(choice.table)}").fetchone()[0]
    return Reading(f"SQLite table {choice.table}", choice.table, count, lambda: table_rows(connection, tables, choice))


def table_rows(connection: sqlite3.Connection, tables: Tables, choice: Choice) -> Iterator[ForeignRow]:
    """A row is told from others by its row id, by its primary key where it has none, in a view by its place."""
    columns = tables[choice.table]
    names = [column.name for column in columns]
    primary = [at for at, column in sorted(enumerate(columns), key=lambda each: each[1].primary) if column.primary]
    row_id = _row_id(connection, choice.table, names)
    wanted = ", ".join(quoted(name) for name in names)
    for at, row in enumerate(
        connection.execute(f"SELECT {row_id}, {wanted} FROM {quoted(choice.table)} ORDER BY {row_id}"), 1
    ):
        if row[0] is not None:
            identity = str(row[0])
        else:
            identity = json.dumps([str(row[1 + place]) for place in primary]) if primary else f"row {at}"
        yield ForeignRow(identity, partial(_made, choice, identity, names, row), row)


def _made(choice: Choice, identity: str, names: Sequence[str], row: tuple[Any, ...]) -> dict[str, Any]:
    return entry_fields(choice, identity, dict(zip(names, row[1:], strict=True)))


def entry_fields(choice: Choice, identity: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the entry that a row becomes; one without key and text is called by what tells it from others."""
    fields = fields_of(values, choice.columns)
    if looks_made_up(fields.get("key", "")) and fields.get("text", "").strip():
        fields["metadata"] = {choice.columns["key"]: fields.pop("key"), **fields["metadata"]}
    if not fields.get("text", "").strip() and not fields.get("key", "").strip():
        fields["key"] = f"{choice.table} {identity}"
    fields.setdefault("source", f"table {choice.table}")
    return fields


def _row_id(connection: sqlite3.Connection, table: str, names: list[str]) -> str:
    """SQL for what SQLite calls a row; NULL for views and tables without."""
    for name in ("rowid", "_rowid_", "oid"):
        if name in (each.lower() for each in names):
            continue  # a column of the program's own
        try:
            found = connection.execute(f"SELECT {name} FROM {quoted(table)} LIMIT 1").fetchone()
        except sqlite3.OperationalError:
            return "NULL"
        return name if found is None or found[0] is not None else "NULL"
    return "NULL"


def _is_text(column: Column) -> bool:
    declared = column.declared.upper()
    return not declared or any(word in declared for word in _TEXT_TYPES)


def _check_table(tables: Tables, table: str) -> None:
    if table not in tables:
        raise KnownError(f"There is no table “{table}” in this file; its tables are {listed(tables)}.")
