"""Every entry that recall looked at, as one plain table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from PySide6.QtCore import QAbstractTableModel, QItemSelectionModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QVBoxLayout, QWidget

from memviz.core.events import Candidate, RecallEvent
from memviz.core.trace import Trace
from memviz.gui.metrics import unit
from memviz.gui.tables.plain import one_line, tooltip
from memviz.gui.theme import Colors, colors_of
from memviz.gui.views.base import View
from memviz.gui.widgets import ElidedLabel

Index = QModelIndex | QPersistentModelIndex


class CandidateModel(QAbstractTableModel):
    """Candidates in rank order; the parts of the score are columns, so one sees that they add up."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.candidates: list[Candidate] = []
        self.parts: list[str] = []
        self._labels: dict[int, str] = {}
        self._quiet: QBrush | None = None

    def show_recall(self, recall: RecallEvent | None, cut: dict[int, str], labels: dict[int, str]) -> None:
        """``cut``: entries that did not fit into the prompt, with the reason; ``labels``: words for each."""
        self.beginResetModel()
        self.candidates = [
            c if c.entry_id not in cut else _as_cut(c, cut[c.entry_id]) for c in (recall.candidates if recall else ())
        ]
        self.parts = list(dict.fromkeys(part for candidate in self.candidates for part in candidate.parts))
        self._labels = labels
        self.endResetModel()

    def set_quiet(self, brush: QBrush) -> None:
        self._quiet = brush

    def headers(self) -> list[str]:
        return ["rank", "id", "entry", "score", *self.parts, "status", "reason"]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - an invalid index is immutable
        return 0 if parent.isValid() else len(self.candidates)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - an invalid index is immutable
        return 0 if parent.isValid() else 6 + len(self.parts)

    def values(self, row: int) -> list[object]:
        candidate = self.candidates[row]
        return [
            candidate.rank,
            candidate.entry_id,
            self._labels.get(candidate.entry_id, ""),
            float(candidate.score),
            *(float(candidate.parts.get(part, 0.0)) for part in self.parts),
            candidate.status,
            candidate.reason,
        ]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        value = self.values(index.row())[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return f"{value:.2f}" if isinstance(value, float) else one_line(str(value))
            case Qt.ItemDataRole.ToolTipRole:
                return tooltip(f"{value:.6g}" if isinstance(value, float) else str(value))
            case Qt.ItemDataRole.TextAlignmentRole if isinstance(value, int | float):
                return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            case Qt.ItemDataRole.ForegroundRole if self.candidates[index.row()].status != "injected":
                return self._quiet
            case _:
                return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < self.columnCount():
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.headers()[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            numeric = section in (0, 1) or 3 <= section < 4 + len(self.parts)
            side = Qt.AlignmentFlag.AlignRight if numeric else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None


class RecallView(View):
    """What was searched, how it was scored, and every candidate."""

    title: ClassVar[str] = "Recall"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawn: tuple[RecallEvent | None, object] = (None, None)
        self._summary = ElidedLabel(self.controls, "Summary of the recall")
        self.add_control(self._summary, 1)
        self.model = CandidateModel(self)
        self._table = QTableView(self.content)
        self._table.setModel(self.model)
        self._table.setAccessibleName("Candidates of the recall")
        self._table.setToolTip("Every entry that recall looked at; choose a row to choose the entry")
        self._table.setFrameShape(QTableView.Shape.NoFrame)
        self._table.setShowGrid(False)
        self._table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self._table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._table.setTabKeyNavigation(False)
        self._table.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self._table.verticalHeader().hide()
        self._table.verticalHeader().setDefaultSectionSize(round(2.75 * unit(self)))
        self._table.horizontalHeader().setHighlightSections(False)
        self._table.selectionModel().currentRowChanged.connect(self._row_chosen)
        column = QVBoxLayout(self.content)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._table, 1)
        self.restyle(self.colors)

    def restyle(self, colors: Colors) -> None:
        self.model.set_quiet(QBrush(colors_of(self.palette()).color("faint")))
        palette = self._table.palette()
        palette.setColor(palette.ColorRole.Base, colors.color("window"))
        self._table.setPalette(palette)

    def why_empty(self, trace: Trace | None) -> str:
        if trace is None:
            return "Nothing was recalled yet. Press Return in the question box to ask."
        recall = trace.recall
        if recall is None:
            if trace.finish is None:
                return "Searching the memory …"
            return "This run used no memory: open one in the Memory menu, or allow it in Run ▸ Options."
        if not recall.candidates:
            return recall.note or "No entry matches the question. Name a thing that the memory knows."
        return ""

    def draw(self, trace: Trace, step: int) -> None:
        del step
        recall, prompt = trace.recall, trace.prompt
        if recall is not None and (recall is not self._drawn[0] or prompt is not self._drawn[1]):
            self._drawn = (recall, prompt)
            labels = {each.entry_id: self.words_of(each.entry_id) for each in recall.candidates}
            cut = {candidate.entry_id: candidate.reason for candidate in prompt.cut} if prompt else {}
            self.model.show_recall(recall, cut, labels)
            self._summary.say(_summary(recall))
            self._fit_columns()
        self._show_choice()

    def _fit_columns(self) -> None:
        header = self._table.horizontalHeader()
        last = self.model.columnCount() - 1
        for section in range(last + 1):
            fixed = section not in (2, last)
            mode = QHeaderView.ResizeMode.ResizeToContents if fixed else QHeaderView.ResizeMode.Stretch
            header.setSectionResizeMode(section, mode)

    def _show_choice(self) -> None:
        row = next((i for i, c in enumerate(self.model.candidates) if c.entry_id == self.entry_id), -1)
        selection = self._table.selectionModel()
        selection.blockSignals(True)
        if row < 0:
            selection.clear()
        else:
            index = self.model.index(row, 0)
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            selection.setCurrentIndex(index, flags)
            self._table.scrollTo(index)
        selection.blockSignals(False)
        self._table.viewport().update()

    def _row_chosen(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid():
            self.entry_chosen.emit(self.model.candidates[current.row()].entry_id)

    def table(self) -> Iterable[Sequence[object]]:
        yield tuple(self.model.headers())
        for row in range(self.model.rowCount()):
            yield tuple(self.model.values(row))


def _summary(recall: RecallEvent) -> str:
    words = [
        f"{len(recall.candidates)} candidates, {len(recall.injected())} injected",
        f"score: {recall.metric}",
        "words: " + (" ".join(recall.terms) or "none"),
        f"{1000 * recall.seconds:.0f} ms at version {recall.version}",
    ]
    return "  ·  ".join([recall.note, *words] if recall.note else words)


def _as_cut(candidate: Candidate, reason: str) -> Candidate:
    return Candidate(candidate.entry_id, candidate.rank, candidate.score, candidate.parts, "cut", reason)
