"""Vectors beside the entries of a memory file. Callers hold the transaction.

A vector is kept in half precision, which changes a cosine by less than 0.001 and halves the file. Its ``stamp`` grows
with every vector that is put or goes, so that an index can ask what has happened since it last looked: a vector that
went leaves an empty row with a new stamp.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from memviz.core.entry import Entry
from memviz.core.errors import KnownError
from memviz.core.vectors import VectorChanges, VectorRow
from memviz.stores.sqlite_rows import chunks, places, read_in_order

_STORED = np.dtype("<f2")
_LARGEST = float(np.finfo(_STORED).max)


@dataclass(frozen=True, slots=True)
class Stored:
    """Vectors as they are kept: entry id, and ``dimension`` numbers in half precision, little-endian."""

    dimension: int
    vectors: Sequence[tuple[int, bytes]]


def spaces(connection: sqlite3.Connection) -> dict[str, tuple[int, int]]:
    """Space -> (dimension, number of vectors)."""
    rows = connection.execute("SELECT name, dimension, vectors FROM vector_spaces ORDER BY id")
    return {name: (dimension, count) for name, dimension, count in rows}


def with_vectors(connection: sqlite3.Connection, ids: Sequence[int]) -> frozenset[int]:
    """Those of the entries that have a vector, of whatever space."""
    found: set[int] = set()
    for chunk in chunks(ids):
        rows = connection.execute(
            f"SELECT entry_id FROM vectors WHERE entry_id IN ({places(chunk)}) AND vector IS NOT NULL", chunk
        )
        found.update(entry_id for (entry_id,) in rows)
    return frozenset(found)


def put(connection: sqlite3.Connection, space: str, rows: Sequence[VectorRow]) -> int:
    """Keeps the vectors of entries that are still as they were; returns how many.

    Raises:
        KnownError: another dimension than the space has, or numbers that are not finite.
    """
    return put_stored(connection, space, checked(connection, space, rows)) if rows else 0


def checked(connection: sqlite3.Connection, space: str, rows: Sequence[VectorRow]) -> Stored:
    """The vectors of entries that are still as they were, as they are kept; nothing is written.

    Raises:
        KnownError: see :func:`put`.
    """
    known = spaces(connection).get(space)
    dimension = known[0] if known is not None else rows[0].vector.shape[-1]
    for row in rows:
        if row.vector.shape != (dimension,):
            raise another_dimension(space, dimension, row.vector.shape[-1])
    vectors = np.stack([row.vector for row in rows])  # [n, D]
    sound = (np.abs(vectors) <= _LARGEST).all(axis=1)
    if not sound.all():
        raise KnownError(
            f"The vector of entry {rows[int(np.argmin(sound))].entry_id} has numbers that are not finite, or beyond"
            f" {_LARGEST:.0f}; choose another encoder."
        )
    current: dict[int, float] = {}
    for chunk in chunks(row.entry_id for row in rows):
        current.update(connection.execute(f"SELECT id, updated FROM entries WHERE id IN ({places(chunk)})", chunk))
    return Stored(
        dimension,
        [
            (row.entry_id, vector.tobytes())
            for row, vector in zip(rows, vectors.astype(_STORED), strict=True)
            if current.get(row.entry_id) == row.updated
        ],
    )


def put_stored(connection: sqlite3.Connection, space: str, stored: Stored) -> int:
    """Keeps vectors that were checked; returns how many.

    Raises:
        KnownError: another dimension than the space has.
    """
    space_id, dimension = _space(connection, space, stored.dimension)
    if dimension != stored.dimension:
        raise another_dimension(space, dimension, stored.dimension)
    ids = [entry_id for entry_id, _ in stored.vectors]
    known = _known(connection, space_id, ids)
    connection.executemany(
        "INSERT OR REPLACE INTO vectors (space, entry_id, vector) VALUES (?, ?, ?)",
        ((space_id, entry_id, vector) for entry_id, vector in stored.vectors),
    )
    _count(connection, space_id, len(set(ids)) - known)
    return len(ids)


def another_dimension(space: str, dimension: int, came: int) -> KnownError:
    return KnownError(
        f"“{space}” has vectors of {dimension} numbers, and one of {came} came; drop these vectors, then compute them"
        " anew."
    )


def without(connection: sqlite3.Connection, space: str, after: int, limit: int) -> list[Entry]:
    """Entries beyond an id that have no vector in the space, by id."""
    rows = connection.execute(
        """SELECT e.id FROM entries e WHERE e.id > :after AND NOT EXISTS (
               SELECT 1 FROM vectors v JOIN vector_spaces s ON s.id = v.space
               WHERE v.entry_id = e.id AND s.name = :space AND v.vector IS NOT NULL)
           ORDER BY e.id LIMIT :limit""",
        {"space": space, "after": after, "limit": limit},
    )
    return read_in_order(connection, [entry_id for (entry_id,) in rows])


def changes(connection: sqlite3.Connection, space: str, since: int, limit: int) -> VectorChanges:
    """What happened to the vectors of a space after a stamp."""
    found = connection.execute("SELECT id, dimension FROM vector_spaces WHERE name = ?", (space,)).fetchone()
    space_id, dimension = found or (0, 0)
    rows = connection.execute(
        "SELECT stamp, entry_id, vector FROM vectors WHERE stamp > ? AND space = ? ORDER BY stamp LIMIT ?",
        (since, space_id, limit + 1),
    ).fetchall()
    more, rows = len(rows) > limit, rows[:limit]
    there = [(entry_id, vector) for _, entry_id, vector in rows if vector is not None]
    return VectorChanges(
        # Where this is all, what other spaces were given meanwhile need not be passed by again.
        stamp=rows[-1][0] if more else max(since, _newest(connection)),
        ids=_ids(entry_id for entry_id, _ in there),
        vectors=np.frombuffer(b"".join(vector for _, vector in there), _STORED)
        .reshape(len(there), dimension)
        .astype(np.float32),
        gone=_ids(entry_id for _, entry_id, vector in rows if vector is None),
        more=more,
    )


def drop(connection: sqlite3.Connection, space: str) -> None:
    connection.execute("DELETE FROM vectors WHERE space = (SELECT id FROM vector_spaces WHERE name = ?)", (space,))
    connection.execute("DELETE FROM vector_spaces WHERE name = ?", (space,))


def forget(connection: sqlite3.Connection, ids: Iterable[int]) -> None:
    """The key or text of these entries has changed, or they are gone: their vectors are no longer theirs."""
    if connection.execute("SELECT 1 FROM vector_spaces LIMIT 1").fetchone() is None:
        return
    for chunk in chunks(ids):
        found = connection.execute(
            f"SELECT space, entry_id FROM vectors WHERE entry_id IN ({places(chunk)}) AND vector IS NOT NULL", chunk
        ).fetchall()
        connection.executemany("INSERT OR REPLACE INTO vectors (space, entry_id, vector) VALUES (?, ?, NULL)", found)
        for space_id in {space for space, _ in found}:
            _count(connection, space_id, -sum(space == space_id for space, _ in found))


def _space(connection: sqlite3.Connection, space: str, dimension: int) -> tuple[int, int]:
    found = connection.execute("SELECT id, dimension FROM vector_spaces WHERE name = ?", (space,)).fetchone()
    if found is None:
        cursor = connection.execute(
            "INSERT INTO vector_spaces (name, dimension, vectors) VALUES (?, ?, 0)", (space, dimension)
        )
        return int(cursor.lastrowid or 0), dimension
    return found[0], found[1]


def _known(connection: sqlite3.Connection, space_id: int, ids: Sequence[int]) -> int:
    """How many of these entries have a vector."""
    return sum(
        connection.execute(
            f"SELECT count(*) FROM vectors WHERE space = ? AND vector IS NOT NULL AND entry_id IN ({places(chunk)})",
            (space_id, *chunk),
        ).fetchone()[0]
        for chunk in chunks(dict.fromkeys(ids))
    )


def _count(connection: sqlite3.Connection, space_id: int, more: int) -> None:
    connection.execute("UPDATE vector_spaces SET vectors = vectors + ? WHERE id = ?", (more, space_id))


def _newest(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT coalesce(max(stamp), 0) FROM vectors").fetchone()[0])


def _ids(values: Iterable[int]) -> NDArray[np.int64]:
    return np.fromiter(values, np.int64)
