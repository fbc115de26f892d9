"""Which rows stand in the table of entries, in which order, and how they follow what happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from memviz.core.edits import Change
from memviz.core.errors import KnownError
from memviz.core.filters import Filter
from memviz.core.trace import Trace
from memviz.gui.bridge import Bridge
from memviz.gui.slot_colors import SlotStyle, styles_of
from memviz.gui.tables.columns import COLUMNS, NUMBER, RUN_COLUMNS, sortable
from memviz.gui.tables.entry_order import Found, RowChanges, RowQuery, ranges, row_changes, row_of
from memviz.gui.tables.entry_search import EntrySearch
from memviz.gui.tables.entry_source import ALL, EntrySource, Past
from memviz.gui.tables.row_loader import PAGE, RowLoader
from memviz.gui.tables.run_figures import RunFigures

if TYPE_CHECKING:
    from memviz.session.session import Session

Index = QModelIndex | QPersistentModelIndex
#: Above so many separate insertions and removals the rows are put in anew.
_MOST_PIECES = 64
_NO_IDS = np.zeros(0, dtype=np.int64)


def _nobody(_entry_id: int) -> tuple[int, ...]:
    return ()


class EntryRows(QAbstractTableModel):
    """All entries that match the search, in the chosen order; any number of them. GUI thread.

    Ids of all rows are here (8 bytes each). A row that stays never moves by itself: edits change it in place, and the
    order is made anew when the user sorts or searches, or when the run in view has found its candidates.

    Signals:
        counted(int, int): rows, and entries in all.
        cells_loaded(): cells came in.
        past_shown(object): the :class:`~memviz.gui.tables.entry_source.Past` that is shown, None for the memory as it
            is.
        past_failed(object): why the past that was asked for last cannot be shown, after ``failed``.
        failed(object): the exception of a reading.
    """

    counted = Signal(int, int)
    cells_loaded = Signal()
    past_shown = Signal(object)
    past_failed = Signal(object)
    failed = Signal(object)

    def __init__(self, session: Session, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._bridge = bridge
        self.source = EntrySource(session)
        self._past: Past | None = None
        #: Why the rows were last put in anew: memory, search, sort, run, change or time.
        self.reset_reason = "memory"
        self._ids = _NO_IDS
        self._total = 0
        self._loaded = False
        self._counting = False  # the first rows are here, and the others are not
        self._text = ""
        self._where: Filter = ()
        self._sort = "rank"
        self._descending = False
        self._only_run = False
        self._query = RowQuery()
        self._stay: set[int] = set()  # edited since the last search: they stay in sight
        self._figures = RunFigures()
        self._styles: dict[int, SlotStyle] = {}
        self._run_rows: tuple[int, int] | None = None  # first and last row of a candidate; None: not looked for
        self._step = -1
        self._finished = False
        self._rivals: Callable[[int], tuple[int, ...]] = _nobody
        self._loader = RowLoader(self.source, bridge, self._page_ids, self)
        self._loader.loaded.connect(self._cells_changed)
        self._loader.failed.connect(self.failed)
        self._search = EntrySearch(self.source, bridge, self)
        self._search.found.connect(self._take)
        self._search.failed.connect(self.failed)

    # -- which rows --------------------------------------------------------------------------------------------------

    @property
    def total(self) -> int:
        """Number of entries in the memory."""
        return self._total

    @property
    def loaded(self) -> bool:
        """The rows of the open memory are here."""
        return self._loaded

    @property
    def searching(self) -> bool:
        """Other rows are on their way."""
        return self._search.busy

    @property
    def fresh(self) -> bool:
        """The first rows of what was asked last are here."""
        return not self._search.busy or self._counting

    @property
    def counting(self) -> bool:
        """Only the first rows are here so far."""
        return self._counting

    @property
    def search_text(self) -> str:
        return self._text

    @property
    def where(self) -> Filter:
        return self._where

    @property
    def past(self) -> Past | None:
        """What is shown, where that is not the memory as it is."""
        return self._past

    @property
    def only_run(self) -> bool:
        return self._only_run

    @property
    def figures(self) -> RunFigures:
        return self._figures

    def reload(self) -> None:
        """Another memory is open, or none."""
        self._forget()
        self.source.look_at(None)
        self._take_past(None)
        self._total = 0
        self.reset_reason = "memory"
        self._put_in(_NO_IDS)
        self.counted.emit(0, 0)
        self._ask("memory")

    def _forget(self) -> None:
        """What is known belongs to another memory, or another time."""
        self._loader.reset()
        self._search.reset()
        self._loaded = self._counting = False

    def search(self, text: str, where: Filter = ()) -> None:
        """Shows the entries that match ``text`` and the conditions; all where there are none."""
        if (text, where) != (self._text, self._where):
            self._text, self._where = text, where
            self._ask("search")

    def look_at(self, as_of: int | float | None, part: str = ALL) -> None:
        """Shows the memory as it was at a version or a time, or a part of it; None: as it is."""
        if (as_of, part) == (self.source.as_of, self.source.part):
            return
        self.source.look_at(as_of, part)
        self._forget()
        self._loaded = True  # rows that stand there stay until the others are here
        self._ask("time")
        self._ask_past()

    def _ask_past(self) -> None:
        as_of = self.source.as_of

        def failed(error: BaseException) -> None:
            self.failed.emit(error)
            if as_of == self.source.as_of:  # else another time is on its way
                self.past_failed.emit(error)

        try:
            self._bridge.watch(self.source.past(), self._take_past, failed)
        except KnownError as error:
            failed(error)

    def _take_past(self, past: Past | None) -> None:
        if (None if past is None else past.as_of) == self.source.as_of:  # else another time is on its way
            self._past = past
            self._cells_changed()
            self.past_shown.emit(past)

    def set_only_run(self, only: bool) -> None:
        """Shows only the candidates of the run in view."""
        if only != self._only_run:
            self._only_run = only
            self._ask("search")

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        if not 0 <= column < len(COLUMNS) or not sortable(COLUMNS[column]):
            return
        self._sort = COLUMNS[column].name
        self._descending = order == Qt.SortOrder.DescendingOrder
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(COLUMNS) - 1)
        self._ask("sort")

    def _row_query(self) -> RowQuery:
        field = COLUMNS[NUMBER[self._sort]].sort
        only = tuple(self._figures.by_rank()) if self._only_run else None
        if field:
            return RowQuery(self._text, field, self._descending, only=only, where=self._where)
        first = self._figures.order(self._sort, self._step, self._descending)
        return RowQuery(self._text, first=tuple(first), only=only, where=self._where)

    def _ask(self, reason: str) -> None:
        if self._session.memory_url:
            merge = reason == "change"
            if not (merge and self._search.busy):
                self.reset_reason = reason
            self._query = self._row_query()
            merge = merge and self._loaded and not self._counting
            if not merge:
                self._counting = False
            self._search.ask(self._query, base=self._ids if merge else None, staying=self._stay)

    def _take(self, found: Found, merge: bool) -> None:
        self._total = found.total
        self._loaded = True
        self._loader.put(found.cells)
        shown = len(self._ids)
        if merge:
            known = found.changes if found.base is self._ids else None  # else rows went meanwhile
            changes = known or row_changes(self._ids, found.ids, tuple(self._stay))
            if len(changes) > _MOST_PIECES:
                self._put_in(found.ids)
            else:
                self._apply(changes)
        elif self._counting and np.array_equal(self._ids, found.ids[:shown]):
            with self._inserting(shown, len(found.ids) - 1):  # the others follow the first rows, and nothing moves
                self._ids = found.ids
        else:
            if self._counting:
                self.reset_reason = "change"
            self._put_in(found.ids)
        self._counting = not found.whole
        self.counted.emit(len(self._ids), self._total)

    def _put_in(self, ids: np.ndarray) -> None:
        self._stay.clear()
        self.beginResetModel()
        self._ids = ids
        self._run_rows = None
        self.endResetModel()

    def _apply(self, changes: RowChanges) -> None:
        self._run_rows = None
        for first, last in reversed(changes.removed):
            with self._removing(first, last):
                self._ids = np.delete(self._ids, slice(first, last + 1))
        for row, ids in reversed(changes.inserted):
            with self._inserting(row, row + len(ids) - 1):
                self._ids = np.insert(self._ids, row, ids)

    @contextmanager
    def _removing(self, first: int, last: int) -> Iterator[None]:
        self.beginRemoveRows(QModelIndex(), first, last)
        yield
        self.endRemoveRows()

    @contextmanager
    def _inserting(self, first: int, last: int) -> Iterator[None]:
        if last < first:
            yield
            return
        self.beginInsertRows(QModelIndex(), first, last)
        yield
        self.endInsertRows()

    # -- what changes ------------------------------------------------------------------------------------------------

    def take_change(self, change: Change) -> None:
        """Follows a change of the memory, whoever made it."""
        if not self._loaded:
            self._ask("memory")
            return
        if self._past is not None:
            if change.kind == "forget":  # it is not said which entries of then are gone
                self._loader.reset()
            else:
                self._loader.drop((*change.inserted, *change.updated, *change.deleted))
            self._ask("change")
            self._ask_past()
            return
        self._stay.update(change.updated)
        self._loader.refresh((*change.inserted, *change.updated))
        self._loader.drop(change.deleted)
        self._total += len(change.inserted) - len(change.deleted)
        gone = np.flatnonzero(np.isin(self._ids, np.asarray(change.deleted, dtype=np.int64)))
        pieces = RowChanges(ranges(gone), [])
        if len(pieces) > _MOST_PIECES:
            self._put_in(np.delete(self._ids, gone))
        else:
            self._apply(pieces)
        named = change.kind != "load"  # which names no entries
        if change.inserted or (change.updated and (self._text or self._where)) or not named:
            self._ask("change")
        self.counted.emit(len(self._ids), self._total)

    def set_trace(self, trace: Trace | None) -> None:
        """Follows another run. Its rows come when it has recalled: nothing jumps before."""
        self._figures = RunFigures(trace)
        self._run_rows = None
        self._update_figures()
        self._cells_changed()  # the last run's figures go, wherever they stand
        self._finished = self._figures.finished
        if trace is None or trace.recall is not None:
            self._order_again()

    def follow_rivals(self, rivals: Callable[[int], tuple[int, ...]]) -> None:
        """``rivals(entry_id)``: entries that contradict this one, as far as it is known; asked for what is painted."""
        self._rivals = rivals
        self.rivals_changed()

    def rivals_changed(self) -> None:
        if len(self._ids):
            self.dataChanged.emit(self.index(0, NUMBER["id"]), self.index(len(self._ids) - 1, NUMBER["id"]))

    def grown(self) -> None:
        """The trace has new events."""
        reordered = self._update_figures()
        finished, self._finished = not self._finished and self._figures.finished, self._figures.finished
        if finished:
            self._loader.refresh(tuple(self._figures.slots))  # their use was counted
        if reordered or (finished and self._sort in RUN_COLUMNS):
            self._order_again()

    def _update_figures(self) -> bool:
        reordered = self._figures.update()
        if reordered or not self._figures.slots:
            prompt = self._figures.trace.prompt if self._figures.trace is not None else None
            sources = prompt.sources if prompt is not None else ()
            styles = styles_of(sources)
            self._styles = {slot.entry_id: styles[slot.index] for slot in sources if slot.entry_id is not None}
        if reordered:
            self._run_rows = None
        self._figures_changed()
        return reordered

    def set_step(self, step: int) -> None:
        """Follows the playhead."""
        if step != self._step:
            self._step = step
            self._figures_changed("now", "now")

    def _order_again(self) -> None:
        if self._row_query() != self._query:
            self._ask("run")

    def _figures_changed(self, first: str = RUN_COLUMNS[0], last: str = RUN_COLUMNS[-1]) -> None:
        """Has the cells of the candidates painted again, and no others."""
        if self._run_rows is None:
            candidates = np.fromiter(self._figures.candidates, np.int64)
            rows = np.flatnonzero(np.isin(self._ids, candidates))
            self._run_rows = (rows[0].item(), rows[-1].item()) if rows.size else (0, -1)
        top, bottom = self._run_rows
        if top <= bottom:
            self.dataChanged.emit(self.index(top, NUMBER[first]), self.index(bottom, NUMBER[last]))

    def _cells_changed(self) -> None:
        if len(self._ids):
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._ids) - 1, len(COLUMNS) - 1))
        self.cells_loaded.emit()

    # -- rows and ids ------------------------------------------------------------------------------------------------

    def _page_ids(self, page: int) -> Sequence[int]:
        ids: list[int] = self._ids[page * PAGE : (page + 1) * PAGE].tolist()
        return ids

    def entry_id(self, row: int) -> int:
        entry_id: int = self._ids.item(row)
        return entry_id

    def entry_ids(self, first: int, last: int) -> np.ndarray:
        """Ids of the rows ``first`` … ``last``: int64 [n], a copy."""
        return self._ids[first : last + 1].copy()

    @property
    def all_shown(self) -> bool:
        """No search, no filter and no run leaves an entry out."""
        return not self._text and not self._where and not self._only_run

    def row_of(self, entry_id: int) -> int:
        """The row of an entry, -1 where it is not among the rows."""
        return row_of(self._ids, entry_id)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._ids)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(COLUMNS)
