"""Takes entries out of every table of a memory file, as if they had never been there. Callers hold the transaction.

What is left of them are their ids: in the ranges of ``forgotten``, so that a load or a count of the history can be
understood, and where a kept entry names one of them as what stands for it.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

import sqlite_utils

from memviz.core.edits import AND, Change
from memviz.core.forgetting import Found, Removed, ranges
from memviz.core.progress import Progress
from memviz.stores import sqlite_history as history
from memviz.stores import sqlite_vectors as vectors
from memviz.stores.byte_search import SHORTEST
from memviz.stores.sqlite_fts import remove_from_index
from memviz.stores.sqlite_rows import as_json, chunks, places

#: Of the change that a forgetting makes, until its files are clean too.
UNFINISHED = "unfinished"
#: Of an edit or a load of which nothing is left: there is nothing to undo or redo.
FORGOTTEN = "forgotten"
_GOING = "SELECT id FROM temp.going"
#: A condition of a filter; the owner is one of the two groups.
_OF_OWNER = re.compile(r'owner:(?:"([^"]*)"|(\S+))', re.IGNORECASE)


def remove(db: sqlite_utils.Database, found: Found, *, time: float, initiator: str, progress: Progress) -> Removed:
    """Removes entries, their history, vectors and lines of settings; appends one change without any text.

    Raises:
        Cancelled: by ``progress``.
    """
    connection = db.conn
    connection.execute("DROP TABLE IF EXISTS temp.going")
    connection.execute("CREATE TEMP TABLE going (id INTEGER PRIMARY KEY)")
    connection.executemany("INSERT INTO going VALUES (?)", ((entry_id,) for entry_id in found.ids))
    entries = history.head(connection)[1] - len(found.there)
    _count_without(connection)
    touched = [row[0] for row in connection.execute(f"SELECT version FROM change_rows WHERE entry_id IN ({_GOING})")]
    _remove_entries(connection, found.there, progress)
    progress(len(found.there), len(found.there), "forgetting the history")
    connection.execute(f"DELETE FROM change_rows WHERE entry_id IN ({_GOING})")
    gone = _remove_vectors(connection)
    version = history.begin(db, "forget", time=time, initiator=initiator, entries=entries, status=UNFINISHED)
    rows = [(version, first, last) for first, last in ranges(found.ids)]
    connection.executemany("INSERT INTO forgotten (version, first_id, last_id) VALUES (?, ?, ?)", rows)
    _mark_changes(connection, sorted(set(touched)))
    settings = _remove_lines(connection, found)
    progress(len(found.there), len(found.there), "forgetting in the index")
    # One segment is left, without the words that no entry has any more.
    connection.execute("INSERT INTO entries_fts (entries_fts) VALUES ('optimize')")
    connection.execute("DROP TABLE temp.going")
    change = Change(version, "forget", deleted=found.there, initiator=initiator)
    return Removed(change, found.parts, gone, tuple(vectors.spaces(connection)), settings)


def forgotten_at(connection: sqlite3.Connection, version: int) -> list[tuple[int, int]]:
    """The ids that a change forgot, as ranges."""
    rows = connection.execute("SELECT first_id, last_id FROM forgotten WHERE version = ? ORDER BY first_id", (version,))
    return rows.fetchall()


def _count_without(connection: sqlite3.Connection) -> None:
    """How many entries there were after each change is told as if these had not been among them."""
    came = connection.execute(
        f"""SELECT version, sum(more) FROM (
                SELECT version, ("before" IS NULL) - ("after" IS NULL) AS more FROM change_rows
                WHERE entry_id IN ({_GOING})
                UNION ALL SELECT version, 1 FROM loads JOIN temp.going ON id BETWEEN first_id AND last_id)
            GROUP BY version HAVING sum(more) <> 0 ORDER BY version"""
    ).fetchall()
    ends = [*(version for version, _ in came[1:]), history.head(connection)[0] + 1]
    there = 0
    for (version, more), end in zip(came, ends, strict=True) if came else ():
        there += more
        connection.execute(
            "UPDATE changes SET entries = entries - ? WHERE version >= ? AND version < ?", (there, version, end)
        )


def _remove_entries(connection: sqlite3.Connection, ids: Sequence[int], progress: Progress) -> None:
    done = 0
    for chunk in chunks(ids):
        progress(done, len(ids), "forgetting entries")
        some = f"WHERE id IN ({places(chunk)})"
        remove_from_index(connection, connection.execute(f"SELECT id, key, text FROM entries {some}", chunk).fetchall())
        connection.execute(f"DELETE FROM entries {some}", chunk)
        done += len(chunk)


def _remove_vectors(connection: sqlite3.Connection) -> int:
    """How many. The rows that tell of vectors that went go too: indexes are made anew."""
    counts = connection.execute(
        f"SELECT space, count(vector) FROM vectors WHERE entry_id IN ({_GOING}) GROUP BY space"
    ).fetchall()
    connection.execute(f"DELETE FROM vectors WHERE entry_id IN ({_GOING})")
    connection.executemany(
        "UPDATE vector_spaces SET vectors = vectors - ? WHERE id = ?", ((count, space) for space, count in counts)
    )
    return sum(count for _, count in counts)


def _mark_changes(connection: sqlite3.Connection, touched: Sequence[int]) -> None:
    """Changes of which nothing is left can be neither undone nor done again, and say who made them, not what they did:
    that may name a tag that only they had."""
    for chunk in chunks(touched):
        connection.execute(
            f"""UPDATE changes SET status = '{FORGOTTEN}', initiator =
                    CASE WHEN instr(initiator, '{AND}') THEN substr(initiator, 1, instr(initiator, '{AND}') - 1)
                    ELSE initiator END
                WHERE version IN ({places(chunk)}) AND kind <> 'load'
                AND NOT EXISTS (SELECT 1 FROM change_rows r WHERE r.version = changes.version)""",
            chunk,
        )
    connection.execute(
        f"""UPDATE changes SET status = '{FORGOTTEN}' WHERE status IN ('done', 'undone') AND version IN (
                SELECT l.version FROM loads l JOIN forgotten f ON f.last_id >= l.first_id AND f.first_id <= l.last_id
                GROUP BY l.version HAVING l.last_id - l.first_id + 1 =
                    sum(min(f.last_id, l.last_id) - max(f.first_id, l.first_id) + 1))"""
    )


def _remove_lines(connection: sqlite3.Connection, found: Found) -> tuple[str, ...]:
    """Takes away what settings hold of a forgotten text (a pinned question, a saved filter, the name of a conflict),
    and filters of an owner who has no entry any more; the names of these settings."""
    changed = []
    saying = _Saying(connection, found)
    for name, value in connection.execute("SELECT name, value FROM settings").fetchall():
        before = json.loads(value)
        after = _without(before, saying)
        if after != before:
            changed.append(name)
            connection.execute("UPDATE settings SET value = ? WHERE name = ?", (as_json(after), name))
    return tuple(changed)


def _without(value: Any, says: Callable[[str], bool]) -> Any:
    """Lists without the lines, and objects without the pairs, of which the name or the text says it."""
    if isinstance(value, list):
        return [_without(each, says) for each in value if not (isinstance(each, str) and says(each))]
    if isinstance(value, dict):
        return {
            name: _without(each, says)
            for name, each in value.items()
            if not (says(name) or (isinstance(each, str) and says(each)))
        }
    return value


class _Saying:
    """Whether a line says a forgotten text, other than a key of a kept entry, or asks for an owner who went."""

    def __init__(self, connection: sqlite3.Connection, found: Found) -> None:
        self._connection = connection
        self._texts = [text for text in found.texts if len(text.encode("utf-8", "surrogatepass")) >= SHORTEST]
        self._owners = frozenset(owner.lower() for owner in found.owners)

    def __call__(self, line: str) -> bool:
        for quoted, bare in _OF_OWNER.findall(line):
            owner = quoted or bare
            if owner.lower() in self._owners and not self._kept("owner = ? COLLATE NOCASE", owner):
                return True
        return any(text in line and not self._kept("key = ?", text) for text in self._texts)

    def _kept(self, where: str, value: str) -> bool:
        return self._connection.execute(f"SELECT 1 FROM entries WHERE {where} LIMIT 1", (value,)).fetchone() is not None
