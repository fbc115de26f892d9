"""What is called how on the server. Nothing outside :data:`PREFIX` is ever read or written.

A memory's *head*, stream and bitmaps share one cluster slot, so that one script can commit; entries lie in buckets of
neighbouring ids, each of which has a slot of its own: a page of rows is one request, and a memory spreads over all
nodes. Vectors lie in buckets too, a hash for each space.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote

import numpy as np
from numpy.typing import NDArray

PREFIX = "memviz:"
#: Set of the names of all memories of a server.
MEMORIES = f"{PREFIX}memories"
#: Ids of a bucket; below the number of fields up to which a hash of numbers stays compact.
BUCKET = 512
#: Ids of a page of the bitmap that says which entries there are.
PAGE = 4_096


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one memory."""

    name: str

    @property
    def head(self) -> str:
        """Hash: format, uid, seq, version, count, last_id, token, done, and fields whose names begin with

        - ``setting:``: what the memory keeps about itself, JSON;
        - ``finished:``: an event beyond ``done`` whose entries' hashes are written;
        - ``staged:``: a load that is under way, JSON of its ids and when it was last heard of.
        """
        return f"{self._head}:head"

    @property
    def stream(self) -> str:
        """Stream: every event, the item ``SEQ-0`` for the event SEQ."""
        return f"{self._head}:events"

    @property
    def ids(self) -> str:
        """Hash: page -> bitmap of the ids that there are."""
        return f"{self._head}:ids"

    @property
    def spaces(self) -> str:
        """Hash: name of a space of vectors -> JSON of its id, another one each time it is made, and its dimension."""
        return f"{self._head}:spaces"

    @property
    def vectors(self) -> str:
        """Sorted set: ``SPACE ID:BUCKET`` -> stamp of the vectors that were last put there; ``stamp`` -> the newest."""
        return f"{self._head}:vectors"

    @property
    def of_head(self) -> tuple[str, ...]:
        """Always there, all of them: while a slot moves, a cluster refuses scripts of which a key is not."""
        return self.head, self.stream, self.ids

    def entry(self, entry_id: int) -> str:
        return f"{self._bucket(entry_id)}:entry:{entry_id}"

    def gone(self, entry_id: int) -> str:
        """Hash: id -> event that deleted it, so that an older write cannot bring it back."""
        return f"{self._bucket(entry_id)}:gone"

    def vectors_of(self, space_id: str, bucket: int) -> str:
        """Hash: id -> digest of what the vector was made from, and the vector."""
        return f"{self._bucket(bucket * BUCKET)}:vectors:{space_id}"

    @property
    def _head(self) -> str:
        return f"{PREFIX}{{{quote(self.name, safe='')}}}"

    def _bucket(self, entry_id: int) -> str:
        return f"{PREFIX}{{{quote(self.name, safe='')}:{entry_id // BUCKET}}}"


def name_of(head_key: str) -> str:
    """The memory whose head this is."""
    return unquote(head_key.removeprefix(f"{PREFIX}{{").partition("}")[0])


def pages_of(ids: Iterable[int]) -> list[int]:
    return sorted({entry_id // PAGE for entry_id in ids})


def page_bits(page: int, ids: Iterable[int]) -> bytes:
    """The bitmap of a page that holds these ids; empty for none."""
    bits: NDArray[np.bool_] = np.zeros(PAGE, bool)
    places = np.fromiter(ids, np.int64) - page * PAGE
    if not len(places):
        return b""
    bits[places] = True
    return np.packbits(bits, bitorder="little").tobytes()


def ids_of_pages(pages: Mapping[int, bytes]) -> NDArray[np.int64]:
    """All ids, ascending: int64 [n]."""
    found = [
        np.flatnonzero(np.unpackbits(np.frombuffer(bits, np.uint8), bitorder="little")).astype(np.int64) + page * PAGE
        for page, bits in sorted(pages.items())
    ]
    return np.concatenate(found) if found else np.empty(0, np.int64)
