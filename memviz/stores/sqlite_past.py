"""The entries of a memory as they were at an earlier version, laid over those of now.

What differs is found in the history: the ``before`` of an entry's first change after that version, and nothing for
entries that a later load brought. It stands in temporary tables of one connection, where a view named ``entries`` hides
the table of that name, so that whoever reads entries there reads those of then.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import replace

from memviz.core.entry import Entry
from memviz.core.errors import KnownError
from memviz.stores.sqlite_history import head
from memviz.stores.sqlite_rows import COLUMNS, from_json, read_entries, to_row

#: Entry id -> the entry as it was; None where there was none.
Past = Mapping[int, Entry | None]

_COLUMNS = ", ".join(COLUMNS)


def version_as_of(connection: sqlite3.Connection, as_of: int | float) -> int:
    """The version that ``as_of`` names: itself where it is a whole number, else the newest one at that time.

    Raises:
        KnownError: a version that the memory never had.
    """
    newest = head(connection)[0]
    if not isinstance(as_of, int):
        row = connection.execute(
            "SELECT version FROM changes WHERE time <= ? ORDER BY version DESC LIMIT 1", (as_of,)
        ).fetchone()
        return int(row[0]) if row else 0
    if not 0 <= as_of <= newest:
        raise KnownError(f"This memory never had a version {as_of}; choose one from 0 to {newest}.")
    return as_of


def count_at(connection: sqlite3.Connection, version: int) -> int:
    """Number of entries at a version."""
    row = connection.execute("SELECT entries FROM changes WHERE version = ?", (version,)).fetchone()
    return int(row[0]) if row else 0


def differences(connection: sqlite3.Connection, version: int) -> dict[int, Entry | None]:
    """What was otherwise at a version, by id. Counts of use are no part of the history, so they are those of now."""
    before: dict[int, Entry | None] = {
        entry_id: from_json(text)
        for entry_id, text, _ in connection.execute(
            # SQLite takes the other columns from the row that has the least version. The plus keeps it from going
            # through the whole history by the index of entries.
            'SELECT entry_id, "before", min(version) FROM change_rows WHERE version > ? GROUP BY +entry_id',
            (version,),
        )
    }
    loaded: set[int] = set()
    for first, last in connection.execute(
        "SELECT first_id, last_id FROM loads WHERE version > ?", (version,)
    ).fetchall():
        before = {entry_id: entry for entry_id, entry in before.items() if not first <= entry_id <= last}
        there = connection.execute("SELECT id FROM entries WHERE id BETWEEN ? AND ?", (first, last))
        loaded.update(entry_id for (entry_id,) in there)
    now = read_entries(connection, before)
    were = {entry_id: _with_use_of(now.get(entry_id), entry) for entry_id, entry in before.items()}
    changed = {entry_id: entry for entry_id, entry in were.items() if entry != now.get(entry_id)}
    return {**changed, **dict.fromkeys(loaded)}


def lay_over(connection: sqlite3.Connection, past: Past) -> None:
    """From now on ``entries`` means those of then, for this connection alone; ``main.entries`` are those of now."""
    connection.execute("CREATE TEMP TABLE differing (id INTEGER PRIMARY KEY)")
    # With the same types SQLite looks into both halves of the view in the order asked for; else it would sort them.
    types = {name: kind for _, name, kind, *_ in connection.execute("PRAGMA main.table_info(entries)")}
    others = ", ".join(f"{name} {types[name]}" for name in COLUMNS[1:])
    connection.execute(f"CREATE TEMP TABLE past_entries (id INTEGER PRIMARY KEY, {others})")
    connection.executemany("INSERT INTO differing VALUES (?)", ((entry_id,) for entry_id in past))
    connection.executemany(
        f"INSERT INTO past_entries ({_COLUMNS}) VALUES ({', '.join('?' for _ in COLUMNS)})",
        (to_row(entry) for entry in past.values() if entry is not None),
    )
    connection.execute("CREATE INDEX temp.past_entries_by_subject ON past_entries (subject)")
    connection.execute("CREATE INDEX temp.past_entries_by_key ON past_entries (key)")
    connection.execute(
        """CREATE INDEX temp.past_entries_hidden ON past_entries (enabled, expires)
            WHERE enabled = 0 OR expires IS NOT NULL"""
    )
    connection.execute(
        f"""CREATE TEMP VIEW entries AS
            SELECT {_COLUMNS} FROM main.entries WHERE id NOT IN (SELECT id FROM temp.differing)
            UNION ALL SELECT {_COLUMNS} FROM temp.past_entries"""
    )


def _with_use_of(now: Entry | None, was: Entry | None) -> Entry | None:
    if now is None or was is None:
        return was
    return replace(was, last_used=now.last_used, used_count=now.used_count)
