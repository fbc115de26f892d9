"""Hears what changes in the memory whose vectors are kept up to date."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from memviz.core.edits import Change

Listen = Callable[[Callable[[Change], None]], Callable[[], None]]


class Following:
    """Changes wait here until the worker's thread takes them; all that came meanwhile are one job.

    :meth:`start`, :meth:`stop` and :meth:`taken` belong to that thread; changes come on the store thread.

    Args:
        listen: has a listener called after each change; returns what ends that.
    """

    def __init__(self, listen: Listen) -> None:
        self._listen = listen
        self._heard: deque[Change] = deque()
        self._unsubscribe: Callable[[], None] | None = None

    def start(self, follow: Callable[[], None]) -> None:
        """From now on ``follow`` is called, on the store thread, when there is something to take."""
        self.stop()

        def hear(change: Change) -> None:
            self._heard.append(change)
            if len(self._heard) == 1:
                follow()

        self._unsubscribe = self._listen(hear)

    def stop(self) -> None:
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
        self._heard.clear()

    def taken(self) -> Iterator[Change]:
        """What has changed, the oldest first."""
        while self._heard:
            yield self._heard.popleft()
