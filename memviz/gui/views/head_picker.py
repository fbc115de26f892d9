"""Layers over heads: where each entry is read, and through which heads the other views look."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

import numpy as np
from PySide6.QtWidgets import QButtonGroup, QToolButton, QVBoxLayout, QWidget

from memviz.core.arrays import FloatArray
from memviz.core.events import Slot
from memviz.core.trace import Trace
from memviz.gui.head_choice import HeadChoice, as_grid
from memviz.gui.plots.head_atlas import HeadAtlas
from memviz.gui.slot_colors import SlotStyle
from memviz.gui.tables.plain import one_line
from memviz.gui.views.base import View
from memviz.gui.views.slot_table import SlotRows, slot_rows
from memviz.gui.widgets import ElidedLabel

MODES = (
    ("mean", "Mean", "Look through the mean of all heads"),
    ("max", "Max", "Look through the head with the largest weight, slot by slot"),
    ("one", "One head", "Look through one head: click a cell, or use the arrow keys in the maps"),
)


class HeadPickerView(View):
    """A small map for each memory slot: weight at the chosen step by layer and head."""

    title: ClassVar[str] = "Heads"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid: FloatArray = np.zeros((1, 1, 0), dtype=np.float32)
        self._left_out = ""
        self._words = ElidedLabel(self.controls, "What the maps show")
        self.add_control(self._words, 1)
        self._group = QButtonGroup(self)
        self.buttons: dict[str, QToolButton] = {}
        for mode, words, tip in MODES:
            button = QToolButton(self.controls)
            button.setText(words)
            button.setCheckable(True)
            button.setToolTip(tip)
            button.setAccessibleName(f"Heads: {words}")
            button.setProperty("mode", mode)
            button.clicked.connect(self._mode_clicked)
            self._group.addButton(button)
            self.buttons[mode] = button
            self.add_control(button)
        self.atlas = HeadAtlas(self.content)
        self.atlas.head_picked.connect(self._head_picked)
        self.atlas.slot_picked.connect(self._slot_picked)
        column = QVBoxLayout(self.content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.atlas, 1)

    def why_empty(self, trace: Trace | None) -> str:
        if trace is None:
            return "Here you will see which layers and heads read an entry. Ask a question to begin."
        if trace.prompt is None or not trace.steps:
            return "Waiting for the first word …" if trace.finish is None else "The run ended before the first word."
        if trace.read(0) is None:
            return "This model reports no reads, so there are no heads to choose from."
        return ""

    def draw(self, trace: Trace, step: int) -> None:
        prompt, read = trace.prompt, trace.read(max(step, 0))
        if prompt is None or read is None:
            return
        rows = slot_rows(prompt.sources)
        self._grid = as_grid(read.source_weights)
        slots = self._mapped(rows)
        self.atlas.show_weights(self._grid, slots, self.entry_id, self.heads)
        self.buttons[self.heads.mode].setChecked(True)
        layers, heads = self._grid.shape[:2]
        output = trace.outputs[max(step, 0)]
        token = "end of the answer" if output.special else f"“{one_line(output.text)}”"
        many = f"{layers} layers × {heads} heads" if layers > 1 else f"{heads} heads"
        word = "layer" if prompt.step_word == "layer" else "step"
        self._words.say(f"raw weights at {word} {max(step, 0) + 1}, {token}: {many}{self._left_out}")

    def _mapped(self, rows: SlotRows) -> list[tuple[Slot, SlotStyle]]:
        """The slots that get a map: memory, or what else there is. Words of a text are many: the most read first."""
        self._left_out = ""
        if not rows.memory:
            return list(zip(rows.slots, rows.styles, strict=True))
        slots = list(zip(rows.slots[: rows.memory], rows.styles, strict=False))
        if all(slot.kind == "source" for slot, _ in slots):
            slots.sort(key=lambda pair: -float(self._grid[:, :, pair[0].index].max()))
            self._left_out = "; the words that are read most come first"
        return slots

    def _mode_clicked(self) -> None:
        mode = self.sender().property("mode")
        if mode != "one":
            self.heads_chosen.emit(HeadChoice(mode))
            return
        row = slot_rows(self.trace.prompt.sources) if self.trace is not None and self.trace.prompt is not None else None
        slot = row.slots[max(row.row_of_entry(self.entry_id), 0)] if row is not None else None
        grid = self._grid[:, :, slot.index] if slot is not None else self._grid[:, :, 0]
        layer, head = np.unravel_index(int(grid.argmax()), grid.shape)
        self._head_picked(int(layer), int(head))

    def _head_picked(self, layer: int, head: int) -> None:
        self.heads_chosen.emit(HeadChoice("one", layer, head))

    def _slot_picked(self, slot: Slot) -> None:
        if slot.entry_id is not None:
            self.entry_chosen.emit(slot.entry_id)

    def table(self) -> Iterable[Sequence[object]]:
        """One row for each slot, layer and head at the chosen step."""
        yield ("slot", "entry id", "layer", "head", "weight")
        trace = self.trace
        prompt = trace.prompt if trace is not None else None
        read = trace.read(max(self.step, 0)) if trace is not None else None
        if prompt is None or read is None:
            return
        grid = as_grid(read.source_weights)
        for slot in slot_rows(prompt.sources).slots:
            for layer, row in enumerate(grid[:, :, slot.index]):
                for head, weight in enumerate(row):
                    entry_id = slot.entry_id if slot.entry_id is not None else ""
                    yield (slot.label, entry_id, layer + 1, head + 1, round(float(weight), 6))
