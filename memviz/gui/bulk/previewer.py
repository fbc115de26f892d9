"""Asks what an edit of many entries would do, once typing has rested; the newest wish only."""

from __future__ import annotations

from concurrent.futures import CancelledError
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from memviz.core.errors import Cancelled, KnownError
from memviz.gui.bridge import Bridge
from memviz.gui.jobs import Job

if TYPE_CHECKING:
    from memviz.session.bulk.actions import Action
    from memviz.session.bulk.choice import Choice
    from memviz.session.bulk.desk import BulkDesk
    from memviz.session.bulk.work import Preview

_REST_MS = 200


class Previewer(QObject):
    """GUI thread.

    Signals:
        shown(object): the :class:`Preview` of what was asked last.
        refused(str): why there is none.
        began(): it is being looked for.
    """

    shown = Signal(object)
    refused = Signal(str)
    began = Signal()

    def __init__(self, desk: BulkDesk, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk, self._bridge = desk, bridge
        self._wish: tuple[Choice, Action] | None = None
        self.job: Job | None = None
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._send)

    @property
    def busy(self) -> bool:
        return self.job is not None or self._rest.isActive()

    def ask(self, choice: Choice, action: Action) -> None:
        """Looks for it soon; what was asked before is not answered any more."""
        self.forget()
        self._wish = choice, action
        self._rest.start()

    def forget(self) -> None:
        """Nothing is asked any more."""
        self._rest.stop()
        if self.job is not None:
            self.job.cancel()
            self.job = None

    def _send(self) -> None:
        if self._wish is None:
            return
        choice, action = self._wish
        job = self.job = Job("Looking at entries")
        self.began.emit()
        try:
            future = self._desk.preview(choice, action, job.progress)
        except KnownError as error:
            self.job = None
            self.refused.emit(str(error))
            return

        def shown(preview: Preview) -> None:
            if self.job is job:
                self.job = None
                self.shown.emit(preview)

        def failed(error: BaseException) -> None:
            if self.job is not job:
                return
            self.job = None
            if isinstance(error, KnownError):
                self.refused.emit(str(error))
            elif not isinstance(error, CancelledError | Cancelled):
                self._bridge.failed.emit(error)

        self._bridge.watch(future, shown, failed)
