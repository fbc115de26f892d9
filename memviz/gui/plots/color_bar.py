"""What the colours of a heat map mean."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QGraphicsRectItem, QSizePolicy, QWidget

from memviz.gui.metrics import unit
from memviz.gui.plots.canvas import Canvas
from memviz.gui.plots.weight_image import WeightImage
from memviz.gui.theme import colors_of

_RAMP = np.linspace(0.0, 1.0, 256, dtype=np.float32)[np.newaxis]  # [1, 256]


class ColorBar(QWidget):
    """The map of weights from left to right with its ends named."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ends = ("0", "1")
        self._canvas = Canvas(self)
        self._ramp, self._frame = WeightImage(), QGraphicsRectItem()
        for item in (self._ramp, self._frame):
            self._canvas.addItem(item)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Colour scale")
        self.set_ends("0", "1", "Colour of a weight: linear from 0 to 1")
        self._dress()

    def set_ends(self, low: str, high: str, words: str) -> None:
        if (low, high) == self._ends and words == self.toolTip():
            return
        self._ends = (low, high)
        self.setToolTip(words)
        self.updateGeometry()
        self._place()
        self.update()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        words = sum(metrics.horizontalAdvance(end) for end in self._ends)
        return QSize(words + 12 * unit(self), metrics.height())

    def _place(self) -> None:
        """The bar stands between the words, a quarter of the height from top and bottom."""
        low, high = (self.fontMetrics().horizontalAdvance(end) for end in self._ends)
        gap = round(unit(self) * 0.75)
        room = self.rect().adjusted(low + gap, self.height() // 4, -high - gap, -(self.height() // 4))
        self._canvas.setGeometry(room)
        bar = QRectF(0.0, 0.0, max(1, room.width()), max(1, room.height()))
        self._ramp.show_weights(_RAMP, bar)
        self._frame.setRect(bar.adjusted(0.0, 0.0, -1.0, -1.0))

    def _dress(self) -> None:
        colors = colors_of(self.palette())
        self._canvas.dress(colors)
        self._ramp.dress(colors)
        self._frame.setPen(QPen(colors.color("hairline"), 1))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()
            self._place()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setPen(colors_of(self.palette()).color("muted"))
        full = QRectF(self.rect())
        painter.drawText(full, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self._ends[0])
        painter.drawText(full, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._ends[1])
