"""What is left of an entry over the days, a curve for each kind, with the memory's own entries on them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from memviz.core.decay import DAY
from memviz.core.entry import Kind
from memviz.core.recall_settings import RecallSettings
from memviz.gui.fonts import ui_font
from memviz.gui.metrics import unit
from memviz.gui.plots.canvas import Canvas
from memviz.gui.slot_colors import PALETTE
from memviz.gui.theme import colors_of
from memviz.session.fading import Aged, retention_of

#: By kind: a colour and a line that can be told apart without it.
_PENS = {
    Kind.FACT: (PALETTE[1], Qt.PenStyle.SolidLine),
    Kind.DIALOGUE_TURN: (PALETTE[0], Qt.PenStyle.DashLine),
    Kind.PROFILE: (PALETTE[2], Qt.PenStyle.DotLine),
}
_POINTS = 240
_TICK = 4.0


class DecayCurves(QWidget):
    """Days from left to right, retention 0..1 upwards; the threshold is a line. GUI thread."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = RecallSettings()
        self._sample: Sequence[Aged] = ()
        self._horizon = 365.0
        self._small = ui_font(self.font(), scale=0.92)
        self._canvas = Canvas(self)
        self._threshold = pg.PlotCurveItem()
        self._curves = {kind: pg.PlotCurveItem() for kind in Kind}
        self._ticks = {kind: pg.PlotCurveItem() for kind in Kind}
        for item in (self._threshold, *self._ticks.values(), *self._curves.values()):
            self._canvas.addItem(item)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Decay curves")
        self._dress()

    def show_decay(self, settings: RecallSettings, sample: Sequence[Aged], horizon: float) -> None:
        """``horizon`` in days; ``sample``: entries that stand for the memory."""
        self._settings, self._sample, self._horizon = settings, sample, horizon
        told = "; ".join(f"{kind}: {self._left(kind, horizon):.2f}" for kind in Kind)
        self.setAccessibleDescription(f"Left after {horizon:g} days: {told}")
        self._place()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(70 * unit(self), 30 * unit(self))

    def minimumSizeHint(self) -> QSize:
        return QSize(40 * unit(self), 18 * unit(self))

    def ticks(self, kind: Kind) -> list[tuple[float, float]]:
        """(Days, retention) of the entries of a kind that are in the picture."""
        found = []
        for aged in self._sample:
            if aged.kind is kind:
                age, left = retention_of(aged, self._settings)
                if age <= self._horizon * DAY:
                    found.append((max(0.0, age / DAY), left))
        return found

    def _left(self, kind: Kind, days: float) -> float:
        return self._settings.decay_of(kind).retention(days * DAY)

    # -- drawing -----------------------------------------------------------------------------------------------------

    def _room(self) -> QRectF:
        line, space = self.fontMetrics().height(), unit(self)
        return QRectF(self.rect()).adjusted(5 * space, line + 2 * space, -2 * space, -2 * line - space)

    def _place(self) -> None:
        room = self._room()
        self._canvas.setGeometry(room.toRect())
        width, height = max(1.0, room.width() - 2.0), max(1.0, room.height() - 2.0)
        days = np.linspace(0.0, self._horizon, _POINTS)
        for kind, curve in self._curves.items():
            left = np.array([self._left(kind, day) for day in days])
            curve.setData(1.0 + width * days / self._horizon, 1.0 + height * (1.0 - left))
            at = np.array(self.ticks(kind)).reshape(-1, 2)
            xs = np.repeat(1.0 + width * at[:, 0] / self._horizon, 2)
            ys = np.repeat(1.0 + height * (1.0 - at[:, 1]), 2)
            ys[::2] -= _TICK
            ys[1::2] += _TICK
            self._ticks[kind].setData(xs, ys, connect="pairs")
        y = 1.0 + height * (1.0 - self._settings.least_retention)
        self._threshold.setData(np.array([0.0, width + 2.0]), np.array([y, y]))

    def _dress(self) -> None:
        colors = colors_of(self.palette())
        self._canvas.dress(colors)
        for kind, (color, style) in _PENS.items():
            self._curves[kind].setPen(QPen(pg.mkColor(color), 2.0, style))
            ticks = pg.mkColor(color)
            ticks.setAlphaF(0.55)
            self._ticks[kind].setPen(QPen(ticks, 1.0))
        self._threshold.setPen(QPen(colors.color("error", 0.8), 1.0, Qt.PenStyle.DashDotLine))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        room, at = self._room(), event.position()
        if room.contains(at):
            days = self._horizon * (at.x() - room.left()) / max(1.0, room.width())
            lines = [f"after {days:,.1f} days"]
            lines += [f"{kind}: {self._left(kind, days):.3f} left" for kind in Kind]
            QToolTip.showText(event.globalPosition().toPoint(), "\n".join(lines), self)
        else:
            QToolTip.hideText()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        colors, room, space = colors_of(self.palette()), self._room(), unit(self)
        line, side = self.fontMetrics().height(), Qt.AlignmentFlag
        painter = QPainter(self)
        self._paint_legend(painter, QRectF(room.left(), 0, room.width(), line + space))
        painter.setFont(self._small)
        painter.setPen(colors.color("muted"))
        for left in (0.0, 0.25, 0.5, 0.75, 1.0):
            y = room.bottom() - left * room.height()
            area = QRectF(0, y - line, room.left() - space / 2, 2 * line)
            painter.drawText(area, side.AlignRight | side.AlignVCenter, f"{left:g}")
        for part in range(5):
            x = room.left() + room.width() * part / 4
            area = QRectF(x - 8 * space, room.bottom() + 2, 16 * space, line)
            align = side.AlignHCenter
            if part in (0, 4):
                area = QRectF(x if part == 0 else x - 16 * space, area.top(), 16 * space, line)
                align = side.AlignLeft if part == 0 else side.AlignRight
            days = self._horizon * part / 4
            words = "now" if part == 0 else f"{days:,.0f} days" if days >= 10 else f"{days:.3g} days"
            painter.drawText(area, align | side.AlignVCenter, words)
        below = QRectF(room.left(), room.bottom() + line, room.width(), line)
        words = "days since it was edited, or used where decay is by use; small strokes are the memory’s entries"
        painter.drawText(below, side.AlignLeft | side.AlignVCenter, words)
        painter.setPen(colors.color("hairline"))
        painter.drawRect(room.adjusted(-1, -1, 0, 0))
        painter.end()

    def _paint_legend(self, painter: QPainter, area: QRectF) -> None:
        colors, space, x = colors_of(self.palette()), unit(self), area.left()
        named = [(kind.value, QPen(pg.mkColor(color), 2.0, style)) for kind, (color, style) in _PENS.items()]
        threshold = QPen(colors.color("error", 0.8), 1.0, Qt.PenStyle.DashDotLine)
        named.append((f"left out below {self._settings.least_retention:g}", threshold))
        for words, pen in named:
            painter.setPen(pen)
            y = area.center().y()
            painter.drawLine(int(x), int(y), int(x + 3 * space), int(y))
            x += 3.5 * space
            width = self.fontMetrics().horizontalAdvance(words)
            painter.setPen(colors.color("text"))
            painter.drawText(QRectF(x, area.top(), width + 4, area.height()), Qt.AlignmentFlag.AlignVCenter, words)
            x += width + 3 * space
