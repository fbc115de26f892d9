"""Hashes of a load that no event has made seen yet: laid down, taken back, swept away where the load died."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from memviz.core.entry import Entry
from memviz.core.errors import KnownError
from memviz.core.progress import Progress
from memviz.stores.redis import scripts
from memviz.stores.redis.errors import Gone, ServerError, deleted
from memviz.stores.redis.hashes import MANY, fields_of
from memviz.stores.redis.keys import Keys
from memviz.stores.redis.link import Link
from memviz.stores.redis.spool import Spool
from memviz.stores.redis.wire import Command
from memviz.stores.sqlite_rows import chunks

#: A load that was not heard of for this time is dead, and what it laid down is swept away; in seconds.
DEAD_AFTER = 3_600.0


class Stage:
    """The hashes of a load between the moment when its ids are taken and its event."""

    def __init__(self, link: Link, keys: Keys, uid: str, token: str, first: int, last: int) -> None:
        self._link, self._keys, self._uid, self.token = link, keys, uid, token
        self.first, self.last = first, last

    def fill(self, spool: Spool, progress: Progress, heard: Callable[[], float] = time.time) -> None:
        """Sends all hashes.

        Raises:
            Cancelled: by ``progress``.
            KnownError: the server does not answer, or has no room.
        """
        self._tell(heard(), begins=True)
        total = self.last - self.first + 1
        for begin in range(self.first, self.last + 1, MANY):
            progress(begin - self.first, total, "sending entries")
            end = min(begin + MANY - 1, self.last)
            entries = spool.entries(self.first, begin, end)
            if b"gone" in self._link.batch([self._stage(entry) for entry in entries]):
                raise self._deleted()
            if not self._tell(heard()):
                remove_hashes(self._link, self._keys, self.first, end)
                raise taken_for_dead()

    def _stage(self, entry: Entry) -> tuple[str, Command]:
        with_head = not self._link.is_cluster
        command = scripts.stage(self._keys, self._uid, entry.id, fields_of(entry), with_head=with_head)
        return self._keys.entry(entry.id), command

    def _tell(self, now: float, *, begins: bool = False) -> bool:
        """That it is alive; False where it was taken for dead."""
        keys = self._keys
        command = scripts.heard(keys, self._uid, self.token, json.dumps([self.first, self.last, now]), begins=begins)
        word = self._link.call(keys.head, *command)
        if word == b"gone":
            raise self._deleted()
        return bool(word == b"alive")

    def _deleted(self) -> Gone:
        """What was laid down stays: the ids may be another memory's by now."""
        return deleted(self._keys.name, self._uid, self._link.address.server, anew=True)

    def clear(self) -> None:
        """Takes everything back; where the server does not answer, somebody sweeps it away later."""
        with suppress(ServerError):
            if self._link.call(self._keys.head, "HDEL", self._keys.head, f"staged:{self.token}"):
                remove_hashes(self._link, self._keys, self.first, self.last)


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
        link.batch([(keys.entry(i), scripts.unstage(keys, i)) for i in chunk])
