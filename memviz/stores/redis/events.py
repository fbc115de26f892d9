"""Events: what happened to a memory, as items of its stream.

=========  =================================================================  =============================
kind       body                                                               then
=========  =================================================================  =============================
edit …     ``[[id, entry before, entry after], …]``, entries as JSON or null  version + 1 (also undo, redo)
load       ``[first id, last id, number of rows]``                            version + 1
used       ``[[id, last_used, used_count], …]``
settings   ``{name: value or null}``
ids        ``[first id, last id]``: taken by a load that has begun
=========  =================================================================  =============================

Everything in them says how it is afterwards, so that an event that is replayed over a newer state, before the events
that led there, still ends where it must.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from memviz.core.edits import EntryDiff
from memviz.core.errors import KnownError
from memviz.stores.sqlite_rows import from_json, to_json

VERSIONED = ("edit", "undo", "redo", "load")
_WITH_DIFFS = ("edit", "undo", "redo")


@dataclass(frozen=True, slots=True)
class Event:
    """One event.

    Attributes:
        seq: 1, 2, 3 …
        version: of the memory after it.
        target: version of the edit that an undo or redo is about.
        token: names this event among all that could have had its number.
        previous: token of the event before it; empty for the first.
        count: number of entries after it.
        last_id: the largest id that was ever given.
        body: see above.
    """

    seq: int
    version: int
    kind: str
    time: float
    previous: str
    count: int
    last_id: int
    body: Any
    token: str = ""
    initiator: str = ""
    target: int | None = None

    @property
    def diffs(self) -> list[EntryDiff]:
        """What happened to entries, one by one."""
        if self.kind not in _WITH_DIFFS:
            return []
        return [EntryDiff(entry_id, from_json(before), from_json(after)) for entry_id, before, after in self.body]

    @property
    def touched(self) -> list[int]:
        """Ids of entries whose hashes on the server follow from it."""
        return [row[0] for row in self.body] if self.kind in (*_WITH_DIFFS, "used") else []

    @property
    def inserted(self) -> list[int]:
        """Ids of entries that were not there before."""
        return [row[0] for row in self.body if row[1] is None] if self.kind in _WITH_DIFFS else []

    def fields(self) -> list[Any]:
        """As an item of the stream."""
        return [
            *("version", self.version, "kind", self.kind, "time", repr(self.time), "initiator", self.initiator),
            *("target", "" if self.target is None else self.target, "token", self.token, "previous", self.previous),
            *("count", self.count, "last_id", self.last_id),
            *("body", json.dumps(self.body, ensure_ascii=False, separators=(",", ":"))),
        ]


def new_token() -> str:
    return secrets.token_hex(8)


def body_of(diffs: Sequence[EntryDiff]) -> list[Any]:
    return [[diff.entry_id, to_json(diff.before), to_json(diff.after)] for diff in diffs]


def event_of(item: tuple[bytes, Sequence[bytes]]) -> Event:
    """The event of an item as XRANGE replies it.

    Raises:
        KnownError: memviz cannot have written it.
    """
    flat = [value.decode() for value in item[1]]
    values: Mapping[str, str] = dict(zip(flat[::2], flat[1::2], strict=False))
    try:
        return Event(
            seq=int(item[0].partition(b"-")[0]),
            version=int(values["version"]),
            kind=values["kind"],
            time=float(values["time"]),
            initiator=values["initiator"],
            target=int(values["target"]) if values["target"] else None,
            token=values["token"],
            previous=values["previous"],
            count=int(values["count"]),
            last_id=int(values["last_id"]),
            body=json.loads(values["body"]),
        )
    except (KeyError, ValueError):
        raise KnownError(
            f"Event {item[0].decode()} of this memory is damaged on the server; restore it from a backup."
        ) from None
