"""Measures recall beside the window."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from memviz.core.errors import Cancelled, KnownError
from memviz.gui.bridge import Bridge
from memviz.gui.jobs import Job, Jobs
from memviz.session.recall_eval import Comparison, measure, memory_settings
from memviz.session.recall_questions import read_questions
from memviz.session.recall_ways import ways_of
from memviz.session.runner import Worker

if TYPE_CHECKING:
    from memviz.session.session import Session


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be measured: a file of questions, the ways as they are written, and the ranks."""

    questions: Path
    ways: tuple[str, ...]
    ks: tuple[int, ...]
    baseline: bool


class Measuring(QObject):
    """One measurement at a time, on a thread of its own: questions to the model go on between two of its own.

    Signals:
        measured(object): the :class:`Comparison`.
        stopped(str): it ended without one; the sentence says why, and is empty after a cancel.
    """

    measured = Signal(object)
    stopped = Signal(str)

    def __init__(self, session: Session, bridge: Bridge, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._bridge, self._jobs = session, bridge, jobs
        self._worker = Worker("memviz-recall")
        self.job: Job | None = None

    @property
    def running(self) -> bool:
        return self.job is not None

    def start(self, wish: Wish) -> None:
        """Begins; nothing happens while another one runs."""
        if self.job is None:
            self.job = job = self._jobs.start("Measuring recall")
            future = self._worker.submit(_measured, self._session, wish, job)
            self._bridge.watch(future, self._done, self._failed)

    def cancel(self) -> None:
        if self.job is not None:
            self.job.cancel()

    def close(self) -> None:
        """Ends the thread; waits for the question that is being asked. Idempotent."""
        self.cancel()
        self._worker.close()

    def _end(self) -> None:
        if self.job is not None:
            self._jobs.end(self.job)
            self.job = None

    def _done(self, compared: Comparison) -> None:
        self._end()
        self.measured.emit(compared)

    def _failed(self, error: BaseException) -> None:
        self._end()
        if not isinstance(error, KnownError | Cancelled | CancelledError):
            self._bridge.failed.emit(error)
        self.stopped.emit(str(error) if isinstance(error, KnownError) else "")


def _measured(session: Session, wish: Wish, job: Job) -> Comparison:
    questions = read_questions(wish.questions)
    ways = ways_of(memory_settings(session), wish.ways)
    return measure(session, questions, ways, ks=wish.ks, baseline=wish.baseline, progress=job.progress)


def numbers_of(text: str) -> Sequence[int]:
    """Ranks as they are typed: ``5 10, 25``.

    Raises:
        KnownError: something else than whole numbers of at least 1, or nothing.
    """
    parts = text.replace(",", " ").split()
    if not parts or not all(part.isascii() and part.isdecimal() and int(part) for part in parts):
        raise KnownError(f"“{text.strip()}” are no ranks; write whole numbers of at least 1, for example 5 10 25 50.")
    return [int(part) for part in parts]
