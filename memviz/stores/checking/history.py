"""The history against the rows: going back from the entries of now, every change must fit to what came after it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np

from memviz.core.entry import ENTRY_FIELDS, Entry
from memviz.core.errors import KnownError
from memviz.core.progress import Progress
from memviz.core.text import normalised
from memviz.stores.checking.finding import Finding, Ids, of_entries
from memviz.stores.sqlite_forget_rows import FORGOTTEN
from memviz.stores.sqlite_parts import from_part
from memviz.stores.sqlite_rows import from_row

_EVERY = 20_000
_ROW, _PART, _LOAD = range(3)
_KINDS = ("edit", "undo", "redo", "load", "forget")
#: Parts of changes that are there: the others are orphans.
_PARTS = 'SELECT entry_id, version, "before", "after" FROM change_rows WHERE version IN (SELECT version FROM changes)'

Event = tuple[int, int, Any]


def entry_findings(connection: sqlite3.Connection, progress: Progress) -> Iterator[Finding]:
    """Each entry with its parts in changes, one after the other by id."""
    loads = connection.execute("SELECT version, first_id, last_id FROM loads ORDER BY first_id").fetchall()
    unknown = connection.execute(
        "SELECT count(*) FROM changes WHERE kind = 'load' AND version NOT IN (SELECT version FROM loads)"
    ).fetchone()[0]
    unreadable, elsewhere, missing, new, subjects = Ids(), Ids(), Ids(), Ids(), Ids()
    total = connection.execute("SELECT coalesce(max(id), 0) FROM entries").fetchone()[0]
    for number, (entry_id, events) in enumerate(groupby(merge(*_streams(connection, loads)), itemgetter(0))):
        if number % _EVERY == 0:
            progress(min(entry_id, total), total, "checking the history")
        row, parts, load = _sorted(events)
        try:
            entry = None if row is None else from_row(row[:-1])
            if entry is not None and row is not None and row[-1] != normalised(entry.subject):
                subjects.add(entry_id)
        except KnownError:
            unreadable.add(entry_id)
            continue
        told = _told(entry, parts, load)
        if told == "new" and unknown:  # brought by a load of the first memviz, which did not keep which
            continue
        if told:
            {"elsewhere": elsewhere, "missing": missing, "new": new}[told].add(entry_id)
    yield from of_entries("rows", "{} cannot be read.", unreadable)
    yield from of_entries("history", "the history of {} leads to something else than what is there.", elsewhere)
    yield from of_entries("missing", "{} should be there by the history, and cannot be found.", missing)
    yield from of_entries("history", "no change in the history has made {}.", new)
    yield from of_entries("subjects", "the subject of {} does not follow from the key.", subjects, repairable=True)


def _streams(connection: sqlite3.Connection, loads: list[tuple[int, int, int]]) -> Iterator[Iterator[Event]]:
    yield (
        (row[0], _ROW, row)
        for row in connection.execute(f"SELECT {', '.join(ENTRY_FIELDS)}, subject FROM entries ORDER BY id")
    )
    yield ((row[0], _PART, row[1:]) for row in connection.execute(f"{_PARTS} ORDER BY entry_id, version"))
    forgotten = _forgotten(connection)
    yield (
        (entry_id, _LOAD, version)
        for version, first, last in loads
        for entry_id in range(first, last + 1)
        if entry_id not in forgotten
    )


def _forgotten(connection: sqlite3.Connection) -> frozenset[int]:
    """Ids of which nothing is left on purpose."""
    ranges = connection.execute("SELECT first_id, last_id FROM forgotten").fetchall()
    return frozenset(entry_id for first, last in ranges for entry_id in range(first, last + 1))


def _sorted(events: Iterator[Event]) -> tuple[Any, list[Any], int | None]:
    """The row of an entry, its parts in changes by version, and the load that brought it."""
    row, parts, load = None, [], None
    for _, kind, value in events:
        if kind == _ROW:
            row = value
        elif kind == _PART:
            parts.append(value)
        else:
            load = value
    return row, parts, load


def _told(entry: Entry | None, parts: list[tuple[int, str | None, str | None]], load: int | None) -> str:
    """Empty where history and row belong together."""
    now, newer = _unused(entry), None
    try:
        for version, *sides in reversed(parts):
            part = from_part(0, *sides)
            if version == newer or (load is not None and version <= load):
                return "elsewhere"
            if part.forth(now) != now:
                return "missing" if entry is None and newer is None else "elsewhere"
            now, newer = _unused(part.back(now)), version
    except KnownError:
        return "missing" if entry is None and newer is None else "elsewhere"
    if load is None:
        return "" if now is None else "new" if not parts else "elsewhere"
    if now is None:
        return "missing" if not parts else "elsewhere"
    return ""


def _unused(entry: Entry | None) -> Entry | None:
    """Without the counts of use, which the history does not follow."""
    return None if entry is None else replace(entry, last_used=None, used_count=0)


def change_findings(connection: sqlite3.Connection) -> Iterator[Finding]:
    """The changes among each other: versions, numbers of entries, what is undone, parts of no change."""
    orphans = connection.execute(
        "SELECT (SELECT count(*) FROM change_rows WHERE version NOT IN (SELECT version FROM changes)),"
        " (SELECT count(*) FROM loads WHERE version NOT IN (SELECT version FROM changes WHERE kind = 'load'))"
    ).fetchone()
    if sum(orphans):
        count = sum(orphans)
        what = "1 row of the history belongs" if count == 1 else f"{count:,} rows of the history belong"
        yield Finding("orphans", f"{what} to no change.", True, (), count)
    versions = [row[0] for row in connection.execute("SELECT version FROM changes ORDER BY version")]
    if versions != list(range(1, len(versions) + 1)):
        yield Finding("versions", "Versions are missing in the history.")
    kinds = connection.execute(f"SELECT count(*) FROM changes WHERE kind NOT IN {_KINDS}").fetchone()[0]
    if kinds:
        yield Finding("history", f"{kinds:,} changes are of a kind that memviz does not know.")
    wrong = list(wrong_counts(connection))
    if wrong:
        yield Finding("counts", f"The number of entries is wrong at {_versions(len(wrong))}.", True, (), len(wrong))
    statuses = list(wrong_statuses(connection))
    if statuses:
        words = f"What is undone does not follow from the undos at {_versions(len(statuses))}."
        yield Finding("statuses", words, True, (), len(statuses))


def wrong_counts(connection: sqlite3.Connection) -> Iterator[tuple[int, int]]:
    """(Number of entries, version) where the history says another number; going back from the entries of now."""
    expected: int = connection.execute("SELECT count(*) FROM entries").fetchone()[0]
    forgotten = np.array(sorted(_forgotten(connection)), np.int64)
    for version, kind, entries, added, first, last in connection.execute(
        """SELECT c.version, c.kind, c.entries,
                (SELECT coalesce(sum((r."before" IS NULL) - (r."after" IS NULL)), 0)
                    FROM change_rows r WHERE r.version = c.version),
                l.first_id, l.last_id
            FROM changes c LEFT JOIN loads l USING (version) ORDER BY c.version DESC"""
    ):
        if entries != expected:
            yield expected, version
        if kind == "load" and first is None:
            return  # of the first memviz: how many it brought is told by no one else
        expected -= added
        if first is not None:
            begin, end = np.searchsorted(forgotten, (first, last + 1))
            expected -= last - first + 1 - int(end - begin)


def wrong_statuses(connection: sqlite3.Connection) -> Iterator[tuple[str, int]]:
    """(Status, version) where a change has another one than what follows from the edits, undos and redos."""
    done: list[int] = []
    undone: list[int] = []
    expected: dict[int, str] = {}
    found: dict[int, str] = {}
    for version, kind, status, target in connection.execute(
        "SELECT version, kind, status, target FROM changes ORDER BY version"
    ):
        if kind == "forget" or status == FORGOTTEN:  # edits that are forgotten cannot be taken back, nor done again
            if kind in ("edit", "load"):  # what was undone before them could not be done again since then
                expected.update(dict.fromkeys(undone, "discarded"))
                undone.clear()
            continue
        found[version], expected[version] = status, "done"
        if kind == "load" and status == "kept":
            expected[version] = "kept"
        elif kind in ("edit", "load"):
            expected.update(dict.fromkeys(undone, "discarded"))
            undone.clear()
            done.append(version)
        elif kind in ("undo", "redo") and target not in found:
            continue  # of an edit that was forgotten
        elif kind == "undo" and done and done[-1] == target:
            expected[target] = "undone"
            undone.append(done.pop())
        elif kind == "redo" and undone and undone[-1] == target:
            expected[target] = "done"
            done.append(undone.pop())
        else:
            return  # an undo of something else: what follows is not known
    yield from ((status, version) for version, status in expected.items() if found[version] != status)


def _versions(count: int) -> str:
    return "1 version" if count == 1 else f"{count:,} versions"
