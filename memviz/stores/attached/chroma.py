"""The folder that Chroma's ``PersistentClient`` keeps: ``chroma:///folder#collection``.

Knows the tables of Chroma 0.4 to 1.5 (https://github.com/chroma-core/chroma, ``chromadb/migrations``; written by 0.5.23
and 1.5.9 in the tests): a collection has a metadata segment; its records are ``embeddings``, and a record's document
and metadata are rows of ``embedding_metadata``, lists (since 1.5) of ``embedding_metadata_array``. Chroma writes these
tables when a record is added. The vectors lie in files of an index beside it (HNSW), which are not read.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

from memviz.core.errors import KnownError
from memviz.stores.attached.adapter import ForeignRow, Reading, made_row
from memviz.stores.attached.columns import Tables, check, has, listed
from memviz.stores.attached.values import fields_of, guessed, looks_made_up, time_of

#: In the folder.
FILE = "chroma.sqlite3"
_TABLES = {
    "collections": ("id", "name"),
    "segments": ("id", "scope", "collection"),
    "embeddings": ("id", "segment_id", "embedding_id", "created_at"),
    "embedding_metadata": ("id", "key", "string_value", "int_value", "float_value"),
}
_DOCUMENT = "chroma:document"
_FIELDS = ("key", "owner", "source", "tags", "created", "confidence", "expires")
_BATCH = 500


class Chroma:
    scheme = "chroma"
    program = "Chroma"

    def recognises(self, tables: Tables) -> bool:
        return all(table in tables for table in _TABLES)

    def reading(self, connection: sqlite3.Connection, tables: Tables, part: str) -> Reading:
        check(tables, self.program, _TABLES)
        names = [row[0] for row in connection.execute("SELECT name FROM collections ORDER BY name")]
        if part and part not in names:
            raise KnownError(f"There is no collection “{part}” in this Chroma folder; it has {listed(names)}.")
        chosen = [part] if part else names
        where = f"c.name IN ({', '.join('?' for _ in chosen)})"
        count = connection.execute(f"SELECT count(*) {_FROM} AND {where}", chosen).fetchone()[0]
        word = "collection" if len(chosen) == 1 else "collections"
        return Reading(
            f"Chroma {word} {listed(chosen)}" if chosen else "Chroma folder without a collection",
            part or (chosen[0] if len(chosen) == 1 else "Chroma"),
            count,
            lambda: _rows(connection, tables, where, chosen),
        )


_FROM = """FROM embeddings e JOIN segments s ON s.id = e.segment_id JOIN collections c ON c.id = s.collection
    WHERE s.scope = 'METADATA'"""


def _rows(connection: sqlite3.Connection, tables: Tables, where: str, chosen: list[str]) -> Iterator[ForeignRow]:
    records = connection.execute(
        f"SELECT e.id, c.id, c.name, e.embedding_id, e.created_at {_FROM} AND {where} ORDER BY e.id", chosen
    )
    while batch := records.fetchmany(_BATCH):
        metadata = _metadata(connection, tables, [row[0] for row in batch])
        for number, of, collection, name, created in batch:
            yield _row(of, collection, name, created, metadata.get(number, {}))


def _row(of: str, collection: str, name: str, created: object, metadata: Mapping[str, Any]) -> ForeignRow:
    values = {key: value for key, value in metadata.items() if key != _DOCUMENT}
    document = metadata.get(_DOCUMENT)
    fields = fields_of(values, guessed(values, *_FIELDS))
    fields["text"] = document if isinstance(document, str) else ""
    if not fields.get("key", "").strip():
        fields["key"] = "" if fields["text"].strip() and looks_made_up(name) else name
    if not fields["key"].strip() and not fields["text"].strip():
        fields["key"] = f"{collection} {name}"
    fields.setdefault("source", f"Chroma collection {collection}")
    if "created" not in fields and (added := time_of(created)) is not None:
        fields["created"] = added
    fields["metadata"] = {**fields["metadata"], "collection": collection, "id": name}
    return made_row(f"{of}\n{name}", fields)


def _metadata(connection: sqlite3.Connection, tables: Tables, numbers: list[int]) -> dict[int, dict[str, Any]]:
    """Number of a record -> its metadata, with the document."""
    inside = f"id IN ({', '.join('?' for _ in numbers)})"
    found: dict[int, dict[str, Any]] = {}
    truth = "bool_value" if has(tables, "embedding_metadata", "bool_value") else "NULL"  # since 0.4.15
    for number, key, *values in connection.execute(
        f"SELECT id, key, string_value, int_value, float_value, {truth} FROM embedding_metadata WHERE {inside}", numbers
    ):
        found.setdefault(number, {})[key] = _value(*values)
    if "embedding_metadata_array" in tables:
        for number, key, *values in connection.execute(
            f"""SELECT id, key, string_value, int_value, float_value, bool_value FROM embedding_metadata_array
                WHERE {inside} ORDER BY rowid""",
            numbers,
        ):
            held = found.setdefault(number, {}).setdefault(key, [])
            if isinstance(held, list):
                held.append(_value(*values))
    return found


def _value(text: Any, whole: Any, real: Any, truth: Any) -> Any:
    if truth is not None:
        return bool(truth)
    return next((value for value in (text, whole, real) if value is not None), None)
