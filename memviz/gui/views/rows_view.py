"""What views of rows over steps share: the heat map, its columns' words, and the choice of steps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from PySide6.QtGui import QColor, QCursor
from PySide6.QtWidgets import QToolTip, QWidget

from memviz.core.arrays import FloatArray
from memviz.core.trace import Trace
from memviz.gui.plots.heat_axes import Row
from memviz.gui.slot_colors import SlotStyle, style_of_number
from memviz.gui.tables.plain import tooltip
from memviz.gui.views.base import View
from memviz.gui.views.map_frame import framed_map
from memviz.gui.widgets import ElidedLabel


@dataclass(frozen=True, slots=True)
class Picture:
    """Levels [R, C], 0..1, or colours [R, C, 3], 0..1; names of rows and columns; the values behind them [R, C].

    ``column``: the chosen one, -1 for none. ``steps``: whether columns are steps of the run.
    """

    levels: FloatArray
    names: Sequence[str]
    words: Sequence[str]
    values: FloatArray
    column: int = -1
    steps: bool = True
    styles: Sequence[SlotStyle] = field(default=())


class RowsView(View):
    """Rows of numbers over the steps of a run. A subclass implements :meth:`picture` and
    :meth:`sentence_for`, which may use :attr:`shown`."""

    what: ClassVar[str] = "rows"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shown: Picture | None = None
        self.row = -1
        self.words = ElidedLabel(self.controls, f"What {self.title} shows")
        self.add_control(self.words, 1)
        self.map = framed_map(self.content, self.title, f"{self.what}; the up and down keys choose a row")
        self.map.picked.connect(self._picked)
        self.map.pointed.connect(self._pointed)
        self._drawn: Trace | None = None

    def picture(self, trace: Trace, step: int) -> Picture:
        """What is to be drawn at a step."""
        raise NotImplementedError

    def sentence_for(self, trace: Trace, step: int) -> str:
        """What stands above the picture."""
        raise NotImplementedError

    def why_empty(self, trace: Trace | None) -> str:
        if trace is None:
            return f"Here you will see {self.what}. Ask a question to begin."
        if not trace.steps:
            return "Waiting for the first step …" if trace.finish is None else "The run ended before its first step."
        if not trace.has_writes:
            return f"This model tells nothing of {self.what}, so there is nothing to draw."
        return ""

    def draw(self, trace: Trace, step: int) -> None:
        if trace is not self._drawn:
            self._drawn, self.row = trace, -1
            self.map.reset_zoom()
        step = min(max(step, 0), trace.steps - 1)
        shown = self.shown = self.picture(trace, step)
        at = shown.column
        self.map.show_levels(
            shown.levels,
            [
                Row(
                    name,
                    shown.styles[number] if shown.styles else style_of_number(number),
                    float(shown.values[number, at]) if 0 <= at < shown.values.shape[1] else 0.0,
                )
                for number, name in enumerate(shown.names)
            ],
            list(shown.words),
            apart=0,
            room=float(max(1, shown.levels.shape[1])),
            row=self.row,
            step=at,
        )
        self.words.say(self.sentence_for(trace, step))

    def _picked(self, row: int, column: int) -> None:
        if row >= 0 and row != self.row:
            self.row = row
            self.mark_stale()
        if row >= 0 and column >= 0:
            self.cell_clicked(row, column)
        if column >= 0 and self.shown is not None and self.shown.steps:
            self.step_chosen.emit(column)

    def cell_clicked(self, row: int, column: int) -> None:
        """A subclass may do more than choose row and step."""

    def _pointed(self, row: int, column: int) -> None:
        if row < 0:
            QToolTip.hideText()
        else:
            QToolTip.showText(QCursor.pos(), self.cell_tip(row, column), self.map)

    def cell_tip(self, row: int, column: int) -> str:
        """Names and number of a cell; of a row at the chosen column where ``column`` is -1."""
        shown = self.shown
        if shown is None or not 0 <= row < len(shown.names):
            return ""
        at = column if column >= 0 else shown.column
        if not 0 <= at < shown.values.shape[1]:
            return tooltip(shown.names[row])
        return tooltip(f"{shown.values[row, at]:.4f}\n{shown.names[row]}\n{shown.words[at]}")

    def table(self) -> Iterable[Sequence[object]]:
        shown = self.shown
        if shown is None:
            return
        yield (self.title, *shown.words)
        for name, values in zip(shown.names, shown.values, strict=True):
            yield (name, *(round(float(value), 6) for value in values))


def mixed_colors(weights: Sequence[FloatArray], colors: Sequence[QColor], *, dark: bool) -> FloatArray:
    """Several weights [R, C] over each other as colours [R, C, 3]: light on dark, or ink on white."""
    total = np.zeros((*weights[0].shape, 3), dtype=np.float32)
    for part, color in zip(weights, colors, strict=True):
        rgb = np.array([color.redF(), color.greenF(), color.blueF()], dtype=np.float32)
        total += part[..., None] * (rgb if dark else 1.0 - rgb)
    return np.clip(total if dark else 1.0 - total, 0.0, 1.0)
