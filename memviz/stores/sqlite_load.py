"""Filling a memory with many rows at once: one transaction, one mark in the history."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

import sqlite_utils

from memviz.core.edits import Insert
from memviz.core.entry import Entry
from memviz.core.progress import Progress
from memviz.stores.sqlite_edits import last_id, new_entry
from memviz.stores.sqlite_fts import add_to_index
from memviz.stores.sqlite_history import discard_undone, head, record_load
from memviz.stores.sqlite_orders import create_indexes, drop_indexes
from memviz.stores.sqlite_rows import INSERT_ROW, chunks, read_after, to_row

_BATCH = 2_000
#: A load of more than this share of what is there makes the indexes of the orders anew, which then takes less time, and
#: puts the full-text index in order, which takes seconds for a million entries.
_SHARE_ANEW = 0.2


def load_rows(
    db: sqlite_utils.Database,
    rows: Iterable[Mapping[str, Any]],
    total: int,
    now: float,
    progress: Progress,
    *,
    initiator: str = "load",
    undoable: bool = False,
) -> int:
    """Inserts ``rows`` (the fields of an ``Insert`` each); returns the new version. The caller holds the transaction.

    Where there is no row and it could be undone, nothing is recorded: an undo would do nothing.

    Raises:
        KnownError: a row that cannot be an entry.
        Cancelled: by ``progress``, which is called about every 2,000 rows.
    """
    loaded, first, before = 0, last_id(db.conn) + 1, head(db.conn)[1]
    progress(0, total, "loading entries")
    anew = total > before * _SHARE_ANEW and total > _BATCH
    if anew:
        drop_indexes(db.conn)
    for batch in chunks(_entries(rows, first, now), _BATCH):
        db.conn.executemany(INSERT_ROW, (to_row(entry) for entry in batch))
        add_to_index(db.conn, ((entry.id, entry.key, entry.text) for entry in batch))
        loaded += len(batch)
        progress(loaded, total, "loading entries")
    if anew:
        progress(loaded, total, "sorting entries")
        create_indexes(db.conn)
        db.conn.execute("INSERT INTO entries_fts (entries_fts) VALUES ('optimize')")
    if undoable and not loaded:
        return head(db.conn)[0]
    if undoable:
        discard_undone(db.conn)
    return record_load(
        db, first, first + loaded - 1, time=now, initiator=initiator, entries=before + loaded, undoable=undoable
    )


def loaded_entries(connection: sqlite3.Connection, first: int, last: int, size: int) -> Iterator[list[Entry]]:
    """What is there of the entries of a range, so many at a time; they may be deleted while this is read."""
    after = first - 1
    while batch := list(islice(read_after(connection, after), size)):
        batch = [entry for entry in batch if entry.id <= last]
        if not batch:
            return
        after = batch[-1].id
        yield batch


def _entries(rows: Iterable[Mapping[str, Any]], first_id: int, now: float) -> Iterator[Entry]:
    for entry_id, row in enumerate(rows, first_id):
        successor, fields = successor_of(row)
        entry = new_entry(Insert(**fields), entry_id, now)
        yield entry if successor is None else replace(entry, superseded_by=first_id + successor)


def successor_of(row: Mapping[str, Any]) -> tuple[int | None, Mapping[str, Any]]:
    """The place (from 0) of the row that stands for this one, or None, and the fields of its insert."""
    if "superseded_by_row" not in row:
        return None, row
    fields = dict(row)
    return int(fields.pop("superseded_by_row")), fields
