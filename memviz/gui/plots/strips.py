"""Labels, bars and marks beside a picture of cells: painted in pixels, placed by the picture's own scale."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QGraphicsSceneHoverEvent, QGraphicsSceneMouseEvent

from memviz.gui.metrics import elided
from memviz.gui.slot_colors import SlotStyle
from memviz.gui.theme import LIGHT, Colors


#: Columns of at least this many line heights have their words lying below them.
LYING = 2.6


@dataclass(frozen=True, slots=True)
class Row:
    """A row of cells: its name, colour and value at the chosen step; ``top`` and ``bottom`` in the picture's units."""

    label: str
    style: SlotStyle
    top: float
    bottom: float
    value: float = 0.0
    quiet: bool = False


@dataclass(slots=True)
class StripLook:
    """What all strips of a picture share."""

    colors: Colors = LIGHT
    font: QFont = field(default_factory=QFont)


class Strip(pg.GraphicsWidget):
    """Something beside a :class:`pyqtgraph.ViewBox` that is painted in pixels and follows its range."""

    def __init__(self, box: pg.ViewBox, look: StripLook) -> None:
        super().__init__()
        self.box = box
        self.look = look
        self.setAcceptHoverEvents(True)
        box.sigRangeChanged.connect(self._follow)
        box.sigResized.connect(self._follow)

    def _follow(self, *_args: object) -> None:
        self.update()

    def y_of(self, value: float) -> float:
        """Pixel of a height in the picture."""
        return self.mapFromScene(self.box.mapViewToScene(QPointF(0.0, value))).y()

    def x_of(self, value: float) -> float:
        """Pixel of a place along the picture."""
        return self.mapFromScene(self.box.mapViewToScene(QPointF(value, 0.0))).x()


class RowStrip(Strip):
    """Rows with hover and click."""

    def __init__(
        self, box: pg.ViewBox, look: StripLook, tip: Callable[[int], str], click: Callable[[int], None]
    ) -> None:
        super().__init__(box, look)
        self.rows: list[Row] = []
        self.chosen = -1
        self._tip = tip
        self._click = click

    def show_rows(self, rows: list[Row], chosen: int) -> None:
        self.rows = rows
        self.chosen = chosen
        self.update()

    def row_at(self, y: float) -> int:
        """Row under a pixel, -1 for none."""
        value = self.box.mapSceneToView(self.mapToScene(QPointF(0.0, y))).y()
        return next((number for number, row in enumerate(self.rows) if row.top <= value < row.bottom), -1)

    def hoverMoveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        row = self.row_at(event.pos().y())
        self.setToolTip(self._tip(row) if row >= 0 else "")

    def mousePressEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        row = self.row_at(event.pos().y())
        if row >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self._click(row)
            event.accept()
        else:
            event.ignore()

    def visible_rows(self) -> list[tuple[int, Row, QRectF]]:
        """Rows that can be read, with their rectangles; where rows are thin, the chosen and the strongest ones."""
        thick = 0.85 * QFontMetricsF(self.look.font).height()
        shown: list[tuple[int, Row, QRectF]] = []
        taken: list[float] = []
        for number in sorted(range(len(self.rows)), key=lambda n: (n != self.chosen, -self.rows[n].value)):
            row = self.rows[number]
            top, bottom = self.y_of(row.top), self.y_of(row.bottom)
            middle = (top + bottom) / 2
            hidden = bottom < 0 or top > self.size().height()
            if not hidden and all(abs(middle - other) >= thick for other in taken):
                taken.append(middle)
                shown.append((number, row, QRectF(0, top, self.size().width(), bottom - top)))
        return shown


class RowLabels(RowStrip):
    """Colour and name of each row, right before the cells."""

    def paint(self, painter: QPainter, *_args: object) -> None:
        painter.setFont(self.look.font)
        metrics = QFontMetricsF(self.look.font)
        side = min(metrics.height() * 0.6, 9.0)
        gap = metrics.height() * 0.5
        for number, row, rect in self.visible_rows():
            chosen = number == self.chosen
            if chosen:
                painter.fillRect(rect, self.look.colors.color("accent", 0.16))
            row.style.paint(painter, QRectF(gap / 2, rect.center().y() - side / 2, side, side))
            painter.setPen(self.look.colors.color("muted" if row.quiet else "text"))
            words = rect.adjusted(gap + side, -4, -gap, 4)
            align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
            painter.drawText(words, align, elided(row.label, self.look.font, words.width()))


class RowBars(RowStrip):
    """A bar and a number for each row."""

    def paint(self, painter: QPainter, *_args: object) -> None:
        painter.setFont(self.look.font)
        metrics = QFontMetricsF(self.look.font)
        number_width = metrics.horizontalAdvance("0.000")
        gap = metrics.height() * 0.5
        room = self.size().width() - number_width - 2 * gap
        for number, row, rect in self.visible_rows():
            if number == self.chosen:
                painter.fillRect(rect, self.look.colors.color("accent", 0.16))
            thick = min(rect.height() * 0.62, metrics.height() * 0.8)
            bar = QRectF(gap / 2, rect.center().y() - thick / 2, max(0.0, room * min(1.0, row.value)), thick)
            if row.value > 0:
                bar.setWidth(max(bar.width(), 1.0))
                row.style.paint(painter, bar)
            painter.setPen(self.look.colors.color("muted" if row.quiet or row.value < 0.0005 else "text"))
            words = QRectF(rect.right() - number_width - gap / 2, rect.top() - 4, number_width, rect.height() + 8)
            align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            painter.drawText(words, align, f"{row.value:.3f}")
        painter.setPen(QPen(self.look.colors.color("hairline"), 1))
        painter.drawLine(QPointF(gap / 2, 0), QPointF(gap / 2, self.size().height()))


class ColumnLabels(Strip):
    """Words under columns, turned where they are narrow; numbers where even that does not fit."""

    def __init__(self, box: pg.ViewBox, look: StripLook, click: Callable[[int], None]) -> None:
        super().__init__(box, look)
        self.words: list[str] = []
        self.chosen = -1
        self._click = click

    def show_words(self, words: list[str], chosen: int) -> None:
        self.words = words
        self.chosen = chosen
        self.update()

    def hoverMoveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        column = self._column_at(event.pos().x())
        self.setToolTip(f"step {column + 1}" if 0 <= column < len(self.words) else "")

    def mousePressEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        column = self._column_at(event.pos().x())
        if 0 <= column < len(self.words):
            self._click(column)

    def lies(self, width: float) -> bool:
        """Whether columns of this width in pixels have room for lying words."""
        return width >= LYING * QFontMetricsF(self.look.font).height()

    def _column_at(self, x: float) -> int:
        return int(self.box.mapSceneToView(self.mapToScene(QPointF(x, 0.0))).x() // 1)

    def paint(self, painter: QPainter, *_args: object) -> None:
        painter.setFont(self.look.font)
        painter.setClipRect(self.boundingRect())
        metrics = QFontMetricsF(self.look.font)
        width = self.x_of(1.0) - self.x_of(0.0)
        stands = width >= metrics.height() * 0.85
        lies = self.lies(width)
        every = 1 if stands else max(1, round(metrics.horizontalAdvance("00000") / max(width, 0.01)))
        for column, word in enumerate(self.words):
            left = self.x_of(float(column))
            if left + width < 0 or left > self.size().width() or (column % every and column != self.chosen):
                continue
            painter.setPen(self.look.colors.color("accent" if column == self.chosen else "muted"))
            if lies:
                rect = QRectF(left + 2, 3, width - 4, metrics.height())
                painter.drawText(rect, Qt.AlignmentFlag.AlignHCenter, elided(word, self.look.font, rect.width()))
            elif stands:
                self._paint_standing(painter, word, left + width / 2, metrics.height())
            else:
                rect = QRectF(left + width / 2 - 40, 3, 80, metrics.height())
                painter.drawText(rect, Qt.AlignmentFlag.AlignHCenter, str(column + 1))

    def _paint_standing(self, painter: QPainter, word: str, middle: float, line: float) -> None:
        room = self.size().height() - 4
        painter.save()
        painter.translate(middle, 4)
        painter.rotate(90)
        align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(QRectF(0, -line / 2, room, line), align, elided(word, self.look.font, room))
        painter.restore()
