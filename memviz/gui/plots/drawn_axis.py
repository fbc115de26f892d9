"""An axis with words of its own kind."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont, QPainter


class DrawnAxis(pg.AxisItem):
    """Draws what a subclass makes of :meth:`say`, as a picture that is kept until something else is said.

    The painter's coordinates are those of the canvas.
    """

    def __init__(self, side: str) -> None:
        super().__init__(side)
        self._said: tuple[Any, ...] = ()
        self._area = QRectF()

    def place(self, area: QRectF, font: QFont) -> None:
        """Where the axis stands on the canvas, and the font of its words."""
        if self.style["tickFont"] != font:
            self.setTickFont(font)
        if area != self._area:
            self._area = area
            if self.orientation in ("left", "right"):
                self.setWidth(area.width())
            else:
                self.setHeight(area.height())
            self.setGeometry(area)

    def say(self, *said: Any) -> None:
        """What :meth:`draw` gets."""
        if said != self._said:
            self._said = said
            self.picture = None
            self.update()

    @abstractmethod
    def draw(self, painter: QPainter, *said: Any) -> None:
        """Draws the words."""

    def generateDrawSpecs(self, _p: QPainter) -> tuple[Any, ...] | None:
        return self._said or None

    def drawPicture(self, p: QPainter, *said: Any) -> None:
        p.translate(-self._area.topLeft())
        self.draw(p, *said)
