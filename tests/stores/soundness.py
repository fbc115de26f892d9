"""Is a memory file whole? Rows against replayed history, index and vectors against rows, pages by SQLite's check."""

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
        _assert_vectors_are_of(connection, set(entries))
        return version
    finally:
        connection.close()


def _assert_history_leads_to(connection: sqlite3.Connection, entries: dict[int, Entry]) -> int:
    replayed: dict[int, Entry | None] = {}  # None: as it was loaded, which the history does not tell
    loads = {row[0]: range(row[1], row[2] + 1) for row in connection.execute("SELECT * FROM loads ORDER BY version")}
    version = 0
    for version, (stored, kind, count) in enumerate(
        connection.execute("SELECT version, kind, entries FROM changes ORDER BY version"), 1
    ):
        assert stored == version, "a version is missing"
        assert (kind == "load") == (version in loads), "a load whose entries are not known"
        loaded = loads.get(version, range(0))
        assert replayed.keys().isdisjoint(loaded), "a load of entries that were there"
        replayed.update(dict.fromkeys(loaded))
        diffs = diffs_of(connection, version)
        assert bool(diffs) != (kind == "load"), "a change without rows, or a load with them"
        for diff in diffs:
            known = diff.entry_id in replayed
            before = replayed.pop(diff.entry_id, None)
            assert known == (diff.before is not None)
            assert before is None or before == _unused(diff.before)
            if diff.after is not None:
                replayed[diff.entry_id] = _unused(diff.after)
        assert count == len(replayed)
    assert replayed.keys() == entries.keys()
    assert all(entry in (None, _unused(entries[entry_id])) for entry_id, entry in replayed.items())
    orphans = connection.execute("SELECT count(*) FROM change_rows WHERE version NOT IN (SELECT version FROM changes)")
    assert orphans.fetchone() == (0,)
    return version


def _assert_vectors_are_of(connection: sqlite3.Connection, ids: set[int]) -> None:
    spaces = {row[0]: row[1:] for row in connection.execute("SELECT id, dimension, vectors FROM vector_spaces")}
    counted = dict.fromkeys(spaces, 0)
    for space, entry_id, size in connection.execute("SELECT space, entry_id, length(vector) FROM vectors"):
        assert space in spaces, "a vector of no space"
        if size is not None:
            assert entry_id in ids, "a vector of no entry"
            assert size == 2 * spaces[space][0], "a vector of another dimension"
            counted[space] += 1
    assert counted == {space: count for space, (_, count) in spaces.items()}


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
