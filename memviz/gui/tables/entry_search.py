"""Asks the store which rows to show: the newest question only, one at a time, the first rows before all."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from PySide6.QtCore import QObject, QTimer, Signal

from memviz.core.errors import Cancelled, KnownError
from memviz.gui.bridge import Bridge
from memviz.gui.tables.entry_order import Found, Ids, RowQuery, find, row_changes
from memviz.gui.tables.entry_source import EntrySource, Readable

#: Typing rests so long before all rows are asked for: counting them cannot be stopped at every moment.
_REST_MS = 150


@dataclass(slots=True, eq=False)
class _Question:
    """Attributes:
    query: which rows.
    base: the rows that stand there, where the answer may be merged into them; None where it replaces them.
    staying: ids of those that must not go.
    stopped: a newer question came; read by the store thread.
    """

    query: RowQuery
    base: Ids | None = None
    staying: Collection[int] = field(default=())
    stopped: bool = False

    @property
    def merge(self) -> bool:
        return self.base is not None

    def look(self, _done: int, _total: int, _words: str) -> None:
        if self.stopped:
            raise Cancelled


class EntrySearch(QObject):
    """A newer question ends the one on the store thread. GUI thread.

    Signals:
        found(object, bool): the :class:`Found`, and whether it may be merged into the rows that stand there (a change
            of the memory) or replaces them (another question). First rows alone may come first.
        failed(object): the exception of a question.
    """

    found = Signal(object, bool)
    failed = Signal(object)

    def __init__(self, source: EntrySource, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._source = source
        self._bridge = bridge
        self._running: _Question | None = None
        self._next: _Question | None = None
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._send_rest)

    @property
    def busy(self) -> bool:
        return self._running is not None

    def ask(self, query: RowQuery, *, base: Ids | None = None, staying: Collection[int] = ()) -> None:
        """Finds the rows of ``query``. An answer that is out of date already is dropped.

        ``base``: the rows that stand there, if the answer may be merged into them; ``staying`` are not removed.
        """
        question = _Question(query, base, tuple(staying))
        if self._running is None or self._rest.isActive():
            if self._running is not None and not self._running.merge:
                question.base = None
            self._send(question)
            return
        waiting = self._next or self._running
        if not waiting.merge:
            question.base = None
        self._next = question
        self._running.stopped = True

    def reset(self) -> None:
        """Another memory is open: no answer on its way counts."""
        if self._running is not None:
            self._running.stopped = True
        self._rest.stop()
        self._running = self._next = None

    def _send_rest(self) -> None:
        """Nothing else was asked for a moment: now all rows of what the first are there of."""
        if self._running is not None:
            self._send(self._running, rest=True)

    def _send(self, question: _Question, *, rest: bool = False) -> None:
        """``rest``: its first rows are there."""
        self._rest.stop()
        self._running = question
        first = not rest and not question.merge and self._source.as_of is None and question.query.first_soon

        def ask(view: Readable) -> tuple[_Question, Found | None]:
            try:
                found = find(view, question.query, question.look, first=first, cells=not (rest or question.merge))
            except Cancelled:
                return question, None
            if question.base is None:
                return question, found
            changes = row_changes(question.base, found.ids, tuple(question.staying))
            return question, replace(found, base=question.base, changes=changes)

        try:
            future = self._source.call(ask)
        except KnownError as error:
            self._running = self._next = None
            self.failed.emit(error)
        else:
            self._bridge.watch(future, self._answered, self._fail)

    def _answered(self, answer: tuple[_Question, Found | None]) -> None:
        question, found = answer
        if question is not self._running:
            return
        if self._next is not None:
            waiting, self._next = self._next, None
            self._send(waiting)
        elif found is None:
            self._running = None
        elif found.whole:
            self._running = None
            self.found.emit(found, question.merge)
        else:
            self.found.emit(found, False)
            if question is self._running and question.query.text:
                self._rest.start()
            elif question is self._running:
                self._send_rest()

    def _fail(self, error: BaseException) -> None:
        self._running = None
        waiting, self._next = self._next, None
        if waiting is not None:
            self._send(waiting)
        self.failed.emit(error)
