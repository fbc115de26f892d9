"""Ids of entries that a mirror should have and could not get. Callers hold the transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable


def create_table(connection: sqlite3.Connection) -> None:
    """An id below 0 stands for an entry of which not even the id is known."""
    connection.execute("CREATE TABLE IF NOT EXISTS lost (id INTEGER PRIMARY KEY)")


def lost(connection: sqlite3.Connection) -> list[int]:
    """Ascending."""
    return [entry_id for (entry_id,) in connection.execute("SELECT id FROM lost ORDER BY id")]


def note(connection: sqlite3.Connection, ids: Iterable[int]) -> None:
    """These, and no others."""
    connection.execute("DELETE FROM lost")
    connection.executemany("INSERT INTO lost (id) VALUES (?)", ((entry_id,) for entry_id in ids))


def settled(connection: sqlite3.Connection, ids: Iterable[int]) -> None:
    """An event says what these are now."""
    connection.executemany("DELETE FROM lost WHERE id = ?", ((entry_id,) for entry_id in ids))
