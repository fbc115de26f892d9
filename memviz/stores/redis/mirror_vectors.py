"""What a mirror knows of the vectors on its server. Callers hold the transaction."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from memviz.stores import sqlite_vectors as vectors
from memviz.stores.redis.keys import BUCKET
from memviz.stores.sqlite_rows import chunks, places
from memviz.stores.sqlite_vectors import Stored

#: Bytes of the digest of what a vector was made from.
DIGEST = 8


@dataclass(frozen=True, slots=True)
class Followed:
    """A space of the server whose vectors are taken: its id there, and up to which stamp they are here."""

    space_id: str
    stamp: int


def create_table(connection: sqlite3.Connection) -> None:
    connection.execute(
        "CREATE TABLE IF NOT EXISTS shared_spaces (name TEXT PRIMARY KEY, id TEXT NOT NULL, stamp INTEGER NOT NULL)"
    )


def followed(connection: sqlite3.Connection) -> dict[str, Followed]:
    """Space -> how far it is."""
    rows = connection.execute("SELECT name, id, stamp FROM shared_spaces")
    return {name: Followed(space_id, stamp) for name, space_id, stamp in rows}


def follow(connection: sqlite3.Connection, space: str, place: Followed) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO shared_spaces (name, id, stamp) VALUES (?, ?, ?)", (space, place.space_id, place.stamp)
    )


def forget(connection: sqlite3.Connection, space: str) -> None:
    """The space was dropped, with its vectors."""
    vectors.drop(connection, space)
    connection.execute("DELETE FROM shared_spaces WHERE name = ?", (space,))


def lacking(connection: sqlite3.Connection, space: str, bucket: int) -> list[int]:
    """Ids of a bucket’s entries that have no vector in the space."""
    rows = connection.execute(
        """SELECT e.id FROM entries e WHERE e.id >= ? AND e.id < ? AND NOT EXISTS (
               SELECT 1 FROM vectors v JOIN vector_spaces s ON s.id = v.space
               WHERE v.entry_id = e.id AND s.name = ? AND v.vector IS NOT NULL)""",
        (bucket * BUCKET, (bucket + 1) * BUCKET, space),
    )
    return [entry_id for (entry_id,) in rows]


def digests(connection: sqlite3.Connection, ids: Sequence[int]) -> dict[int, bytes]:
    """Digests of what the vectors of these entries are made from, as the entries are now."""
    found: dict[int, bytes] = {}
    for chunk in chunks(ids):
        rows = connection.execute(f"SELECT id, key, text FROM entries WHERE id IN ({places(chunk)})", chunk)
        found.update((entry_id, digest(key, text)) for entry_id, key, text in rows)
    return found


def digest(key: str, text: str) -> bytes:
    """Of what a vector is made from.

    Not the time of the last change, since that passes also where the vector stays, and two changes may share it.
    """
    made_from = f"{len(key)} {key}{text}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(made_from, digest_size=DIGEST).digest()


def take(connection: sqlite3.Connection, space: str, dimension: int, found: Sequence[tuple[int, bytes]]) -> int:
    """Keeps those of the server's values (digest and vector) that belong to what the entries are now."""
    current = digests(connection, [entry_id for entry_id, _ in found])
    size = DIGEST + 2 * dimension
    fitting = [
        (entry_id, value[DIGEST:])
        for entry_id, value in found
        if len(value) == size and current.get(entry_id) == value[:DIGEST]
    ]
    return vectors.put_stored(connection, space, Stored(dimension, fitting)) if fitting else 0
