"""Long looks at a whole memory on a thread of their own: previews, duplicates. Editing goes on beside them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from memviz.core.errors import Cancelled
from memviz.core.progress import Progress, no_progress
from memviz.core.snapshot import Snapshot
from memviz.session.bulk.actions import Action
from memviz.session.bulk.choice import Choice
from memviz.session.bulk.duplicates import Duplicates, find_duplicates
from memviz.session.bulk.work import Preview, look_ahead
from memviz.session.runner import Worker
from memviz.session.session import Session

T = TypeVar("T")
#: So many changes are shown before they are made.
SHOWN = 50


class BulkDesk:
    """Any thread; its methods return at once. Looks are at the memory as it was when they began.

    Its thread starts with the first look; :meth:`close` ends it.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._worker = Worker("memviz-bulk")
        self._closing = False

    def preview(
        self, choice: Choice, action: Action, progress: Progress = no_progress, *, shown: int = SHOWN
    ) -> Future[Preview]:
        """What ``run_action`` would do: exact counts, and the first changes.

        The future raises what the action would be refused with, or ``Cancelled`` from ``progress``.
        """
        report = self._stoppable(progress)

        def work() -> Preview:
            report(0, 0, "looking at entries")
            view = self._session.store_call(lambda store: store.snapshot()).result()
            return _closing(view, lambda: look_ahead(view, choice, action, report, shown))

        return self._worker.submit(work)

    def duplicates(self, likeness: float, progress: Progress = no_progress) -> Future[Duplicates]:
        """Entries that say the same or nearly; see :func:`find_duplicates`."""
        report = self._stoppable(progress)

        def work() -> Duplicates:
            view = self._session.store_call(lambda store: store.snapshot()).result()
            return _closing(view, lambda: find_duplicates(view, likeness, report))

        return self._worker.submit(work)

    def close(self) -> None:
        """Stops what is under way and ends the thread. Idempotent."""
        self._closing = True
        self._worker.close()

    def _stoppable(self, progress: Progress) -> Progress:
        outer = self._session.stoppable(progress)

        def report(done: int, total: int, words: str) -> None:
            if self._closing:
                raise Cancelled
            outer(done, total, words)

        return report


def _closing(view: Snapshot, call: Callable[[], T]) -> T:
    try:
        return call()
    finally:
        view.close()
