"""Undo and redo of the memory, wherever it was edited."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from memviz.core.edits import Change
from memviz.gui.bridge import Bridge
from memviz.gui.docks.entries_undo import UndoState, undo_state
from memviz.gui.jobs import Job, Jobs

if TYPE_CHECKING:
    from memviz.session.session import Session

_INITIATOR = "table"
#: A step over so many entries shows its progress.
_MANY = 2_000


class EntrySteps(QObject):
    """Knows what the next steps would be about. GUI thread.

    Signals:
        changed(object): there is something else to undo or redo, an :class:`UndoState`.
        done(str, object): ``undo`` or ``redo``, and its change; None where there was nothing to do.
        failed(object): an exception.
    """

    changed = Signal(object)
    done = Signal(str, object)
    failed = Signal(object)

    def __init__(self, session: Session, bridge: Bridge, jobs: Jobs | None, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._bridge, self._jobs = session, bridge, jobs
        self.state = UndoState()

    def look(self) -> None:
        """Asks what there is to undo and to redo."""
        if self._session.memory_url:
            self._bridge.call(partial(self._session.store_call, undo_state), self._take, self.failed.emit)
        else:
            self._take(UndoState())

    def undo(self) -> None:
        """Takes back the last change of the memory."""
        self._step("undo", self.state.undo, self.state.undo_entries)

    def redo(self) -> None:
        self._step("redo", self.state.redo, self.state.redo_entries)

    def _step(self, which: str, what: str, entries: int) -> None:
        """A step over many entries shows how far it is, and can be stopped."""
        go = partial(self._session.undo_async if which == "undo" else self._session.redo_async, _INITIATOR)
        job = None
        if entries >= _MANY and self._jobs is not None:
            job = self._jobs.start(f"{which.capitalize()}: {what}")
            go = partial(go, job.progress)
        self._bridge.call(go, partial(self._done, which, job), partial(self._failed, job))

    def _done(self, which: str, job: Job | None, change: Change | None) -> None:
        self._end(job)
        self.done.emit(which, change)

    def _failed(self, job: Job | None, error: BaseException) -> None:
        self._end(job)
        self.failed.emit(error)

    def _end(self, job: Job | None) -> None:
        if job is not None and self._jobs is not None:
            self._jobs.end(job)

    def _take(self, state: UndoState) -> None:
        self.state = state
        self.changed.emit(state)
