"""Names with their colours."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from memviz.gui.metrics import unit
from memviz.gui.theme import colors_of


class Legend(QWidget):
    """One line of small squares, each with its name."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: list[tuple[str, QColor]] = []
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Legend")

    def show_names(self, names: list[tuple[str, QColor]]) -> None:
        if names != self._names:
            self._names = names
            words = ", ".join(name for name, _ in names)
            self.setAccessibleDescription(words)
            self.setToolTip(f"Colours: {words}")
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        width = sum(metrics.horizontalAdvance(name) + 4 * unit(self) for name, _ in self._names)
        return QSize(round(width), metrics.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        metrics, space = self.fontMetrics(), unit(self)
        left, side = 0.0, 1.1 * space
        for name, color in self._names:
            painter.fillRect(QRectF(left, (self.height() - side) / 2, side, side), color)
            painter.setPen(colors_of(self.palette()).color("muted"))
            left += 1.75 * space
            width = metrics.horizontalAdvance(name)
            painter.drawText(QRectF(left, 0, width + 1, self.height()), Qt.AlignmentFlag.AlignVCenter, name)
            left += width + 2.25 * space
        painter.end()
