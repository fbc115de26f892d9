"""What is on the clipboard, as new entries, before they are added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from memviz.core.privacy import MASK, PRIVATE_FIELDS
from memviz.gui.bulk.words import entries_words
from memviz.gui.metrics import unit
from memviz.gui.privacy import Privacy
from memviz.gui.tables.labels import PlainLabel
from memviz.gui.tables.plain import one_line, tooltip

if TYPE_CHECKING:
    from memviz.session.bulk.pasting import Pasted

_SHOWN = 200
_FIRST = ("key", "text")


class PasteDialog(QDialog):
    """Shows the rows, private ones masked; nothing is added here. GUI thread."""

    def __init__(self, found: Pasted, privacy: Privacy, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Paste As New Entries")
        self._privacy = privacy
        self.found = found
        space, count = unit(self), len(found.inserts)
        sentence = f"The clipboard holds {found.form}: {entries_words(count)} would be added, in one edit."
        if count > _SHOWN:
            sentence += f" The first {_SHOWN} are shown."
        if found.left_out:
            names = ", ".join(one_line(name, 40) for name in found.left_out[:8])
            sentence += f" Left out, since entries have no such field: {names}."
        self.words = PlainLabel(sentence, self)
        self.words.wrap()
        used = dict.fromkeys(name for insert in found.inserts for name in insert.fields)
        self.columns = [*_FIRST, *(name for name in used if name not in _FIRST)]
        self.table = QTableWidget(min(count, _SHOWN), len(self.columns), self)
        self.table.setHorizontalHeaderLabels(self.columns)
        self.table.setAccessibleName("New entries")
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setTabKeyNavigation(False)
        self.table.setWordWrap(False)
        self.table.setShowGrid(False)
        self.table.setFrameShape(QTableWidget.Shape.NoFrame)
        self.table.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
        header = self.table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        header.resizeSection(0, 26 * space)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self._fill_table()
        privacy.changed.connect(self._fill_table)
        standard = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(standard.Ok | standard.Cancel, self)
        self.ok = buttons.button(standard.Ok)
        self.ok.setText(f"Add {entries_words(count).replace('e', 'E', 1)}")
        self.ok.setToolTip("Add them in one edit, which one undo takes back")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column_ = QVBoxLayout(self)
        column_.setContentsMargins(2 * space, 2 * space, 2 * space, 2 * space)
        column_.setSpacing(space)
        column_.addWidget(self.words)
        column_.addWidget(self.table, 1)
        column_.addWidget(buttons)
        self.resize(100 * space, 60 * space)

    def _fill_table(self) -> None:
        for row, insert in enumerate(self.found.inserts[:_SHOWN]):
            masked = self._privacy.masks and bool(insert.fields.get("private"))
            for column, name in enumerate(self.columns):
                value = insert.fields.get(name)
                self._fill(row, column, MASK if masked and value and name in PRIVATE_FIELDS else value)

    def _fill(self, row: int, column: int, value: object) -> None:
        words = ", ".join(map(str, value)) if isinstance(value, tuple) else "" if value is None else str(value)
        if isinstance(value, bool):
            words = "yes" if value else "no"
        item = QTableWidgetItem(one_line(words))
        item.setToolTip(tooltip(words))
        self.table.setItem(row, column, item)
