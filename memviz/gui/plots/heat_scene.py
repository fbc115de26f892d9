"""The picture of a heat map, made of pyqtgraph's items."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QFont, QFontMetricsF, QPen, QTransform
from PySide6.QtWidgets import QGraphicsLineItem, QGraphicsRectItem

from memviz.core.arrays import FloatArray
from memviz.gui.plots.canvas import Canvas
from memviz.gui.plots.heat_axes import NameAxis, NumberAxis, Row, WordAxis, readable_rows
from memviz.gui.plots.heat_geometry import APART_GAP, HeatGeometry
from memviz.gui.plots.weight_image import WeightImage, pooled
from memviz.gui.theme import Colors

_CHOSEN_ALPHA = 0.16
#: The frame around thinner rows and columns stands off, so that it doesn't hide them.
_THIN = 6
_AROUND = 2


@dataclass(frozen=True, slots=True)
class Heat:
    """What is to be seen: levels [rows, steps], 0..1, rows, words of steps, chosen row and step (-1: none)."""

    levels: FloatArray
    rows: list[Row]
    words: list[str]
    row: int
    step: int


class HeatScene:
    """Cells in one view box and bars in another, axes with words around them, frames above.

    Items are made once and given other values, which is much cheaper. Nothing here is connected to
    anything, and no item knows a widget, so it does not matter in which order they go.
    """

    def __init__(self, canvas: Canvas) -> None:
        self._cells, self._bar_box = _box(), _box()
        self._body, self._below = WeightImage(), WeightImage()
        self._bars = pg.BarGraphItem(x0=[], y=[], width=[], height=[], pen=None)
        for image in (self._body, self._below):
            self._cells.addItem(image, ignoreBounds=True)
        self._bar_box.addItem(self._bars, ignoreBounds=True)
        self._bands = (QGraphicsRectItem(), QGraphicsRectItem())
        self._names, self._numbers, self._words = NameAxis("left"), NumberAxis("right"), WordAxis("bottom")
        self._bar_line = QGraphicsLineItem()
        self._focus_frame = QGraphicsRectItem()
        self._window = QGraphicsRectItem()
        self._window.setFlag(self._window.GraphicsItemFlag.ItemClipsChildrenToShape)
        self._window.setPen(pg.mkPen(None))
        self._row_frame, self._step_frame = QGraphicsRectItem(self._window), QGraphicsRectItem(self._window)
        boxes, axes = (self._cells, self._bar_box), (self._names, self._numbers, self._words)
        frames = (self._bar_line, self._focus_frame, self._window)
        for height, item in enumerate((*self._bands, *boxes, *axes, *frames)):
            canvas.addItem(item)
            item.setZValue(height)
        self._canvas = canvas
        self._brushes: tuple[object, ...] = ()
        self.focus(False)

    def dress(self, colors: Colors) -> None:
        """Lines, ground and map of weights in the colours of the theme."""
        self._canvas.dress(colors)
        self._body.dress(colors)
        self._below.dress(colors)
        for band in self._bands:
            band.setPen(pg.mkPen(None))
            band.setBrush(colors.color("accent", _CHOSEN_ALPHA))
        for frame in (self._row_frame, self._step_frame):
            frame.setPen(QPen(colors.color("accent"), 1))
        self._focus_frame.setPen(QPen(colors.color("accent", 0.6), 1))
        self._bar_line.setPen(QPen(colors.color("hairline"), 1))

    def focus(self, focused: bool) -> None:
        self._focus_frame.setVisible(focused)

    def show(self, heat: Heat, geometry: HeatGeometry, font: QFont, colors: Colors) -> None:
        """Draws ``heat`` where ``geometry`` has it."""
        line = QFontMetricsF(font).height()
        self._place(geometry, font, line)
        self._show_cells(heat.levels, geometry)
        self._show_bars(heat.rows, geometry, font, line)
        readable = tuple(sorted(readable_rows(geometry, heat.rows, heat.row, line)))
        rows = [(number, heat.rows[number]) for number in readable]
        self._names.say(geometry, tuple((n, row.label, row.style, row.quiet) for n, row in rows), colors)
        numbers = tuple((n, f"{row.value:.3f}", row.quiet or row.value < 0.0005) for n, row in rows)
        self._numbers.say(geometry, numbers, colors)
        self._words.say(geometry, heat.words, heat.step, colors)
        self._show_bands(heat.row, geometry, line, visible=heat.row in readable)
        self._show_frames(heat.row, heat.step if heat.step < len(heat.words) else -1, len(heat.words), geometry)

    def _place(self, geometry: HeatGeometry, font: QFont, line: float) -> None:
        cells = geometry.cells
        bars = QRectF(cells.right(), 0.0, geometry.bar_width, cells.height())
        self._names.place(QRectF(0.0, 0.0, geometry.label_width, cells.height()), font)
        self._numbers.place(bars, font)
        self._words.place(QRectF(cells.left(), cells.bottom(), cells.width(), geometry.foot), font)
        across = (geometry.first, geometry.first + geometry.shown)
        down = (geometry.top_row, geometry.top_row + geometry.shown_rows)
        for box, area, x_range in ((self._cells, cells, across), (self._bar_box, bars, (0.0, bars.width()))):
            box.setGeometry(area)
            if down[1] > down[0]:
                box.setRange(xRange=x_range, yRange=down, padding=0.0)
        left = round(cells.right() + line / 2) - 0.5
        self._bar_line.setLine(QLineF(left, 0.0, left, cells.height()))
        self._window.setRect(cells.adjusted(-_AROUND, -_AROUND, _AROUND, _AROUND))
        self._focus_frame.setRect(cells.adjusted(-1, 0, 0, 0))

    def _show_cells(self, levels: FloatArray, geometry: HeatGeometry) -> None:
        """Only what is in sight goes into the images, pooled where cells are smaller than pixels."""
        low, high = int(geometry.first), min(levels.shape[1], int(np.ceil(geometry.first + geometry.shown)))
        body = levels.shape[0] - geometry.apart
        columns = (high - low) * geometry.column_width
        parts = ((self._body, levels[:body], 0.0), (self._below, levels[body:], body + APART_GAP))
        for image, part, top in parts:
            part, rows = part[:, low:high], part.shape[0]
            if part.size:
                sign = -1.0 if part.ndim == 3 and part.mean() > 0.5 else 1.0  # ink on white: the darkest is strongest
                part = sign * pooled(sign * part, rows * geometry.row_height, columns)
            image.show_weights(part, QRectF(low, top, high - low, rows))

    def _show_bars(self, rows: list[Row], geometry: HeatGeometry, font: QFont, line: float) -> None:
        """Bars run from 0 to 1; x is in pixels, y in rows."""
        room = geometry.bar_width - QFontMetricsF(font).horizontalAdvance("0.000") - 1.5 * line
        height = geometry.row_height
        values = np.array([row.value for row in rows])
        shown = values > 0
        brushes = (tuple(row.style for row, bar in zip(rows, shown, strict=True) if bar), height)
        options = {}
        if brushes != self._brushes:
            self._brushes = brushes
            upright = QTransform.fromScale(1.0, 1.0 / height)
            options["brushes"] = [style.brush(1.0) for style in brushes[0]]
            for brush in options["brushes"]:
                brush.setTransform(upright)  # a pattern keeps its form in pixels
        middles = np.array([geometry.middle(number) for number in range(len(rows))])
        self._bars.setOpts(
            x0=np.full(int(shown.sum()), line / 2),
            width=np.maximum(1.0, room * np.minimum(1.0, values[shown])),
            y=middles[shown],
            height=min(0.62, 0.8 * line / height),
            **options,
        )

    def _show_bands(self, row: int, geometry: HeatGeometry, line: float, *, visible: bool) -> None:
        name, bar = geometry.label_rect(row), geometry.bar_rect(row)
        areas = (name.adjusted(0, 0, -line / 2, 0), bar.adjusted(line / 2, 0, 0, 0))
        for band, area in zip(self._bands, areas, strict=True):
            band.setVisible(visible)
            band.setRect(area)

    def _show_frames(self, row: int, column: int, columns: int, geometry: HeatGeometry) -> None:
        """The chosen step as a thin frame over all rows, the chosen row as one over all ``columns``."""
        self._row_frame.setVisible(row >= 0)
        self._step_frame.setVisible(column >= 0)
        top, bottom = round(geometry.top(row)), round(geometry.top(row) + geometry.row_height)
        left, right = round(geometry.left(0)), round(geometry.left(columns))
        away = _AROUND if bottom - top < _THIN else 0
        rect = QRectF(left, top - away, right - left, bottom - top + 2 * away)
        self._row_frame.setRect(rect.adjusted(-0.5, -0.5, -0.5, -0.5))
        left, right = round(geometry.left(column)), round(geometry.left(column + 1))
        away = _AROUND if right - left < _THIN else 0
        rect = QRectF(left - away, geometry.cells.top(), right - left + 2 * away, geometry.cells.height())
        self._step_frame.setRect(rect.adjusted(-0.5, 0.5, -0.5, -0.5))


def _box() -> pg.ViewBox:
    """Rows grow downwards; it fits nothing by itself and hears no mouse."""
    box = pg.ViewBox(enableMouse=False, enableMenu=False, invertY=True, defaultPadding=0.0)
    box.disableAutoRange()
    return box
