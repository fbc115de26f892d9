"""Where a mirror stands in the stream of events, and what the next event is made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from memviz.stores.redis.events import Event, new_token


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a mirror is.

    Attributes:
        seq, token: the last event that is replayed; 0 and empty for a new mirror.
        loaded: of the load that comes next, up to which id its entries are there; 0 for none.
        whole: False while it is being filled: what it holds is of no version then.
    """

    seq: int = 0
    token: str = ""
    loaded: int = 0
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Basis:
    """What the next event follows: the place in the stream, version, number of entries, the largest id ever given."""

    cursor: Cursor
    version: int
    count: int
    last_id: int

    def event(self, kind: str, now: float, body: Any, **fields: Any) -> Event:
        """The event that comes next, if none comes in between; version, count and last id as they are unless given."""
        cursor = self.cursor
        same = {"version": self.version, "count": self.count, "last_id": self.last_id}
        return Event(
            cursor.seq + 1,
            kind=kind,
            time=now,
            previous=cursor.token,
            body=body,
            token=new_token(),
            **{**same, **fields},
        )
