"""The long-term memory of LangGraph, ``SqliteStore``: ``langgraph-store:///file``.

Knows the tables of langgraph-checkpoint-sqlite 2.0.11 to 3.1 (``langgraph/store/sqlite/base.py`` in
https://github.com/langchain-ai/langgraph/tree/main/libs/checkpoint-sqlite; written by 3.1.2 in the tests): an item is a
row of ``store`` with a namespace (``prefix``, its labels joined by points), a key, and a JSON object.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from memviz.stores.attached.adapter import ForeignRow, Reading, made_row
from memviz.stores.attached.columns import Tables, check, has
from memviz.stores.attached.values import fields_of, guessed, json_text, looks_made_up, text_of, time_of

_TABLES = {"store": ("prefix", "key", "value", "created_at", "updated_at")}
_FIELDS = ("text", "key", "owner", "source", "tags", "created", "confidence")
#: A label after one of these names whose memory it is: ``("users", "ana", "memories")``.
_WHOSE = ("user", "users", "user_id", "owner")


class LangGraphStore:
    scheme = "langgraph-store"
    program = "LangGraph’s SqliteStore"

    def recognises(self, tables: Tables) -> bool:
        return has(tables, "store", "prefix", "key", "value") or {"store", "store_migrations"} <= set(tables)

    def reading(self, connection: sqlite3.Connection, tables: Tables, part: str) -> Reading:  # noqa: ARG002
        check(tables, self.program, _TABLES)
        count = connection.execute("SELECT count(*) FROM store").fetchone()[0]
        return Reading("LangGraph store", "LangGraph store", count, lambda: _rows(connection, tables))


def _rows(connection: sqlite3.Connection, tables: Tables) -> Iterator[ForeignRow]:
    expires = "expires_at" if has(tables, "store", "expires_at") else "NULL"
    for prefix, key, value, created, updated, until in connection.execute(
        f"SELECT prefix, key, value, created_at, updated_at, {expires} FROM store ORDER BY rowid"
    ):
        yield made_row(f"{prefix}\n{key}", _fields(text_of(prefix), text_of(key), value, created, updated, until))


def _fields(prefix: str, key: str, value: Any, created: Any, updated: Any, until: Any) -> dict[str, Any]:
    item = json_text(value)
    values: dict[str, Any] = item if isinstance(item, dict) else {"value": item}
    columns = guessed(values, *_FIELDS)
    if "text" not in columns and (texts := [name for name, each in values.items() if isinstance(each, str)]):
        left = [name for name in texts if name not in columns.values()]
        if len(left) == 1:
            columns["text"] = left[0]
    fields = fields_of(values, columns)
    if not fields.get("text", "").strip():
        fields["text"] = text_of(values)
    if not fields.get("key", "").strip():
        fields["key"] = "" if looks_made_up(key) else key
    labels = prefix.split(".")
    if "owner" not in fields:
        owners = [after for label, after in pairwise(labels) if label.lower() in _WHOSE]
        fields["owner"] = owners[0] if owners else ""
    fields.setdefault("source", prefix)
    for field, time in (("created", created), ("expires", until)):
        if field not in fields and (seconds := time_of(time)) is not None:
            fields[field] = seconds
    about = {"namespace": labels, "id": key, "updated_at": text_of(updated)}
    fields["metadata"] = {**fields["metadata"], **about}
    return fields
