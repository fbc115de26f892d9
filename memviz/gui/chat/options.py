"""The settings of a conversation, in a menu of one button."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QSpinBox, QToolButton, QWidget, QWidgetAction

from memviz.gui.metrics import unit
from memviz.gui.widgets import plain_label

_MOST_TOKENS = 1_000_000


class ChatOptions(QToolButton):
    """GUI thread.

    Signals:
        budget_changed(int): tokens of the short-term buffer.
        changed(): one of the checks.
    """

    budget_changed = Signal(int)
    changed = Signal()

    def __init__(self, budget: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.setText("Options")
        self.setAccessibleName("Options of the conversation")
        self.setToolTip("How the conversation is remembered")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setProperty("menu", "wide")
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        self.at_once = self._check(menu, "Remember at Once", "Store what is found without asking; it can be undone")
        self.by_model = self._check(
            menu, "Let the Model Find Claims", "Ask the loaded model what is to be remembered; rules do it otherwise"
        )
        self.ask_model = self._check(
            menu, "Let the Model Answer When Stepping", "Ask the loaded model instead of reading the recorded answer"
        )
        menu.addSeparator()
        row = QWidget(menu)
        layout = QHBoxLayout(row)
        layout.setContentsMargins(2 * unit(self), unit(self) // 2, unit(self), unit(self) // 2)
        label: QLabel = plain_label(row, "Tokens of the short-term buffer")
        label.setText("Short-term buffer, tokens")
        self.budget = QSpinBox(row)
        self.budget.setRange(1, _MOST_TOKENS)
        self.budget.setSingleStep(64)
        self.budget.setValue(budget)
        self.budget.setKeyboardTracking(False)
        self.budget.setAccessibleName("Tokens of the short-term buffer")
        self.budget.setToolTip("How much of what was said the model reads with your next words")
        self.budget.valueChanged.connect(self.budget_changed)
        layout.addWidget(label, 1)
        layout.addWidget(self.budget)
        action = QWidgetAction(menu)
        action.setDefaultWidget(row)
        menu.addAction(action)
        self.setMenu(menu)

    def _check(self, menu: QMenu, words: str, tip: str) -> QAction:
        action = QAction(words, menu)
        action.setCheckable(True)
        action.setToolTip(tip)
        action.toggled.connect(lambda _on: self.changed.emit())
        menu.addAction(action)
        return action
