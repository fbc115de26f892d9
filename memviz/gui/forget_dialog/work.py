"""Looking for what is to be forgotten, and forgetting it, as jobs of the window."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import CancelledError, Future
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, Signal

from memviz.core.entry import Entry
from memviz.core.errors import Cancelled, KnownError
from memviz.core.forgetting import Found, Wish
from memviz.gui.bridge import Bridge
from memviz.gui.jobs import Job, Jobs

if TYPE_CHECKING:
    from memviz.session.session import Session

T = TypeVar("T")
#: Entries that are shown before they go.
SHOWN = 100


class ForgetWork(QObject):
    """One job at a time; a newer look takes the place of an older one. GUI thread.

    Attributes:
        job: what goes on, or None.

    Signals:
        begins(): entries are about to be forgotten.
        found(object wish, object found, object entries): what a wish means.
        forgot(object): the receipt.
        stopped(str): why it came to nothing, in a sentence.
        changed(): a job began or ended.
    """

    begins = Signal()
    found = Signal(object, object, object)
    forgot = Signal(object)
    stopped = Signal(str)
    changed = Signal()

    def __init__(self, session: Session, bridge: Bridge, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._bridge, self._jobs = session, bridge, jobs
        self.job: Job | None = None

    def look(self, wish: Wish) -> None:
        self.cancel()
        job = self._start("Looking for what is to be forgotten")
        future = self._session.find_to_forget(wish, shown=SHOWN, progress=job.progress)
        self._watch(job, future, partial(self._found, wish))

    def forget(self, wish: Wish, found: Found, receipt: Path) -> None:
        self.begins.emit()
        job = self._start("Forgetting")
        self._watch(
            job,
            self._session.forget(wish, found, receipt, initiator="window", progress=job.progress),
            self._forgot,
        )

    def cancel(self) -> None:
        """From now on nobody waits for what goes on; what is gone already stays gone."""
        if self.job is not None:
            self.job.cancel()
            self.job = None
            self.changed.emit()

    def _start(self, words: str) -> Job:
        self.job = job = self._jobs.start(words)
        self.changed.emit()
        return job

    def _watch(self, job: Job, future: Future[T], then: Any) -> None:
        self._bridge.watch(future, partial(self._ended, job, then), partial(self._failed, job))

    def _ended(self, job: Job, then: Any, result: object) -> None:
        self._jobs.end(job)
        if job is self.job:
            self.job = None
            then(result)
            self.changed.emit()

    def _failed(self, job: Job, error: BaseException) -> None:
        self._jobs.end(job)
        if job is not self.job:
            return
        self.job = None
        if isinstance(error, KnownError):
            self.stopped.emit(str(error))
        elif isinstance(error, Cancelled | CancelledError):
            self.stopped.emit("Cancelled; nothing was forgotten.")
        else:
            self.stopped.emit("It came to no end.")
            self._bridge.failed.emit(error)
        self.changed.emit()

    def _found(self, wish: Wish, result: tuple[Found, list[Entry]]) -> None:
        self.found.emit(wish, *result)

    def _forgot(self, receipt: Mapping[str, Any]) -> None:
        self.forgot.emit(receipt)
