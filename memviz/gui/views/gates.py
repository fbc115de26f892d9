"""The gates and read modes of a differentiable neural computer over time."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtWidgets import QWidget

from memviz.core.arrays import FloatArray
from memviz.core.events import READ_MODES, ReadEvent, WriteEvent
from memviz.core.trace import Trace
from memviz.gui.slot_colors import SlotStyle, style_of_number
from memviz.gui.views.rows_view import Picture, RowsView
from memviz.gui.views.series import Series
from memviz.gui.views.step_words import step_name, step_words


class GatesView(RowsView):
    """Write gate, allocation gate, free gates, and the three read modes of each head: all from 0 to 1."""

    title: ClassVar[str] = "Gates"
    what: ClassVar[str] = "gates and read modes"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._series = Series(_told)

    def picture(self, trace: Trace, step: int) -> Picture:
        levels = self._series.update(trace)
        names, styles = _names(trace.prompt.heads if trace.prompt is not None else 1)
        return Picture(
            levels, names[: len(levels)], step_words(trace, levels.shape[1]), levels, step, styles=styles[: len(levels)]
        )

    def sentence_for(self, trace: Trace, step: int) -> str:
        return f"{step_name(trace, step)}   ·   allocation gate: 1 writes to a free slot, 0 where the write key points"


def _told(read: ReadEvent | None, write: WriteEvent | None) -> FloatArray | None:
    if read is None or write is None or "read_modes" not in read.detail or "write_gate" not in write.detail:
        return None
    gates = (write.detail["write_gate"], write.detail["allocation_gate"], read.detail["free_gates"])
    return np.concatenate([*(gate.ravel() for gate in gates), read.detail["read_modes"].ravel()])


def _names(heads: int) -> tuple[list[str], list[SlotStyle]]:
    of = [""] if heads == 1 else [f" {at + 1}" for at in range(heads)]
    names = ["write gate", "allocation gate", *(f"free gate{number}" for number in of)]
    colors = [0, 1, *(2 for _ in of)]
    for number in of:
        names += [f"read mode{number}: {mode}" for mode in READ_MODES]
        colors += [3, 4, 5]
    return names, [style_of_number(color) for color in colors]
