"""Small maps of layers over heads, one for each slot, all of one size and on one scale."""

from __future__ import annotations

from dataclasses import dataclass

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
from memviz.gui.theme import Colors, colors_of, weight_map

#: Width of a map, in units of the window's rhythm.
_MAP_UNITS = 14.0
_MOVES = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


@dataclass(frozen=True, slots=True)
class AtlasLayout:
    """Pixels of a row of equal maps; ``space`` is the unit of the window's rhythm."""

    left: float
    top: float
    cell_width: float
    cell_height: float
    pitch: float
    layers: int
    heads: int
    count: int
    space: float

    def map_rect(self, number: int) -> QRectF:
        left = self.left + number * self.pitch
        return QRectF(left, self.top, self.heads * self.cell_width, self.layers * self.cell_height)

    def cell_rect(self, area: QRectF, layer: int, head: int) -> QRectF:
        left, top = area.left() + head * self.cell_width, area.top() + layer * self.cell_height
        return QRectF(left, top, self.cell_width, self.cell_height)


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

    def layout_now(self) -> AtlasLayout:
        """Where the maps stand at the widget's size; one at least, as large as there is room for."""
        layers, heads = self._weights.shape[:2]
        space = float(unit(self))
        top, left = self.fontMetrics().height() + space, 6.0 * space
        height = max(1.0, min(3.5 * space, (self.height() - top - space) / max(layers, 1)))
        widest = max(1.0, (self.width() - left - 2 * space) / max(heads, 1))
        width = min(max(height, min(2.5 * space, _MAP_UNITS * space / max(heads, 1))), widest)
        pitch = max(width * heads, _MAP_UNITS * space) + 2 * space
        count = max(1, int((self.width() - left) // pitch))
        return AtlasLayout(left, top, width, height, pitch, layers, heads, count, space)

    def shown(self, count: int) -> list[tuple[Slot, SlotStyle]]:
        """The slots that fit; the chosen one is always among them."""
        shown = self._slots[:count]
        chosen = [item for item in self._slots[count:] if item[0].entry_id == self._chosen and self._chosen is not None]
        return [*shown[:-1], chosen[0]] if chosen else shown

    def cell_at(self, point: QPointF) -> tuple[Slot, int, int] | None:
        """(slot, layer, head) under a pixel."""
        layout = self.layout_now()
        for number, (slot, _style) in enumerate(self.shown(layout.count)):
            rect = layout.map_rect(number)
            if rect.contains(point):
                layer = min(int((point.y() - rect.top()) / layout.cell_height), layout.layers - 1)
                return slot, layer, min(int((point.x() - rect.left()) / layout.cell_width), layout.heads - 1)
        return None

    def cell_tip(self, slot: Slot, layer: int, head: int) -> str:
        """The exact number and the words of a cell."""
        weight = self._weights[layer, head, slot.index].item()
        return tooltip(f"{weight:.4f}   layer {layer + 1}, head {head + 1}\n{slot.label}")

    # -- painting ----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        colors, layout = colors_of(self.palette()), self.layout_now()
        painter = QPainter(self)
        painter.setFont(ui_font(self.font(), scale=0.92))
        _paint_axis(painter, layout, colors)
        for number, (slot, style) in enumerate(self.shown(layout.count)):
            chosen = slot.entry_id is not None and slot.entry_id == self._chosen
            rect = layout.map_rect(number)
            _paint_heading(painter, layout, rect, slot, style, colors.color("accent" if chosen else "text"))
            painter.drawImage(rect, _image(self._weights[:, :, slot.index], colors.dark))
            painter.setPen(QPen(colors.color("accent" if chosen else "hairline"), 1))
            painter.drawRect(rect.adjusted(-0.5, -0.5, 0.5, 0.5))
            if self._choice.mode == "one":
                painter.setPen(QPen(colors.color("accent"), 1))
                painter.drawRect(layout.cell_rect(rect, self._choice.layer, self._choice.head))
        if self.hasFocus():
            painter.setPen(QPen(colors.color("accent"), 1, Qt.PenStyle.DotLine))
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -1.5, -1.5))

    # -- input -------------------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in _MOVES:
            event.accept()  # the arrow keys choose a head here, not a step
            return True
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
        move = _MOVES.get(Qt.Key(event.key()))
        if move is None or not self._slots:
            super().keyPressEvent(event)
            return
        layers, heads = self._weights.shape[:2]
        layer = min(max(self._choice.layer + move[0], 0), layers - 1)
        self.head_picked.emit(layer, min(max(self._choice.head + move[1], 0), heads - 1))


def _paint_axis(painter: QPainter, layout: AtlasLayout, colors: Colors) -> None:
    """Numbers of the layers, as many as have room."""
    painter.setPen(colors.color("muted"))
    line = painter.fontMetrics().height()
    right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    width = layout.left - layout.space
    for layer in range(0, layout.layers, max(1, round(0.4 + 0.85 * line / layout.cell_height))):
        middle = layout.top + (layer + 0.5) * layout.cell_height
        painter.drawText(QRectF(0, middle - line / 2, width, line), right, f"{layer + 1}")
    painter.drawText(QRectF(0, 0, width, layout.top - layout.space / 2), right, "layer")


def _paint_heading(
    painter: QPainter, layout: AtlasLayout, area: QRectF, slot: Slot, style: SlotStyle, color: QColor
) -> None:
    side, height = 1.1 * layout.space, layout.top - layout.space / 2
    style.paint(painter, QRectF(area.left(), (height - side) / 2, side, side))
    painter.setPen(color)
    words = QRectF(area.left() + 1.75 * layout.space, 0, layout.pitch - 3.5 * layout.space, height)
    painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, elided(slot.label, painter.font(), words.width()))


def _image(weights: FloatArray, dark: bool) -> QImage:
    """[L, H] in the colours of weights."""
    numbers = np.round(255 * np.clip(weights, 0.0, 1.0)).astype(np.intp)
    pixels = np.ascontiguousarray(weight_map(dark)[numbers])
    layers, heads = weights.shape
    return QImage(pixels.tobytes(), heads, layers, 4 * heads, QImage.Format.Format_RGBA8888)
