"""Answers that read what was forgotten go, since their views would show it, and the question that is kept for the next
start with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from memviz.core.edits import Change
from memviz.core.trace import Trace
from memviz.gui.bridge import Bridge
from memviz.gui.playhead import Playhead
from memviz.gui.query_list import QueryItem, QueryList
from memviz.gui.settings import Settings

if TYPE_CHECKING:
    from memviz.session.session import Session


class ForgottenRuns(QObject):
    """Follows changes of the kind ``forget``, whoever made them. GUI thread."""

    def __init__(
        self,
        session: Session,
        bridge: Bridge,
        playhead: Playhead,
        queries: QueryList,
        settings: Settings,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._bridge, self._playhead, self._queries = session, bridge, playhead, queries
        self._settings = settings
        bridge.changed.connect(self._changed)

    def _changed(self, change: Change) -> None:
        if change.kind != "forget":
            return
        self._settings.forget_query()  # it may say what was forgotten
        traces = [item.run.trace for item in self._items() if item.run is not None]
        if self._playhead.trace is not None:
            traces.append(self._playhead.trace)
        read = sorted({entry_id for trace in traces for entry_id in entries_of(trace)})
        if read:
            self._bridge.watch(self._session.forgotten_among(read), self._drop)

    def _drop(self, forgotten: frozenset[int]) -> None:
        for row, item in enumerate(self._items()):
            if item.run is not None and entries_of(item.run.trace) & forgotten:
                item.run.cancel()
                item.run = None
                self._queries.refresh(row)
        shown = self._playhead.trace
        if shown is not None and entries_of(shown) & forgotten:
            self._playhead.set_run(None)

    def _items(self) -> list[QueryItem]:
        return [self._queries.item(row) for row in range(self._queries.rowCount())]


def entries_of(trace: Trace) -> set[int]:
    """Ids of all entries that a run looked at or was given."""
    ids = {candidate.entry_id for candidate in trace.recall.candidates} if trace.recall is not None else set()
    if trace.prompt is not None:
        slots = (*trace.prompt.slots, *trace.prompt.told)
        ids |= {slot.entry_id for slot in slots if slot.entry_id is not None}
    return ids
