"""Loading many rows, all or none: their ids are taken, their hashes laid down, and one event makes them seen."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from memviz.core.errors import KnownError
from memviz.core.progress import Progress
from memviz.stores.redis import scripts
from memviz.stores.redis.errors import ServerError
from memviz.stores.redis.hashes import MANY, stage
from memviz.stores.redis.keys import Keys
from memviz.stores.redis.link import Link
from memviz.stores.redis.spool import Spool
from memviz.stores.sqlite_rows import chunks

#: A load that was not heard of for this time is dead, and what it laid down is swept away; in seconds.
DEAD_AFTER = 3_600.0


class Stage:
    """The hashes of a load between the moment when its ids are taken and its event."""

    def __init__(self, link: Link, keys: Keys, token: str, first: int, last: int) -> None:
        self._link, self._keys, self.token = link, keys, token
        self.first, self.last = first, last

    def fill(self, spool: Spool, progress: Progress, heard: Callable[[], float] = time.time) -> None:
        """Sends all hashes.

        Raises:
            Cancelled: by ``progress``.
            KnownError: the server does not answer, or has no room.
        """
        self._link.call(self._keys.head, "HSET", self._keys.head, f"staged:{self.token}", self._value(heard()))
        total = self.last - self.first + 1
        for begin in range(self.first, self.last + 1, MANY):
            progress(begin - self.first, total, "sending entries")
            end = min(begin + MANY - 1, self.last)
            entries = spool.entries(self.first, begin, end)
            self._link.batch([stage(self._keys, entry) for entry in entries])
            if not self._link.call(self._keys.head, *scripts.heard(self._keys, self.token, self._value(heard()))):
                remove_hashes(self._link, self._keys, self.first, end)
                raise taken_for_dead()

    def clear(self) -> None:
        """Takes everything back; where the server does not answer, somebody sweeps it away later."""
        with suppress(ServerError):
            if self._link.call(self._keys.head, "HDEL", self._keys.head, f"staged:{self.token}"):
                remove_hashes(self._link, self._keys, self.first, self.last)

    def _value(self, now: float) -> str:
        return json.dumps([self.first, self.last, now])


def taken_for_dead() -> KnownError:
    return KnownError("The load took too long between two of its steps and was taken for dead; start it again.")


def sweep(link: Link, keys: Keys, staged: Mapping[str, str], now: float) -> int:
    """Removes what dead loads have laid down; returns how many loads. ``staged``: see ``Head``."""
    swept = 0
    for token, value in staged.items():
        first, last, heard = json.loads(value)
        # Whoever takes the mark away may remove the hashes: the load's own event is refused from then on.
        if now - heard > DEAD_AFTER and link.call(keys.head, "HDEL", keys.head, f"staged:{token}"):
            remove_hashes(link, keys, first, last)
            swept += 1
    return swept


def remove_hashes(link: Link, keys: Keys, first: int, last: int) -> None:
    """Removes the hashes of ids that no event has made seen."""
    for chunk in chunks(range(first, last + 1), MANY):
        link.batch([(keys.entry(i), ("DEL", keys.entry(i))) for i in chunk])
