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

    Attributes:
        trouble: something else has the key of an entry, which is named; empty otherwise.
    """

    def __init__(self, link: Link, keys: Keys, mirror: Mirror, vectors: SharedVectors) -> None:
        self._link, self._keys, self._mirror, self._vectors = link, keys, mirror, vectors
        self.trouble = ""
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
        return self._commands(list(self._ids)) if len(self._ids) <= MANY and self._may_write() else []

    def paid(self, replies: Sequence[object]) -> None:
        """The replies to what was due: an error leaves it due."""
        if b"gone" in replies:
            self.forget()
        if not replies or not self._taken(replies):
            return
        self._ids.clear()
        self._written, self._seqs = self._seqs, []

    def flush(self) -> None:
        """Writes all of it now.

        Where the server does not answer, or has no room, it stays due.
        """
        try:
            if not self._may_write():
                return
            for chunk in chunks(list(self._ids), MANY):
                commands = self._commands(chunk, tell=False)
                # The last one must succeed, so that it is known whether the server answers at all.
                asks = (self._keys.head, ("EXISTS", self._keys.head))
                replies = self._link.batch([*commands, asks], spare=len(commands))
                if b"gone" in replies:
                    self.forget()
                    return
                self._taken(replies)
                for entry_id, reply in zip(chunk, replies, strict=False):
                    if not isinstance(reply, ServerError):
                        del self._ids[entry_id]
            if self._ids:
                return
            if done := [*self._written, *self._seqs]:
                self._link.call(self._keys.head, *scripts.finished(self._keys, self._mirror.uid, done))
            self._written, self._seqs = [], []
        except ServerError:
            return

    def _taken(self, replies: Sequence[object]) -> bool:
        """Whether there is no error among them; one that the user must mend is told."""
        errors = [reply for reply in replies if isinstance(reply, ServerError)]
        self.trouble = next((str(error) for error in errors if error.word == "WRONGTYPE"), "")
        return not errors

    def _commands(self, ids: Sequence[int], *, tell: bool = True) -> list[tuple[str, Command]]:
        keys, uid, seq = self._keys, self._mirror.uid, self._mirror.cursor.seq
        with_head = not self._link.is_cluster
        there = {entry.id: entry for entry in self._mirror.get(ids)} if ids else {}
        commands: list[tuple[str, Command]] = []
        if tell and self._written:
            commands.append((keys.head, scripts.finished(keys, uid, self._written)))
        for entry_id in ids:
            fields = fields_of(there[entry_id]) if entry_id in there else []
            command = scripts.put(keys, uid, entry_id, seq, fields, with_head=with_head)
            commands.append((keys.entry(entry_id), command))
        commands += self._vectors.without_entries(entry_id for entry_id in ids if entry_id not in there)
        return commands

    def forget(self) -> None:
        """The memory is not on the server any more: nothing is owed."""
        self._ids.clear()
        self._seqs, self._written = [], []

    def _may_write(self) -> bool:
        """Whether the memory is still the one on the server. Of a cluster it is asked before: an entry's script cannot
        look at the head, which lies in another slot."""
        if not self._link.is_cluster or not (self._ids or self._written):
            return True
        try:
            uid = self._link.call(self._keys.head, "HGET", self._keys.head, "uid")
        except ServerError:
            return False
        if uid != self._mirror.uid.encode():
            self.forget()
            return False
        return True

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
            news = read_news(self._link, self._keys, self._mirror.uid, done)
            events = [event for event in news.events if event.seq <= seq]
            if not events:
                return
            self.owe([i for event in events for i in event.touched], [event.seq for event in events])
            self.flush()
            done = events[-1].seq
        self._lag = None
