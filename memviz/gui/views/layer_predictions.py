"""What a model would say if it ended after each of its layers, as a list beside the neurons."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from memviz.core.neurons import LayerPrediction
from memviz.gui.metrics import elided, unit
from memviz.gui.tables.plain import one_line, tooltip
from memviz.gui.theme import colors_of


class LayerPredictions(QWidget):
    """A row for each layer, the first one on top: number, token, probability. A click chooses a layer.

    Signals:
        chosen(int): a layer, 0-based; -1 for all of them.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.predictions: tuple[LayerPrediction, ...] = ()
        self.layer = -1
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("Prediction of each layer")

    def show_predictions(self, predictions: tuple[LayerPrediction, ...], layer: int) -> None:
        self.predictions, self.layer = predictions, layer
        words = "\n".join(
            f"layer {each.layer + 1}   “{one_line(each.text)}” {math.exp(each.logprob):.3f}"
            + "".join(f"   “{one_line(other.text)}” {math.exp(other.logprob):.3f}" for other in each.alternatives[:3])
            for each in predictions
        )
        self.setToolTip(tooltip(words))
        self.setAccessibleDescription(words)
        self.updateGeometry()
        self.update()

    def _row(self) -> float:
        return self.fontMetrics().height() + 0.5 * unit(self)

    def sizeHint(self) -> QSize:
        return QSize(26 * unit(self), math.ceil(max(1, len(self.predictions)) * self._row()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        row = int(event.position().y() // self._row())
        if event.button() == Qt.MouseButton.LeftButton and 0 <= row < len(self.predictions):
            self.chosen.emit(-1 if row == self.layer else row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down choose a layer; above the first one stand all of them."""
        move = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if move is None or not self.predictions:
            super().keyPressEvent(event)
            return
        self.chosen.emit(min(max(self.layer + move, -1), len(self.predictions) - 1))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        colors = colors_of(self.palette())
        painter = QPainter(self)
        space, height = unit(self), self._row()
        number = float(self.fontMetrics().horizontalAdvance("layer 00 ")) + space
        figure = float(self.fontMetrics().horizontalAdvance("0.000")) + space
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        last = self.predictions[-1].token_id if self.predictions else -1
        for at, each in enumerate(self.predictions):
            row = QRectF(0, at * height, self.width(), height)
            if at == self.layer:
                painter.fillRect(row, colors.color("hover"))
            painter.setPen(colors.color("muted"))
            painter.drawText(row, Qt.AlignmentFlag.AlignVCenter, f"layer {each.layer + 1}")
            painter.setPen(colors.color("accent" if each.token_id == last else "text"))
            room = self.width() - number - figure
            words = elided(f"“{one_line(each.text)}”", self.font(), room)
            painter.drawText(QRectF(number, row.top(), room, height), Qt.AlignmentFlag.AlignVCenter, words)
            painter.setPen(colors.color("muted"))
            painter.drawText(row, right, f"{math.exp(each.logprob):.3f}")
        if self.hasFocus():
            painter.setPen(colors.color("accent"))
            painter.drawRect(QRectF(0.5, 0.5, self.width() - 1, max(1.0, len(self.predictions) * height - 1)))
        painter.end()
