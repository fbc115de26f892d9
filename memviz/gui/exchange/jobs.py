"""Reading files, importing and exporting beside the window."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, Signal

from memviz.core.edits import Change
from memviz.core.errors import Cancelled, KnownError
from memviz.exchange.formats import ReadOptions
from memviz.exchange.mapping import FieldMapping
from memviz.exchange.records import Stamp, stamp_of
from memviz.gui.bridge import Bridge
from memviz.gui.jobs import Job, Jobs
from memviz.session.exporting import ExportPlan, run_export
from memviz.session.import_report import ImportPlan, ImportReport
from memviz.session.importing import check_import, look_into, run_import
from memviz.session.runner import Worker

if TYPE_CHECKING:
    from memviz.session.session import Session

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look into files found: their columns, the first records, and what the columns likely are."""

    files: tuple[Path, ...]
    options: ReadOptions
    mapping: FieldMapping
    sample: list[Mapping[str, Any]]
    size: int
    stamps: tuple[Stamp, ...]


class ExchangeJobs(QObject):
    """One job at a time; a new one ends the one before where that only looks. GUI thread.

    Signals:
        looked(object): a :class:`Looked`.
        checked(object): the :class:`ImportReport` of a trial.
        imported(object, object): the :class:`Change` or None, and the report.
        exported(object): an :class:`Exported`.
        stopped(str): it ended without any of these; the sentence says why, and is empty after a cancel.
    """

    looked = Signal(object)
    checked = Signal(object)
    imported = Signal(object, object)
    exported = Signal(object)
    stopped = Signal(str)

    def __init__(self, session: Session, bridge: Bridge, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._bridge, self._jobs = session, bridge, jobs
        self._worker = Worker("memviz-files")
        self._number = 0  # what an older job says is not told any more
        self.job: Job | None = None
        self.writing = False

    def look(self, files: tuple[Path, ...], options: ReadOptions) -> None:
        self._begin("Reading files")
        self._watch(partial(self._worker.submit, _look, files, options), self.looked.emit)

    def check(self, plan: ImportPlan) -> None:
        """Tells what an import would do."""
        job = self._begin("Checking files")
        submit = partial(self._worker.submit, check_import, self._session, plan, job.progress)
        self._watch(submit, self.checked.emit)

    def run_import(self, plan: ImportPlan) -> None:
        job = self._begin("Importing", writing=True)
        self._watch(partial(run_import, self._session, plan, job.progress), self._imported)

    def run_export(self, plan: ExportPlan) -> None:
        job = self._begin("Exporting", writing=True)
        submit = partial(self._worker.submit, run_export, self._session, plan, job.progress)
        self._watch(submit, self.exported.emit)

    def cancel(self) -> None:
        if self.job is not None:
            self.job.cancel()

    def close(self) -> None:
        """Ends the thread; what is half read is left. Idempotent."""
        self.cancel()
        self._worker.close()

    def _imported(self, told: tuple[Change | None, ImportReport]) -> None:
        self.imported.emit(*told)

    def _begin(self, words: str, *, writing: bool = False) -> Job:
        self._number += 1
        self._end()
        self.writing = writing
        self.job = self._jobs.start(words)
        return self.job

    def _watch(self, submit: Callable[[], Future[T]], then: Callable[[T], object]) -> None:
        number = self._number
        try:
            future = submit()
        except KnownError as error:
            self._failed(number, error)
            return
        self._bridge.watch(future, partial(self._done, number, then), partial(self._failed, number))

    def _end(self) -> None:
        if self.job is not None:
            self.job.cancel()
            self._jobs.end(self.job)
            self.job = None
        self.writing = False

    def _done(self, number: int, then: Callable[[T], object], result: T) -> None:
        if number == self._number:
            self._end()
            then(result)

    def _failed(self, number: int, error: BaseException) -> None:
        if not isinstance(error, KnownError | Cancelled | CancelledError):
            self._bridge.failed.emit(error)
        if number == self._number:
            self._end()
            self.stopped.emit(str(error) if isinstance(error, KnownError) else "")


def _look(files: tuple[Path, ...], options: ReadOptions) -> Looked:
    stamps = tuple(map(stamp_of, files))
    _, mapping, sample = look_into(files, options)
    return Looked(files, options, mapping, sample, sum(path.stat().st_size for path in files), stamps)
