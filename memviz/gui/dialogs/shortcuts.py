"""Every command with its keys."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
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

from memviz.gui.actions import COMMANDS
from memviz.gui.metrics import unit

#: Keys that widgets handle themselves.
LOCAL_KEYS = (
    ("Return", "Ask, in the question box"),
    ("Shift+Return", "New line, in the question box"),
    ("F2 or double-click", "Edit a cell of the entries table"),
    ("Ins, Del", "Add an entry, delete the chosen ones, in the entries table"),
    ("Arrow keys", "Choose a head, in the maps of the Heads view"),
    ("Any letter", "Begin a new question, where nothing is typed"),
    ("Wheel, Ctrl+Wheel, drag", "Zoom steps or slots of the heat map, move it; double-click shows all of it again"),
)


class ShortcutsDialog(QDialog):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard Shortcuts")
        rows = [(_native(command.shown_keys()), command.tip) for command in COMMANDS if command.shown_keys()]
        rows += LOCAL_KEYS
        space = unit(self)
        table = QTableWidget(len(rows), 2, self)
        table.setHorizontalHeaderLabels(["Keys", "What they do"])
        table.setAccessibleName("Keyboard shortcuts")
        table.setToolTip("Commands and their keys")
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        table.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        table.setShowGrid(False)
        table.setFrameShape(QTableWidget.Shape.NoFrame)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(3 * space)
        table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        for number, (keys, words) in enumerate(rows):
            table.setItem(number, 0, QTableWidgetItem(keys))
            table.setItem(number, 1, QTableWidgetItem(words))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(space, space, space, space)
        column.addWidget(table)
        column.addWidget(buttons)
        self.resize(90 * space, 80 * space)


def _native(keys: str) -> str:
    sequences = [QKeySequence(part).toString(QKeySequence.SequenceFormat.NativeText) for part in keys.split(", ")]
    return ",  ".join(sequences)
