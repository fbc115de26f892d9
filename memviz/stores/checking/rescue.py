"""Saving what can still be read of a damaged file into a new one."""

from __future__ import annotations

import json
import os
import sqlite3
from array import array
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import sqlite_utils
from numpy.typing import NDArray

from memviz.core.entry import ENTRY_FIELDS, Entry
from memviz.core.errors import KnownError
from memviz.core.progress import Progress, no_progress
from memviz.stores.sqlite_errors import known_errors
from memviz.stores.sqlite_file import existing_file, new_file
from memviz.stores.sqlite_fts import add_to_index
from memviz.stores.sqlite_orders import create_indexes, drop_indexes
from memviz.stores.sqlite_rows import INSERT_ROW, Row, chunks, from_row, to_row

T = TypeVar("T")
Ids = NDArray[np.int64]

_AT_ONCE = 2_000
#: So far beyond the last entry that can be read, damaged pages are tried id by id.
_FARTHEST = 20_000_000
#: Where an older format lacks a column.
_DEFAULTS = {"superseded_by": "NULL"}


@dataclass(frozen=True, slots=True)
class Rescued:
    """What is in the new file and what is not.

    Attributes:
        entries: how many were read.
        lost: ids of entries that could not be read, as far as anything tells of them.
        expected: how many entries the file says it has; None where it does not.
        settings: whether the settings of the memory could be read.
    """

    target: Path
    entries: int
    lost: tuple[int, ...]
    expected: int | None
    settings: bool


def rescue(path: str | Path, target: str | Path, progress: Progress = no_progress) -> Rescued:
    """Makes a new memory of the entries that can be read, with their ids, times and uses, and of the settings.

    The history stays behind; vectors are computed again. ``path`` is only read. Blocks.

    Raises:
        KnownError: no SQLite file, nothing in it can be read, or ``target`` is there or cannot be made.
        Cancelled: by ``progress``; nothing is left behind.
    """
    file, target = existing_file(Path(path)), Path(target).expanduser().absolute()
    if target.exists():
        raise KnownError(f"There is a file “{target}” already; name a new one.")
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        with known_errors(file.path), closing(file.connect(read_only=True, damaged=True)) as source:
            reading = _Reading(source)
            with new_file(unfinished) as db:
                ids = _fill(db, reading, progress)
                settings = _copy_settings(source, db.conn)
            if not len(ids):
                raise KnownError(f"No entry of “{file.path}” can be read; take a copy of it from a backup.")
            rescued = Rescued(target, len(ids), reading.lost(ids), reading.count, settings)
        os.replace(unfinished, target)
    except OSError as error:
        raise KnownError(f"“{target}” cannot be made: {error.strerror}; choose another folder.") from None
    finally:
        unfinished.unlink(missing_ok=True)
    return rescued


class _Reading:
    """Entries of a damaged file, from the first to the last."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        there = {row[1] for row in _tried(lambda: connection.execute("PRAGMA table_info(entries)").fetchall(), [])}
        columns = [name if name in there else _DEFAULTS.get(name, "''") for name in ENTRY_FIELDS]
        self._select = f"SELECT {', '.join(columns)} FROM entries"
        self._failed: list[int] = []
        told = (
            _tried(partial(_first, connection, select), 0)
            for select in (
                "SELECT seq FROM sqlite_sequence WHERE name = 'entries'",
                "SELECT max(id) FROM entries",
                "SELECT max(entry_id) FROM change_rows",
            )
        )
        self.last = max(number if isinstance(number, int) else 0 for number in told)
        newest = "SELECT entries FROM changes ORDER BY version DESC LIMIT 1"
        self.count: int | None = _tried(partial(_first, connection, newest), None)

    def entries(self) -> Iterator[Entry]:
        after, end = 0, 0
        while after < self.last:
            found = self._rows(after + 1, self.last, "id > ? ORDER BY id LIMIT ?", after, _AT_ONCE)
            if found is not None:
                rows, after = found, found[-1][0] if found else self.last
            else:
                end = end or min(self.last, after + _FARTHEST)
                if after >= end:
                    return
                rows = list(self._between(after + 1, min(after + _AT_ONCE, end)))
                after += _AT_ONCE
            for row in rows:
                entry = _entry_of(row)
                if entry is not None:
                    yield entry
                else:
                    self._failed.append(row[0])

    def _between(self, first: int, last: int) -> Iterator[Row]:
        """What can be read of a range of ids, halved until each damaged row stands alone."""
        # Looking for a range reads the row after it too, which may lie on a damaged page; looking for one id does not.
        where = ("id = ?", first) if first == last else ("id BETWEEN ? AND ? ORDER BY id", first, last)
        rows = self._rows(first, last, *where)
        if rows is not None:
            yield from rows
        elif first == last:
            self._failed.append(first)
        else:
            middle = (first + last) // 2
            yield from self._between(first, middle)
            yield from self._between(middle + 1, last)

    def _rows(self, first: int, last: int, where: str, *values: int) -> list[Row] | None:
        """None where they cannot be read, or are not in order within these ids: then pages lie in the wrong place."""
        rows = _tried(lambda: self._connection.execute(f"{self._select} WHERE {where}", values).fetchall(), None)
        before = first - 1
        for row in rows or ():
            if not (isinstance(row[0], int) and before < row[0] <= last):
                return None
            before = row[0]
        return rows

    def lost(self, read: Ids) -> tuple[int, ...]:
        """What an index still tells of; else what could not be read and was not deleted."""
        select = "SELECT id FROM entries INDEXED BY order_by_updated"
        told = _tried(lambda: [row[0] for row in self._connection.execute(select)], None)
        if told is not None and len(told) == self.count:
            return tuple(int(i) for i in np.setdiff1d(np.array(told, np.int64), read))
        return tuple(entry_id for entry_id in self._failed if not self._deleted(entry_id))

    def _deleted(self, entry_id: int) -> bool:
        select = 'SELECT "after" IS NULL FROM change_rows WHERE entry_id = ? ORDER BY version DESC LIMIT 1'
        row = _tried(lambda: self._connection.execute(select, (entry_id,)).fetchone(), None)
        return bool(row and row[0])


def _entry_of(row: Row) -> Entry | None:
    """None for a row that memviz cannot have written."""
    try:
        entry = from_row(row)
        to_row(entry)
        texts = (entry.key, entry.text, entry.owner, entry.source, *entry.tags)
        numbers = (entry.created, entry.updated, entry.used_count, entry.confidence, entry.last_used, entry.expires)
    except (KnownError, TypeError, ValueError, AttributeError):
        return None
    sound = all(isinstance(text, str) for text in texts)
    return entry if sound and all(isinstance(number, float | int | None) for number in numbers) else None


def _first(connection: sqlite3.Connection, select: str) -> Any:
    row = connection.execute(select).fetchone()
    return row[0] if row else None


def _tried(read: Callable[[], T], otherwise: Any) -> T | Any:
    """``otherwise`` where the pages that are read are damaged."""
    try:
        return read()
    except (sqlite3.Error, TypeError, UnicodeDecodeError):
        return otherwise


def _fill(db: sqlite_utils.Database, reading: _Reading, progress: Progress) -> Ids:
    """The ids of what was written, ascending: int64 [n]."""
    ids = array("q")
    drop_indexes(db.conn)
    for batch in chunks(reading.entries(), _AT_ONCE):
        progress(batch[-1].id, reading.last, "reading entries")
        db.conn.executemany(INSERT_ROW, (to_row(entry) for entry in batch))
        add_to_index(db.conn, ((entry.id, entry.key, entry.text) for entry in batch))
        ids.extend(entry.id for entry in batch)
    progress(reading.last, reading.last, "sorting entries")
    create_indexes(db.conn)
    db.conn.execute("INSERT INTO entries_fts (entries_fts) VALUES ('optimize')")
    there = np.frombuffer(ids, np.int64) if ids else np.zeros(0, np.int64)
    _record(db.conn, there)
    db.conn.execute("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'entries'", (reading.last,))
    return there


def _record(connection: sqlite3.Connection, ids: Ids) -> None:
    """Each run of ids without a gap as one load, so that the history leads to what is there."""
    if not ids.size:
        return
    ends = np.flatnonzero(np.diff(ids) != 1)
    first, last = ids[np.concatenate([[0], ends + 1])], ids[np.concatenate([ends, [ids.size - 1]])]
    counts = np.cumsum(last - first + 1)
    connection.executemany(
        "INSERT INTO changes (version, time, kind, initiator, status, entries)"
        " VALUES (?, CAST(strftime('%s') AS REAL), 'load', 'rescue', 'kept', ?)",
        ((version, int(count)) for version, count in enumerate(counts, 1)),
    )
    connection.executemany(
        "INSERT INTO loads (version, first_id, last_id) VALUES (?, ?, ?)",
        ((version, int(one), int(other)) for version, (one, other) in enumerate(zip(first, last, strict=True), 1)),
    )


def _copy_settings(source: sqlite3.Connection, target: sqlite3.Connection) -> bool:
    rows = _tried(lambda: source.execute("SELECT name, value FROM settings").fetchall(), None)
    if rows is None:
        return False
    read = [(name, value) for name, value in rows if isinstance(name, str) and _is_json(value)]
    target.executemany("INSERT OR IGNORE INTO settings (name, value) VALUES (?, ?)", read)
    return len(read) == len(rows)


def _is_json(value: Any) -> bool:
    try:
        json.loads(value)
    except (ValueError, TypeError, RecursionError):
        return False
    return True
