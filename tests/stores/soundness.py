"""Is a memory file whole? By the program's own check, and by a second one of its history that shares little with it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from memviz.core.entry import ENTRY_FIELDS, Entry
from memviz.stores.checking.report import check
from memviz.stores.sqlite_history import parts_of
from memviz.stores.sqlite_rows import from_row


def assert_sound(path: Path) -> int:
    """Raises an AssertionError where anything is out of step; returns the version.

    ``test_checking`` makes every kind of damage and sees that the program's check finds it.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("INSERT INTO entries_fts (entries_fts) VALUES ('integrity-check')")
        rows = connection.execute(f"SELECT {', '.join(ENTRY_FIELDS)} FROM entries ORDER BY id")
        version = _assert_history_leads_to(connection, {row[0]: from_row(row) for row in rows})
    report = check(path)
    assert report.findings == ()
    assert report.version == version
    return version


def _assert_history_leads_to(connection: sqlite3.Connection, entries: dict[int, Entry]) -> int:
    """Going back from the rows, every change must fit to what came after it, and nothing be left at the beginning."""
    then: dict[int, Entry] = {entry_id: _unused(entry) for entry_id, entry in entries.items()}
    loads = {row[0]: range(row[1], row[2] + 1) for row in connection.execute("SELECT * FROM loads")}
    changes = connection.execute("SELECT version, kind, entries, status FROM changes ORDER BY version DESC").fetchall()
    forgotten = _forgotten(connection, {version for version, kind, *_ in changes if kind == "forget"})
    assert not forgotten & set(entries), "an entry that was forgotten"
    assert [version for version, *_ in changes] == list(range(len(changes), 0, -1)), "a version is missing"
    for version, kind, count, status in changes:
        assert count == len(then)
        assert (kind == "load") == (version in loads), "a load whose entries are not known"
        parts = list(parts_of(connection, version))
        told = kind not in ("load", "forget") and status != "forgotten"
        assert bool(parts) == told, "a change without rows, or a load, or nothing, with them"
        assert not forgotten & {part.entry_id for part in parts}, "the history of what was forgotten"
        if kind == "load" and status == "forgotten":
            assert forgotten >= set(loads[version]), "a load that is not forgotten"
        for part in parts:
            now = then.pop(part.entry_id, None)
            assert part.forth(now) == now, "a change that leads elsewhere"
            if (before := part.back(now)) is not None:
                then[part.entry_id] = _unused(before)
        for entry_id in set(loads.get(version, ())) - forgotten:
            del then[entry_id]
    assert not then
    return len(changes)


def _forgotten(connection: sqlite3.Connection, versions: set[int]) -> set[int]:
    """Ids that were forgotten by these changes; each once."""
    rows = connection.execute("SELECT version, first_id, last_id FROM forgotten").fetchall()
    assert {version for version, *_ in rows} == versions, "a forgetting whose entries are not known"
    ids = [entry_id for _, first, last in rows for entry_id in range(first, last + 1)]
    assert len(ids) == len(set(ids)), "an entry that was forgotten twice"
    return set(ids)


def _unused(entry: Entry) -> Entry:
    """Without the counts of use, which the history does not follow."""
    return replace(entry, last_used=None, used_count=0)
