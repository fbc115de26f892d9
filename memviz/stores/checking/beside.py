"""What stands beside the entries: tables and indexes, ids, settings, vectors."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import sqlite_utils

from memviz.stores.checking.finding import Finding, Ids, of_entries
from memviz.stores.sqlite_schema import migrate

_OWN = "type IN ('table', 'index') AND name NOT LIKE 'sqlite_%'"

#: The largest id that anything tells of.
LARGEST_ID = """SELECT max(coalesce((SELECT max(id) FROM entries), 0),
    coalesce((SELECT max(entry_id) FROM change_rows), 0), coalesce((SELECT max(last_id) FROM loads), 0))"""
#: Vectors without an entry, and vectors of another size than their space has.
VECTORS_WITHOUT_ENTRY = """SELECT DISTINCT v.entry_id FROM vectors v LEFT JOIN entries e ON e.id = v.entry_id
    WHERE v.vector IS NOT NULL AND e.id IS NULL ORDER BY v.entry_id"""
VECTORS_OF_WRONG_SIZE = """SELECT DISTINCT v.entry_id FROM vectors v JOIN vector_spaces s ON s.id = v.space
    WHERE length(v.vector) <> 2 * s.dimension ORDER BY v.entry_id"""
VECTORS_WITHOUT_SPACE = "FROM vectors WHERE space NOT IN (SELECT id FROM vector_spaces)"
COUNTED_VECTORS = "(SELECT count(*) FROM vectors v WHERE v.space = vector_spaces.id AND v.vector IS NOT NULL)"


def made_anew() -> dict[str, str]:
    """SQL of every table and index of a memory that is made now, by name."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(sqlite_utils.Database(connection, execute_plugins=False))
        return dict(connection.execute(f"SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND {_OWN}"))


def missing_parts(connection: sqlite3.Connection) -> dict[str, str]:
    """SQL of the tables and indexes that a memory has and this file lacks, by name."""
    there = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema")}
    return {name: sql for name, sql in made_anew().items() if name not in there}


def table_findings(connection: sqlite3.Connection) -> Iterator[Finding]:
    missing = missing_parts(connection)
    indexes = [name for name, sql in missing.items() if " INDEX " in sql.upper()]
    tables = [name for name in missing if name not in indexes]
    if tables:
        yield Finding("tables", f"Tables are missing: {', '.join(tables)}.", count=len(tables))
    if indexes:
        yield Finding("indexes", f"Indexes are missing: {', '.join(indexes)}.", True, (), len(indexes))


def id_findings(connection: sqlite3.Connection) -> Iterator[Finding]:
    """``sqlite_sequence`` keeps ids from being given again."""
    largest = connection.execute(LARGEST_ID).fetchone()[0]
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'entries'").fetchone()
    given = row[0] if row else 0
    if given < largest:
        words = f"Ids up to {largest:,} were given, and the file says up to {given:,}: one could be given again."
        yield Finding("sequence", words, True)


def setting_findings(connection: sqlite3.Connection) -> Iterator[Finding]:
    for name in unreadable_settings(connection):
        yield Finding("settings", f"The setting “{name}” cannot be read; repairing removes it.", True)


def unreadable_settings(connection: sqlite3.Connection) -> list[str]:
    found = []
    for name, value in connection.execute("SELECT name, value FROM settings"):
        try:
            json.loads(value)
        except (ValueError, TypeError, RecursionError):
            found.append(name)
    return found


def vector_findings(connection: sqlite3.Connection) -> Iterator[Finding]:
    orphans = connection.execute(f"SELECT count(*) {VECTORS_WITHOUT_SPACE}").fetchone()[0]
    if orphans:
        yield Finding("vectors", f"{orphans:,} vectors are of no embedder.", True, (), orphans)
    without = Ids(row[0] for row in connection.execute(VECTORS_WITHOUT_ENTRY))
    yield from of_entries("vectors", "there are vectors of {}, which do not exist.", without, repairable=True)
    wrong = Ids(row[0] for row in connection.execute(VECTORS_OF_WRONG_SIZE))
    yield from of_entries("vectors", "the vector of {} has another size than its embedder’s.", wrong, repairable=True)
    for name, kept, counted in connection.execute(f"SELECT name, vectors, {COUNTED_VECTORS} FROM vector_spaces"):
        if kept != counted:
            words = f"Of the embedder “{name}” there are {counted:,} vectors, and the file says {kept:,}."
            yield Finding("vectors", words, True)
