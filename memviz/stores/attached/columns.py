"""Which tables and columns a SQLite file has."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from memviz.core.errors import KnownError


@dataclass(frozen=True, slots=True)
class Column:
    """A column as it was declared; ``primary`` counts the columns of the primary key from 1, 0 for others."""

    name: str
    declared: str
    primary: int


#: Table (or view) -> its columns, in the order of the file.
Tables = Mapping[str, tuple[Column, ...]]


def tables_of(connection: sqlite3.Connection) -> Tables:
    """Tables and views that can be read here; those of extensions that are not loaded are left out, and SQLite's own.

    The shadow tables of full-text and vector indexes are left out too: they hold no records.
    """
    names = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    ).fetchall()
    virtual = tuple(f"{name}_" for name, sql in names if (sql or "").upper().startswith("CREATE VIRTUAL"))
    found: dict[str, tuple[Column, ...]] = {}
    for name, _ in names:
        if name.startswith(virtual or "\0"):
            continue
        with suppress(sqlite3.OperationalError):  # no such module
            rows = connection.execute("SELECT name, type, pk FROM pragma_table_info(?)", (name,)).fetchall()
            found[name] = tuple(Column(*row) for row in rows)
    return found


def has(tables: Tables, table: str, *columns: str) -> bool:
    """Whether there is such a table with at least these columns."""
    return table in tables and {column.name for column in tables[table]}.issuperset(columns)


def check(tables: Tables, program: str, wanted: Mapping[str, tuple[str, ...]]) -> None:
    """Raises a KnownError that names what was found where tables or columns are missing."""
    for table, columns in wanted.items():
        if table not in tables:
            raise KnownError(
                f"This file has no table “{table}” as {program} has it; its tables are {listed(tables)}. Choose another"
                " file, or attach one of its tables with sqlite:///FILE?table=NAME."
            )
        there = [column.name for column in tables[table]]
        if missing := [column for column in columns if column not in there]:
            raise KnownError(
                f"The table “{table}” is of a version of {program} that this memviz does not know: it has the columns"
                f" {listed(there)}, and {listed(missing)} is missing; update memviz, or attach the table with"
                f" sqlite:///FILE?table={table}."
            )


def listed(names: object, most: int = 12) -> str:
    """Names for a sentence, so many at most."""
    all_names = [str(name) for name in names] if isinstance(names, tuple | list | Mapping | set | frozenset) else []
    if not all_names:
        return "none"
    return ", ".join(all_names[:most]) + (" …" if len(all_names) > most else "")


def quoted(name: str) -> str:
    """A name as SQL takes it, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'
