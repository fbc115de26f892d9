"""Filling a mirror in the background, while the first rows come from the server."""

from __future__ import annotations

import threading
from collections.abc import Callable

from memviz.core.errors import Cancelled, KnownError, without_frames
from memviz.stores.redis.address import RedisAddress
from memviz.stores.redis.catch_up import Rewritten, catch_up
from memviz.stores.redis.keys import Keys
from memviz.stores.redis.link import Link
from memviz.stores.redis.mirror import Mirror


class Filler:
    """A thread with a connection to the server and to the mirror's file of its own.

    Args:
        mirror: opens the mirror.
        count: number of entries that the memory has.

    Attributes:
        rewritten: the mirror was of another history, and has been filled from the beginning.
    """

    def __init__(self, address: RedisAddress, keys: Keys, mirror: Callable[[], Mirror], count: int) -> None:
        self._address, self._keys, self._open, self._count = address, keys, mirror, count
        self.rewritten = False
        self._stop = threading.Event()
        self._error: Exception | None = None
        self._mirror: Mirror | None = None  # these two are the thread's, but for what ends their work
        self._link: Link | None = None
        self._done = 0
        self._thread = threading.Thread(target=self._run, name="memviz-mirror", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    @property
    def failed(self) -> bool:
        return not self.running and self._error is not None

    @property
    def progress(self) -> tuple[int, int]:
        """(entries that are there, all entries)."""
        return min(self._done, self._count), self._count

    def ended(self, seconds: float) -> bool:
        """Waits so long for its end; False where it goes on."""
        self._thread.join(seconds)
        return not self.running

    def check(self) -> None:
        """After its end.

        Raises:
            KnownError: the mirror could not be filled.
        """
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        """Ends the thread at once, whatever it waits for; what it has filled so far stays."""
        self._stop.set()
        while self.running:
            if (link := self._link) is not None:
                link.hang_up()
            if (mirror := self._mirror) is not None:
                mirror.interrupt()
            self._thread.join(0.02)

    def _run(self) -> None:
        try:
            self._fill()
        except Cancelled:
            pass
        except KnownError as error:
            self._error = without_frames(error)
        except Exception as error:  # noqa: BLE001 - raised where somebody waits for the mirror
            self._error = error

    def _fill(self) -> None:
        mirror, link = self._open(), Link(self._address)
        self._mirror, self._link = mirror, link
        try:
            self._report(0)
            link.open()
            try:
                catch_up(link, self._keys, mirror, report=self._report)
            except Rewritten:
                mirror.empty()
                self.rewritten = True
                catch_up(link, self._keys, mirror, report=self._report)
        finally:
            link.close()
            mirror.close()

    def _report(self, rows: int) -> None:
        if self._stop.is_set():
            raise Cancelled
        self._done += rows
