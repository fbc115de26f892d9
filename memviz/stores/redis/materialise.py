"""Hashes of entries on the server, brought up to the events: with the next request, or for those who died before it."""

from __future__ import annotations

import time
from collections.abc import Sequence

from memviz.stores.redis import scripts
from memviz.stores.redis.catch_up import read_news
from memviz.stores.redis.errors import ServerError
from memviz.stores.redis.hashes import MANY, fields_of
from memviz.stores.redis.keys import Keys
from memviz.stores.redis.link import Link
from memviz.stores.redis.mirror import Mirror
from memviz.stores.redis.shared_vectors import SharedVectors
from memviz.stores.redis.wire import Command
from memviz.stores.sqlite_rows import chunks

#: Others may be writing these hashes just now; after this time they are taken for dead, in seconds.
GIVEN_UP = 2.0


class Materialiser:
    """Writes hashes from a mirror that is whole. Store thread.

    An edit does not wait for its hashes: they go with the next commit, or the next look at the server, in one request,
    so that an edit costs the server's disk one flush and not two. Who reads hashes knows which events are not finished.
    """

    def __init__(self, link: Link, keys: Keys, mirror: Mirror, vectors: SharedVectors) -> None:
        self._link, self._keys, self._mirror, self._vectors = link, keys, mirror, vectors
        self._ids: dict[int, None] = {}  # entries whose hashes are to be written
        self._seqs: list[int] = []  # events that are finished with them
        self._written: list[int] = []  # events of which the server is still to be told that they are finished
        self._lag: tuple[int, float] | None = None  # what was done, and since when nothing more was

    def owe(self, ids: Sequence[int], seqs: Sequence[int]) -> None:
        """The hashes of these entries are to be written; these events are finished then."""
        self._ids.update(dict.fromkeys(ids))
        self._seqs += seqs

    def due(self) -> list[tuple[str, Command]]:
        """What is to be sent, where it is little enough to go with something else; then call :meth:`paid`."""
        return self._commands(list(self._ids)) if len(self._ids) <= MANY else []

    def paid(self, replies: Sequence[object]) -> None:
        """The replies to what was due: an error leaves it due."""
        if not replies or any(isinstance(reply, ServerError) for reply in replies):
            return
        self._ids.clear()
        self._written, self._seqs = self._seqs, []

    def flush(self) -> None:
        """Writes all of it now.

        Where the server does not answer, or has no room, it stays due.
        """
        try:
            for chunk in chunks(list(self._ids), MANY):
                self._link.batch(self._commands(chunk, tell=False))
                for entry_id in chunk:
                    del self._ids[entry_id]
            if done := [*self._written, *self._seqs]:
                self._link.call(self._keys.head, *scripts.finished(self._keys, done))
            self._written, self._seqs = [], []
        except ServerError:
            return

    def _commands(self, ids: Sequence[int], *, tell: bool = True) -> list[tuple[str, Command]]:
        keys, seq = self._keys, self._mirror.cursor.seq
        there = {entry.id: entry for entry in self._mirror.get(ids)} if ids else {}
        commands: list[tuple[str, Command]] = []
        if tell and self._written:
            commands.append((keys.head, scripts.finished(keys, self._written)))
        for entry_id in ids:
            fields = fields_of(there[entry_id]) if entry_id in there else []
            commands.append((keys.entry(entry_id), scripts.put(keys, entry_id, seq, fields)))
        commands += self._vectors.without_entries(entry_id for entry_id in ids if entry_id not in there)
        return commands

    def watch(self, done: int) -> None:
        """Writes what others left undone for too long; told what is done, from time to time."""
        if self._ids or self._written:
            self.flush()
            return
        seq, now = self._mirror.cursor.seq, time.monotonic()
        if done >= seq:
            self._lag = None
            return
        if self._lag is None or self._lag[0] != done:
            self._lag = (done, now)
        if now - self._lag[1] >= GIVEN_UP:
            self.roll_forward(done)

    def roll_forward(self, done: int) -> None:
        """Writes the hashes of every event after ``done`` that the mirror has."""
        seq = self._mirror.cursor.seq
        while done < seq:
            news = read_news(self._link, self._keys, done)
            events = [event for event in news.events if event.seq <= seq]
            if not events:
                return
            self.owe([i for event in events for i in event.touched], [event.seq for event in events])
            self.flush()
            done = events[-1].seq
        self._lag = None
