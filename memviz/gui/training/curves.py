"""How a figure went over the rounds of a training."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from memviz.gui.fonts import ui_font
from memviz.gui.metrics import unit
from memviz.gui.plots.canvas import Canvas
from memviz.gui.theme import colors_of


class Curve(QWidget):
    """One figure from 0 up, over all rounds that there will be; the best round is marked.

    Args:
        name: of the figure.
        percent: it is a share, shown in percent.
    """

    def __init__(self, name: str, *, percent: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._percent = name, percent
        self._values: list[tuple[int, float]] = []  # round and figure
        self._rounds, self._best = 1, 0
        self._whole = False
        self._small = ui_font(self.font(), scale=0.92)
        self._canvas = Canvas(self)
        self._line, self._mark = pg.PlotCurveItem(), pg.PlotCurveItem()
        for item in (self._line, self._mark):
            self._canvas.addItem(item)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.set_name(name)
        self._dress()

    def set_name(self, name: str, *, whole: bool = False) -> None:
        """Another figure; a ``whole`` one is always drawn from 0 to 1."""
        self._name, self._whole = name, whole
        self.setAccessibleName(name)
        self.setToolTip(f"{name} over the rounds of the training")
        self._place()
        self.update()

    def show_values(self, values: list[tuple[int, float]], rounds: int, best: int) -> None:
        """``values``: (round, figure); ``best``: the round that is marked, 0 for none."""
        self._values, self._rounds, self._best = values, max(1, rounds), best
        told = f"{self._name}: {self.words_of(values[-1][1])} in round {values[-1][0]}" if values else ""
        self.setAccessibleDescription(told)
        self._place()
        self.update()

    def words_of(self, value: float) -> str:
        return f"{100.0 * value:.1f} %" if self._percent else f"{value:.3g}"

    def sizeHint(self) -> QSize:
        return QSize(60 * unit(self), 16 * unit(self))

    def _room(self) -> QRectF:
        """Of the picture, between title, numbers and the words below."""
        line, space = self.fontMetrics().height(), unit(self)
        return QRectF(self.rect()).adjusted(7 * space, line + space, -space, -line - space // 2)

    def _most(self) -> float:
        """The upper end: the greatest value, but no few great ones may flatten all others; those are cut."""
        if self._whole or not self._values:
            return 1.0
        values = np.array([value for _, value in self._values])
        return float(min(values.max(), 2.0 * np.quantile(values, 0.9))) or 1.0

    def _place(self) -> None:
        room = self._room()
        self._canvas.setGeometry(room.toRect())
        width, height = max(1.0, room.width() - 2.0), max(1.0, room.height() - 2.0)
        most = self._most()
        xs = [1.0 + width * (number - 0.5) / self._rounds for number, _ in self._values]
        ys = [1.0 + height * (1.0 - min(1.0, value / most)) for _, value in self._values]
        numbers = np.array([number for number, _ in self._values])
        # A line goes on only to the next round, not over rounds in which nothing was measured.
        connected = np.append(np.diff(numbers) == 1, False)[: len(numbers)].astype(np.int32)
        self._line.setData(np.array(xs), np.array(ys), connect=connected)
        marked = [at for at, (number, _) in enumerate(self._values) if number == self._best]
        x = xs[marked[0]] if marked else 0.0
        self._mark.setData(np.array([x, x] if marked else []), np.array([0.0, height] if marked else []))

    def _dress(self) -> None:
        colors = colors_of(self.palette())
        self._canvas.dress(colors)
        self._line.setPen(QPen(colors.color("accent"), 1.5))
        self._mark.setPen(QPen(colors.color("faint"), 1.0, Qt.PenStyle.DashLine))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        colors, room, line = colors_of(self.palette()), self._room(), self.fontMetrics().height()
        side = Qt.AlignmentFlag
        painter = QPainter(self)
        painter.setPen(colors.color("text"))
        last = f"   {self.words_of(self._values[-1][1])}" if self._values else ""
        painter.drawText(QRectF(0, 0, self.width(), line), side.AlignLeft | side.AlignVCenter, self._name + last)
        painter.setFont(self._small)
        painter.setPen(colors.color("muted"))
        words = ((self._most(), room.top()), (0.0, room.bottom())) if self._values else ()
        for value, y in words:
            area = QRectF(0, y - line, room.left() - unit(self), 2 * line)
            painter.drawText(area, side.AlignRight | side.AlignVCenter, self.words_of(value))
        below = QRectF(room.left(), room.bottom(), room.width(), line + unit(self) // 2)
        painter.drawText(below, side.AlignLeft | side.AlignVCenter, "1")
        painter.drawText(below, side.AlignRight | side.AlignVCenter, f"{self._rounds:,}")
        painter.setPen(colors.color("hairline"))
        painter.drawRect(room.adjusted(-1, -1, 0, 0))
        painter.end()
