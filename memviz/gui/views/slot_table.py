"""The slots of a run as the views list them, and their weights step by step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from memviz.core.arrays import FloatArray
from memviz.core.events import MEMORY_KINDS, Slot
from memviz.core.trace import Trace
from memviz.gui.head_choice import HeadChoice
from memviz.gui.slot_colors import SlotStyle, styles_of


@dataclass(frozen=True, slots=True)
class SlotRows:
    """Slots in the order of a picture's rows: memory first, then the rest of the prompt, the sink last and apart.

    Attributes:
        slots: all rows.
        styles: colour of each row.
        memory: number of memory rows at the top.
        sinks: number of sink rows at the bottom.
    """

    slots: tuple[Slot, ...]
    styles: tuple[SlotStyle, ...]
    memory: int
    sinks: int

    @property
    def order(self) -> list[int]:
        """Index in ``source_weights`` of each row."""
        return [slot.index for slot in self.slots]

    def row_of_entry(self, entry_id: int | None) -> int:
        """The row of an entry, -1 if it has none."""
        if entry_id is None:
            return -1
        return next((row for row, slot in enumerate(self.slots) if slot.entry_id == entry_id), -1)


def slot_rows(slots: tuple[Slot, ...], weights: FloatArray | None = None) -> SlotRows:
    """Rows in the order of the slots; with ``weights`` [N, T] the memory by its largest weight, the strongest first."""
    styles = styles_of(slots)
    memory = [slot for slot in slots if slot.kind in MEMORY_KINDS]
    if weights is not None and weights.shape[1]:
        largest = weights.max(axis=1)
        memory.sort(key=lambda slot: -largest[slot.index])
    sinks = [slot for slot in slots if slot.kind == "sink"]
    around = [slot for slot in slots if slot.kind not in (*MEMORY_KINDS, "sink")]
    others = [slot for slot in around if slot.spans or slot.kind != "instructions"]  # a template may have none
    ordered = (*memory, *others, *sinks)
    return SlotRows(ordered, tuple(styles[slot.index] for slot in ordered), len(memory), len(sinks))


class WeightColumns:
    """Weights of all steps through one choice of heads, [N, T], grown as the trace grows.

    ``raw`` keeps what the model gave; otherwise weights are :meth:`HeadChoice.shares`.
    """

    def __init__(self) -> None:
        self._trace: Trace | None = None
        self._key: tuple[HeadChoice, bool] | None = None
        self._buffer: FloatArray = np.zeros((0, 0), dtype=np.float32)
        self._steps = 0

    def update(self, trace: Trace, choice: HeadChoice, raw: bool) -> FloatArray:
        """The columns so far; a step without a read is 0 everywhere. Only new steps are computed."""
        prompt = trace.prompt
        slots = prompt.sources if prompt is not None else ()
        if trace is not self._trace or (choice, raw) != self._key or len(slots) != len(self._buffer):
            self._trace, self._key, self._steps = trace, (choice, raw), 0
            self._buffer = np.zeros((len(slots), 64), dtype=np.float32)
        steps = trace.steps
        if steps > self._buffer.shape[1]:
            grown = np.zeros((len(slots), max(2 * self._buffer.shape[1], steps)), dtype=np.float32)
            grown[:, : self._steps] = self._buffer[:, : self._steps]
            self._buffer = grown
        for step in range(self._steps, steps):
            read = trace.read(step)
            if read is not None:
                weights = choice.weights(read.source_weights) if raw else choice.shares(read.source_weights, slots)
                self._buffer[:, step] = weights
        self._steps = steps
        return self._buffer[:, :steps]


class ReadMass:
    """What the answer's tokens read in all, [N], through one choice of heads; special tokens count only when alone."""

    def __init__(self) -> None:
        self._trace: Trace | None = None
        self._choice: HeadChoice | None = None
        self._sum: FloatArray | None = None
        self._counted = 0
        self._steps = 0

    def update(self, trace: Trace, choice: HeadChoice) -> FloatArray | None:
        """The mean weight of each slot so far, None before the first read. Only new steps are computed."""
        if trace is not self._trace or choice != self._choice:
            self._trace, self._choice = trace, choice
            self._sum, self._counted, self._steps = None, 0, 0
        outputs = trace.outputs
        begin = trace.prompt.answer_from if trace.prompt is not None else 0
        for output in outputs[max(self._steps, begin) :]:
            read = trace.read(output.step)
            if read is not None and (not output.special or len(outputs) == 1):
                weights = np.asarray(choice.weights(read.source_weights), dtype=np.float64)
                self._sum = weights if self._sum is None else self._sum + weights
                self._counted += 1
        self._steps = len(outputs)
        return self._sum / self._counted if self._sum is not None else None
