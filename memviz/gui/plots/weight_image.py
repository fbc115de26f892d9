"""Weights as an image, the same way in every view."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF

from memviz.core.arrays import FloatArray
from memviz.gui.theme import Colors, weight_map


class WeightImage(pg.ImageItem):
    """Weights [rows, columns] in the colours of weights; levels are fixed at 0..1, and NaN is nothing."""

    def __init__(self) -> None:
        super().__init__(axisOrder="row-major")
        self.setLevels((0.0, 1.0), update=False)
        self._area: tuple[QRectF, tuple[int, ...]] = (QRectF(), (0, 0))
        self._map: object = None

    def show_weights(self, weights: FloatArray, area: QRectF) -> None:
        """Draws ``weights`` [rows, columns] over ``area``, the first row at its top; or colours [rows, columns, 3]."""
        self.setVisible(weights.size > 0)
        if weights.size:
            colored = weights.ndim == 3
            self.setLookupTable(None if colored else self._map, update=False)
            self.setImage(np.ascontiguousarray(weights, dtype=np.float32), autoLevels=False)
            if self._area != (area, weights.shape):
                self._area = (QRectF(area), weights.shape)
                self.setRect(area)

    def dress(self, colors: Colors) -> None:
        self._map = weight_map(colors.dark)
        self.setLookupTable(self._map)


def pooled(weights: FloatArray, rows: float, columns: float) -> FloatArray:
    """``weights`` with no more rows and columns than there are pixels: a pixel shows its strongest cell."""
    for axis, pixels in ((0, rows), (1, columns)):
        count = max(1, int(pixels))
        if weights.shape[axis] > count:
            edges = np.arange(count) * weights.shape[axis] // count
            weights = np.maximum.reduceat(weights, edges, axis=axis)
    return weights
