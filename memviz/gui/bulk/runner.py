"""Starts edits of many entries, shows them as jobs, and says how they ended."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from memviz.core.edits import Change
from memviz.core.errors import Cancelled, KnownError
from memviz.core.progress import Progress
from memviz.gui.bridge import Bridge
from memviz.gui.bulk.words import done_words
from memviz.gui.jobs import Job, Jobs

if TYPE_CHECKING:
    from memviz.session.bulk.work import BulkJob


class BulkRunner(QObject):
    """One bulk edit at a time. GUI thread; the work happens on the store thread.

    Signals:
        changed(): one began or ended.
        done(str, object): a sentence, and the :class:`Change`.
        refused(str): why nothing was changed; empty where the user stopped it.
    """

    changed = Signal()
    done = Signal(str, object)
    refused = Signal(str)

    def __init__(self, bridge: Bridge, jobs: Jobs | None, parent: QObject | None = None) -> None:
        """``jobs``: where it is shown; None: nowhere."""
        super().__init__(parent)
        self._bridge, self._jobs = bridge, jobs
        self.job: Job | None = None

    def run(self, words: str, start: Callable[[Progress], BulkJob]) -> bool:
        """Begins what ``start(progress)`` begins; False while another one goes on.

        ``words``: what the user sees, e.g. ``Replacing in the memory``.
        """
        if self.job is not None:
            return False
        job = self._jobs.start(words) if self._jobs is not None else Job(words)
        try:
            bulk = start(job.progress)
        except KnownError as error:
            if self._jobs is not None:
                self._jobs.end(job)
            self.refused.emit(str(error))
            return False
        self.job = job
        self._bridge.watch(bulk.future, partial(self._done, bulk), self._failed)
        self.changed.emit()
        return True

    def cancel(self) -> None:
        if self.job is not None:
            self.job.cancel()

    def _done(self, bulk: BulkJob, change: Change) -> None:
        self._end()
        self.done.emit(done_words(change, bulk.gone), change)

    def _failed(self, error: BaseException) -> None:
        self._end()
        if isinstance(error, KnownError):
            self.refused.emit(str(error))
        elif isinstance(error, CancelledError | Cancelled):
            self.refused.emit("")
        else:
            self._bridge.failed.emit(error)

    def _end(self) -> None:
        job, self.job = self.job, None
        if job is not None and self._jobs is not None:
            self._jobs.end(job)
        self.changed.emit()
