"""Which rows stand in the table of entries, in which order, and how they follow what happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from memviz.core.edits import Change
from memviz.core.trace import Trace
from memviz.gui.bridge import Bridge
from memviz.gui.slot_colors import SlotStyle, styles_of
from memviz.gui.tables.columns import COLUMNS, NUMBER, RUN_COLUMNS, sortable
from memviz.gui.tables.entry_order import Found, RowChanges, RowQuery, ranges, row_changes, row_of
from memviz.gui.tables.entry_search import EntrySearch
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
        failed(object): the exception of a reading.
    """

    counted = Signal(int, int)
    cells_loaded = Signal()
    failed = Signal(object)

    def __init__(self, session: Session, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._bridge = bridge
        #: Why the rows were last put in anew: memory, search, sort, run or change.
        self.reset_reason = "memory"
        self._ids = _NO_IDS
        self._total = 0
        self._loaded = False
        self._text = ""
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
        self._loader = RowLoader(session, bridge, self._page_ids, self)
        self._loader.loaded.connect(self._cells_changed)
        self._loader.failed.connect(self.failed)
        self._search = EntrySearch(session, bridge, self)
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
    def search_text(self) -> str:
        return self._text

    @property
    def only_run(self) -> bool:
        return self._only_run

    @property
    def figures(self) -> RunFigures:
        return self._figures

    def reload(self) -> None:
        """Another memory is open, or none."""
        self._loader.reset()
        self._search.reset()
        self._loaded = False
        self._total = 0
        self.reset_reason = "memory"
        self._put_in(_NO_IDS)
        self.counted.emit(0, 0)
        self._ask("memory")

    def search(self, text: str) -> None:
        """Shows the entries that match ``text``; all for an empty text."""
        if text != self._text:
            self._text = text
            self._ask("search")

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
            return RowQuery(self._text, field, self._descending, only=only)
        first = self._figures.order(self._sort, self._step, self._descending)
        return RowQuery(self._text, first=tuple(first), only=only)

    def _ask(self, reason: str) -> None:
        if self._session.memory_url:
            merge = reason == "change"
            if not (merge and self._search.busy):
                self.reset_reason = reason
            self._query = self._row_query()
            self._search.ask(self._query, merge=merge)

    def _take(self, found: Found, merge: bool) -> None:
        self._total = found.total
        changes = row_changes(self._ids, found.ids, tuple(self._stay)) if merge and self._loaded else None
        self._loaded = True
        if changes is None or len(changes) > _MOST_PIECES:
            self._put_in(found.ids)
        else:
            self._apply(changes)
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
        self.beginInsertRows(QModelIndex(), first, last)
        yield
        self.endInsertRows()

    # -- what changes ------------------------------------------------------------------------------------------------

    def take_change(self, change: Change) -> None:
        """Follows a change of the memory, whoever made it."""
        if not self._loaded:
            self._ask("memory")
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
        if change.inserted or (change.updated and self._text):
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

    def entry_ids(self, first: int, last: int) -> list[int]:
        """Ids of the rows ``first`` … ``last``."""
        ids: list[int] = self._ids[first : last + 1].tolist()
        return ids

    def row_of(self, entry_id: int) -> int:
        """The row of an entry, -1 where it is not among the rows."""
        return row_of(self._ids, entry_id)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._ids)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(COLUMNS)
