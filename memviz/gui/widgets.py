"""Small widgets made the same way everywhere: named, explained, quiet."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QComboBox, QLabel, QPlainTextEdit, QPushButton, QSizePolicy, QToolButton, QWidget

from memviz.gui.metrics import elided
from memviz.gui.tables.plain import tooltip


class ElidedLabel(QLabel):
    """One quiet line that gives way: its middle (or ``where``) is left out where it is too long, the tooltip has the
    whole."""

    def __init__(self, parent: QWidget, name: str, where: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle) -> None:
        super().__init__(parent)
        self._whole = ""
        self._where = where
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("quiet", True)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def say(self, words: str) -> None:
        if words != self._whole:
            self._whole = words
            self.setToolTip(tooltip(words))
            self._elide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        self.setText(elided(self._whole, self.font(), self.width(), self._where))


def choice_box(parent: QWidget, name: str, tip: str, choices: Iterable[tuple[str, object]]) -> QComboBox:
    """A combo box of (words, data)."""
    box = QComboBox(parent)
    for words, data in choices:
        box.addItem(words, data)
    box.setAccessibleName(name)
    box.setToolTip(tip)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    return box


def push_button(parent: QWidget, words: str, tip: str) -> QPushButton:
    """A button of a dialog, which Return does not press."""
    button = QPushButton(words, parent)
    button.setAccessibleName(words.removesuffix(" …"))
    button.setToolTip(tip)
    button.setAutoDefault(False)
    return button


def tool_button(parent: QWidget, action: QAction) -> QToolButton:
    """A flat button for an action, named like it."""
    button = QToolButton(parent)
    button.setDefaultAction(action)
    button.setAutoRaise(True)
    button.setAccessibleName(action.iconText())
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def plain_label(parent: QWidget, name: str = "", *, quiet: bool = False) -> QLabel:
    """A label that never takes its text for rich text; a quiet one is grey."""
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    if quiet:
        label.setProperty("quiet", True)
    if name:
        label.setAccessibleName(name)
    return label


def keep_from_sideways(edit: QPlainTextEdit) -> None:
    """Wrapped text does not scroll sideways.

    Qt keeps the width that the lines had before the bar at their side came, and then takes them for too wide: a bar
    below hides the last line, and the first letters of all lines go out of sight.
    """
    edit.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    bar = edit.horizontalScrollBar()
    bar.rangeChanged.connect(lambda: bar.setMaximum(0))
