"""From edits to differences (reading only), and from differences to rows. Callers hold the transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter

from memviz.core.edit_conflict import ChangedMeanwhile, check_seen
from memviz.core.edits import Delete, Edit, EntryDiff, Insert, LazyEdits, Restore, Update
from memviz.core.entry import ENTRY_FIELDS, Entry, with_fields
from memviz.core.errors import KnownError
from memviz.stores.sqlite_fts import add_to_index, change_in_index, remove_from_index
from memviz.stores.sqlite_history import head
from memviz.stores.sqlite_parts import Part
from memviz.stores.sqlite_rows import INSERT_ROW, Row, read_entries, set_columns, to_columns, to_row
from memviz.stores.sqlite_vectors import forget

#: Leaves room for new ids after it, and JSON readers keep it exact.
_LARGEST_ID = 2**53
_but_updated = attrgetter(*(name for name in ENTRY_FIELDS if name != "updated"))
#: Edits that are planned together: enough that a batch costs little, few enough that a million fit into memory.
BATCH = 5_000


def plan(connection: sqlite3.Connection, edits: Sequence[Edit], now: float, *, above: int = 0) -> list[EntryDiff]:
    """What the edits together do to each entry, in the order in which they first touch it; nothing is written.

    An entry that ends as it was has no difference. New ids are greater than ``above``.

    Raises:
        KnownError: an edit of an entry that does not exist, or a new entry with an id that another one has.
        EditConflict: an entry that is not any more as an edit says that it was seen.
    """
    touched = touched_by_all(edits)
    before: dict[int, Entry | None] = {**dict.fromkeys(touched), **read_entries(connection, touched)}
    after = {entry_id: before[entry_id] for entry_id in dict.fromkeys(touched)}
    next_id = max(above, last_id(connection), *touched) + 1
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
                check_seen(edit, before[entry_id])
                after[entry_id] = _updated(_existing(after, entry_id), edit, now)
            case Delete():
                entry_id = edit.entry_id
                check_seen(edit, before[entry_id])
                _existing(after, entry_id)
                after[entry_id] = None
            case Restore():
                entry_id = _possible(edit.entry.id)
                if edit.new and after[entry_id] is not None:
                    raise KnownError(
                        f"There is an entry {entry_id} in this memory already, which somebody else may have added"
                        " meanwhile; it stays as it is. Try again."
                    )
                after[entry_id] = edit.entry
        order[entry_id] = None
    diffs = (EntryDiff(entry_id, before.get(entry_id), after[entry_id]) for entry_id in order)
    return [diff for diff in diffs if _differs(diff)]


def check_untouched(connection: sqlite3.Connection, decided_at: int | None, touched: Iterable[int]) -> None:
    """Raises a ChangedMeanwhile where a change after a version is about one of the entries."""
    if decided_at is None or head(connection)[0] == decided_at:
        return
    later = {
        entry_id
        for (entry_id,) in connection.execute(
            "SELECT DISTINCT entry_id FROM change_rows WHERE version > ?", (decided_at,)
        )
    }
    # A forgetting has no rows: what it was about is told nowhere.
    forgot = connection.execute("SELECT 1 FROM changes WHERE version > ? AND kind = 'forget'", (decided_at,)).fetchone()
    if forgot or not later.isdisjoint(touched):
        raise ChangedMeanwhile(
            "Somebody else changed some of these entries meanwhile, so nothing was changed. Look at them, and then try"
            " again."
        )


def plan_step(connection: sqlite3.Connection, parts: Sequence[Part], *, back: bool) -> list[EntryDiff]:
    """What taking these parts of a change back, or doing them again, does to each entry; nothing is written.

    Counts of use stay as they are: use is no part of the history.
    """
    there = read_entries(connection, (part.entry_id for part in parts))
    diffs = []
    for part in parts:
        now = there.get(part.entry_id)
        diffs.append(EntryDiff(part.entry_id, now, part.back(now) if back else part.forth(now)))
    return [diff for diff in diffs if diff.before != diff.after]


def in_batches(edits: Sequence[Edit], touched: Sequence[int]) -> Iterator[Sequence[Edit]]:
    """Few enough to be planned together; all of them where two are of the same entry. ``touched``: ids of all.

    Many edits of entries that are there go by id: neighbours lie together in the file, and are read and written once.
    A batch is made when it is asked for, since some sequences of edits make them as they are read.
    """
    if len(edits) <= BATCH or len(set(touched)) < len(touched):
        return iter([edits])
    starts = range(0, len(edits), BATCH)
    if sorted(touched) == touched or len(touched) < len(edits) or any(isinstance(edit, Insert) for edit in edits):
        return (edits[at : at + BATCH] for at in starts)
    places = sorted(range(len(edits)), key=touched.__getitem__)
    return ([edits[place] for place in places[at : at + BATCH]] for at in starts)


def _differs(diff: EntryDiff) -> bool:
    """More than the time of the edit is another one."""
    before, after = diff.before, diff.after
    if before is None or after is None:
        return before is not after
    return _but_updated(before) != _but_updated(after)


def new_entry(insert: Insert, entry_id: int, now: float) -> Entry:
    """What an insert makes; learned at ``now`` where it does not say when."""
    learned = insert.fields.get("created", now)
    return Entry(**{"updated": learned, **insert.fields, "id": entry_id, "created": learned})


def touched_by(edit: Edit) -> tuple[int, ...]:
    """Ids of the entries that an edit changes and that were there before."""
    match edit:
        case Insert():
            return edit.supersedes
        case Restore():
            return (edit.entry.id,)
        case _:
            return (edit.entry_id,)


def touched_by_all(edits: Sequence[Edit]) -> list[int]:
    """The same of all edits, one after the other; lazy ones are not read for it."""
    if isinstance(edits, LazyEdits):
        ids: list[int] = edits.entry_ids.tolist()
        return ids
    return [entry_id for edit in edits for entry_id in touched_by(edit)]


def _existing(entries: dict[int, Entry | None], entry_id: int) -> Entry:
    entry = entries[entry_id]
    if entry is None:
        raise no_entry(entry_id)
    return entry


def no_entry(entry_id: int) -> KnownError:
    return KnownError(f"There is no entry {entry_id} in this memory; it may have been deleted meanwhile.")


def _possible(entry_id: int) -> int:
    if not 0 < entry_id <= _LARGEST_ID:
        raise KnownError(f"An entry cannot have the id {entry_id}; ids are whole numbers from 1 to {_LARGEST_ID}.")
    return entry_id


def _updated(entry: Entry, edit: Update, now: float) -> Entry:
    for name, value in edit.fields.items():
        if getattr(entry, name) != value:
            break
    else:
        return entry
    return with_fields(entry, edit.fields if edit.keep_time else {**edit.fields, "updated": now})


def last_id(connection: sqlite3.Connection) -> int:
    """The largest id that was ever given."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'entries'").fetchone()
    return int(row[0]) if row else 0


def write(connection: sqlite3.Connection, diffs: Sequence[EntryDiff], fields: Sequence[tuple[str, ...]]) -> set[str]:
    """Brings rows and full-text index from ``before`` to ``after``.

    Args:
        fields: the ``changed_fields`` of each.

    Returns:
        Names of the fields that have another value, of entries that were there and still are.
    """
    gone = [diff.before for diff in diffs if diff.before is not None and diff.after is None]
    new = [diff.after for diff in diffs if diff.before is None and diff.after is not None]
    changed = [
        (diff.before, diff.after, names)
        for diff, names in zip(diffs, fields, strict=True)
        if diff.before is not None and diff.after is not None
    ]
    reindexed = [(old, now) for old, now, names in changed if "key" in names or "text" in names]
    connection.executemany("DELETE FROM entries WHERE id = ?", ((entry.id,) for entry in gone))
    touched = _update(connection, [(now, names) for _, now, names in changed])
    connection.executemany(INSERT_ROW, (to_row(entry) for entry in new))
    forget(connection, [entry.id for entry in (*gone, *(now for _, now in reindexed))])
    remove_from_index(connection, map(_texts, gone))
    change_in_index(connection, ((_texts(old), _texts(now)) for old, now in reindexed))
    add_to_index(connection, map(_texts, new))
    return touched


def _update(connection: sqlite3.Connection, changed: Sequence[tuple[Entry, tuple[str, ...]]]) -> set[str]:
    """Only the columns that changed, since each of the others would be looked up in its index as well."""
    by_fields: dict[tuple[str, ...], list[Row]] = {}
    for now, names in changed:
        by_fields.setdefault(names, []).append((*to_columns(now, names), now.id))
    for names, rows in by_fields.items():
        if names:
            connection.executemany(f"UPDATE entries SET {set_columns(names)} WHERE id = ?", rows)
    return {name for names in by_fields for name in names}


def _texts(entry: Entry) -> tuple[int, str, str]:
    return entry.id, entry.key, entry.text
