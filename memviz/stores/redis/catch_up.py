"""Bringing a mirror up to what the server has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from memviz.core.entry import Entry
from memviz.core.errors import KnownError
from memviz.stores.redis.basis import Cursor
from memviz.stores.redis.errors import deleted
from memviz.stores.redis.events import Event, event_of
from memviz.stores.redis.hashes import read_hashes
from memviz.stores.redis.keys import Keys
from memviz.stores.redis.link import Link
from memviz.stores.redis.lost import find_lost
from memviz.stores.redis.mirror import Mirror

#: Events of one request, and of one transaction of the mirror.
EVENTS = 200
#: Rows of a load that are fetched at once.
ROWS = 2_000

#: Gives entries of a load: those that there are, from one id to another, both included.
Source = Callable[[int, int], Sequence[Entry]]
#: Told how many rows more are there; raises ``Cancelled`` to stop.
Report = Callable[[int], None]


class Rewritten(Exception):  # noqa: N818 - it is no error: the mirror is filled anew
    """The server's history is another one than what the mirror replayed."""


@dataclass(frozen=True, slots=True)
class News:
    """Number and token of the newest event, up to which one hashes are written, and the first events after a number.

    Attributes:
        stamp: of the newest vectors; what they were made from are no later events than ``seq``.
    """

    seq: int
    token: str
    done: int
    events: list[Event]
    stamp: int


def silent(rows: int) -> None:
    del rows


def read_news(link: Link, keys: Keys, uid: str, after: int, limit: int = EVENTS) -> News:
    """What came after an event of the memory ``uid``; one request.

    Raises:
        Gone: the memory was deleted, and maybe another one made under its name.
        KnownError: the server does not answer.
    """
    stamp, head, items, owner = link.batch(
        [
            (keys.vectors, ("ZSCORE", keys.vectors, "stamp")),
            (keys.head, ("HMGET", keys.head, "seq", "token", "done", "uid")),
            (keys.head, ("XRANGE", keys.stream, f"{after + 1}-0", "+", "COUNT", limit)),
            (keys.head, ("HGET", keys.head, "uid")),
        ],
        together=True,
    )
    if not head[3] == owner == uid.encode():  # the events between the two are its own where both are
        raise deleted(keys.name, uid, link.address.server, anew=owner is not None)
    return News(int(head[0]), head[1].decode(), int(head[2] or 0), [event_of(item) for item in items], int(stamp or 0))


def catch_up(link: Link, keys: Keys, mirror: Mirror, *, report: Report = silent) -> None:
    """Replays what the mirror lacks, in pieces, and makes it whole.

    Raises:
        Rewritten: the server's history is another one than the mirror's.
        Cancelled: by ``report``; what is replayed so far is kept.
    """
    while True:
        cursor = mirror.cursor
        news = read_news(link, keys, mirror.uid, cursor.seq)
        if not news.events:
            _check_end(cursor, news, keys)
            if not cursor.whole:
                find_lost(link, keys, mirror)
                mirror.settle(whole=True)
            return
        _check_chain(cursor, news.events)
        for run in _runs(news.events):
            if run[0].kind == "load":
                _replay_load(link, keys, mirror, run[0], report)
            else:
                mirror.replay(run)
                report(0)


def _check_end(cursor: Cursor, news: News, keys: Keys) -> None:
    if (cursor.seq, cursor.token) == (news.seq, news.token):
        return
    if cursor.seq < news.seq:
        raise KnownError(
            f"The history of “{keys.name}” is missing from the server (“{keys.stream}”); restore it from a backup."
        )
    raise Rewritten


def _check_chain(cursor: Cursor, events: Sequence[Event]) -> None:
    seq, token = cursor.seq, cursor.token
    for event in events:
        if event.seq != seq + 1 or event.previous != token:
            raise Rewritten
        seq, token = event.seq, event.token


def _runs(events: Sequence[Event]) -> Iterator[list[Event]]:
    """Loads alone, other events together."""
    run: list[Event] = []
    for event in events:
        if event.kind == "load":
            if run:
                yield run
            yield [event]
            run = []
        else:
            run.append(event)
    if run:
        yield run


def _replay_load(link: Link, keys: Keys, mirror: Mirror, event: Event, report: Report) -> None:
    mirror.settle(whole=False)
    replay_load(
        mirror, event, lambda first, last: list(read_hashes(link, keys, range(first, last + 1)).values()), report
    )


def replay_load(mirror: Mirror, event: Event, source: Source, report: Report = silent, *, own: bool = False) -> None:
    """Replays a load piece by piece, from where it was left.

    The rows may be newer than the load, where they were changed since; the events that did that come after it.
    """
    first, last, _ = event.body
    while True:
        cursor = mirror.cursor
        if cursor.seq != event.seq - 1:
            return  # another process has replayed it
        begin = max(cursor.loaded + 1, first)
        end = min(begin + ROWS - 1, last)
        mirror.replay_rows(event, source(begin, end), end, own=own)
        report(end - begin + 1)
