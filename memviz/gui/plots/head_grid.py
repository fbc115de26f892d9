"""Maps of layers over heads side by side: the one way in which the window draws them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFont, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsPathItem

from memviz.core.arrays import FloatArray
from memviz.gui.plots.canvas import Canvas
from memviz.gui.plots.weight_image import WeightImage
from memviz.gui.theme import Colors


@dataclass(frozen=True, slots=True)
class GridLayout:
    """Pixels of a row of ``count`` equal maps; ``gap`` columns of cells lie between two of them."""

    left: float
    top: float
    cell_width: float
    cell_height: float
    layers: int
    heads: int
    count: int = 1
    gap: int = 0

    @property
    def pitch(self) -> float:
        """From the left of a map to the left of the next."""
        return (self.heads + self.gap) * self.cell_width

    def map_rect(self, number: int) -> QRectF:
        left = self.left + number * self.pitch
        return QRectF(left, self.top, self.heads * self.cell_width, self.layers * self.cell_height)

    def cell_rect(self, area: QRectF, layer: int, head: int) -> QRectF:
        left, top = area.left() + head * self.cell_width, area.top() + layer * self.cell_height
        return QRectF(left, top, self.cell_width, self.cell_height)

    def cell_at(self, point: QPointF) -> tuple[int, int, int] | None:
        """(map, layer, head) under a pixel."""
        column, row = (point.x() - self.left) / self.cell_width, (point.y() - self.top) / self.cell_height
        number, head = divmod(math.floor(column), self.heads + self.gap)
        if 0 <= number < self.count and head < self.heads and 0 <= row < self.layers:
            return number, math.floor(row), head
        return None


class HeadGrid:
    """One image for all the maps, an axis of layers on their left, and hairlines around them."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._image = WeightImage()
        self.layers = pg.AxisItem("left")
        self.layers.setStyle(tickLength=0, tickTextOffset=3)
        self._frames, self._chosen = QGraphicsPathItem(), QGraphicsPathItem()
        for height, item in enumerate((self._image, self.layers, self._frames, self._chosen)):
            canvas.addItem(item)
            item.setZValue(height)

    def dress(self, colors: Colors) -> None:
        self._canvas.dress(colors)
        self._image.dress(colors)
        self._frames.setPen(QPen(colors.color("hairline"), 1))
        self._chosen.setPen(QPen(colors.color("accent"), 1))
        dress_axis(self.layers, colors)

    def show_maps(self, maps: Sequence[FloatArray], layout: GridLayout) -> None:
        """``maps``: weights [layers, heads], 0..1, one for each place of ``layout`` that is taken."""
        columns = (layout.heads + layout.gap) * len(maps) - layout.gap
        joined = np.full((layout.layers, max(columns, 0)), np.nan if layout.gap else 0.0, dtype=np.float32)
        for number, weights in enumerate(maps):
            left = number * (layout.heads + layout.gap)
            joined[:, left : left + layout.heads] = weights
        width = columns * layout.cell_width
        self._image.show_weights(joined, QRectF(layout.left, layout.top, width, layout.layers * layout.cell_height))

    def show_layers(self, layout: GridLayout, ticks: list[tuple[float, str]], font: QFont) -> None:
        """``ticks``: places in layers from the top, and what stands there."""
        area = QRectF(0.0, layout.top, layout.left, layout.layers * layout.cell_height)
        place_axis(self.layers, area, (layout.layers, 0), ticks, font)

    def show_frames(self, frames: Sequence[QRectF], chosen: Sequence[QRectF]) -> None:
        """Rectangles with hairlines, and such in the accent's colour."""
        for item, rects in ((self._frames, frames), (self._chosen, chosen)):
            path = QPainterPath()
            for rect in rects:
                path.addRect(rect)
            item.setPath(path)
            item.setVisible(bool(rects))  # an empty path in an SVG is a warning


def dress_axis(axis: pg.AxisItem, colors: Colors) -> None:
    """Numbers in the quiet colour, the line as a hairline."""
    axis.setPen(colors.hairline)
    axis.setTextPen(colors.muted)


def place_axis(
    axis: pg.AxisItem, area: QRectF, span: tuple[float, float], ticks: list[tuple[float, str]], font: QFont
) -> None:
    """Puts an axis with numbers of its own on a canvas; ``span`` runs from left to right or from bottom to top."""
    if axis.style["tickFont"] != font:
        axis.setTickFont(font)
    if axis.geometry() != area:
        axis.setWidth(area.width()) if axis.orientation == "left" else axis.setHeight(area.height())
        axis.setGeometry(area)
    axis.setRange(*span)
    axis.setTicks([ticks])
