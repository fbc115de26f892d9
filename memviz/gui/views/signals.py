"""Input, target and output of a sequence, channel by channel."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtWidgets import QWidget

from memviz.core.arrays import FloatArray
from memviz.core.events import ReadEvent, WriteEvent
from memviz.core.sequences import flipped
from memviz.core.trace import Trace
from memviz.gui.slot_colors import style_of_number
from memviz.gui.views.rows_view import Picture, RowsView
from memviz.gui.views.series import Series, Told
from memviz.gui.views.step_words import step_name, step_words

PARTS = ("input", "target", "output")


class SignalsView(RowsView):
    """What was shown, what was wanted where it was asked for, and what came out."""

    title: ClassVar[str] = "Input and output"
    what: ClassVar[str] = "input, target and output"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._series = [Series(_told(part)) for part in PARTS]
        self._right = Series(_right)

    def picture(self, trace: Trace, step: int) -> Picture:
        steps = trace.steps
        parts = [series.update(trace, steps) for series in self._series]
        levels = np.concatenate(parts)
        names = [f"{part} {row + 1}" for part, rows in zip(PARTS, parts, strict=True) for row in range(len(rows))]
        styles = [style_of_number(at) for at, rows in enumerate(parts) for _ in range(len(rows))]
        return Picture(levels, names, step_words(trace, levels.shape[1]), levels, step, styles=styles)

    def cell_clicked(self, row: int, column: int) -> None:
        """A click on an input bit asks about the sequence with that bit changed."""
        trace = self.trace
        read = trace.read(column) if trace is not None else None
        if trace is None or trace.prompt is None or read is None or "word" not in read.detail:
            return
        text = trace.prompt.text
        changed = flipped(text, int(read.detail["word"][0]), row)
        if changed != text:
            self.query_proposed.emit(changed)

    def sentence_for(self, trace: Trace, step: int) -> str:
        right, asked = self._right.update(trace)[:, : step + 1].sum(axis=1)
        told = f"{right:.0f} of {asked:.0f} bits right so far" if asked else "nothing was asked for yet"
        return f"{step_name(trace, step)}   ·   {told}   ·   click an input bit to change it"


def _right(read: ReadEvent | None, _: WriteEvent | None) -> FloatArray:
    """Right bits of a step, and bits that were asked for."""
    if read is None or not read.detail.get("asked", np.zeros(1)).any():
        return np.zeros(2)
    right = (read.detail["output"] > 0.5) == (read.detail["target"] > 0.5)
    return np.array([right.sum(), right.size], dtype=np.float64)


def _told(part: str) -> Told:
    def told(read: ReadEvent | None, _: WriteEvent | None) -> FloatArray | None:
        if read is None or part not in read.detail:
            return None
        shown = read.detail[part]
        return shown if part == "input" else shown * read.detail["asked"]

    return told
