"""Filling a memory with many rows at once: one transaction, one mark in the history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import sqlite_utils

from memviz.core.edits import Insert
from memviz.core.entry import Entry
from memviz.core.progress import Progress
from memviz.stores.sqlite_edits import last_id, new_entry
from memviz.stores.sqlite_fts import add_to_index
from memviz.stores.sqlite_history import head, record
from memviz.stores.sqlite_rows import INSERT_ROW, chunks, to_row

_BATCH = 2_000


def load_rows(
    db: sqlite_utils.Database, rows: Iterable[Mapping[str, Any]], total: int, now: float, progress: Progress
) -> int:
    """Inserts ``rows`` (the fields of an ``Insert`` each); returns the new version. The caller holds the transaction.

    Raises:
        KnownError: a row that cannot be an entry.
        Cancelled: by ``progress``, which is called about every 2,000 rows.
    """
    loaded, first = 0, last_id(db.conn) + 1
    progress(0, total, "loading entries")
    for batch in chunks(_entries(rows, first, now), _BATCH):
        db.conn.executemany(INSERT_ROW, (to_row(entry) for entry in batch))
        add_to_index(db.conn, ((entry.id, entry.key, entry.text) for entry in batch))
        loaded += len(batch)
        progress(loaded, total, "loading entries")
    db.conn.execute("INSERT INTO entries_fts (entries_fts) VALUES ('optimize')")
    version = record(db, "load", [], time=now, initiator="load", entries=head(db.conn)[1] + loaded)
    db["loads"].insert({"version": version, "first_id": first, "last_id": first + loaded - 1})
    return version


def _entries(rows: Iterable[Mapping[str, Any]], first_id: int, now: float) -> Iterator[Entry]:
    for entry_id, row in enumerate(rows, first_id):
        yield new_entry(Insert(**row), entry_id, now)
