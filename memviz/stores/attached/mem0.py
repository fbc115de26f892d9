"""The history database of mem0: ``mem0:///history.db``.

Knows the table ``history`` of mem0ai 0.1.60 to 2.2 (``mem0/memory/storage.py`` in https://github.com/mem0ai/mem0;
written by 0.1.60 and 2.2.1 in the tests): each row is an event of one memory, with its text before and after. The
memories that are there now are what these events leave behind; mem0 itself keeps them in a vector database elsewhere.
The events become the history of this memory, at their own times, so that it can be asked as it was.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

from memviz.stores.attached.adapter import ForeignRow, PastEvent, Reading, made_row
from memviz.stores.attached.columns import Tables, check, has
from memviz.stores.attached.values import text_of, time_of

_TABLES = {"history": ("memory_id", "old_memory", "new_memory", "event", "created_at", "updated_at", "is_deleted")}
#: Columns that came with later versions.
_LATER = ("actor_id", "role")


class Mem0:
    scheme = "mem0"
    program = "mem0"

    def recognises(self, tables: Tables) -> bool:
        return has(tables, "history", "memory_id", "event")

    def reading(self, connection: sqlite3.Connection, tables: Tables, part: str) -> Reading:  # noqa: ARG002
        check(tables, self.program, _TABLES)
        count = connection.execute("SELECT count(DISTINCT memory_id) FROM history").fetchone()[0]
        return Reading(
            "mem0 history",
            "mem0",
            count,
            lambda: _present(connection, tables),
            past=lambda: _events(connection, tables),
        )


def _present(connection: sqlite3.Connection, tables: Tables) -> Iterator[ForeignRow]:
    rows: dict[str, ForeignRow] = {}
    for event in _events(connection, tables):
        if event.row is None:
            rows.pop(event.identity, None)
        else:
            rows[event.identity] = event.row
    yield from rows.values()


def _events(connection: sqlite3.Connection, tables: Tables) -> Iterator[PastEvent]:
    """In the order in which they were written; none is told earlier than the one before it."""
    later = ", ".join(name if has(tables, "history", name) else f"NULL AS {name}" for name in _LATER)
    now = 0.0
    for name, text, event, created, updated, deleted, actor, role in connection.execute(
        f"""SELECT memory_id, new_memory, event, created_at, updated_at, is_deleted, {later}
            FROM history ORDER BY rowid"""
    ):
        learned, changed = time_of(created), time_of(updated)
        now = max(now, changed or learned or now)
        if event == "DELETE" or deleted or not text_of(text).strip():
            yield PastEvent(now, text_of(name), None)
            continue
        about = {"memory_id": name, "role": role}
        fields: dict[str, Any] = {
            "text": text_of(text),
            "owner": text_of(actor),
            "source": "mem0",
            "metadata": {key: text_of(value) for key, value in about.items() if value},
        }
        if learned is not None:
            fields["created"] = learned
        yield PastEvent(now, text_of(name), made_row(text_of(name), fields))
