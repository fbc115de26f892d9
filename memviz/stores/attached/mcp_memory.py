"""The SQLite-vec file of mcp-memory-service: ``mcp-memory:///file``.

Knows the table ``memories`` of versions 8.24 to 12 (``storage/sqlite_vec.py`` in
https://github.com/doobidoo/mcp-memory-service; written by 12.4.0, its schema 19, in the tests). What it deleted keeps a
row with ``deleted_at`` for other computers; these rows are no memories any more and are left out. The vectors lie in a
virtual table of sqlite-vec and are not read.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

from memviz.stores.attached.adapter import ForeignRow, Reading, made_row
from memviz.stores.attached.columns import Tables, check, has
from memviz.stores.attached.values import fields_of, guessed, json_text, tags_of, text_of, time_of

_TABLES = {"memories": ("content_hash", "content", "tags", "memory_type", "metadata", "created_at", "updated_at")}
#: Columns that came with later versions.
_LATER = ("deleted_at", "store", "confidence", "superseded_by")
#: The tag that stands for none.
_UNTAGGED = "untagged"
_NEWEST_SCHEMA = 19
#: A longer number is no version.
_DIGITS = 9
_FIELDS = ("key", "owner", "source", "expires")


class McpMemory:
    scheme = "mcp-memory"
    program = "mcp-memory-service"

    def recognises(self, tables: Tables) -> bool:
        return has(tables, "memories", "content_hash", "content")

    def reading(self, connection: sqlite3.Connection, tables: Tables, part: str) -> Reading:  # noqa: ARG002
        check(tables, self.program, _TABLES)
        living = "WHERE deleted_at IS NULL" if has(tables, "memories", "deleted_at") else ""
        count = connection.execute(f"SELECT count(*) FROM memories {living}").fetchone()[0]
        return Reading(
            "mcp-memory-service memories",
            "mcp-memory",
            count,
            lambda: _rows(connection, tables, living),
            notices=_notices(connection, tables),
        )


def _notices(connection: sqlite3.Connection, tables: Tables) -> tuple[str, ...]:
    if not has(tables, "metadata", "key", "value"):
        return ()
    found = connection.execute("SELECT value FROM metadata WHERE key = 'schema_version'").fetchone()
    version = text_of(found[0]) if found else ""
    if not version.isdecimal() or len(version) > _DIGITS or int(version) <= _NEWEST_SCHEMA:
        return ()
    return (
        f"This file has schema {version} of mcp-memory-service, which is newer than this memviz knows"
        f" ({_NEWEST_SCHEMA}); what it added may be missing here.",
    )


def _rows(connection: sqlite3.Connection, tables: Tables, living: str) -> Iterator[ForeignRow]:
    later = ", ".join(name if has(tables, "memories", name) else f"NULL AS {name}" for name in _LATER)
    for (
        name,
        content,
        tags,
        kind,
        metadata,
        created,
        updated,
        _deleted,
        store,
        confidence,
        successor,
    ) in connection.execute(
        f"""SELECT content_hash, content, tags, memory_type, metadata, created_at, updated_at, {later}
                FROM memories {living} ORDER BY id"""
    ):
        values = json_text(metadata)
        values = values if isinstance(values, dict) else {"metadata": values} if values else {}
        fields: dict[str, Any] = fields_of(values, guessed(values, *_FIELDS))
        fields["text"] = text_of(content)
        fields["tags"] = [tag for tag in tags_of(tags) if tag != _UNTAGGED]
        if (added := time_of(created)) is not None:
            fields["created"] = added
        if isinstance(confidence, int | float) and 0 <= confidence <= 1:
            fields["confidence"] = float(confidence)
        about = {"memory_type": kind, "store": store, "updated_at": time_of(updated), "content_hash": name}
        fields["metadata"] = {**fields["metadata"], **{key: value for key, value in about.items() if value}}
        if not fields["text"].strip() and not fields.get("key", "").strip():
            fields["key"] = text_of(name)
        yield made_row(text_of(name), fields, text_of(successor))
