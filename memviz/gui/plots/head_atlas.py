"""Small maps of layers over heads, one for each slot, all of one size and on one scale."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from memviz.core.events import FloatArray, Slot
from memviz.gui.fonts import ui_font
from memviz.gui.head_choice import HeadChoice
from memviz.gui.metrics import elided, unit
from memviz.gui.slot_colors import SlotStyle
from memviz.gui.tables.plain import tooltip
from memviz.gui.theme import colors_of, weight_map


class HeadAtlas(QWidget):
    """Paints weights [L, H, N] as one small map for each of the slots that fit; a click or the arrow keys pick a head.

    Signals:
        head_picked(int layer, int head)
        slot_picked(object): a :class:`Slot`.
    """

    head_picked = Signal(int, int)
    slot_picked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._weights: FloatArray = np.zeros((1, 1, 0), dtype=np.float32)
        self._slots: list[tuple[Slot, SlotStyle]] = []
        self._chosen: int | None = None
        self._choice = HeadChoice()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setMinimumHeight(8 * unit(self))
        self.setAccessibleName("Weights by layer and head")
        self.setToolTip("Weights by layer and head; click a cell or use the arrow keys to look through one head")

    def show_weights(
        self, weights: FloatArray, slots: list[tuple[Slot, SlotStyle]], chosen: int | None, choice: HeadChoice
    ) -> None:
        """``weights`` [L, H, N]; ``slots``: memory slots, best first; ``chosen``: an entry's id."""
        self._weights, self._slots, self._chosen, self._choice = weights, slots, chosen, choice
        self.update()

    # -- geometry ----------------------------------------------------------------------------------------------------

    def _cell(self) -> float:
        layers, heads = self._weights.shape[:2]
        room = self.height() - self._top() - unit(self)
        widest = (self.width() - self._left() - 2 * unit(self)) / max(heads, 1)
        return float(max(1.0, min(2.5 * unit(self), room / max(layers, 1), widest)))

    def _top(self) -> float:
        return self.fontMetrics().height() + unit(self)

    def _left(self) -> float:
        return 6.0 * unit(self)

    def _pitch(self) -> float:
        return float(max(self._cell() * self._weights.shape[1], 14.0 * unit(self)) + 2 * unit(self))

    def shown(self) -> list[tuple[Slot, SlotStyle]]:
        """The slots that fit; the chosen one is always among them."""
        count = max(1, int((self.width() - self._left()) // self._pitch()))
        shown = self._slots[:count]
        chosen = [item for item in self._slots[count:] if item[0].entry_id == self._chosen and self._chosen is not None]
        return [*shown[:-1], chosen[0]] if chosen else shown

    def _map_rect(self, number: int) -> QRectF:
        layers, heads = self._weights.shape[:2]
        cell = self._cell()
        return QRectF(self._left() + number * self._pitch(), self._top(), heads * cell, layers * cell)

    def cell_at(self, point: QPointF) -> tuple[Slot, int, int] | None:
        """(slot, layer, head) under a pixel."""
        for number, (slot, _style) in enumerate(self.shown()):
            rect = self._map_rect(number)
            if rect.contains(point):
                layers, heads = self._weights.shape[:2]
                layer = min(int((point.y() - rect.top()) / self._cell()), layers - 1)
                return slot, layer, min(int((point.x() - rect.left()) / self._cell()), heads - 1)
        return None

    def cell_tip(self, slot: Slot, layer: int, head: int) -> str:
        """The exact number and the words of a cell."""
        weight = self._weights[layer, head, slot.index].item()
        return tooltip(f"{weight:.4f}   layer {layer + 1}, head {head + 1}\n{slot.label}")

    # -- painting ----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        colors = colors_of(self.palette())
        painter = QPainter(self)
        font = ui_font(self.font(), scale=0.92)
        painter.setFont(font)
        cell, space = self._cell(), unit(self)
        self._paint_axis(painter, colors.color("muted"), cell)
        table = weight_map(colors.dark)
        for number, (slot, style) in enumerate(self.shown()):
            rect = self._map_rect(number)
            chosen = slot.entry_id is not None and slot.entry_id == self._chosen
            side = space * 1.1
            style.paint(painter, QRectF(rect.left(), (self._top() - space / 2 - side) / 2, side, side))
            painter.setPen(colors.color("accent" if chosen else "text"))
            words = QRectF(rect.left() + 1.75 * space, 0, self._pitch() - 3.5 * space, self._top() - space / 2)
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, elided(slot.label, font, words.width()))
            weights = np.clip(self._weights[:, :, slot.index], 0.0, 1.0)
            pixels = np.ascontiguousarray(table[np.round(255 * weights).astype(np.intp)])
            image = QImage(
                pixels.tobytes(), pixels.shape[1], pixels.shape[0], 4 * pixels.shape[1], QImage.Format.Format_RGBA8888
            )
            painter.drawImage(rect, image)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colors.color("accent" if chosen else "hairline"), 1))
            painter.drawRect(rect.adjusted(-0.5, -0.5, 0.5, 0.5))
            if self._choice.mode == "one":
                painter.setPen(QPen(colors.color("accent"), 1))
                left = rect.left() + self._choice.head * cell
                painter.drawRect(QRectF(left, rect.top() + self._choice.layer * cell, cell, cell))
        if self.hasFocus():
            painter.setPen(QPen(colors.color("accent"), 1, Qt.PenStyle.DotLine))
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -1.5, -1.5))

    def _paint_axis(self, painter: QPainter, color: QColor, cell: float) -> None:
        painter.setPen(color)
        height = painter.fontMetrics().height()
        every = max(1, round(0.5 + height / max(cell, 1.0))) if cell < height else 1
        for layer in range(0, self._weights.shape[0], every):
            top = self._top() + layer * cell + cell / 2 - height / 2
            rect = QRectF(0, top, self._left() - unit(self), height)
            painter.drawText(rect, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{layer + 1}")
        words = QRectF(0, 0, self._left() - unit(self), self._top() - unit(self) / 2)
        painter.drawText(words, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, "layer")

    # -- input -------------------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            found = self.cell_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self.cell_tip(*found) if found is not None else self.toolTip(), self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        found = self.cell_at(event.position())
        if found is not None and event.button() == Qt.MouseButton.LeftButton:
            self.head_picked.emit(found[1], found[2])
            self.slot_picked.emit(found[0])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
        }
        move = moves.get(Qt.Key(event.key()))
        if move is None or not self._slots:
            super().keyPressEvent(event)
            return
        layers, heads = self._weights.shape[:2]
        layer = min(max(self._choice.layer + move[0], 0), layers - 1)
        self.head_picked.emit(layer, min(max(self._choice.head + move[1], 0), heads - 1))
