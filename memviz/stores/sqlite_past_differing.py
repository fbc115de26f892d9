"""Which entries differ from an earlier version, and their rows of then, in little memory whatever their number."""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterator, Sequence

import numpy as np

from memviz.core.progress import Progress
from memviz.stores.sqlite_orders import Ids, read_ids
from memviz.stores.sqlite_past_rows import BareSide, row_before, together
from memviz.stores.sqlite_rows import COLUMNS, Row, chunks, places

#: Rows of the history between two words of how far it is.
_TOLD_EVERY = 5_000
_COLUMNS = ", ".join(COLUMNS)


class Differing:
    """Finds the ids at once; rows are made of those of now and of the history, a few hundred at a time.

    What the history says of a hundred thousand changed entries, some 35 MB, is never held together so.

    Attributes:
        touched: int64 [n], ascending: entries of changes after the version that last, those of loads aside. One that
            was changed and changed back is among them.
        loaded: int64 [m], ascending: entries that loads brought since and that are there. None of them was there.
    """

    def __init__(self, connection: sqlite3.Connection, version: int, progress: Progress) -> None:
        """``connection`` sees one version as long as this is used; ``progress`` may raise ``Cancelled``."""
        self._connection = connection
        self._version = version
        lasting = lasting_after(connection, version)
        connection.execute("CREATE TEMP TABLE lasting (version INTEGER PRIMARY KEY)")
        connection.executemany("INSERT INTO temp.lasting VALUES (?)", ((changed,) for changed in lasting))
        loads = connection.execute("SELECT first_id, last_id FROM loads WHERE version > ?", (version,)).fetchall()
        there = "SELECT id FROM main.entries WHERE id BETWEEN ? AND ?"
        self.loaded = _joined([read_ids(connection, there, first, last) for first, last in loads])
        touched = self._changed(lasting, progress)
        for first, last in loads:
            touched = touched[(touched < first) | (touched > last)]
        self.touched = touched

    def rows(self, progress: Progress, doing: str) -> Iterator[list[tuple[int, Row | None]]]:
        """Of :attr:`touched` those that differ, by id, with the row of then; None: it was not there.

        Args:
            progress: may raise ``Cancelled``.
            doing: what it is told.

        Raises:
            KnownError: the history is damaged.
        """
        done = 0
        for ids in chunks(self.touched.tolist()):
            progress(done, len(self.touched), doing)
            done += len(ids)
            yield [(entry_id, then) for entry_id, now, then in self._now_and_then(ids) if then != now]

    def rows_of(self, ids: Sequence[int]) -> list[Row | None]:
        """The rows of then of some of :attr:`touched`, in this order."""
        return [then for chunk in chunks(ids) for _, _, then in self._now_and_then(chunk)]

    def _now_and_then(self, ids: Sequence[int]) -> list[tuple[int, Row | None, Row | None]]:
        rows = self._connection.execute(f"SELECT {_COLUMNS} FROM main.entries WHERE id IN ({places(ids)})", ids)
        now: dict[int, Row] = {row[0]: row for row in rows}
        before = self._befores(ids)
        return [(entry_id, row := now.get(entry_id), row_before(row, before[entry_id])) for entry_id in ids]

    def _changed(self, lasting: Sequence[int], progress: Progress) -> Ids:
        found = array("q")
        for changed in lasting:
            progress(len(found), 0, "reading the history")
            rows = self._connection.execute("SELECT entry_id FROM change_rows WHERE version = ?", (changed,))
            for some in chunks(rows, _TOLD_EVERY):
                found.extend([entry_id for (entry_id,) in some])
                progress(len(found), 0, "reading the history")
        return np.unique(np.frombuffer(found, dtype=np.int64))

    def _befores(self, ids: Sequence[int]) -> dict[int, BareSide]:
        """What the history keeps of each of these entries before its first change after the version."""
        before: dict[int, BareSide] = {}
        # Of each entry all changes are looked up (the plus), not each change: of those there may be thousands.
        for entry_id, text in self._connection.execute(
            f"""SELECT entry_id, "before" FROM change_rows
                WHERE entry_id IN ({places(ids)}) AND version > ? AND +version IN (SELECT version FROM temp.lasting)
                ORDER BY entry_id, version""",
            (*ids, self._version),
        ):
            before[entry_id] = together(before[entry_id], text) if entry_id in before else text
        return before


def lasting_after(connection: sqlite3.Connection, version: int) -> list[int]:
    """Changes after a version without those that others took back, oldest first: together they do the same.

    Each edit has a line of changes that do it and take it back in turn, and between two of them all that came later was
    taken back itself. So an even number of them after the version leaves nothing, and an odd number what the last does.
    """
    lines: dict[int, list[int]] = {}
    for changed, kind, target in connection.execute(
        "SELECT version, kind, target FROM changes WHERE version > ? ORDER BY version", (version,)
    ):
        lines.setdefault(target if kind in ("undo", "redo") and target is not None else changed, []).append(changed)
    return sorted(line[-1] for line in lines.values() if len(line) % 2)


def _joined(parts: Sequence[Ids]) -> Ids:
    return np.unique(np.concatenate(parts)) if parts else np.zeros(0, np.int64)
