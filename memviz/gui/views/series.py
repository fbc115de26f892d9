"""Numbers of a run step by step, as columns that grow with it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from memviz.core.arrays import FloatArray
from memviz.core.events import ReadEvent, WriteEvent
from memviz.core.trace import Trace

#: What is told of a step: a vector, or None where the step tells nothing of it.
Told = Callable[[ReadEvent | None, WriteEvent | None], FloatArray | None]


class Series:
    """Columns [R, T] of one trace; only new steps are asked for, so that scrubbing costs nothing."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._trace: Trace | None = None
        self._buffer: NDArray[np.float32] = np.zeros((0, 64), dtype=np.float32)
        self._steps = 0

    def update(self, trace: Trace, steps: int | None = None) -> NDArray[np.float32]:
        """The first ``steps`` columns, or all. A live trace grows at any time: series that are drawn together are asked
        for the same number."""
        if trace is not self._trace:
            self._trace, self._steps = trace, 0
            self._buffer = np.zeros((0, 64), dtype=np.float32)
        steps = trace.steps if steps is None else steps
        for step in range(self._steps, steps):
            vector = self._told(trace.read(step), trace.write(step))
            if vector is not None:
                self._put(step, np.asarray(vector, dtype=np.float32).ravel())
        self._steps = max(self._steps, steps)
        return self._buffer[:, :steps] if steps <= self._buffer.shape[1] else self._grown(0, steps)[:, :steps]

    def _put(self, step: int, vector: NDArray[np.float32]) -> None:
        if len(vector) > len(self._buffer) or step >= self._buffer.shape[1]:
            self._buffer = self._grown(len(vector), step + 1)
        self._buffer[: len(vector), step] = vector

    def _grown(self, rows: int, steps: int) -> NDArray[np.float32]:
        width = self._buffer.shape[1]
        while width < steps:
            width *= 2
        grown = np.zeros((max(rows, len(self._buffer)), width), dtype=np.float32)
        grown[: len(self._buffer), : self._buffer.shape[1]] = self._buffer
        return grown
