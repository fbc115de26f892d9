"""Loads models and opens memories beside the window, with progress and cancel."""

from __future__ import annotations

from concurrent.futures import CancelledError
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from memviz.core.errors import Cancelled, NeedsTable
from memviz.gui.bridge import Bridge
from memviz.gui.jobs import Job, Jobs
from memviz.gui.settings import LoadOptions, Settings
from memviz.session.addresses import without_password

if TYPE_CHECKING:
    from memviz.session.session import Session
    from memviz.session.store_info import StoreInfo


class Loader(QObject):
    """What is loaded and what is being loaded. GUI thread; the work happens on the session's threads.

    Signals:
        model_changed(): another model is loaded, or loading began or ended.
        memory_changed(): another memory is open, or opening began or ended.
        settled(): nothing is being loaded any more.
        noticed(str, str): what the user should know of where an opened memory is kept, and its level.
        standing(tuple[str, ...]): sentences about the open memory that came later and hold now; the others are over.
        table_wanted(str): a file of another program was to be opened, and which of its tables is meant must be chosen.
        stopped(str): the user cancelled something; the sentence says what was left where.
    """

    model_changed = Signal()
    memory_changed = Signal()
    settled = Signal()
    noticed = Signal(str, str)
    standing = Signal(object)
    table_wanted = Signal(str)
    stopped = Signal(str)

    def __init__(
        self, session: Session, bridge: Bridge, jobs: Jobs, settings: Settings, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._bridge = bridge
        self._jobs = jobs
        self._settings = settings
        self.model_name = ""
        self.memory: StoreInfo | None = None
        self.loading_model = ""
        self.opening_memory = ""
        self.model_error = ""
        self.memory_error = ""

    @property
    def busy(self) -> bool:
        return bool(self.loading_model or self.opening_memory)

    def load_model(self, name: str, device: str = "", dtype: str = "") -> None:
        """Loads a model by bundled name, folder or hub name; the old one stays until the new one is there.

        ``device`` and ``dtype``: as torch calls them, or ``auto``; empty: as this model was loaded last.
        """
        last = self._settings.load_options(name)
        options = LoadOptions(device or last.device, dtype or last.dtype)
        self.loading_model = name
        self.model_error = ""
        job = self._jobs.start(f"Loading model {name}")
        future = self._session.load_model(name, progress=job.progress, device=options.device, dtype=options.dtype)
        self.model_changed.emit()

        def loaded(_model: Any) -> None:
            self.model_name = name
            self._settings.model = name
            self._settings.add_recent("models", name)
            self._settings.set_load_options(name, options)
            self._model_settled(job)

        def failed(error: BaseException) -> None:
            self.model_error = self._report(error)
            self._model_settled(job)

        self._bridge.watch(future, loaded, failed)

    def open_memory(self, memory: str, *, create: bool = False) -> None:
        """Opens a memory by bundled name, path or URL; the old one stays open until the new one is there.

        A password in it is shown nowhere and not kept; the session remembers it as long as the program runs.
        """
        address, memory = memory, without_password(memory)
        self.opening_memory = memory
        self.memory_error = ""
        job = self._jobs.start(f"Opening memory {memory}")
        future = self._session.open_memory(address, create=create, progress=job.progress)
        self.memory_changed.emit()

        def opened(info: StoreInfo) -> None:
            self.memory = info
            self._settings.memory = memory
            self._settings.add_recent("memories", memory)
            self.standing.emit(())  # of the memory before
            for words in info.notices:
                self.noticed.emit(words, "warning")
            self._memory_settled(job)

        def failed(error: BaseException) -> None:
            if isinstance(error, NeedsTable):
                self.memory_error = str(error)
                self.table_wanted.emit(error.path)
            else:
                self.memory_error = self._report(error)
            self._memory_settled(job)

        self._bridge.watch(future, opened, failed)

    def take_notices(self, notices: tuple[str, ...]) -> None:
        """The open memory's notices are others: its server is lost, or is back."""
        known = self.memory.notices if self.memory is not None else ()
        self.standing.emit(tuple(words for words in notices if words not in known))

    def recount(self) -> None:
        """Asks the store again how many entries there are, after a change."""
        if self.memory is not None:
            self._bridge.watch(self._session.store_call(_figures), self._recounted)

    def _recounted(self, figures: tuple[int, int]) -> None:
        if self.memory is not None:
            self.memory = replace(self.memory, count=figures[0], version=figures[1])
            self.memory_changed.emit()

    def _report(self, error: BaseException) -> str:
        if isinstance(error, Cancelled | CancelledError):
            if str(error):
                self.stopped.emit(str(error))
            return ""
        self._bridge.failed.emit(error)
        return str(error)

    def _model_settled(self, job: Job) -> None:
        self.loading_model = ""
        self._jobs.end(job)
        self.model_changed.emit()
        self._maybe_settled()

    def _memory_settled(self, job: Job) -> None:
        self.opening_memory = ""
        self._jobs.end(job)
        self.memory_changed.emit()
        self._maybe_settled()

    def _maybe_settled(self) -> None:
        if not self.busy:
            self.settled.emit()


def _figures(store: Any) -> tuple[int, int]:
    return store.count, store.version
