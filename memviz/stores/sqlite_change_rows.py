"""The history as a list of changes, page by page, and the entries of one change. Callers hold the transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from memviz.core.edits import ChangeRow, EntryDiff, HistoryRow, NextSteps
from memviz.core.entry import Entry
from memviz.stores import sqlite_history as history
from memviz.stores.sqlite_parts import from_part
from memviz.stores.sqlite_rows import chunks, places, read_entries

_COLUMNS = "version, kind, time, initiator, status, target, entries"
_Found = tuple[int, str, float, str, str, int | None, int]


def page(
    connection: sqlite3.Connection, before: int | None, limit: int, entry_id: int | None, initiator: str
) -> list[ChangeRow]:
    """Newest first; see ``Store.changes``. Its time does not depend on how many changes there are."""
    conditions, values = ["1"], {"before": before, "entry": entry_id, "words": initiator, "limit": limit}
    if before is not None:
        conditions.append("version < :before")
    if entry_id is not None:
        conditions.append(
            """(version IN (SELECT version FROM change_rows WHERE entry_id = :entry)
                OR version IN (SELECT version FROM loads WHERE :entry BETWEEN first_id AND last_id))"""
        )
    if initiator:
        conditions.append("instr(lower(initiator), lower(:words))")
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM changes WHERE {' AND '.join(conditions)} ORDER BY version DESC LIMIT :limit", values
    ).fetchall()
    return [_row(connection, row) for row in found]


def next_steps(connection: sqlite3.Connection) -> NextSteps:
    """What undo would take back, and redo do again."""
    return NextSteps(_one(connection, history.to_undo(connection)), _one(connection, history.to_redo(connection)))


def entries_of(connection: sqlite3.Connection, version: int, offset: int, limit: int) -> list[HistoryRow]:
    """What a change did, entry by entry; the entries before and after follow from those of now, going back."""
    row = _one(connection, version)
    if row is None:
        return []
    loaded = history.loaded_by(connection, version)
    if loaded is not None:
        first = loaded[0] + offset
        ids: Sequence[int] = range(first, min(first + limit, loaded[1] + 1))
        diffs = [EntryDiff(i, None, side) for i, side in _after(connection, ids, version).items() if side is not None]
    else:
        parts = [
            from_part(*part)
            for part in connection.execute(
                'SELECT entry_id, "before", "after" FROM change_rows WHERE version = ? AND position >= ?'
                " ORDER BY position LIMIT ?",
                (version, offset, limit),
            )
        ]
        after = _after(connection, [part.entry_id for part in parts], version)
        diffs = [EntryDiff(part.entry_id, part.back(after[part.entry_id]), after[part.entry_id]) for part in parts]
    return [HistoryRow(version, row.kind, row.time, row.initiator, row.undone, diff) for diff in diffs]


def _after(connection: sqlite3.Connection, ids: Iterable[int], version: int) -> dict[int, Entry | None]:
    """Entries as they were after a change: those of now, with every later change taken back."""
    wanted = list(ids)
    there = read_entries(connection, wanted)
    entries: dict[int, Entry | None] = {entry_id: there.get(entry_id) for entry_id in wanted}
    for chunk in chunks(wanted):
        for later in connection.execute(
            f"""SELECT entry_id, "before", "after" FROM change_rows
                WHERE entry_id IN ({places(chunk)}) AND version > ? ORDER BY version DESC, position DESC""",
            (*chunk, version),
        ):
            part = from_part(*later)
            entries[part.entry_id] = part.back(entries[part.entry_id])
    return entries


def _one(connection: sqlite3.Connection, version: int | None) -> ChangeRow | None:
    if version is None:
        return None
    found = connection.execute(f"SELECT {_COLUMNS} FROM changes WHERE version = ?", (version,)).fetchone()
    return None if found is None else _row(connection, found)


def _row(connection: sqlite3.Connection, found: _Found) -> ChangeRow:
    version, kind, time, initiator, status, target, entries = found
    undone = status in ("undone", "discarded")
    counts = (0, 0, _forgotten(connection, version)) if kind == "forget" else _counts(connection, version, entries)
    return ChangeRow(version, kind, time, initiator, undone, *counts, target)


def _forgotten(connection: sqlite3.Connection, version: int) -> int:
    ids = "SELECT coalesce(sum(last_id - first_id + 1), 0) FROM forgotten WHERE version = ?"
    return int(connection.execute(ids, (version,)).fetchone()[0])


def _counts(connection: sqlite3.Connection, version: int, entries: int) -> tuple[int, int, int]:
    """How many entries a change inserted, updated and deleted.

    Parts are only read where their number and that of the entries before and after leave it open.
    """
    loaded = history.loaded_by(connection, version)
    if loaded is not None:
        return loaded[1] - loaded[0] + 1, 0, 0
    parts = history.size_of(connection, version)
    before = connection.execute("SELECT entries FROM changes WHERE version = ?", (version - 1,)).fetchone()
    more = entries - (before[0] if before else 0)
    if parts == abs(more):
        return max(0, more), 0, max(0, -more)
    inserted = connection.execute(
        'SELECT count(*) FROM change_rows WHERE version = ? AND "before" IS NULL', (version,)
    ).fetchone()[0]
    deleted = inserted - more
    return inserted, parts - inserted - deleted, deleted
