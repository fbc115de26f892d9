"""The heart of the window: how much each step read from each slot, live, with the chosen step as bars beside it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import ClassVar

import numpy as np
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QToolTip, QWidget

from memviz.core.arrays import FloatArray
from memviz.core.events import MEMORY_KINDS, PromptEvent, Slot
from memviz.core.trace import Trace
from memviz.gui.plots.color_bar import ColorBar
from memviz.gui.plots.heat_axes import Row
from memviz.gui.slot_colors import NEUTRAL_STYLE
from memviz.gui.tables.plain import one_line, tooltip
from memviz.gui.views.base import View
from memviz.gui.views.map_frame import framed_map
from memviz.gui.views.slot_table import SlotRows, WeightColumns, slot_rows
from memviz.gui.views.step_words import reading_words, step_words
from memviz.gui.widgets import ElidedLabel, choice_box

#: Of more slots than these, the strongest come first, and so many of them are in sight; Ctrl and the wheel show more.
MANY_SLOTS, MOST_ROWS = 64, 24
#: The least weight of the logarithmic scale.
LOG_FLOOR = 1e-3
#: The picture has room for so many steps at first, then for twice as many each time: columns rarely jump.
FIRST_ROOM = 4


class MemoryAttentionView(View):
    """Slots over steps. The sink (the first token) stands apart below; weights are shares of the rest, or raw."""

    title: ClassVar[str] = "Memory attention"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._columns = WeightColumns()
        self._rows: SlotRows | None = None
        self._weights: FloatArray = np.zeros((0, 0), dtype=np.float32)
        self._drawn: Trace | None = None
        self._kind: tuple[str, bool] = ("token", False)
        self._words = ElidedLabel(self.controls, "Heads that are looked through")
        self.basis = choice_box(
            self.controls,
            "Weights",
            "Whether the sink’s share is left out before weights are shown",
            (("without sink", False), ("raw weights", True)),
        )
        self.scale = choice_box(
            self.controls,
            "Scale",
            "Linear from 0 to 1 or to the largest weight, or logarithmic from 0.001 to 1",
            (("linear", "linear"), ("to largest", "largest"), ("log", "log")),
        )
        self.order = choice_box(
            self.controls,
            "Order",
            "Slots in their own order, or those that were read most first",
            (("as stored", False), ("strongest first", True)),
        )
        self.basis.currentIndexChanged.connect(self.mark_stale)
        self.scale.currentIndexChanged.connect(self.mark_stale)
        self.order.currentIndexChanged.connect(self._reordered)
        self._bar = ColorBar(self.controls)
        self.add_control(self._words, 1)
        for widget in (self.basis, self.order, self.scale, self._bar):
            self.add_control(widget)
        self.map = framed_map(
            self.content, "Heat map of memory attention", "Slots over steps; the up and down keys choose a slot"
        )
        self.map.picked.connect(self._picked)
        self.map.pointed.connect(self._pointed)

    def why_empty(self, trace: Trace | None) -> str:
        if trace is None:
            return "Here you will see what each word of the answer reads. Ask a question to begin."
        if trace.prompt is None:
            return "Waiting for the prompt …" if trace.finish is None else "The run ended before there was a prompt."
        if not trace.steps:
            return reading_words(trace) if trace.finish is None else "The model said nothing."
        if trace.read(0) is None:
            return "This model reports no reads, so there is nothing to draw."
        return ""

    def draw(self, trace: Trace, step: int) -> None:
        prompt = trace.prompt
        if prompt is None:
            return
        if trace is not self._drawn:
            self._drawn = trace
            self._suit(len(prompt.sources), prompt.step_word)
            self._reset_zoom()
        self._weights = self._columns.update(trace, self.heads, bool(self.basis.currentData()))
        self._rows = slot_rows(prompt.sources, self._weights if self.order.currentData() else None)
        levels = self._levels(self._weights[self._rows.order])
        self.map.show_levels(
            levels,
            [self._row(slot, number, step) for number, slot in enumerate(self._rows.slots)],
            step_words(trace, levels.shape[1]),
            apart=self._rows.sinks,
            room=self._room(trace),
            row=self._rows.row_of_entry(self.entry_id),
            step=step,
        )
        self.basis.setVisible(self._rows.sinks > 0)
        self.basis.setEnabled(self.heads.sums_to_one)
        self._words.say(self._heads_words(prompt) + self._support_words(trace, step))

    def _suit(self, slots: int, step_word: str) -> None:
        """For another kind of run the controls begin with what suits it; the user's choice stays within a kind.

        A memory network reads many slots in few steps: the strongest of them first, in the colours of the largest. A
        story keeps its order, and over the tokens of an answer slots stay where they are while it grows.
        """
        kind = (step_word, slots > MANY_SLOTS)
        if kind == self._kind:
            return
        self._kind = kind
        many = step_word == "hop" and slots > MANY_SLOTS
        self.scale.setCurrentIndex(self.scale.findData("largest" if many else "linear"))
        self.order.setCurrentIndex(self.order.findData(many))

    def _levels(self, weights: FloatArray) -> FloatArray:
        """Weights as levels of colour, 0..1."""
        match self.scale.currentData():
            case "log":
                self._bar.set_ends("≤ 0.001", "1", "Colour of a weight: logarithmic from 0.001 to 1")
                return 1.0 - np.log10(np.maximum(weights, LOG_FLOOR)) / math.log10(LOG_FLOOR)
            case "largest":
                top = weights.max(initial=0.0) or 1.0
                self._bar.set_ends("0", f"{top:.2g}", "Colour of a weight: linear from 0 to the largest one shown")
                return weights / top
            case _:
                self._bar.set_ends("0", "1", "Colour of a weight: linear from 0 to 1")
                return weights

    def _reset_zoom(self) -> None:
        self.map.reset_zoom(MOST_ROWS if self.order.currentData() else 0)

    def _reordered(self) -> None:
        self._reset_zoom()
        self.mark_stale()

    def _heads_words(self, prompt: PromptEvent) -> str:
        if prompt.layers * prompt.heads == 1:
            return "read weights"
        words = self.heads.words(prompt.layers)
        return words if self.heads.sums_to_one else f"{words}, raw weights"

    def _support_words(self, trace: Trace, step: int) -> str:
        """How much the step read from the entries that the right answer follows from, where they are known."""
        supporting = set(trace.query.supporting)
        slots = self._rows.slots if self._rows is not None else ()
        found = [slot for slot in slots if slot.entry_id in supporting]
        if not found or step < 0:
            return ""
        share = sum(self.weight(slot, step) for slot in found)
        return f"   ·   ★ supporting: {share:.2f} of this {self._kind[0]}"

    def _row(self, slot: Slot, number: int, step: int) -> Row:
        quiet = slot.kind not in MEMORY_KINDS
        style = NEUTRAL_STYLE if quiet or self._rows is None else self._rows.styles[number]
        mark = "★ " if self._drawn is not None and slot.entry_id in self._drawn.query.supporting else ""
        label = f"sink · {slot.label}" if slot.kind == "sink" and not slot.label.startswith("sink") else slot.label
        return Row(mark + label, style, self.weight(slot, step), quiet)

    def weight(self, slot: Slot, step: int) -> float:
        """The slot's weight at a step, as shown; 0 where there is no such step."""
        return self._weights[slot.index, step].item() if 0 <= step < self._weights.shape[1] else 0.0

    def _room(self, trace: Trace) -> float:
        """For how many steps there is place; a live run has some to spare, unless its few hops come at once."""
        if self._kind[0] in ("hop", "layer"):
            return float(trace.steps)
        room = FIRST_ROOM
        while room < trace.steps:
            room *= 2
        return float(room if trace.finish is None else max(trace.steps, FIRST_ROOM))

    # -- pointing ----------------------------------------------------------------------------------------------------

    def _picked(self, row: int, step: int) -> None:
        if step >= 0:
            self.step_chosen.emit(step)
        if row >= 0 and self._rows is not None and self._rows.slots[row].entry_id is not None:
            self.entry_chosen.emit(self._rows.slots[row].entry_id)

    def _pointed(self, row: int, step: int) -> None:
        if row < 0:
            QToolTip.hideText()
        else:
            QToolTip.showText(QCursor.pos(), self.cell_tip(row, step), self.map)

    def cell_tip(self, row: int, step: int) -> str:
        """The exact number and the words of a cell; of a row at the chosen step where ``step`` is -1."""
        prompt = self.trace.prompt if self.trace is not None else None
        if self._rows is None or prompt is None or not 0 <= row < len(self._rows.slots):
            return ""
        slot = self._rows.slots[row]
        at = step if step >= 0 else self.step
        if not 0 <= at < self._weights.shape[1]:
            return tooltip(slot.label)
        raw = self.basis.currentData() or slot.kind == "sink" or not self.heads.sums_to_one
        basis = "raw" if raw else "without sink"
        lines = (
            f"{self.weight(slot, at):.4f}   {basis}, {self.heads.words(prompt.layers)}",
            f"{self._kind[0]} {at + 1}   “{self._step_text(at)}”",
            f"{slot.kind}   {slot.label}",
        )
        return tooltip("\n".join(lines))

    def table(self) -> Iterable[Sequence[object]]:
        """Slots as rows, steps as columns; raw weights through the chosen heads."""
        trace = self.trace
        prompt = trace.prompt if trace is not None else None
        if trace is None or prompt is None:
            return
        steps = [f"{output.step + 1} {self._step_text(output.step)}" for output in trace.outputs]
        yield ("slot", "kind", "entry id", *steps)
        weights = WeightColumns().update(trace, self.heads, raw=True)
        for slot in slot_rows(prompt.sources).slots:
            entry_id = slot.entry_id if slot.entry_id is not None else ""
            yield (slot.label, slot.kind, entry_id, *(round(float(value), 6) for value in weights[slot.index]))

    def _step_text(self, step: int) -> str:
        """What was read in at a step, or what came out."""
        if self.trace is None:
            return ""
        texts = self.trace.prompt.step_texts if self.trace.prompt is not None else ()
        return one_line(texts[step] if texts else self.trace.outputs[step].text)
