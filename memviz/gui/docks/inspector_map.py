"""A small map, layers by heads, of how much one entry is read at one step."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from memviz.core.arrays import FloatArray
from memviz.gui.plots.canvas import Canvas
from memviz.gui.plots.color_bar import ColorBar
from memviz.gui.plots.head_grid import GridLayout, HeadGrid, dress_axis, place_axis
from memviz.gui.tables.labels import PlainLabel
from memviz.gui.theme import colors_of

_LOWEST, _HIGHEST = 60, 180


class HeadMap(QWidget):
    """Read weights of one entry, [layers, heads], fixed levels 0..1, one image; hovering says the number."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._weights: FloatArray = np.zeros((0, 0), dtype=np.float32)
        self._canvas = Canvas(self)
        self._canvas.setAccessibleName("Attention on this entry by layer and head")
        self._grid = HeadGrid(self._canvas)
        self._heads = pg.AxisItem("bottom")
        self._heads.setStyle(tickLength=0, tickTextOffset=3)
        self._canvas.addItem(self._heads)
        self._words = PlainLabel("", self, color="muted")
        self._words.setToolTip("The strongest weight, or the one under the mouse: its layer (L) and attention head (H)")
        self._words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout()
        row.addWidget(self._words, 1)
        row.addWidget(ColorBar(self))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self._canvas)
        layout.addLayout(row)
        self.setMouseTracking(True)
        self._dress()

    @property
    def weights(self) -> FloatArray:
        """What is shown, [layers, heads]."""
        return self._weights

    def show_weights(self, weights: FloatArray) -> None:
        """Draws ``weights`` [layers, heads], 0..1."""
        self._weights = weights
        self._refresh()
        self._say_strongest()

    def layout_now(self) -> GridLayout:
        """Where the map stands on its canvas."""
        layers, heads = self._weights.shape
        left = self.fontMetrics().horizontalAdvance(f"layer {layers}") + 6.0
        row = max(4, min(18, _HIGHEST // max(layers, 1)))
        height = max(_LOWEST, min(_HIGHEST, layers * row))
        width = max(1.0, self.width() - left - 1.0)
        return GridLayout(left, 0.0, width / max(heads, 1), height / max(layers, 1), layers, heads)

    def _refresh(self) -> None:
        if not self._weights.size:
            return
        layout, font = self.layout_now(), self.font()
        area = layout.map_rect(0)
        foot = self.fontMetrics().height() + 8
        self._canvas.setFixedHeight(round(area.height()) + foot)
        self._grid.show_maps([self._weights], layout)
        self._grid.show_layers(layout, _ticks(layout.layers, "layer", between=False), font)
        below = QRectF(area.left(), area.bottom(), area.width(), foot)
        place_axis(self._heads, below, (0, layout.heads), _ticks(layout.heads, "head", between=True), font)

    def _say_strongest(self) -> None:
        if self._weights.size:
            layer, head = np.unravel_index(int(self._weights.argmax()), self._weights.shape)
            self._words.setText(f"max {self._cell(int(layer), int(head))}")

    def _cell(self, layer: int, head: int) -> str:
        place = f"L{layer + 1} H{head + 1}" if len(self._weights) > 1 else f"H{head + 1}"
        return f"{self._weights[layer, head]:.3f} · {place}"

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        found = (
            self.layout_now().cell_at(event.position() - QPointF(self._canvas.pos())) if self._weights.size else None
        )
        if found is not None:
            self._words.setText(self._cell(found[1], found[2]))
        else:
            self._say_strongest()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._say_strongest()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._refresh()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()
        if event.type() == QEvent.Type.FontChange:
            self._refresh()

    def _dress(self) -> None:
        colors = colors_of(self.palette())
        self._grid.dress(colors)
        dress_axis(self._heads, colors)


def _ticks(count: int, word: str, *, between: bool) -> list[tuple[float, str]]:
    """The first and the last number in the middle of their cells, with what they count between them or at the first."""
    last = [(count - 0.5, str(count))] if count > 1 else []
    if between and count > 2:
        return [(0.5, "1"), (count / 2, word), *last]
    return [(0.5, f"{word} 1"), *last]
