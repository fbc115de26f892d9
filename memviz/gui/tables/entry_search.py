"""Asks the store which rows to show: the newest question only, one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from memviz.core.errors import KnownError
from memviz.core.memory import Store
from memviz.gui.bridge import Bridge
from memviz.gui.tables.entry_order import Found, RowQuery, find

if TYPE_CHECKING:
    from memviz.session.session import Session


class EntrySearch(QObject):
    """While one question is on the store thread, later ones replace each other. GUI thread.

    Signals:
        found(object, bool): the :class:`Found`, and whether it may be merged into the rows that stand there (a change
            of the memory) or replaces them (another question).
        failed(object): the exception of a question.
    """

    found = Signal(object, bool)
    failed = Signal(object)

    def __init__(self, session: Session, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._bridge = bridge
        self._epoch = 0
        self._running: bool | None = None  # of the question on the store thread: may it be merged?
        self._next: tuple[RowQuery, bool] | None = None

    @property
    def busy(self) -> bool:
        return self._running is not None

    def ask(self, query: RowQuery, *, merge: bool = False) -> None:
        """Finds the rows of ``query``. An answer that is out of date already is dropped."""
        if self._next is not None:
            merge = merge and self._next[1]
        if self._running is None:
            self._send(query, merge)
        else:
            self._next = query, merge and self._running

    def reset(self) -> None:
        """Another memory is open: no answer on its way counts."""
        self._epoch += 1
        self._running = self._next = None

    def _send(self, query: RowQuery, merge: bool) -> None:
        self._running = merge
        epoch = self._epoch

        def ask(store: Store) -> tuple[int, Found]:
            return epoch, find(store, query)

        try:
            future = self._session.store_call(ask)
        except KnownError as error:
            self._running = self._next = None
            self.failed.emit(error)
        else:
            self._bridge.watch(future, self._answered, self._fail)

    def _answered(self, answer: tuple[int, Found]) -> None:
        epoch, found = answer
        if epoch != self._epoch or self._running is None:
            return
        merge, self._running = self._running, None
        if self._next is not None:
            (query, merge), self._next = self._next, None
            self._send(query, merge)
        else:
            self.found.emit(found, merge)

    def _fail(self, error: BaseException) -> None:
        self._running = None
        waiting, self._next = self._next, None
        if waiting is not None:
            self._send(*waiting)
        self.failed.emit(error)
