"""What belongs to each slot of a memory matrix, over time: writes, usage, allocation, reads."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtWidgets import QWidget

from memviz.core.arrays import FloatArray
from memviz.core.events import ReadEvent, WriteEvent
from memviz.core.trace import Trace
from memviz.gui.views.rows_view import Picture, RowsView
from memviz.gui.views.series import Series, Told
from memviz.gui.views.step_words import step_name, step_words
from memviz.gui.widgets import choice_box

#: What can be shown: name -> (words, what is told of a step).
QUANTITIES = {
    "usage": "usage: how much each slot is taken",
    "allocation": "allocation: where a new word would go",
    "input_gate": "input gate: how much of the new value is taken in",
    "forget_gate": "forget gate: how much of the old value is kept",
    "output_gate": "output gate: how much of the value is let out",
    "cell": "the value itself, its size from 0 to 1",
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

    def _offer(self, trace: Trace) -> None:
        """Only what the model tells of."""
        write = trace.write(0)
        told = set(write.detail) if write is not None else set()
        matrix = "usage" in told  # the two writes of a recurrent network are its gates
        names = [name for name in QUANTITIES if name in told or name == "read" or (name == "write" and matrix)]
        if names != [self.quantity.itemData(at) for at in range(self.quantity.count())]:
            blocked = self.quantity.blockSignals(True)
            self.quantity.clear()
            for name in names:
                self.quantity.addItem(name.replace("_", " "), name)
            self.quantity.blockSignals(blocked)

    def picture(self, trace: Trace, step: int) -> Picture:
        self._offer(trace)
        levels = np.clip(np.abs(self._series[self.quantity.currentData()].update(trace)), 0.0, 1.0)
        names = [slot.label for slot in trace.prompt.slots] if trace.prompt is not None else []
        return Picture(levels, names[: len(levels)], step_words(trace, levels.shape[1]), levels, step)

    def sentence_for(self, trace: Trace, step: int) -> str:
        return f"{step_name(trace, step)}   ·   {QUANTITIES[self.quantity.currentData()]}"


def _told(quantity: str) -> Told:
    def told(read: ReadEvent | None, write: WriteEvent | None) -> FloatArray | None:
        if quantity == "read":
            return read.read_weights.max(axis=0) if read is not None else None
        if write is None:
            return None
        return np.abs(write.write_weights).max(axis=0) if quantity == "write" else write.detail.get(quantity)

    return told
