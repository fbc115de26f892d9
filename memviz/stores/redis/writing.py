"""Writing to a memory on a server: planned, sent, and planned again where another one was faster."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from memviz.core.errors import KnownError
from memviz.stores.redis.committing import Commit, Unconfirmed, commit, in_doubt
from memviz.stores.redis.errors import Unreachable
from memviz.stores.redis.events import Event
from memviz.stores.redis.following import Following
from memviz.stores.redis.keys import Keys
from memviz.stores.redis.link import Link
from memviz.stores.redis.mirror import Mirror
from memviz.stores.redis.repairing import repairs
from memviz.stores.redis.staging import Stage
from memviz.stores.sqlite_errors import DamagedFile

#: How often an edit is planned again because another one came in between.
TRIES = 50

#: What to add after what the mirror holds; None where there is nothing to do. Called once for each try.
Plan = Callable[[Mirror], Commit | None]
#: Replays an event that is on the server.
Replay = Callable[[Mirror, Event], object]


class Writer:
    """Adds events to a memory, and replays them into its mirror. The store's thread."""

    def __init__(self, link: Link, keys: Keys, follow: Following) -> None:
        self._link, self._keys, self._follow = link, keys, follow

    @repairs
    def ready(self) -> None:
        """Waits until the mirror is whole.

        Raises:
            KnownError: the memory cannot be written here, or the mirror cannot be filled.
        """
        if self._link.read_only:
            raise KnownError(
                f"{self._link.address.server} is a replica and cannot be written; open the memory on its primary"
                f" ({self._link.info.get('master_host', '?')}:{self._link.info.get('master_port', '?')}) to edit it."
            )
        self._follow.whole()

    @repairs
    def commit(self, plan: Plan, replay: Replay | None = None) -> Event | None:
        """Plans and adds an event until no other one comes in between; None where there is nothing to do.

        Args:
            replay: in another way than the mirror does it by itself.

        Raises:
            KnownError: by ``plan``, or the server does not take it; see ``committing.commit``.
        """
        self.ready()
        for attempt in range(TRIES):
            try:
                what = plan(self._follow.mirror)
            except DamagedFile:
                raise
            except KnownError:
                if self._follow.look():  # what it lacks may have come meanwhile
                    self._follow.whole()
                    continue
                raise
            if what is None:
                if self._follow.look():
                    self._follow.whole()
                    continue
                return None
            if self._sent(what):
                self._replayed(what, replay)
                return what.event
            self._follow.look()
            self._follow.whole()
            if attempt > 3:
                time.sleep(random.random() * 0.02)
        raise KnownError("Others edit this memory all the time, and this edit found no gap; try again in a moment.")

    def stage(self, taken: Event) -> Stage:
        """Where the hashes of a load are laid down whose ids were taken by this event."""
        first, last = taken.body
        return Stage(self._link, self._keys, self._follow.uid, taken.token, first, last)

    def _sent(self, what: Commit) -> bool:
        try:
            return commit(self._link, self._keys, self._follow.uid, what, self._follow.hashes)
        except Unreachable as error:
            raise in_doubt(error, self._link) from None
        except Unconfirmed:
            self._follow.look()
            raise

    def _replayed(self, what: Commit, replay: Replay | None) -> None:
        event, mirror = what.event, self._follow.mirror
        try:
            if replay is not None:
                replay(mirror, event)
            elif not mirror.replay([event], own=True):
                mirror.made_here(event.version)
            if not what.finished:
                self._follow.hashes.owe(event.touched, [event.seq])
        except DamagedFile:  # the event is on the server, from which the copy is made anew
            self._follow.look()
