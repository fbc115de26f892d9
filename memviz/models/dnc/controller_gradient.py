"""Gradients of a DNC's controller, written out: what each step needs is computed for all steps at once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import linear


class ControllerGradient(ABC):
    """The way back through a controller, from the last step to the first."""

    def __init__(self, seen: Tensor, inputs: int) -> None:
        """``seen`` [T, B, I + R W]: inputs and the read vectors of the step before; ``inputs``: I."""
        self._seen, self._inputs = seen, inputs
        self._controls = [seen.new_zeros(())] * len(seen)

    @abstractmethod
    def step(self, at: int, to_output: Tensor, to_cell: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """From gradients of the output [B, D] and the cell [B, D] of step ``at`` to those of the read vectors of the
        step before, flat [B, R W], and of its output and its cell."""

    @abstractmethod
    def weights(self) -> Sequence[Tensor]:
        """Of the controller's parameters in their order, after all steps."""

    @abstractmethod
    def to_inputs(self) -> Tensor:
        """[T, B, I], after all steps."""


class LSTMGradient(ControllerGradient):
    """Of ``torch.nn.LSTMCell``; its gates stand in the order input, forget, cell, output."""

    def __init__(
        self, weights: Sequence[Tensor], seen: Tensor, inputs: int, hidden: Tensor, cells: Tensor, after: Tensor
    ) -> None:
        """``weights``: of the cell's parameters; ``hidden``, ``cells`` before and ``after`` each step, [T, B, D]."""
        super().__init__(seen, inputs)
        of_seen, of_hidden, seen_bias, hidden_bias = weights
        self._of_seen, self._hidden = of_seen, hidden
        self._back = torch.cat([of_seen[:, inputs:], of_hidden], 1)
        self._sizes = [of_seen.shape[1] - inputs, of_hidden.shape[1]]
        gates = linear(seen, of_seen, seen_bias) + linear(hidden, of_hidden, hidden_bias)
        opened, kept, new, shown = gates.chunk(4, -1)
        opened, kept, shown = opened.sigmoid(), kept.sigmoid(), shown.sigmoid()
        new, bent = new.tanh(), after.tanh()
        self._kept = kept
        self._output_to_cell = shown * (1.0 - bent * bent)
        self._output_to_shown = bent * shown * (1.0 - shown)
        # Cell to the gates that make it, [T, B, 3, D].
        self._cell_to_gates = torch.stack(
            [new * opened * (1.0 - opened), cells * kept * (1.0 - kept), opened * (1.0 - new * new)], 2
        )

    def step(self, at: int, to_output: Tensor, to_cell: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        to_cell = torch.addcmul(to_cell, to_output, self._output_to_cell[at])
        to_gates = (to_cell.unsqueeze(1) * self._cell_to_gates[at]).flatten(1)
        self._controls[at] = control = torch.cat([to_gates, to_output * self._output_to_shown[at]], 1)
        to_read, to_hidden = torch.split(control @ self._back, self._sizes, 1)
        return to_read, to_hidden, to_cell * self._kept[at]

    def weights(self) -> Sequence[Tensor]:
        controls = torch.stack(self._controls).flatten(0, 1)
        bias = controls.sum(0)
        return (
            controls.T @ self._seen.flatten(0, 1),
            controls.T @ self._hidden.flatten(0, 1),
            bias,
            bias.clone(),
        )

    def to_inputs(self) -> Tensor:
        return torch.stack(self._controls) @ self._of_seen[:, : self._inputs]


class FeedforwardGradient(ControllerGradient):
    """Of one layer with a hyperbolic tangent."""

    def __init__(self, weights: Sequence[Tensor], seen: Tensor, inputs: int) -> None:
        super().__init__(seen, inputs)
        self._weight, bias = weights
        self._slope = 1.0 - linear(seen, self._weight, bias).tanh().square()
        self._back = self._weight[:, inputs:].contiguous()

    def step(self, at: int, to_output: Tensor, to_cell: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        self._controls[at] = control = to_output * self._slope[at]
        return control @ self._back, torch.zeros_like(to_output), to_cell

    def weights(self) -> Sequence[Tensor]:
        controls = torch.stack(self._controls).flatten(0, 1)
        return controls.T @ self._seen.flatten(0, 1), controls.sum(0)

    def to_inputs(self) -> Tensor:
        return torch.stack(self._controls) @ self._weight[:, : self._inputs]
