"""The questions that are pinned to the open memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from memviz.gui.bridge import Bridge
from memviz.session import recalling

if TYPE_CHECKING:
    from concurrent.futures import Future

    from memviz.session.session import Session


class PinnedQuestions(QObject):
    """Kept in the memory; here is a copy of them. GUI thread.

    Signals:
        changed(): others are pinned.
    """

    changed = Signal()

    def __init__(self, session: Session, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._bridge = bridge
        self.texts: list[str] = []

    def reload(self) -> None:
        """Another memory is open, or none."""
        self._take([])
        if self._session.memory_url:
            self._bridge.watch(recalling.pinned_questions(self._session), self._take)

    def pin(self, text: str) -> None:
        self._change(recalling.pin_questions(self._session, [text]))

    def unpin(self, text: str) -> None:
        self._change(recalling.unpin_questions(self._session, [text]))

    def _change(self, changed: Future[list[str]]) -> None:
        """They count as pinned when the memory has them; a memory that cannot be written says so."""
        self._bridge.watch(changed, self._take)

    def _take(self, texts: list[str]) -> None:
        if texts != self.texts:
            self.texts = texts
            self.changed.emit()
