"""Where the read and write heads are at every step, all of them over each other."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from memviz.core.arrays import FloatArray
from memviz.core.events import ReadEvent, WriteEvent
from memviz.core.trace import Trace
from memviz.gui.slot_colors import PALETTE
from memviz.gui.views.legend import Legend
from memviz.gui.views.rows_view import Picture, RowsView, mixed_colors
from memviz.gui.views.series import Series, Told
from memviz.gui.views.step_words import step_name, step_words

#: The write head; read heads take the other colours of the palette in turn.
WRITE_COLOR, READ_COLORS = PALETTE[5], (PALETTE[1], PALETTE[2], PALETTE[3], PALETTE[0], PALETTE[4], PALETTE[6])


class HeadsOverTimeView(RowsView):
    """Slots over time steps: the write head in one colour, each read head in another; brightness is weight."""

    title: ClassVar[str] = "Read and write heads"
    what: ClassVar[str] = "where the read and write heads are"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._written = Series(lambda _, write: write.write_weights.sum(axis=0) if write is not None else None)
        self._read: list[Series] = []
        self.legend = Legend(self.controls)
        self.add_control(self.legend)

    def picture(self, trace: Trace, step: int) -> Picture:
        prompt = trace.prompt
        heads = prompt.heads if prompt is not None else 1
        while len(self._read) < heads:
            self._read.append(Series(_head(len(self._read))))
        steps = trace.steps
        written = self._written.update(trace, steps)
        read = [series.update(trace, steps) for series in self._read[:heads]]
        read = [part if len(part) else np.zeros_like(written) for part in read]
        names = ["write head"] + ["read head" if heads == 1 else f"read head {at + 1}" for at in range(heads)]
        colors = [QColor(WRITE_COLOR)] + [QColor(READ_COLORS[at % len(READ_COLORS)]) for at in range(heads)]
        self.legend.show_names(list(zip(names, colors, strict=True)))
        return Picture(
            mixed_colors([written, *read], colors, dark=self.colors.dark),
            [slot.label for slot in prompt.slots] if prompt is not None else [],
            step_words(trace, written.shape[1]),
            np.maximum(written, np.maximum.reduce(read)),
            step,
        )

    def sentence_for(self, trace: Trace, step: int) -> str:
        write, read = trace.write(step), trace.read(step)
        words = [step_name(trace, step)]
        if write is not None:
            weights = write.write_weights.sum(axis=0)
            words.append(f"writes {float(weights.max()):.2f} to slot {int(weights.argmax()) + 1}")
        if read is not None:
            strongest = [f"{int(row.argmax()) + 1} ({float(row.max()):.2f})" for row in read.read_weights]
            words.append(f"reads slot {', '.join(strongest)}")
        return "   ·   ".join(words)


def _head(number: int) -> Told:
    def told(read: ReadEvent | None, _: WriteEvent | None) -> FloatArray | None:
        return read.read_weights[number] if read is not None and len(read.read_weights) > number else None

    return told
