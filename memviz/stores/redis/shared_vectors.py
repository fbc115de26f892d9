"""Vectors on the server, so that of all users one computes them.

They lie in the buckets of their entries, a hash for each space, each with a digest of what it was made from: whoever
reads it compares that with the entry, so that a vector of an older text is never taken. Whoever puts vectors gives the
buckets a new *stamp* afterwards; a mirror asks for the buckets with later stamps than it has taken, and there for the
entries that have no vector yet.

Putting the same vectors twice, or by two users at a time, does nothing more; what is lost on the way is computed again.
"""

from __future__ import annotations

import json
import secrets
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby

from memviz.core.vectors import VectorRow
from memviz.stores.redis import scripts
from memviz.stores.redis.errors import Unreachable
from memviz.stores.redis.keys import BUCKET, Keys
from memviz.stores.redis.link import Link
from memviz.stores.redis.mirror import Mirror
from memviz.stores.redis.mirror_vectors import Followed
from memviz.stores.redis.wire import Command
from memviz.stores.sqlite_rows import chunks
from memviz.stores.sqlite_vectors import another_dimension

#: Vectors of one request.
_MANY = 4_096
#: Buckets of which vectors are taken at once: up to 10,240 vectors.
PIECE = 20


@dataclass(frozen=True, slots=True)
class Space:
    """A space as the server has it: made anew under the same name it has another id."""

    space_id: str
    dimension: int


class SharedVectors:
    """The vectors of one memory on its server, and what of them is in the mirror. Store thread.

    Attributes:
        stamp: of the newest vectors, as far as is known.
    """

    def __init__(self, link: Link, keys: Keys, mirror: Mirror) -> None:
        self._link, self._keys, self._mirror, self.stamp = link, keys, mirror, 0
        self._spaces: dict[str, Space] = {}
        self._read_at = 0  # the stamp at which spaces and buckets were read
        self._due: dict[str, deque[tuple[int, int]]] = {}  # space -> buckets to be taken and their stamps, ascending

    # -- putting -----------------------------------------------------------------------------------------------------

    def put(self, space: str, rows: Sequence[VectorRow]) -> int:
        """Puts vectors onto the server and into the mirror; returns how many.

        Raises:
            KnownError: another dimension than the space has; or the server does not take them: nobody sees them then.
        """
        if not rows:
            return 0
        self.follow(space)
        dimension, values = self._mirror.values_of(space, rows)
        known = self._spaces.get(space) or self._registered(space, dimension)
        if known.dimension != dimension:
            raise another_dimension(space, known.dimension, dimension)
        for chunk in chunks(values, _MANY):
            by_bucket: dict[int, list[int | bytes]] = {}
            for entry_id, value in chunk:
                by_bucket.setdefault(entry_id // BUCKET, []).extend((entry_id, value))
            self._link.batch([self._about(known, bucket, "HSET", *pairs) for bucket, pairs in by_bucket.items()])
            self._tell(space, known, by_bucket)
        return self._mirror.take_values(space, dimension, values)

    def _registered(self, space: str, dimension: int) -> Space:
        """The space, made where nobody else has made it."""
        new = json.dumps([secrets.token_hex(4), dimension])
        key = self._keys.spaces
        _, there = self._link.batch([(key, ("HSETNX", key, space, new)), (key, ("HGET", key, space))])
        self._spaces[space] = known = Space(*json.loads(there))
        self._mirror.follow_spaces({space: Followed(known.space_id, 0)})
        return known

    def _tell(self, space: str, known: Space, buckets: Iterable[int]) -> None:
        """Tells others that there are new vectors; takes them back where the space was dropped meanwhile."""
        key = self._keys.spaces
        members = [f"{known.space_id}:{bucket}" for bucket in sorted(buckets)]
        stamp, there = self._link.batch(
            [(self._keys.vectors, scripts.touch(self._keys, members)), (key, ("HGET", key, space))]
        )
        if there is None or Space(*json.loads(there)) != known:
            self._sweep()
        elif int(stamp) == self.stamp + 1 == self._read_at + 1:  # nobody else came in between
            self.stamp = self._read_at = int(stamp)
            if not self._due.get(space):
                self._mirror.follow_spaces({space: Followed(known.space_id, self.stamp)})

    # -- taking ------------------------------------------------------------------------------------------------------

    def take(self, space: str) -> bool:
        """Takes the next piece of a space’s vectors that the mirror lacks; True where there are more.

        Silent where the server does not answer.
        """
        with suppress(Unreachable):
            self.follow(space)
            known, due = self._spaces.get(space), self._due.get(space)
            return bool(known and due and self._taken(space, known, due))
        return False

    def _taken(self, space: str, known: Space, due: deque[tuple[int, int]]) -> bool:
        wanted = self._mirror.lacking(space, [due[at][0] for at in range(min(PIECE, len(due)))])
        replies = self._link.batch([self._about(known, bucket, "HMGET", *ids) for bucket, ids in wanted.items()])
        found = [
            (entry_id, value)
            for ids, values in zip(wanted.values(), replies, strict=True)
            for entry_id, value in zip(ids, values, strict=True)
            if value is not None
        ]
        self._mirror.take_values(space, known.dimension, found)
        for _ in range(min(PIECE, len(due))):
            due.popleft()
        # Fewer buckets share a stamp than are taken at once, so that it gets on though others put vectors all the time.
        stamp = due[0][1] - 1 if due else self._read_at
        self._mirror.follow_spaces({space: Followed(known.space_id, stamp)})
        return bool(due)

    def take_all(self, space: str) -> None:
        while self.take(space):
            pass

    def spaces(self) -> dict[str, tuple[int, int]]:
        """Space -> dimension and number of vectors: those that are here, of a space that is not followed here those
        on the server."""
        followed = self._mirror.followed_spaces()
        for name in followed:
            self.take_all(name)
        here = self._mirror.vector_spaces()
        with suppress(Unreachable):
            self._read()
            for name, space in self._spaces.items():
                if name not in followed and name not in here:
                    here[name] = (space.dimension, self._count(space))
        return here

    def _count(self, space: Space) -> int:
        members = self._link.call(self._keys.vectors, "ZRANGE", self._keys.vectors, 0, -1)
        buckets = _buckets(members, space.space_id)
        return sum(self._link.batch([self._about(space, bucket, "HLEN") for bucket in buckets]))

    def _read(self) -> None:
        """Finds out what is due, where the server has anything new."""
        if self._read_at == self.stamp:
            return
        followed = self._mirror.followed_spaces()
        # A place beyond the newest stamp is one of a server that went back.
        places = {name: place.stamp if place.stamp <= self.stamp else 0 for name, place in followed.items()}
        since = min(places.values(), default=self.stamp)
        keys = self._keys
        flat, scores = self._link.batch(
            [
                (keys.spaces, ("HGETALL", keys.spaces)),
                (keys.vectors, ("ZRANGEBYSCORE", keys.vectors, f"({since}", self.stamp, "WITHSCORES")),
            ]
        )
        self._spaces = {flat[at].decode(): Space(*json.loads(flat[at + 1])) for at in range(0, len(flat), 2)}
        self._due = {}
        for space, place in followed.items():
            known = self._spaces.get(space)
            if known is None or known.space_id != place.space_id:
                self._mirror.forget_space(space)
            else:
                self._due[space] = _changed(scores, known.space_id, places[space])
        up_to_date = {space: self._spaces[space] for space, due in self._due.items() if not due}
        self._mirror.follow_spaces({name: Followed(known.space_id, self.stamp) for name, known in up_to_date.items()})
        self._read_at = self.stamp

    def follow(self, space: str) -> None:
        """From now on the space’s vectors are taken."""
        self._read()
        known = self._spaces.get(space)
        if known is not None and space not in self._mirror.followed_spaces():
            self._mirror.follow_spaces({space: Followed(known.space_id, 0)})
            self.forget()
            self._read()

    def forget(self) -> None:
        """The mirror is another one: what is due is found out again."""
        self._read_at = -1

    # -- dropping ----------------------------------------------------------------------------------------------------

    def drop(self, space: str) -> None:
        """Drops the vectors of a space for everybody.

        Raises:
            Unreachable: the server does not answer; nothing was dropped.
        """
        keys = self._keys
        self._link.batch([(keys.spaces, ("HDEL", keys.spaces, space)), (keys.vectors, scripts.touch(keys, []))])
        self._mirror.forget_space(space)
        self._due.pop(space, None)
        self._sweep()

    def _sweep(self) -> None:
        """Removes the vectors of spaces that there are no more."""
        keys = self._keys
        flat, members = self._link.batch(
            [(keys.spaces, ("HGETALL", keys.spaces)), (keys.vectors, ("ZRANGE", keys.vectors, 0, -1))]
        )
        live = {Space(*json.loads(value)).space_id for value in flat[1::2]}
        dead = [name for member in members if (name := member.decode()) != "stamp" and name.split(":")[0] not in live]
        for chunk in chunks(dead, _MANY):
            gone = [keys.vectors_of(space_id, int(bucket)) for space_id, _, bucket in (n.partition(":") for n in chunk)]
            self._link.batch([(key, ("UNLINK", key)) for key in gone])
            self._link.call(keys.vectors, "ZREM", keys.vectors, *chunk)
        self._spaces = {name: known for name, known in self._spaces.items() if known.space_id in live}

    def without_entries(self, ids: Iterable[int]) -> list[tuple[str, Command]]:
        """What removes the vectors of entries that are gone, of the spaces that are known here."""
        return [
            self._about(space, bucket, "HDEL", *of_bucket)
            for bucket, of_bucket in _by_bucket(ids).items()
            for space in self._spaces.values()
        ]

    def _about(self, space: Space, bucket: int, command: str, *arguments: int | bytes) -> tuple[str, Command]:
        key = self._keys.vectors_of(space.space_id, bucket)
        return key, (command, key, *arguments)


def _by_bucket(ids: Iterable[int]) -> Mapping[int, list[int]]:
    return {bucket: list(of_bucket) for bucket, of_bucket in groupby(sorted(ids), lambda entry_id: entry_id // BUCKET)}


def _buckets(members: Iterable[bytes], space_id: str) -> list[int]:
    prefix = f"{space_id}:".encode()
    return [int(member.removeprefix(prefix)) for member in members if member.startswith(prefix)]


def _changed(scores: Sequence[bytes], space_id: str, since: int) -> deque[tuple[int, int]]:
    """Buckets of a space with a later stamp, as ZRANGEBYSCORE … WITHSCORES replies them."""
    prefix = f"{space_id}:".encode()
    return deque(
        (int(scores[at].removeprefix(prefix)), int(scores[at + 1]))
        for at in range(0, len(scores), 2)
        if scores[at].startswith(prefix) and int(scores[at + 1]) > since
    )
