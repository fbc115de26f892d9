"""The same slot in the same colour in answer, bars, heat map, prompt and tables."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPixmap

from memviz.core.events import MEMORY_KINDS, Slot
from memviz.core.trace import Trace

#: Okabe and Ito's palette without its black, in an order in which neighbours differ most.
PALETTE = ("#e69f00", "#56b4e9", "#009e73", "#cc79a7", "#0072b2", "#d55e00", "#f0e442")
_PATTERNS = (
    Qt.BrushStyle.SolidPattern,
    Qt.BrushStyle.BDiagPattern,
    Qt.BrushStyle.VerPattern,
    Qt.BrushStyle.Dense4Pattern,
)
#: Slots that are no memory: grey, on either background.
NEUTRAL = "#8a8f98"


@dataclass(frozen=True, slots=True)
class SlotStyle:
    """Colour and pattern of a slot: the palette is repeated with another pattern each time."""

    color: QColor
    pattern: Qt.BrushStyle

    def paint(self, painter: QPainter, rect: QRectF) -> None:
        """Fills ``rect``: solid, or a pale ground with the pattern over it."""
        if self.pattern == Qt.BrushStyle.SolidPattern:
            painter.fillRect(rect, self.color)
            return
        ground = QColor(self.color)
        ground.setAlphaF(0.35)
        painter.fillRect(rect, ground)
        painter.fillRect(rect, QBrush(self.color, self.pattern))

    def brush(self, alpha: float) -> QBrush:
        """For the ground behind text: as :meth:`paint`, with ``alpha`` as the opacity of the solid colour."""
        if self.pattern == Qt.BrushStyle.SolidPattern:
            color = QColor(self.color)
            color.setAlphaF(alpha)
            return QBrush(color)
        tile = QPixmap(8, 8)
        tile.fill(Qt.GlobalColor.transparent)
        painter = QPainter(tile)
        painter.setOpacity(alpha)
        self.paint(painter, QRectF(0, 0, 8, 8))
        painter.end()
        return QBrush(tile)


def style_of_number(number: int) -> SlotStyle:
    """Style of the ``number``-th memory slot, counted from 0."""
    lap, index = divmod(number, len(PALETTE))
    return SlotStyle(QColor(PALETTE[index]), _PATTERNS[lap % len(_PATTERNS)])


NEUTRAL_STYLE = SlotStyle(QColor(NEUTRAL), Qt.BrushStyle.SolidPattern)


def memory_slots(slots: tuple[Slot, ...]) -> list[Slot]:
    """The slots that are memory (entries, cells), in their order."""
    return [slot for slot in slots if slot.kind in MEMORY_KINDS]


def styles_of(slots: tuple[Slot, ...]) -> list[SlotStyle]:
    """A style for each slot, by index."""
    styles = [NEUTRAL_STYLE] * len(slots)
    for number, slot in enumerate(memory_slots(slots)):
        # The words of a text are many, and neighbours are told apart by colour alone: patterns would only flicker.
        styles[slot.index] = style_of_number(number % len(PALETTE) if slot.kind == "source" else number)
    return styles


def style_of_entry(entry_id: int, trace: Trace | None) -> SlotStyle | None:
    """Style of an entry in this run; None where the run's prompt does not hold it."""
    prompt = trace.prompt if trace is not None else None
    if prompt is None:
        return None
    for number, slot in enumerate(memory_slots(prompt.sources)):
        if slot.entry_id == entry_id:
            return style_of_number(number)
    return None


def color_of_entry(entry_id: int, trace: Trace | None) -> QColor | None:
    """Colour of an entry in this run; None where the run's prompt does not hold it."""
    style = style_of_entry(entry_id, trace)
    return style.color if style is not None else None
