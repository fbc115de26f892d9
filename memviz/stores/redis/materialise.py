"""Hashes of entries on the server, brought up to the events: after each edit, and for those who died before it."""

from __future__ import annotations

import time
from collections.abc import Sequence

from memviz.core.entry import Entry
from memviz.stores.redis import scripts
from memviz.stores.redis.catch_up import read_news
from memviz.stores.redis.errors import ServerError
from memviz.stores.redis.hashes import MANY, fields_of
from memviz.stores.redis.keys import Keys
from memviz.stores.redis.link import Link
from memviz.stores.redis.mirror import Mirror
from memviz.stores.redis.wire import Command
from memviz.stores.sqlite_rows import chunks

#: Others may be writing these hashes just now; after this time they are taken for dead, in seconds.
GIVEN_UP = 2.0


class Materialiser:
    """Writes hashes from a mirror that is whole. Store thread."""

    def __init__(self, link: Link, keys: Keys, mirror: Mirror) -> None:
        self._link, self._keys, self._mirror = link, keys, mirror
        self._lag: tuple[int, float] | None = None  # what was done, and since when nothing more was

    def write(self, ids: Sequence[int], seqs: Sequence[int]) -> None:
        """The entries' hashes as the mirror has them, and that these events are finished with that.

        Where the server does not answer, or has no room, they stay behind: see :meth:`watch`.
        """
        try:
            self._write(ids, seqs)
        except ServerError:
            self._lag = None

    def _write(self, ids: Sequence[int], seqs: Sequence[int]) -> None:
        keys, seq = self._keys, self._mirror.cursor.seq
        for chunk in chunks(dict.fromkeys(ids), MANY):
            there = {entry.id: entry for entry in self._mirror.get(chunk)}
            commands = [(keys.entry(i), self._put(i, seq, there.get(i))) for i in chunk]
            if not self._link.is_cluster and len(ids) <= MANY:
                # One connection does them in order, so that they are there when this says so.
                self._link.batch([*commands, (keys.head, scripts.finished(keys, list(seqs)))])
                return
            self._link.batch(commands)
        self._link.call(keys.head, *scripts.finished(keys, list(seqs)))

    def _put(self, entry_id: int, seq: int, entry: Entry | None) -> Command:
        return scripts.put(self._keys, entry_id, seq, [] if entry is None else fields_of(entry))

    def watch(self, done: int, now: float | None = None) -> bool:
        """Writes what others left undone for too long; told what is done, from time to time. True where it wrote."""
        now = time.monotonic() if now is None else now
        seq = self._mirror.cursor.seq
        if done >= seq:
            self._lag = None
            return False
        if self._lag is None or self._lag[0] != done:
            self._lag = (done, now)
        if now - self._lag[1] < GIVEN_UP:
            return False
        self.roll_forward(done)
        return True

    def roll_forward(self, done: int) -> None:
        """Writes the hashes of every event after ``done`` that the mirror has."""
        seq = self._mirror.cursor.seq
        while done < seq:
            news = read_news(self._link, self._keys, done)
            events = [event for event in news.events if event.seq <= seq]
            if not events:
                return
            self.write([i for event in events for i in event.touched], [event.seq for event in events])
            done = events[-1].seq
        self._lag = None
