"""Small maps of layers over heads, one for each slot, all of one size and on one scale."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetricsF, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QGraphicsRectItem, QSizePolicy, QToolTip, QWidget

from memviz.core.arrays import FloatArray
from memviz.core.events import Slot
from memviz.gui.fonts import ui_font
from memviz.gui.head_choice import HeadChoice
from memviz.gui.metrics import elided, unit
from memviz.gui.plots.canvas import Canvas
from memviz.gui.plots.drawn_axis import DrawnAxis
from memviz.gui.plots.head_grid import GridLayout, HeadGrid
from memviz.gui.slot_colors import SlotStyle
from memviz.gui.tables.plain import tooltip
from memviz.gui.theme import Colors, colors_of

#: Width of a map, in units of the window's rhythm.
_MAP_UNITS = 14.0
_MOVES = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


class HeadAtlas(QWidget):
    """Draws weights [L, H, N] as one small map for each of the slots that fit; a click or the arrow keys pick a head.

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
        self._canvas = Canvas(self)
        self._grid = HeadGrid(self._canvas)
        self._headings = _Headings("top")
        self._focus_frame = QGraphicsRectItem()
        self._focus_frame.hide()
        for item in (self._headings, self._focus_frame):
            self._canvas.addItem(item)
        self._dress()
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
        self._refresh()

    # -- geometry ----------------------------------------------------------------------------------------------------

    def layout_now(self) -> GridLayout:
        """Where the maps stand at the widget's size; one at least, as large as there is room for."""
        layers, heads = self._weights.shape[:2]
        space = float(unit(self))
        top, left = self.fontMetrics().height() + space, 6.0 * space
        height = max(1.0, min(3.5 * space, (self.height() - top - space) / max(layers, 1)))
        widest = max(1.0, (self.width() - left - 2 * space) / max(heads, 1))
        width = min(max(height, min(2.5 * space, _MAP_UNITS * space / max(heads, 1))), widest)
        pitch = max(width * heads, _MAP_UNITS * space) + 2 * space
        gap = max(1, math.ceil(pitch / width - 0.5) - heads)
        count = max(1, int((self.width() - left) // ((heads + gap) * width)))
        return GridLayout(left, top, width, height, layers, heads, count, gap)

    def shown(self, count: int) -> list[tuple[Slot, SlotStyle]]:
        """The slots that fit; the chosen one is always among them."""
        shown = self._slots[:count]
        chosen = [item for item in self._slots[count:] if item[0].entry_id == self._chosen and self._chosen is not None]
        return [*shown[:-1], chosen[0]] if chosen else shown

    def cell_at(self, point: QPointF) -> tuple[Slot, int, int] | None:
        """(slot, layer, head) under a pixel."""
        layout = self.layout_now()
        found, shown = layout.cell_at(point), self.shown(layout.count)
        if found is None or found[0] >= len(shown):
            return None
        return shown[found[0]][0], found[1], found[2]

    def cell_tip(self, slot: Slot, layer: int, head: int) -> str:
        """The exact number and the words of a cell."""
        weight = self._weights[layer, head, slot.index].item()
        words = HeadChoice("one", layer, head).words(len(self._weights))
        return tooltip(f"{weight:.4f}   {words}\n{slot.label}")

    # -- picture -----------------------------------------------------------------------------------------------------

    def _refresh(self) -> None:
        """Tells the items what changed; they are drawn once, when the event loop is free."""
        if not self._slots:
            return
        layout, font, space = self.layout_now(), ui_font(self.font(), scale=0.92), float(unit(self))
        shown = self.shown(layout.count)
        self._grid.show_maps([self._weights[:, :, slot.index] for slot, _ in shown], layout)
        every = max(1, round(0.4 + 0.85 * QFontMetricsF(font).height() / layout.cell_height))
        ticks = [(layer + 0.5, f"{layer + 1}") for layer in range(0, layout.layers, every)]
        self._grid.show_layers(layout, ticks, font)
        chosen = [slot.entry_id is not None and slot.entry_id == self._chosen for slot, _ in shown]
        self._headings.place(QRectF(0.0, 0.0, self.width(), layout.top - space / 2), font)
        headings = tuple((slot.label, style, on) for (slot, style), on in zip(shown, chosen, strict=True))
        self._headings.say(layout, headings, space, colors_of(self.palette()))
        areas = [layout.map_rect(number) for number in range(len(shown))]
        frames = [area.adjusted(-0.5, -0.5, 0.5, 0.5) for area in areas]
        accents = [frame for frame, on in zip(frames, chosen, strict=True) if on]
        if self._choice.mode == "one":
            accents += [layout.cell_rect(area, self._choice.layer, self._choice.head) for area in areas]
        self._grid.show_frames(frames, accents)
        self._focus_frame.setRect(QRectF(self.rect()).adjusted(0.5, 0.5, -1.5, -1.5))

    def _dress(self) -> None:
        colors = colors_of(self.palette())
        self._grid.dress(colors)
        self._grid.layers.setPen(colors.window)  # no line: every map has its frame
        self._focus_frame.setPen(QPen(colors.color("accent"), 1, Qt.PenStyle.DotLine))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._canvas.setGeometry(self.rect())
        self._refresh()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._refresh()

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

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._focus_frame.show()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._focus_frame.hide()


class _Headings(DrawnAxis):
    """Names of slots with their colours above their maps."""

    def draw(
        self,
        painter: QPainter,
        layout: GridLayout,
        headings: tuple[tuple[str, SlotStyle, bool], ...],
        space: float,
        colors: Colors,
    ) -> None:
        side, height = 1.1 * space, layout.top - space / 2
        painter.setPen(colors.color("muted"))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(0, 0, layout.left - space, height), right, "layer")
        for number, (label, style, chosen) in enumerate(headings):
            left = layout.map_rect(number).left()
            style.paint(painter, QRectF(left, (height - side) / 2, side, side))
            painter.setPen(colors.color("accent" if chosen else "text"))
            words = QRectF(left + 1.75 * space, 0, layout.pitch - 3.5 * space, height)
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, elided(label, painter.font(), words.width()))
