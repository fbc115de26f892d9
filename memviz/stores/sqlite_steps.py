"""What an undo or a redo does to the entries, a batch at a time. Callers hold the transaction and write each batch."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from memviz.core.edits import EntryDiff
from memviz.stores import sqlite_history as history
from memviz.stores.sqlite_edits import BATCH, plan_step
from memviz.stores.sqlite_load import loaded_entries
from memviz.stores.sqlite_rows import chunks


def step_size(connection: sqlite3.Connection, target: int) -> int:
    """Number of entries that an undo or redo of the change ``target`` is about."""
    loaded = history.loaded_by(connection, target)
    return history.size_of(connection, target) if loaded is None else loaded[1] - loaded[0] + 1


def step_of(connection: sqlite3.Connection, kind: str, target: int) -> Iterator[list[EntryDiff]]:
    """What an ``undo`` or a ``redo`` of the change ``target`` does, a batch at a time."""
    loaded = history.loaded_by(connection, target)
    if loaded is None:
        yield from _parts(connection, target, back=kind == "undo")
    elif kind == "undo":
        for entries in loaded_entries(connection, *loaded, BATCH):
            yield [EntryDiff(entry.id, entry, None) for entry in entries]
    else:  # what was loaded is told by the change that took it back
        yield from _parts(connection, history.undone_by(connection, target), back=True)


def _parts(connection: sqlite3.Connection, version: int, *, back: bool) -> Iterator[list[EntryDiff]]:
    for parts in chunks(history.parts_of(connection, version), BATCH):
        yield plan_step(connection, parts, back=back)
