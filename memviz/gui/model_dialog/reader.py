"""Finds out about models beside the window."""

from __future__ import annotations

from concurrent.futures import Future

from PySide6.QtCore import QObject, Signal

from memviz.core.errors import Cancelled
from memviz.gui.bridge import Bridge
from memviz.session.model_details import ModelDetails, checked, look_up, read_details
from memviz.session.models_at_hand import CachedModel, Device, cached_models, usable_devices
from memviz.session.runner import Worker


class _Question:
    """One model that is asked about; no longer :attr:`wanted` once another one is."""

    def __init__(self) -> None:
        self.wanted = True

    def progress(self, done: int, total: int, words: str) -> None:
        """A :data:`~memviz.core.protocols.Progress`, called on a worker's thread."""
        del done, total, words
        if not self.wanted:
            raise Cancelled


class ModelReader(QObject):
    """Reads the local cache, files of models, and what torch can use. GUI thread; the work happens on two threads: one
    for files, one for what takes seconds, which is importing torch or transformers for the first time, and the hub.

    Signals:
        cached(list[CachedModel]): what the local cache holds.
        devices(list[Device]): what models can compute on.
        told(ModelDetails): about the model that was asked for last; a second time when its architecture is checked.
    """

    cached = Signal(object)
    devices = Signal(object)
    told = Signal(object)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._files = Worker("memviz-model-files")
        self._slow = Worker("memviz-model-check")
        self._question = _Question()

    def look_around(self) -> None:
        """Asks what there is now; :attr:`cached` and :attr:`devices` answer."""
        self._bridge.watch(self._files.submit(cached_models), self._cached)

    def read(self, name: str) -> None:
        """Asks about a model, without the network; :attr:`told` answers."""
        question = self._next()
        self._watch(self._files.submit(lambda: (question, read_details(name))))

    def look_up(self, name: str) -> None:
        """Asks the hub about a model; :attr:`told` answers."""
        question = self._next()
        self._watch(self._slow.submit(lambda: (question, look_up(name, question.progress))))

    def close(self) -> None:
        """Ends both threads; waits for what they are doing, but not for the hub. Idempotent."""
        self._question.wanted = False
        self._files.close()
        self._slow.close()

    def _next(self) -> _Question:
        self._question.wanted = False
        self._question = _Question()
        return self._question

    def _watch(self, future: Future[tuple[_Question, ModelDetails]]) -> None:
        self._bridge.watch(future, self._answered)

    def _answered(self, answer: tuple[_Question, ModelDetails]) -> None:
        question, details = answer
        if not question.wanted:
            return
        if not details.checked:

            def check() -> tuple[_Question, ModelDetails]:
                question.progress(0, 0, "")
                return question, checked(details)

            self._watch(self._slow.submit(check))
        self.told.emit(details)

    def _cached(self, models: list[CachedModel]) -> None:
        self.cached.emit(models)
        # Only now: importing torch holds the window up for a moment, which must not be that of the first painting.
        self._bridge.watch(self._slow.submit(usable_devices), self._devices)

    def _devices(self, devices: list[Device]) -> None:
        self.devices.emit(devices)
