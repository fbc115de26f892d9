"""Keeps a copy's entries equal to the records of another program: what is new, another, gone."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from memviz.core.edits import Delete, Edit, Insert, Update
from memviz.core.entry import EDITABLE_FIELDS, Entry
from memviz.stores.attached.adapter import ForeignRow
from memviz.stores.sqlite_rows import chunks, places

_BATCH = 500
_RECORDS = """CREATE TABLE IF NOT EXISTS attached_records (
    identity TEXT PRIMARY KEY, entry_id INTEGER NOT NULL, digest BLOB NOT NULL, successor TEXT NOT NULL
) WITHOUT ROWID"""
#: What an entry has that says nothing of a field; a record that loses a field gets it back.
_BLANK = Entry(0, "", "")


class Following:
    """Which entry stands for which record. In the copy's own database, on the store thread."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute(_RECORDS)

    def begun(self, rows: Iterable[ForeignRow], first: int = 1) -> Iterator[Mapping[str, Any]]:
        """The fields of rows that are loaded, the first with the id ``first``; the caller holds the transaction."""
        entry_id = first
        for batch in chunks(rows, _BATCH):
            self._know((row, entry_id + at) for at, row in enumerate(batch))
            entry_id += len(batch)
            for row in batch:
                yield row.fields

    def know(self, row: ForeignRow, entry_id: int) -> None:
        """An entry stands for this row from now on."""
        self._know([(row, entry_id)])

    def entry_of(self, identity: str) -> int | None:
        found = self._connection.execute(
            "SELECT entry_id FROM attached_records WHERE identity = ?", (identity,)
        ).fetchone()
        return None if found is None else int(found[0])

    def forget(self, identity: str) -> None:
        self._connection.execute("DELETE FROM attached_records WHERE identity = ?", (identity,))

    def successors(self) -> list[Edit]:
        """Edits after which entries are superseded as their records are."""
        found = self._connection.execute(
            """SELECT old.entry_id, new.entry_id, e.superseded_by FROM attached_records old
               JOIN entries e ON e.id = old.entry_id
               LEFT JOIN attached_records new ON new.identity = old.successor AND old.successor != ''
               WHERE e.superseded_by IS NOT new.entry_id"""
        )
        return [Update(old, keep_time=True, superseded_by=new) for old, new, _ in found]

    def done(
        self, changed: Iterable[tuple[ForeignRow, int | None]], inserted: Iterable[int], deleted: Iterable[int]
    ) -> None:
        """The edits of :func:`differences` were applied."""
        new = iter(inserted)
        self._connection.executemany(
            "DELETE FROM attached_records WHERE entry_id = ?", ((entry_id,) for entry_id in deleted)
        )
        self._know((row, next(new) if entry_id is None else entry_id) for row, entry_id in changed)

    def _know(self, rows: Iterable[tuple[ForeignRow, int]]) -> None:
        self._connection.executemany(
            "INSERT OR REPLACE INTO attached_records (identity, entry_id, digest, successor) VALUES (?, ?, ?, ?)",
            ((row.identity, entry_id, _digest(row), row.successor) for row, entry_id in rows),
        )


def differences(
    connection: sqlite3.Connection, rows: Iterable[ForeignRow]
) -> tuple[list[Edit], list[tuple[ForeignRow, int | None]]]:
    """Edits that make the entries those of ``rows``, and which rows they are of: their entry, None for new ones.

    Reads the records once; what is equal costs a digest. Any thread, on a connection of its own to the copy.
    """
    edits: list[Edit] = []
    changed: list[tuple[ForeignRow, int | None]] = []
    last = connection.execute("SELECT coalesce(max(entry_id), 0) FROM attached_records").fetchone()[0]
    seen = bytearray(last + 1)  # a million entries are a megabyte
    for batch in chunks(rows, _BATCH):
        known = {
            identity: (entry_id, digest)
            for identity, entry_id, digest in connection.execute(
                f"""SELECT identity, entry_id, digest FROM attached_records
                    WHERE identity IN ({places(batch)})""",
                [row.identity for row in batch],
            )
        }
        for row in batch:
            entry_id, digest = known.get(row.identity, (None, b""))
            if entry_id is None:
                edits.append(Insert(**row.fields))
                changed.append((row, None))
                continue
            seen[entry_id] = 1
            if digest != _digest(row):
                edits.append(Update(entry_id, **_all_fields(row)))
                changed.append((row, entry_id))
    edits += [
        Delete(entry_id)
        for (entry_id,) in connection.execute("SELECT entry_id FROM attached_records ORDER BY entry_id")
        if not seen[entry_id]
    ]
    return edits, changed


def _all_fields(row: ForeignRow) -> dict[str, Any]:
    fields = {name: value for name, value in row.fields.items() if name in EDITABLE_FIELDS}
    blank = {name: getattr(_BLANK, name) for name in EDITABLE_FIELDS - {"superseded_by"}}
    return {**blank, **fields}


def _digest(row: ForeignRow) -> bytes:
    told = f"{row.mark!r}\n{row.successor}"
    return hashlib.blake2b(told.encode("utf-8", "surrogatepass"), digest_size=16).digest()
