"""The memory matrix as it is after the chosen step."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from memviz.core.trace import Trace
from memviz.gui.views.rows_view import Picture, RowsView
from memviz.gui.views.step_words import step_name


class MemoryMatrixView(RowsView):
    """Slots over columns of the memory; the colours run from the smallest number to the largest one."""

    title: ClassVar[str] = "Memory matrix"
    what: ClassVar[str] = "the memory matrix"

    def picture(self, trace: Trace, step: int) -> Picture:
        memory = trace.frame(step).memory
        values = np.zeros((0, 0), np.float32) if memory is None else memory
        least, most = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
        levels = (values - least) / (most - least) if most > least else np.zeros_like(values)
        names = [slot.label for slot in trace.prompt.slots] if trace.prompt is not None else []
        columns = [str(at + 1) for at in range(values.shape[1])]
        return Picture(levels, names[: len(values)], columns, values, steps=False)

    def sentence_for(self, trace: Trace, step: int) -> str:
        memory = self.shown.values if self.shown is not None else np.zeros((0, 0))
        if not memory.size:
            return ""
        ends = f"{float(memory.min()):.2f} to {float(memory.max()):.2f}"
        return f"after {step_name(trace, step)}: {len(memory)} slots of {memory.shape[1]} numbers, {ends}"
