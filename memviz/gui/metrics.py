"""Sizes that follow the font, so that the window works at every scale."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QWidget

from memviz.gui.tables.plain import one_line


def unit(widget: QWidget) -> int:
    """The rhythm of the window: half a line of text, 8 pixels at the usual size."""
    return max(6, round(widget.fontMetrics().height() / 2))


def elided(text: str, font: QFont, width: float, where: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle) -> str:
    """``text`` on one line, its middle left out where it is too wide; the whole belongs in a tooltip."""
    return QFontMetrics(font).elidedText(one_line(text), where, int(width))
