"""An LSTM or GRU as a memory model: its slots are the cell units, its writes the gates."""

from __future__ import annotations

import torch
from torch import Tensor

from memviz.core.arrays import FloatArray, frozen_array
from memviz.core.events import WriteEvent
from memviz.models.recurrent.network import RecurrentMemory
from memviz.models.sequences.model import SequenceModel, SteppedMemory, Told, frozen, frozen_detail
from memviz.models.sequences.task import Task


class RecurrentModel(SequenceModel):
    """See :class:`SequenceModel`. The memory is c, [N, 1].

    A write is two: the first erases by 1 - keep, the second writes value by the write gate. ``detail`` of a write:
    ``input_gate``, ``forget_gate``, ``output_gate``, ``cell`` [N]. A read is each unit's share of what is let out,
    |output gate · tanh c|.
    """

    unit = "unit"

    def __init__(self, network: RecurrentMemory, task: Task, *, name: str) -> None:
        super().__init__(task, name=name, slots=network.config.units)
        self._network = network.eval()

    @property
    def network(self) -> RecurrentMemory:
        return self._network

    def begin(self) -> SteppedMemory:
        return _RecurrentSteps(self._network)


class _RecurrentSteps:
    def __init__(self, network: RecurrentMemory) -> None:
        self._network = network
        self._state = network.empty_state()

    def matrix(self) -> FloatArray:
        return frozen(self._state.cell.T)

    @torch.no_grad()
    def step(self, at: int, inputs: Tensor) -> Told:
        output, self._state, gates = self._network.step(inputs.unsqueeze(0), self._state)
        cell, let_out = self._state.cell, self._state.hidden.abs()
        write = WriteEvent(
            at,
            frozen(torch.cat([1.0 - gates.keep, gates.write * gates.value])),  # [2, N]
            frozen_array([[1.0], [0.0]]),
            frozen_array([[0.0], [1.0]]),
            frozen_detail(
                {
                    "input_gate": gates.write[0],
                    "forget_gate": gates.keep[0],
                    "output_gate": gates.output[0],
                    "cell": cell[0],
                }
            ),
        )
        shares = let_out / let_out.sum(-1, keepdim=True).clamp_min(1e-12)
        return Told(output[0], write, frozen(shares), {})
