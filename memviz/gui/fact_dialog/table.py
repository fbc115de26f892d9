"""The answers before and after an edit, row by row."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from memviz.core.neurons import EditCheck, EditOutcome
from memviz.gui.metrics import unit
from memviz.gui.tables.plain import one_line, tooltip
from memviz.gui.theme import colors_of

COLUMNS = ("passed", "kind", "prompt", "before", "after")
_WIDE = 20  # columns of answers at first; the user may draw them wider
_MODES = {
    "prompt": QHeaderView.ResizeMode.Stretch,
    "before": QHeaderView.ResizeMode.Interactive,
    "after": QHeaderView.ResizeMode.Interactive,
}


class OutcomeTable(QTableWidget):
    """What passed is quiet, what did not stands out. GUI thread."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, len(COLUMNS), parent)
        self._outcome: EditOutcome | None = None
        self.setHorizontalHeaderLabels(["", *COLUMNS[1:]])
        self.setAccessibleName("Answers before and after the edit")
        self.setToolTip("What the model answers before and after the edit")
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setShowGrid(False)
        self.setFrameShape(QTableWidget.Shape.NoFrame)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(round(2.75 * unit(self)))
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setMinimumSectionSize(3 * unit(self))
        for section, name in enumerate(COLUMNS):
            header.setSectionResizeMode(section, _MODES.get(name, QHeaderView.ResizeMode.ResizeToContents))
            if name in ("before", "after"):
                header.resizeSection(section, _WIDE * unit(self))

    def show_outcome(self, outcome: EditOutcome | None) -> None:
        self._outcome = outcome
        checks = outcome.checks if outcome is not None else ()
        self.setRowCount(len(checks))
        for row, check in enumerate(checks):
            self._fill(row, check)

    def _fill(self, row: int, check: EditCheck) -> None:
        colors = colors_of(self.palette())
        same = check.kind == "neighbour" and check.passed
        words = ("✓" if check.passed else "✗", check.kind, check.prompt, check.before, check.after)
        for column, text in enumerate(words):
            item = QTableWidgetItem(one_line(text) or "–")
            tip = text
            if column == 0:
                tip = _verdict(check)
                item.setData(Qt.ItemDataRole.AccessibleTextRole, tip)
            item.setToolTip(tooltip(tip))
            quiet = same or COLUMNS[column] in ("kind", "before", "passed")
            item.setForeground(colors.color("warning" if not check.passed else "muted" if quiet else "text"))
            self.setItem(row, column, item)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self.rowCount():
            self.show_outcome(self._outcome)


def _verdict(check: EditCheck) -> str:
    """What the sign in front of a row means."""
    if check.kind == "neighbour":
        return "The answer is the same as before" if check.passed else "The answer changed, and must not"
    if check.passed:
        return f"The answer is “{check.expected}” now"
    return f"The answer is not “{check.expected}”"
