"""A small map, layers by heads, of how much one entry is read at one step."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from memviz.core.events import FloatArray
from memviz.gui.plots.color_bar import ColorBar
from memviz.gui.tables.labels import PlainLabel
from memviz.gui.theme import colors_of, weight_map

_LOWEST, _HIGHEST = 60, 180


class HeadMap(QWidget):
    """Read weights of one entry, [layers, heads], fixed levels 0..1, one image; hovering says the number."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._weights: FloatArray = np.zeros((0, 0), dtype=np.float32)
        self._plot = pg.PlotWidget(self)
        self._plot.setAccessibleName("Attention on this entry by layer and head")
        self._plot.setMenuEnabled(False)
        self._plot.setMouseEnabled(x=False, y=False)
        self._plot.hideButtons()
        self._plot.setFrameShape(self._plot.Shape.NoFrame)
        for side in ("bottom", "left"):
            axis = self._plot.getAxis(side)
            axis.setStyle(tickLength=0, tickTextOffset=3)
        self._plot.getViewBox().setDefaultPadding(0.0)
        self._plot.invertY(True)
        self._image = pg.ImageItem(axisOrder="row-major")
        self._plot.addItem(self._image)
        self._plot.scene().sigMouseMoved.connect(self._hover)
        self._words = PlainLabel("", self, color="muted")
        self._words.setToolTip("The strongest weight, or the one under the mouse: its layer (L) and attention head (H)")
        self._words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout()
        row.addWidget(self._words, 1)
        row.addWidget(ColorBar(self))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self._plot)
        layout.addLayout(row)
        self._dress()

    @property
    def weights(self) -> FloatArray:
        """What is shown, [layers, heads]."""
        return self._weights

    def show_weights(self, weights: FloatArray) -> None:
        """Draws ``weights`` [layers, heads], 0..1."""
        shape_changed = weights.shape != self._weights.shape
        self._weights = weights
        self._image.setImage(np.ascontiguousarray(weights, dtype=np.float32), autoLevels=False, levels=(0.0, 1.0))
        if shape_changed:
            self._fit()
        self._say_strongest()

    def _fit(self) -> None:
        layers, heads = self._weights.shape
        row = max(4, min(18, _HIGHEST // max(layers, 1)))
        axis_height = self.fontMetrics().height() + 8
        self._plot.setFixedHeight(max(_LOWEST, min(_HIGHEST, layers * row)) + axis_height)
        self._plot.setXRange(0, heads, padding=0)
        self._plot.setYRange(0, layers, padding=0)
        self._plot.getAxis("bottom").setTicks([_ticks(heads, "head", between=True)])
        self._plot.getAxis("left").setTicks([_ticks(layers, "layer", between=False)])

    def _say_strongest(self) -> None:
        if self._weights.size:
            layer, head = np.unravel_index(int(self._weights.argmax()), self._weights.shape)
            self._words.setText(f"max {self._cell(int(layer), int(head))}")

    def _cell(self, layer: int, head: int) -> str:
        return f"{self._weights[layer, head]:.3f} · L{layer + 1} H{head + 1}"

    def _hover(self, position: QPointF) -> None:
        layers, heads = self._weights.shape
        point = self._plot.getViewBox().mapSceneToView(position)
        layer, head = int(np.floor(point.y())), int(np.floor(point.x()))
        if 0 <= layer < layers and 0 <= head < heads:
            self._words.setText(self._cell(layer, head))
        else:
            self._say_strongest()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._say_strongest()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()

    def _dress(self) -> None:
        colors = colors_of(self.palette())
        self._plot.setBackground(colors.window)
        self._image.setLookupTable(weight_map(colors.dark))
        for side in ("bottom", "left"):
            axis = self._plot.getAxis(side)
            axis.setPen(colors.hairline)
            axis.setTextPen(colors.muted)


def _ticks(count: int, word: str, *, between: bool) -> list[tuple[float, str]]:
    """The first and the last number in the middle of their cells, with what they count between them or at the first."""
    last = [(count - 0.5, str(count))] if count > 1 else []
    if between and count > 2:
        return [(0.5, "1"), (count / 2, word), *last]
    return [(0.5, f"{word} 1"), *last]
