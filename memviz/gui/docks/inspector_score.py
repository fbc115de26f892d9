"""A score as a bill: its named parts, and their sum."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from memviz.gui.tables.bill import DIGITS, Line, bill, digits_for
from memviz.gui.theme import colors_of


class ScoreBill(QWidget):
    """A bar and a number for each part, a hairline, and the score. GUI thread."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: list[Line] = []
        self._score = 0.0
        self._digits = DIGITS
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Score and its parts")

    @property
    def lines(self) -> list[Line]:
        return self._lines

    def show_score(self, parts: Mapping[str, float], score: float, metric: str) -> None:
        self._digits = digits_for(abs(score))
        self._lines = bill(parts, score, self._digits)
        self._score = score
        exact = "\n".join(f"{line.name}: {line.value:.6f}" for line in self._lines)
        self.setToolTip(f"{exact}\nscore: {score:.6f}\n{metric}".lstrip())
        self.setAccessibleDescription(f"{exact}; score {score:.3f}; {metric}")
        self.setFixedHeight(self.sizeHint().height())
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, (len(self._lines) + 1) * self._row() + 4)

    def _row(self) -> int:
        return self.fontMetrics().height() + 4

    def paintEvent(self, _event: QPaintEvent) -> None:
        colors = colors_of(self.palette())
        painter = QPainter(self)
        metrics, row, width = self.fontMetrics(), self._row(), self.width()
        left = min(width // 2, max((metrics.horizontalAdvance(line.name) for line in self._lines), default=0)) + 12
        right = metrics.horizontalAdvance("−00.000") + 6
        longest = max((abs(line.value) for line in self._lines), default=0.0) or 1.0
        for number, line in enumerate(self._lines):
            top = number * row
            painter.setPen(colors.color("muted"))
            name = metrics.elidedText(line.name, Qt.TextElideMode.ElideMiddle, left - 10)
            painter.drawText(QRectF(0, top, left, row), int(Qt.AlignmentFlag.AlignVCenter), name)
            bar = max(0.0, width - left - right) * abs(line.value) / longest
            painter.fillRect(
                QRectF(left, top + row / 2 - 3, bar, 6), colors.color("accent" if line.value >= 0 else "error", 0.7)
            )
            _number(painter, QRectF(0, top, width, row), line.shown, colors.text)
        top = len(self._lines) * row
        painter.setPen(colors.color("hairline"))
        painter.drawLine(0, top + 1, width, top + 1)
        painter.setPen(colors.color("text"))
        painter.drawText(QRectF(0, top + 2, left, row), int(Qt.AlignmentFlag.AlignVCenter), "score")
        _number(painter, QRectF(0, top + 2, width, row), f"{self._score:.{self._digits}f}", colors.text)
        painter.end()


def _number(painter: QPainter, rect: QRectF, text: str, color: str) -> None:
    painter.setPen(color)
    painter.drawText(rect, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), text.replace("-", "−"))
