"""A pyqtgraph scene in the colours of the window."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QFrame, QWidget

from memviz.gui.theme import Colors


class Canvas(pg.GraphicsLayoutWidget):
    """Without frame and pyqtgraph's own menus: a right click belongs to the view around it."""

    def __init__(self, name: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.ci.layout.setContentsMargins(0, 0, 0, 0)
        self.ci.layout.setSpacing(0)

    def restyle(self, colors: Colors) -> None:
        self.setBackground(colors.window)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        event.ignore()


def view_box(*, zoom_x: bool) -> pg.ViewBox:
    """A picture's frame without menus, rows from top to bottom."""
    box = pg.ViewBox(enableMenu=False, invertY=True, defaultPadding=0.0)
    box.setMouseEnabled(x=zoom_x, y=False)
    return box
