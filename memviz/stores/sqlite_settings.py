"""What a memory file keeps about itself. Callers hold the transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from memviz.core.errors import KnownError


def read(connection: sqlite3.Connection) -> dict[str, Any]:
    return {name: json.loads(value) for name, value in connection.execute("SELECT name, value FROM settings")}


def change(connection: sqlite3.Connection, values: Mapping[str, Any]) -> None:
    """Sets some of them; None removes one.

    Raises:
        KnownError: a value that JSON cannot hold.
    """
    try:
        rows = [(name, json.dumps(value, allow_nan=False)) for name, value in values.items() if value is not None]
    except (TypeError, ValueError) as error:
        raise KnownError(f"A memory cannot keep this setting: {error}.") from None
    connection.executemany("DELETE FROM settings WHERE name = ?", ((name,) for name in values))
    connection.executemany("INSERT INTO settings (name, value) VALUES (?, ?)", rows)
