"""Long jobs: their progress crosses threads as a value that the window looks at."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from memviz.core.errors import Cancelled
from memviz.gui.pump import Pump


class Job:
    """One long job. :meth:`progress` is for the worker, everything else for the GUI thread."""

    def __init__(self, words: str) -> None:
        self.words = words
        self._cancelled = False
        self._latest = (0, 0, "")

    def progress(self, done: int, total: int, words: str) -> None:
        """A :data:`~memviz.core.protocols.Progress`. Any thread.

        Raises:
            Cancelled: the user does not want the job any more.
        """
        self._latest = (done, total, words)
        if self._cancelled:
            raise Cancelled(f"{self.words} was cancelled.")

    def cancel(self) -> None:
        self._cancelled = True

    @property
    def cancelled(self) -> bool:
        return self._cancelled

    @property
    def latest(self) -> tuple[int, int, str]:
        """(done, total, words) of the last report; total 0: nobody knows yet."""
        return self._latest


class Jobs(QObject):
    """The jobs that run now, oldest first. GUI thread.

    Signals:
        changed(): a job began or ended.
    """

    changed = Signal()

    def __init__(self, pump: Pump, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pump = pump
        self.running: list[Job] = []

    def start(self, words: str) -> Job:
        """Begins a job, named for the user, e.g. ``Loading movies-reader``."""
        job = Job(words)
        self.show(job)
        return job

    def show(self, job: Job) -> None:
        """Takes in a job that has begun already, and took longer than the user should wait without a word."""
        self.running.append(job)
        self._pump.hold()
        self.changed.emit()

    def end(self, job: Job) -> None:
        self.running.remove(job)
        self._pump.release()
        self.changed.emit()

    def cancel_all(self) -> None:
        for job in self.running:
            job.cancel()
        self.changed.emit()
