"""The entries of a memory as they were at an earlier version, laid over those of now.

What differs is found in the history: the ``before`` of an entry's first change after that version, and nothing for
entries that a later load brought. It stands in temporary tables of one connection, where a view named ``entries`` hides
the table of that name, so that whoever reads entries there reads those of then.
"""

from __future__ import annotations

import math
import sqlite3

from memviz.core.errors import KnownError
from memviz.core.past import Since
from memviz.core.progress import Progress, no_progress
from memviz.stores.sqlite_fts import add_to_index, create_index
from memviz.stores.sqlite_history import head
from memviz.stores.sqlite_orders import read_ids
from memviz.stores.sqlite_past_differing import Differing
from memviz.stores.sqlite_rows import COLUMNS, places

_COLUMNS = ", ".join(COLUMNS)


def version_as_of(connection: sqlite3.Connection, as_of: int | float) -> int:
    """The version that ``as_of`` names: itself where it is a whole number, else the newest one at that time.

    Raises:
        KnownError: a version that the memory never had, or a time that is none.
    """
    newest = head(connection)[0]
    if not isinstance(as_of, int):
        if not math.isfinite(as_of):
            raise KnownError(f"A memory cannot be seen as of {as_of}; give a version or a time in seconds since 1970.")
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


def lay_over(connection: sqlite3.Connection, version: int, progress: Progress = no_progress) -> int:
    """From now on ``entries`` means those of a version, for this connection alone; ``main.entries`` are those of now.

    Counts of use are no part of the history, so they are those of now. Returns how many entries differ.

    Raises:
        KnownError: the history is damaged.
        Cancelled: from ``progress``; the connection is of no use then.
    """
    connection.execute("CREATE TEMP TABLE differing (id INTEGER PRIMARY KEY)")
    # With the same types SQLite looks into both halves of the view in the order asked for; else it would sort them.
    types = {name: kind for _, name, kind, *_ in connection.execute("PRAGMA main.table_info(entries)")}
    others = ", ".join(f"{name} {types[name]}" for name in COLUMNS[1:])
    connection.execute(f"CREATE TEMP TABLE past_entries (id INTEGER PRIMARY KEY, {others})")
    differing = Differing(connection, version, progress)
    count = len(differing.loaded)
    for rows in differing.rows(progress, "putting entries back"):
        connection.executemany("INSERT INTO differing VALUES (?)", ((entry_id,) for entry_id, _ in rows))
        connection.executemany(
            f"INSERT INTO past_entries ({_COLUMNS}) VALUES ({places(COLUMNS)})",
            (row for _, row in rows if row is not None),
        )
        count += len(rows)
    connection.executemany("INSERT INTO differing VALUES (?)", ((int(entry_id),) for entry_id in differing.loaded))
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
    return count


def index_other_texts(connection: sqlite3.Connection) -> None:
    """``temp.other_texts`` names the entries whose key or text is not as it was, or that are new; ``other_texts_fts``
    has the words of then of those that were there.
    """
    connection.execute(
        """CREATE TEMP TABLE other_texts AS SELECT id FROM temp.differing EXCEPT
            SELECT p.id FROM temp.past_entries p JOIN main.entries e USING (id) WHERE p.key = e.key AND p.text = e.text
        """
    )
    connection.execute("CREATE UNIQUE INDEX temp.other_texts_by_id ON other_texts (id)")
    create_index(connection, "temp.other_texts_fts")
    texts = "SELECT id, key, text FROM temp.past_entries WHERE id IN (SELECT id FROM temp.other_texts)"
    add_to_index(connection, connection.execute(texts), "temp.other_texts_fts")


def since(connection: sqlite3.Connection) -> Since:
    """What happened after the version that is laid over this connection."""
    there, now = "SELECT id FROM temp.past_entries", "SELECT id FROM main.entries"
    added, changed, deleted = (
        read_ids(connection, f"SELECT id FROM temp.differing WHERE {condition} ORDER BY id")
        for condition in (
            f"id NOT IN ({there})",
            f"id IN ({there}) AND id IN ({now})",
            f"id NOT IN ({now})",
        )
    )
    return Since(added, changed, deleted)
