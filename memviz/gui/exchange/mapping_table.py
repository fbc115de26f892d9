"""Columns of a file, what stands in them, and what they become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from memviz.exchange.mapping import INTO_METADATA, LEFT_OUT, FieldMapping, changed_mapping
from memviz.exchange.names import TARGETS
from memviz.exchange.values import text_of
from memviz.gui.measure_dialog.figures_table import dress_table
from memviz.gui.metrics import unit
from memviz.gui.tables.plain import one_line, tooltip
from memviz.gui.theme import colors_of
from memviz.gui.widgets import choice_box

_HEAD = ("column", "first value", "becomes")
_BECOMES = 2
#: Rows before and after those that are seen, for whoever goes through them by Tab.
_BEYOND = 10
_CHOICES: list[tuple[str, object]] = [
    *((name, name) for name in TARGETS),
    ("metadata, by its name", INTO_METADATA),
    ("left out", LEFT_OUT),
]


class MappingTable(QTableWidget):
    """A row for each column, with a choice of fields. GUI thread.

    Signals:
        changed(): another field was chosen; :attr:`mapping` has it.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, len(_HEAD), parent)
        self.mapping: FieldMapping | None = None
        self._columns: list[str] = []
        self.setHorizontalHeaderLabels([*_HEAD])
        self.setAccessibleName("Columns and fields")
        self.setToolTip("Which column of the file becomes which field of an entry")
        dress_table(self)
        self.verticalHeader().setDefaultSectionSize(4 * unit(self))
        self.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.verticalScrollBar().valueChanged.connect(self._offer_shown)
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for section, width in enumerate((16, 0, 26)):
            header.setSectionResizeMode(
                section, QHeaderView.ResizeMode.Interactive if width else QHeaderView.ResizeMode.Stretch
            )
            if width:
                header.resizeSection(section, width * unit(self))

    def show_mapping(self, mapping: FieldMapping | None, sample: Sequence[Mapping[str, Any]]) -> None:
        """Nothing for None. Of files that memviz wrote, nothing can be chosen."""
        self.mapping = mapping
        columns = list(mapping.targets) if mapping is not None else []
        self.setRowCount(len(columns))
        for row, column in enumerate(columns):
            self._say(row, 0, column, "text")
            self.removeCellWidget(row, _BECOMES)
        self._columns = columns
        self.show_sample(sample)
        self._offer_shown()

    def show_sample(self, sample: Sequence[Mapping[str, Any]]) -> None:
        """The first value of each column in these records."""
        for row, column in enumerate(self._columns):
            values = (record[column] for record in sample if record.get(column) not in (None, ""))
            self._say(row, 1, text_of(next(values, "")), "muted")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._offer_shown()

    def _offer_shown(self) -> None:
        """Choices for the rows that are seen, and some beyond: a file may have thousands of columns."""
        first = max(0, self.rowAt(0) - _BEYOND)
        last = self.rowAt(self.viewport().height())
        last = len(self._columns) if last < 0 else last + _BEYOND
        for row, column in enumerate(self._columns[first:last], first):
            if self.cellWidget(row, _BECOMES) is None:
                self._offer(row, column)

    def _say(self, row: int, at: int, words: str, color: str) -> None:
        item = QTableWidgetItem(one_line(words, 120))
        item.setToolTip(tooltip(words))
        item.setForeground(colors_of(self.palette()).color(color))
        self.setItem(row, at, item)

    def _offer(self, row: int, column: str) -> None:
        assert self.mapping is not None
        own = self.mapping.own
        target = self.mapping.targets[column]
        choices: list[tuple[str, object]] = [(target, target)] if own else _CHOICES
        box = choice_box(self, f"What “{one_line(column, 40)}” becomes", "A field of the entry, or nothing", choices)
        box.setCurrentIndex(max(0, box.findData(target)))
        box.setEnabled(not own)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.activated.connect(partial(self._chosen, column, box))
        self.setCellWidget(row, _BECOMES, box)

    def _chosen(self, column: str, box: QComboBox, _index: int) -> None:
        """A field has one column: the one that had it before becomes metadata."""
        if self.mapping is None:
            return
        self.mapping = changed_mapping(self.mapping, {column: str(box.currentData())})
        for row, name in enumerate(self.mapping.targets):
            other = self.cellWidget(row, _BECOMES)
            if isinstance(other, QComboBox):
                with QSignalBlocker(other):
                    other.setCurrentIndex(other.findData(self.mapping.targets[name]))
        self.changed.emit()
