"""What the colours of a heat map mean."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from memviz.gui.metrics import unit
from memviz.gui.theme import colors_of, weight_map


class ColorBar(QWidget):
    """The map of weights from left to right with its ends named."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ends = ("0", "1")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Colour scale")
        self.set_ends("0", "1", "Colour of a weight: linear from 0 to 1")

    def set_ends(self, low: str, high: str, words: str) -> None:
        self._ends = (low, high)
        self.setToolTip(words)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        words = sum(metrics.horizontalAdvance(end) for end in self._ends)
        return QSize(words + 12 * unit(self), metrics.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        colors = colors_of(self.palette())
        painter = QPainter(self)
        painter.setPen(colors.color("muted"))
        metrics = self.fontMetrics()
        low, high = (metrics.horizontalAdvance(end) for end in self._ends)
        full = QRectF(self.rect())
        painter.drawText(full, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self._ends[0])
        painter.drawText(full, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._ends[1])
        gap = unit(self) * 0.75
        bar = QRectF(low + gap, full.height() * 0.25, full.width() - low - high - 2 * gap, full.height() * 0.5)
        table = weight_map(colors.dark)
        image = QImage(table.tobytes(), 256, 1, 1024, QImage.Format.Format_RGBA8888)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(bar, image)
        painter.setPen(colors.color("hairline"))
        painter.drawRect(bar)
