"""Reads the chosen entry for the inspector."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from memviz.core.memory import Store
from memviz.gui.bridge import Bridge
from memviz.gui.docks.inspector_facts import Facts
from memviz.gui.selection import Selection

if TYPE_CHECKING:
    from memviz.session.session import Session

_FIRST_VERSIONS = 30


class EntryReading(QObject):
    """One reading at a time: while one is on its way, the newest wish waits for it. GUI thread.

    Signals:
        read(object): the :class:`Facts`; None where no entry is chosen, or no memory is open.
        failed(object): the exception of a reading.
    """

    read = Signal(object)
    failed = Signal(object)

    def __init__(self, session: Session, bridge: Bridge, selection: Selection, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._bridge, self._selection = session, bridge, selection
        self._limit = _FIRST_VERSIONS
        self._busy = False

    def forget(self) -> None:
        """Nobody waits for what is on its way: it is of another memory."""
        self._busy = False

    def ask_first(self) -> None:
        """Reads another entry, with the first of its versions."""
        self._limit = _FIRST_VERSIONS
        self.ask()

    def ask_more(self) -> None:
        """Reads more versions of it."""
        self._limit *= 4
        self.ask()

    def ask(self) -> None:
        """Reads the chosen entry, also where it was read before."""
        entry_id, url, limit = self._selection.entry_id, self._session.memory_url, self._limit
        if entry_id is None or not url:
            self.read.emit(None)
        elif not self._busy:
            self._busy = True

            def look(store: Store) -> Facts:
                found = store.get([entry_id])
                return Facts(url, entry_id, found[0] if found else None, store.history(entry_id, limit=limit), limit)

            self._bridge.call(partial(self._session.store_call, look), self._take, self._not_read)

    def _take(self, facts: Facts) -> None:
        if not self._busy:
            return
        self._busy = False
        wanted = (self._session.memory_url, self._selection.entry_id, self._limit)
        if (facts.memory_url, facts.entry_id, facts.limit) == wanted:
            self.read.emit(facts)
        else:
            self.ask()

    def _not_read(self, error: BaseException) -> None:
        self._busy = False
        self.failed.emit(error)
