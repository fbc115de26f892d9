"""From edits to differences (reading only), and from differences to rows. Callers hold the transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace

from memviz.core.edits import Delete, Edit, EntryDiff, Insert, Restore, Update
from memviz.core.entry import Entry
from memviz.core.errors import KnownError
from memviz.stores.sqlite_fts import add_to_index, remove_from_index
from memviz.stores.sqlite_rows import INSERT_ROW, UPDATE_ROW, read_entries, to_row
from memviz.stores.sqlite_vectors import forget

#: Leaves room for new ids after it, and JSON readers keep it exact.
_LARGEST_ID = 2**53


def plan(connection: sqlite3.Connection, edits: Sequence[Edit], now: float) -> list[EntryDiff]:
    """What the edits together do to each entry, in the order in which they first touch it; nothing is written.

    An entry that ends as it was has no difference.

    Raises:
        KnownError: an edit of an entry that does not exist.
    """
    touched = [entry_id for edit in edits for entry_id in _touched(edit)]
    before: dict[int, Entry | None] = {**dict.fromkeys(touched), **read_entries(connection, touched)}
    after = {entry_id: before[entry_id] for entry_id in dict.fromkeys(touched)}
    next_id = max([last_id(connection), *touched], default=0) + 1
    order: dict[int, None] = {}
    for edit in edits:
        match edit:
            case Insert():
                entry_id, next_id = next_id, next_id + 1
                after[entry_id] = new_entry(edit, entry_id, now)
                for old in edit.supersedes:
                    after[old] = _updated(
                        _existing(after, old), Update(old, keep_time=True, superseded_by=entry_id), now
                    )
                    order[old] = None
            case Update():
                entry_id = edit.entry_id
                after[entry_id] = _updated(_existing(after, entry_id), edit, now)
            case Delete():
                entry_id = edit.entry_id
                _existing(after, entry_id)
                after[entry_id] = None
            case Restore():
                entry_id = _possible(edit.entry.id)
                after[entry_id] = edit.entry
        order[entry_id] = None
    diffs = (EntryDiff(entry_id, before.get(entry_id), after[entry_id]) for entry_id in order)
    return [diff for diff in diffs if set(diff.changed_fields()) - {"updated"} and diff.before != diff.after]


def new_entry(insert: Insert, entry_id: int, now: float) -> Entry:
    """What an insert makes; learned at ``now`` where it does not say when."""
    learned = insert.fields.get("created", now)
    return Entry(**{**insert.fields, "id": entry_id, "created": learned, "updated": learned})


def _touched(edit: Edit) -> tuple[int, ...]:
    """Ids of the entries that an edit changes and that were there before."""
    match edit:
        case Insert():
            return edit.supersedes
        case Restore():
            return (edit.entry.id,)
        case _:
            return (edit.entry_id,)


def _existing(entries: dict[int, Entry | None], entry_id: int) -> Entry:
    entry = entries[entry_id]
    if entry is None:
        raise KnownError(f"There is no entry {entry_id} in this memory; it may have been deleted meanwhile.")
    return entry


def _possible(entry_id: int) -> int:
    if not 0 < entry_id <= _LARGEST_ID:
        raise KnownError(f"An entry cannot have the id {entry_id}; ids are whole numbers from 1 to {_LARGEST_ID}.")
    return entry_id


def _updated(entry: Entry, edit: Update, now: float) -> Entry:
    changed = replace(entry, **edit.fields)
    return changed if changed == entry or edit.keep_time else replace(changed, updated=now)


def last_id(connection: sqlite3.Connection) -> int:
    """The largest id that was ever given."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'entries'").fetchone()
    return int(row[0]) if row else 0


def keep_use(connection: sqlite3.Connection, edits: Iterable[Edit]) -> list[Edit]:
    """The edits of an undo or redo, with the counts of use as they are now: use is no part of the history."""
    edits = list(edits)
    now = read_entries(connection, [edit.entry.id for edit in edits if isinstance(edit, Restore)])
    return [_with_use_of(now.get(edit.entry.id), edit) if isinstance(edit, Restore) else edit for edit in edits]


def _with_use_of(current: Entry | None, edit: Restore) -> Restore:
    if current is None:
        return edit
    return Restore(replace(edit.entry, last_used=current.last_used, used_count=current.used_count))


def write(connection: sqlite3.Connection, diffs: Sequence[EntryDiff]) -> None:
    """Brings rows and full-text index from ``before`` to ``after``."""
    gone = [diff.before for diff in diffs if diff.before is not None and diff.after is None]
    new = [diff.after for diff in diffs if diff.before is None and diff.after is not None]
    changed = [(diff.before, diff.after) for diff in diffs if diff.before is not None and diff.after is not None]
    reindexed = [(old, now) for old, now in changed if (old.key, old.text) != (now.key, now.text)]
    connection.executemany("DELETE FROM entries WHERE id = ?", ((entry.id,) for entry in gone))
    connection.executemany(UPDATE_ROW, ((*to_row(now)[1:], now.id) for _, now in changed))
    connection.executemany(INSERT_ROW, (to_row(entry) for entry in new))
    forget(connection, [entry.id for entry in (*gone, *(now for _, now in reindexed))])
    remove_from_index(connection, _texts([*gone, *(old for old, _ in reindexed)]))
    add_to_index(connection, _texts([*new, *(now for _, now in reindexed)]))


def _texts(entries: Iterable[Entry]) -> Iterable[tuple[int, str, str]]:
    return ((entry.id, entry.key, entry.text) for entry in entries)
