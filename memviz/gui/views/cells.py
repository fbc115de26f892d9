"""What belongs to each slot of a memory matrix, over time: writes, usage, allocation, reads."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtWidgets import QWidget

from memviz.core.events import FloatArray, ReadEvent, WriteEvent
from memviz.core.trace import Trace
from memviz.gui.views.rows_view import Picture, RowsView, step_words
from memviz.gui.views.series import Series, Told
from memviz.gui.widgets import choice_box

#: What can be shown: name -> (words, what is told of a step).
QUANTITIES = {
    "usage": "usage: how much each slot is taken",
    "allocation": "allocation: where a new word would go",
    "write": "write weights",
    "read": "read weights, the strongest head",
    "precedence": "precedence: which slot was written last",
}


class CellsView(RowsView):
    """One quantity of all slots over time steps."""

    title: ClassVar[str] = "Slots"
    what: ClassVar[str] = "usage, allocation and weights of every slot"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._series = {name: Series(_told(name)) for name in QUANTITIES}
        self.quantity = choice_box(
            self.controls, "Quantity", "What is shown of each slot", ((n, n) for n in QUANTITIES)
        )
        self.quantity.currentIndexChanged.connect(self.mark_stale)
        self.add_control(self.quantity)

    def picture(self, trace: Trace, step: int) -> Picture:
        levels = self._series[self.quantity.currentData()].update(trace)
        names = [slot.label for slot in trace.prompt.slots] if trace.prompt is not None else []
        return Picture(levels, names[: len(levels)], step_words(trace, levels.shape[1]), levels, step)

    def sentence_for(self, trace: Trace, step: int) -> str:
        del trace
        return f"time step {step + 1}   ·   {QUANTITIES[self.quantity.currentData()]}"


def _told(quantity: str) -> Told:
    def told(read: ReadEvent | None, write: WriteEvent | None) -> FloatArray | None:
        if quantity == "read":
            return read.read_weights.max(axis=0) if read is not None else None
        if write is None:
            return None
        return write.write_weights.max(axis=0) if quantity == "write" else write.detail.get(quantity)

    return told
