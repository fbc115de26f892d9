"""Names of the parts of a score with their colours."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from memviz.gui.metrics import unit
from memviz.gui.tables.part_styles import part_style
from memviz.gui.theme import colors_of


class PartLegend(QWidget):
    """One line of small squares, each with the name of its part; what does not fit is in the tooltip."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: tuple[str, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setAccessibleName("Colours of the parts of a score")

    def show_parts(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        words = ", ".join(names)
        self.setAccessibleDescription(words)
        self.setToolTip(f"Each score is drawn as the sum of its parts: {words}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(10 * unit(self), self.fontMetrics().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        metrics, space = self.fontMetrics(), unit(self)
        muted = colors_of(self.palette()).color("muted")
        widths = [metrics.horizontalAdvance(name) + 4 * space for name in self._names]
        left = max(0.0, float(self.width() - sum(widths)))
        for name, width in zip(self._names, widths, strict=True):
            side = 1.1 * space
            if left + width - 2 * space > self.width():  # a part of a name says less than none
                painter.setPen(muted)
                rest = QRectF(min(left, self.width() - 2.0 * space), 0, 2 * space, self.height())
                painter.drawText(rest, int(Qt.AlignmentFlag.AlignVCenter), "…")
                break
            part_style(name).paint(painter, QRectF(left, (self.height() - side) / 2, side, side))
            painter.setPen(muted)
            text = QRectF(left + 1.75 * space, 0, width - 2 * space, self.height())
            painter.drawText(text, int(Qt.AlignmentFlag.AlignVCenter), name)
            left += width
        painter.end()
