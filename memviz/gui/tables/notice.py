"""A line under a panel that says what just happened or why something did not."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QWidget

from memviz.gui.tables.labels import PlainLabel


class Notice(QWidget):
    """One sentence, an optional button that does something about it, and a way to close it. Hidden while empty."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label = PlainLabel("", self, color="muted")
        self._label.setWordWrap(True)
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._button = QToolButton(self)
        self._button.clicked.connect(self.act)
        self._close = QToolButton(self)
        self._close.setText("✕")
        self._close.setToolTip("Close this message")
        self._close.setAccessibleName("Close this message")
        self._close.clicked.connect(self.clear)
        self._action: Callable[[], object] | None = None
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 2, 4, 2)
        layout.addWidget(self._label, 1)
        layout.addWidget(self._button)
        layout.addWidget(self._close)
        self.hide()

    @property
    def text(self) -> str:
        return self._label.text()

    @property
    def action(self) -> str:
        """What the button says; empty without one."""
        return self._button.text() if self._action is not None else ""

    def say(
        self, sentence: str, *, trouble: bool = False, action: str = "", act: Callable[[], object] | None = None
    ) -> None:
        """Shows a sentence; ``action`` names a button that calls ``act`` and closes the line."""
        self._label.set_color("error" if trouble else "muted")
        self._label.setText(sentence)
        self._action = act
        self._button.setText(action)
        self._button.setVisible(bool(action))
        self.setVisible(bool(sentence))

    def clear(self) -> None:
        self._action = None
        self._label.clear()
        self.hide()

    def act(self) -> None:
        """Does what the button says."""
        action = self._action
        self.clear()
        if action is not None:
            action()
