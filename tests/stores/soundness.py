"""Is a memory file whole? Rows against replayed history, index against rows, pages against SQLite's own check."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

from memviz.core.entry import ENTRY_FIELDS, Entry
from memviz.stores.sqlite_fts import add_to_index
from memviz.stores.sqlite_history import diffs_of
from memviz.stores.sqlite_rows import from_row

_VOCABULARY = "SELECT term, doc, col, offset FROM temp.vocabulary"


def assert_sound(path: Path) -> int:
    """Raises an AssertionError where anything is out of step; returns the version."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        connection.execute("INSERT INTO entries_fts (entries_fts) VALUES ('integrity-check')")
        rows = connection.execute(f"SELECT {', '.join(ENTRY_FIELDS)} FROM entries ORDER BY id")
        entries = {row[0]: from_row(row) for row in rows}
        version = _assert_history_leads_to(connection, entries)
        assert _terms(connection) == _terms_of(entries), "the full-text index is out of step with the rows"
        return version
    finally:
        connection.close()


def _assert_history_leads_to(connection: sqlite3.Connection, entries: dict[int, Entry]) -> int:
    replayed: dict[int, Entry | None] = {}
    version = 0
    for version, (stored, count) in enumerate(
        connection.execute("SELECT version, entries FROM changes ORDER BY version"), 1
    ):
        assert stored == version, "a version is missing"
        diffs = diffs_of(connection, version)
        assert diffs, "a change without rows"
        for diff in diffs:
            assert replayed.pop(diff.entry_id, None) == _unused(diff.before)
            if diff.after is not None:
                replayed[diff.entry_id] = _unused(diff.after)
        assert count == len(replayed)
    assert replayed == {entry_id: _unused(entry) for entry_id, entry in entries.items()}
    orphans = connection.execute("SELECT count(*) FROM change_rows WHERE version NOT IN (SELECT version FROM changes)")
    assert orphans.fetchone() == (0,)
    return version


def _unused(entry: Entry | None) -> Entry | None:
    """Without the counts of use, which the history does not follow."""
    return None if entry is None else replace(entry, last_used=None, used_count=0)


def _terms(connection: sqlite3.Connection) -> set[tuple[object, ...]]:
    connection.execute("CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab(main, entries_fts, instance)")
    terms = set(connection.execute(_VOCABULARY))
    connection.execute("DROP TABLE temp.vocabulary")
    return terms


def _terms_of(entries: dict[int, Entry]) -> set[tuple[object, ...]]:
    """What an index made anew from the rows holds."""
    fresh = sqlite3.connect(":memory:")
    fresh.execute(
        "CREATE VIRTUAL TABLE entries_fts USING fts5(key, text, content='', "
        "tokenize='porter unicode61 remove_diacritics 2')"
    )
    add_to_index(fresh, ((entry.id, entry.key, entry.text) for entry in entries.values()))
    terms = _terms(fresh)
    fresh.close()
    return terms
