"""The append-only history of a memory file. Callers hold the transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import sqlite_utils

from memviz.core.edits import Change, EntryDiff, HistoryRow
from memviz.stores.sqlite_rows import from_json, to_json


def head(connection: sqlite3.Connection) -> tuple[int, int]:
    """The newest version and the number of entries at it; (0, 0) for a new file."""
    row = connection.execute("SELECT version, entries FROM changes ORDER BY version DESC LIMIT 1").fetchone()
    return (row[0], row[1]) if row else (0, 0)


def record(
    db: sqlite_utils.Database,
    kind: str,
    diffs: Sequence[EntryDiff],
    *,
    time: float,
    initiator: str,
    entries: int,
    target: int | None = None,
) -> int:
    """Appends a change and returns its version. ``entries``: how many there are after it."""
    version = head(db.conn)[0] + 1
    change = {
        "version": version,
        "time": time,
        "kind": kind,
        "initiator": initiator,
        "status": "done",
        "target": target,
        "entries": entries,
    }
    db["changes"].insert(change)
    db.conn.executemany(
        'INSERT INTO change_rows (version, position, entry_id, "before", "after") VALUES (?, ?, ?, ?, ?)',
        (
            (version, position, diff.entry_id, to_json(diff.before), to_json(diff.after))
            for position, diff in enumerate(diffs)
        ),
    )
    return version


def diffs_of(connection: sqlite3.Connection, version: int) -> list[EntryDiff]:
    """What a change did, in the order in which it did it."""
    rows = connection.execute(
        'SELECT entry_id, "before", "after" FROM change_rows WHERE version = ? ORDER BY position', (version,)
    )
    return [EntryDiff(row[0], from_json(row[1]), from_json(row[2])) for row in rows]


def changes_after(connection: sqlite3.Connection, version: int) -> list[Change]:
    """What came after a version, oldest first, as its listeners were told."""
    found = connection.execute(
        "SELECT version, kind, initiator FROM changes WHERE version > ? ORDER BY version", (version,)
    ).fetchall()
    return [_told(version, kind, _parts_of(connection, version), initiator) for version, kind, initiator in found]


def as_change(version: int, kind: str, diffs: Sequence[EntryDiff], initiator: str) -> Change:
    """What the listeners are told."""
    parts = [(diff.entry_id, diff.before is not None, diff.after is not None) for diff in diffs]
    return _told(version, kind, parts, initiator)


def _parts_of(connection: sqlite3.Connection, version: int) -> list[tuple[int, bool, bool]]:
    """Each entry of a change, whether it was there before, and whether it is after; its texts are not read."""
    rows = connection.execute(
        """SELECT entry_id, "before" IS NOT NULL, "after" IS NOT NULL FROM change_rows
            WHERE version = ? ORDER BY position""",
        (version,),
    )
    return [(entry_id, bool(before), bool(after)) for entry_id, before, after in rows]


def _told(version: int, kind: str, parts: Sequence[tuple[int, bool, bool]], initiator: str) -> Change:
    return Change(
        version=version,
        kind=kind,
        inserted=tuple(entry_id for entry_id, before, _ in parts if not before),
        updated=tuple(entry_id for entry_id, before, after in parts if before and after),
        deleted=tuple(entry_id for entry_id, _, after in parts if not after),
        initiator=initiator,
    )


def to_undo(connection: sqlite3.Connection) -> int | None:
    """The newest edit that is not taken back."""
    row = connection.execute("SELECT max(version) FROM changes WHERE kind = 'edit' AND status = 'done'").fetchone()
    return None if row[0] is None else int(row[0])


def to_redo(connection: sqlite3.Connection) -> int | None:
    """The oldest edit that was taken back; all such edits are newer than any that stands."""
    row = connection.execute("SELECT min(version) FROM changes WHERE kind = 'edit' AND status = 'undone'").fetchone()
    return None if row[0] is None else int(row[0])


def set_status(db: sqlite_utils.Database, version: int, status: str) -> None:
    db["changes"].update(version, {"status": status})


def discard_undone(connection: sqlite3.Connection) -> None:
    """A new edit is made: what was taken back before it can no longer be redone."""
    connection.execute("UPDATE changes SET status = 'discarded' WHERE kind = 'edit' AND status = 'undone'")


def rows(connection: sqlite3.Connection, entry_id: int | None, limit: int) -> list[HistoryRow]:
    """Newest first, of all entries or one."""
    one = "" if entry_id is None else "WHERE r.entry_id = :entry_id"
    found = connection.execute(
        f"""SELECT c.version, c.kind, c.time, c.initiator, c.status, r.entry_id, r."before", r."after"
            FROM change_rows r JOIN changes c USING (version)
            {one} ORDER BY r.version DESC, r.position DESC LIMIT :limit""",
        {"entry_id": entry_id, "limit": limit},
    )
    return [
        HistoryRow(
            version=row[0],
            kind=row[1],
            time=row[2],
            initiator=row[3],
            undone=row[4] != "done",
            diff=EntryDiff(row[5], from_json(row[6]), from_json(row[7])),
        )
        for row in found
    ]
