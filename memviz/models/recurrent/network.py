"""Recurrent networks whose cell units are the memory: LSTM and GRU.

Hochreiter & Schmidhuber 1997, "Long short-term memory" (with the forget gate of Gers et al. 2000); Cho et al. 2014.
"""

# No postponed annotations here: the class of ``config`` is looked up in the signature of ``__init__``.
from typing import NamedTuple

import torch
from torch import Tensor, nn

from memviz.models.memory_network import MemoryNetwork
from memviz.models.recurrent.config import RecurrentConfig


class RecurrentState(NamedTuple):
    """Between two steps: ``cell`` c and ``hidden`` h, [B, N]; a GRU has one of them twice."""

    cell: Tensor
    hidden: Tensor


class Gates(NamedTuple):
    """What was done to each unit in a step, all [B, N].

    c ← keep · c + write · value, and h = output · tanh c. For a GRU keep is its update gate z, write 1 - z, and h = c.
    """

    keep: Tensor
    write: Tensor
    value: Tensor
    output: Tensor


class RecurrentMemory(MemoryNetwork):
    """One layer of LSTM or GRU and a linear output; whole sequences go through torch's fused layer."""

    def __init__(self, config: RecurrentConfig) -> None:
        super().__init__()
        self.config = config
        layer = nn.LSTM if config.cell == "lstm" else nn.GRU
        self.layer = layer(config.input_size, config.units)
        self.output = nn.Linear(config.units, config.output_size)

    def empty_state(self, batch: int = 1) -> RecurrentState:
        zeros = self.output.weight.new_zeros(batch, self.config.units)
        return RecurrentState(zeros, zeros)

    def forward(self, inputs: Tensor) -> tuple[Tensor, object]:
        """[T, B, I] to [T, B, O], and the layer's last state."""
        hidden, state = self.layer(inputs)
        outputs: Tensor = self.output(hidden)
        return outputs, state

    def step(self, inputs: Tensor, state: RecurrentState) -> tuple[Tensor, RecurrentState, Gates]:
        """One time step with its gates: inputs [B, I] to outputs [B, O]."""
        cell, hidden = state
        of_input, of_hidden, input_bias, hidden_bias = self.layer.all_weights[0]
        from_input = nn.functional.linear(inputs, of_input, input_bias)
        from_hidden = nn.functional.linear(hidden, of_hidden, hidden_bias)
        if self.config.cell == "lstm":
            write, keep, value, output = (from_input + from_hidden).chunk(4, -1)
            gates = Gates(torch.sigmoid(keep), torch.sigmoid(write), torch.tanh(value), torch.sigmoid(output))
            cell = updated(cell, gates)
            hidden = gates.output * torch.tanh(cell)
        else:
            reset, update, new = from_input.chunk(3, -1)
            hidden_reset, hidden_update, hidden_new = from_hidden.chunk(3, -1)
            value = torch.tanh(new + torch.sigmoid(reset + hidden_reset) * hidden_new)
            keep = torch.sigmoid(update + hidden_update)
            gates = Gates(keep, 1.0 - keep, value, torch.ones_like(keep))
            cell = hidden = updated(cell, gates)
        return self.output(hidden), RecurrentState(cell, hidden), gates


def updated(cell: Tensor, gates: Gates) -> Tensor:
    """c ← keep · c + write · value, in the order of operations in which a trace replays erasing and writing."""
    return cell * (1.0 - (1.0 - gates.keep)) + gates.write * gates.value
