"""The ground on which pyqtgraph's items stand."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from memviz.gui.theme import Colors


class Canvas(pg.GraphicsView):
    """A scene whose unit is a pixel of the widget, drawn and nothing else.

    Mouse, keys and focus stay with the widget around it, which knows slots and steps and has the accessible name; so
    pyqtgraph asks no item under the mouse anything, and no item can call a widget that is gone.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setCacheMode(self.CacheModeFlag.CacheNone)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMouseTracking(False)
        self.setAcceptDrops(False)

    def dress(self, colors: Colors) -> None:
        """The ground is the window's own."""
        self.setBackground(colors.window)
