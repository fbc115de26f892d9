"""Entries as hashes on the server, one field for each of theirs; what is missing is empty."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from types import MappingProxyType
from typing import Any

from memviz.core.entry import Entry, Kind
from memviz.core.errors import KnownError
from memviz.stores.redis.keys import Keys
from memviz.stores.redis.link import Link
from memviz.stores.sqlite_rows import chunks

#: Hashes of one request to a node: enough that the way there does not count.
MANY = 1_000


def fields_of(entry: Entry) -> list[Any]:
    """Names and values in turn, in what Redis can hold."""
    fields: list[Any] = ["id", entry.id, "key", entry.key, "text", entry.text, "kind", entry.kind.value]
    fields += ["created", repr(entry.created), "updated", repr(entry.updated), "confidence", repr(entry.confidence)]
    fields += ["used_count", entry.used_count, "private", int(entry.private), "enabled", int(entry.enabled)]
    optional = {
        "owner": entry.owner,
        "source": entry.source,
        "tags": json.dumps(entry.tags, ensure_ascii=False) if entry.tags else "",
        "metadata": json.dumps(dict(entry.metadata), ensure_ascii=False) if entry.metadata else "",
        "last_used": "" if entry.last_used is None else repr(entry.last_used),
        "expires": "" if entry.expires is None else repr(entry.expires),
        "superseded_by": "" if entry.superseded_by is None else str(entry.superseded_by),
    }
    for name, value in optional.items():
        if value:
            fields += [name, value]
    return fields


def entry_of(flat: Sequence[bytes], key: str) -> Entry | None:
    """The entry of a HGETALL of a key; None where there is none.

    Raises:
        KnownError: memviz cannot have written it.
    """
    if not flat:
        return None
    try:
        values = {flat[at].decode(): flat[at + 1].decode() for at in range(0, len(flat), 2)}
        return Entry(
            id=int(values["id"]),
            key=values["key"],
            text=values["text"],
            kind=Kind(values["kind"]),
            owner=values.get("owner", ""),
            source=values.get("source", ""),
            tags=tuple(json.loads(values["tags"])) if "tags" in values else (),
            created=float(values["created"]),
            updated=float(values["updated"]),
            last_used=float(values["last_used"]) if "last_used" in values else None,
            used_count=int(values["used_count"]),
            confidence=float(values["confidence"]),
            expires=float(values["expires"]) if "expires" in values else None,
            private=values["private"] == "1",
            enabled=values["enabled"] == "1",
            superseded_by=int(values["superseded_by"]) if "superseded_by" in values else None,
            metadata=MappingProxyType(json.loads(values["metadata"]) if "metadata" in values else {}),
        )
    except (KeyError, ValueError, TypeError):
        raise KnownError(
            f"“{key}” on the server is no entry, or damaged; restore the memory from a backup, or rename that key if it"
            " is another program’s."
        ) from None


def read_hashes(link: Link, keys: Keys, ids: Iterable[int]) -> dict[int, Entry]:
    """Those of the entries that the server has."""
    found: dict[int, Entry] = {}
    for chunk in chunks(ids, MANY):
        names = [keys.entry(i) for i in chunk]
        for name, reply in zip(names, link.batch([(name, ("HGETALL", name)) for name in names]), strict=True):
            entry = entry_of(reply, name)
            if entry is not None:
                found[entry.id] = entry
    return found
