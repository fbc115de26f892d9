"""The append-only history of a memory file. Callers hold the transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence

import sqlite_utils

from memviz.core.edit_conflict import ChangedMeanwhile
from memviz.core.edits import Change, EntryDiff, HistoryRow
from memviz.core.entry import Entry
from memviz.core.past import Milestone
from memviz.stores.sqlite_parts import Part, from_part, to_part
from memviz.stores.sqlite_rows import read_entries

#: What can be undone, in the words of the index that finds it.
EDITS = "kind IN ('edit', 'load')"


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
    version = begin(db, kind, time=time, initiator=initiator, entries=entries, target=target)
    add_parts(db.conn, version, 0, diffs, [diff.changed_fields() for diff in diffs])
    return version


def record_load(
    db: sqlite_utils.Database, first: int, last: int, *, time: float, initiator: str, entries: int, undoable: bool
) -> int:
    """Appends a change that inserted the ids of a range, which are not told one by one, and returns its version."""
    status = "done" if undoable else "kept"
    version = begin(db, "load", time=time, initiator=initiator, entries=entries, status=status)
    db["loads"].insert({"version": version, "first_id": first, "last_id": last})
    return version


def loaded_by(connection: sqlite3.Connection, version: int) -> tuple[int, int] | None:
    """The first and the last id that a load brought; None for another change."""
    row = connection.execute("SELECT first_id, last_id FROM loads WHERE version = ?", (version,)).fetchone()
    return (row[0], row[1]) if row else None


def undone_by(connection: sqlite3.Connection, version: int) -> int:
    """The newest change that took back this one."""
    row = connection.execute("SELECT max(version) FROM changes WHERE kind = 'undo' AND target = ?", (version,))
    return int(row.fetchone()[0])


def begin(
    db: sqlite_utils.Database,
    kind: str,
    *,
    time: float,
    initiator: str,
    entries: int,
    target: int | None = None,
    status: str = "done",
) -> int:
    """Appends a change without its parts and returns its version."""
    version = head(db.conn)[0] + 1
    change = {
        "version": version,
        "time": time,
        "kind": kind,
        "initiator": initiator,
        "status": status,
        "target": target,
        "entries": entries,
    }
    db["changes"].insert(change)
    return version


def add_parts(
    connection: sqlite3.Connection,
    version: int,
    position: int,
    diffs: Sequence[EntryDiff],
    fields: Sequence[Sequence[str]],
) -> None:
    """Parts of a change, from a position on; ``fields``: the ``changed_fields`` of each."""
    parts = ((diff.entry_id, *to_part(diff, names)) for diff, names in zip(diffs, fields, strict=True))
    add_told(connection, version, position, parts)


def add_told(
    connection: sqlite3.Connection,
    version: int,
    position: int,
    parts: Iterable[tuple[int, str | None, str | None]],
) -> None:
    """The same as the history keeps them: id, ``before`` and ``after`` of each."""
    connection.executemany(
        'INSERT INTO change_rows (version, position, entry_id, "before", "after") VALUES (?, ?, ?, ?, ?)',
        ((version, at, *part) for at, part in enumerate(parts, position)),
    )


def set_entries(connection: sqlite3.Connection, version: int, entries: int) -> None:
    """How many entries there are after a change."""
    connection.execute("UPDATE changes SET entries = ? WHERE version = ?", (entries, version))


def parts_of(connection: sqlite3.Connection, version: int) -> Iterator[Part]:
    """What a change did, in the order in which it did it; other changes may be written while this is read."""
    for row in connection.execute(
        'SELECT entry_id, "before", "after" FROM change_rows WHERE version = ? ORDER BY position', (version,)
    ):
        yield from_part(*row)


def size_of(connection: sqlite3.Connection, version: int) -> int:
    """Number of parts of a change."""
    row = connection.execute("SELECT max(position) + 1 FROM change_rows WHERE version = ?", (version,)).fetchone()
    return int(row[0] or 0)


def changes_after(connection: sqlite3.Connection, version: int) -> list[Change]:
    """What came after a version, oldest first, as its listeners were told."""
    found = connection.execute(
        "SELECT version, kind, initiator FROM changes WHERE version > ? ORDER BY version", (version,)
    ).fetchall()
    return [_told(version, kind, _parts_of(connection, version, kind), initiator) for version, kind, initiator in found]


def as_change(version: int, kind: str, diffs: Sequence[EntryDiff], initiator: str) -> Change:
    """What the listeners are told."""
    parts = [(diff.entry_id, diff.before is not None, diff.after is not None) for diff in diffs]
    return _told(version, kind, parts, initiator)


def _parts_of(connection: sqlite3.Connection, version: int, kind: str) -> list[tuple[int, bool, bool]]:
    """Each entry of a change, whether it was there before, and whether it is after; its texts are not read."""
    if kind == "forget":
        gone = connection.execute("SELECT first_id, last_id FROM forgotten WHERE version = ?", (version,)).fetchall()
        return [(entry_id, True, False) for first, last in gone for entry_id in range(first, last + 1)]
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


def time_of(connection: sqlite3.Connection, version: int) -> float | None:
    """When a version was made; None where there is none."""
    row = connection.execute("SELECT time FROM changes WHERE version = ?", (version,)).fetchone()
    return None if row is None else float(row[0])


def timeline(connection: sqlite3.Connection, most: int) -> list[Milestone]:
    """Versions from the first to the newest, evenly thinned to about ``most``."""
    newest = head(connection)[0]
    step = max(1, -(-newest // most))
    found = connection.execute(
        """SELECT version, time, kind, entries FROM changes
            WHERE version = 1 OR version % :step = :newest % :step ORDER BY version""",
        {"step": step, "newest": newest},
    )
    return [Milestone(*row) for row in found]


def check_known(connection: sqlite3.Connection, version: int, own: Collection[int]) -> None:
    """Raises a ChangedMeanwhile where there is a change after a version that is none of ``own``."""
    for newer, kind, initiator in connection.execute(
        "SELECT version, kind, initiator FROM changes WHERE version > ? ORDER BY version DESC", (version,)
    ).fetchall():
        if newer in own:
            continue
        row = connection.execute(
            "SELECT entry_id FROM change_rows WHERE version = ? ORDER BY position LIMIT 1", (newer,)
        ).fetchone()
        what = "many entries" if row is None else f"entry {row[0]}"
        more = (
            f" and {size_of(connection, newer) - 1:,} more"
            if row is not None and size_of(connection, newer) > 1
            else ""
        )
        raise ChangedMeanwhile(
            f"Somebody else changed {what}{more} a moment ago (version {newer}, {kind} by “{initiator}”), which this"
            " would mix with what you mean; nothing was changed. Look at it, and then try again."
        )


def to_undo(connection: sqlite3.Connection) -> int | None:
    """The newest edit, or load that can be undone, that is not taken back."""
    row = connection.execute(f"SELECT max(version) FROM changes WHERE {EDITS} AND status = 'done'").fetchone()
    return None if row[0] is None else int(row[0])


def to_redo(connection: sqlite3.Connection) -> int | None:
    """The oldest edit that was taken back; all such edits are newer than any that stands."""
    row = connection.execute(f"SELECT min(version) FROM changes WHERE {EDITS} AND status = 'undone'").fetchone()
    return None if row[0] is None else int(row[0])


def set_status(db: sqlite_utils.Database, version: int, status: str) -> None:
    db["changes"].update(version, {"status": status})


def discard_undone(connection: sqlite3.Connection) -> None:
    """A new edit is made: what was taken back before it can no longer be redone."""
    connection.execute(f"UPDATE changes SET status = 'discarded' WHERE {EDITS} AND status = 'undone'")


def rows(connection: sqlite3.Connection, entry_id: int | None, limit: int) -> list[HistoryRow]:
    """Newest first, of all entries or one.

    Parts tell what changed; the entries before and after follow from those of now, going back.
    """
    one = "" if entry_id is None else "WHERE r.entry_id = :entry_id"
    found = connection.execute(
        f"""SELECT c.version, c.kind, c.time, c.initiator, c.status, r.entry_id, r."before", r."after"
            FROM change_rows r JOIN changes c USING (version)
            {one} ORDER BY r.version DESC, r.position DESC LIMIT :limit""",
        {"entry_id": entry_id, "limit": limit},
    ).fetchall()
    entries: dict[int, Entry | None] = {**read_entries(connection, (row[5] for row in found))}
    told = []
    for version, kind, time, initiator, status, changed_id, *sides in found:
        part = from_part(changed_id, *sides)
        after = entries.get(changed_id)
        before = entries[changed_id] = part.back(after)
        told.append(HistoryRow(version, kind, time, initiator, status != "done", EntryDiff(changed_id, before, after)))
    return told
