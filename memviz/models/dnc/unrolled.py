"""A DNC over a whole sequence with its gradients written out: the way it is trained.

Forward, the steps run without autograd and are kept. Backward, they are gone through from the last one, and what
belongs to the weights is computed for all steps at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import linear

from memviz.models.dnc.config import DNCConfig
from memviz.models.dnc.controller_gradient import ControllerGradient, FeedforwardGradient, LSTMGradient
from memviz.models.dnc.heads_gradient import Step, ToHeads, through_heads
from memviz.models.dnc.interface import InterfaceLayer
from memviz.models.dnc.state import DNCState, DNCStep

Advance = Callable[[Tensor, DNCState], tuple[DNCState, DNCStep]]


class Unrolled(torch.autograd.Function):
    """Inputs [T, B, I] to the controller's outputs [T, B, D], the read vectors [T, B, R, W], and the last state.

    Gradients flow to the inputs and the weights; neither from the last state nor to the first.
    """

    @staticmethod
    def forward(
        ctx: Any,
        config: DNCConfig,
        advance: Advance,
        interface: InterfaceLayer,
        state: DNCState,
        inputs: Tensor,
        *weights: Tensor,
    ) -> tuple[Tensor, ...]:
        """``weights``: the parameters of the controller, then those of the interface."""
        steps = []
        for row in inputs.unbind(0):
            before = state
            state, done = advance(row, before)
            steps.append(Step(before, state, done))
        ctx.save_for_backward(inputs, *weights)
        ctx.config, ctx.interface, ctx.steps = config, interface, steps
        last = tuple(part.clone() for part in state)  # what is kept must not be put out
        ctx.mark_non_differentiable(*last)
        return _stacked(steps, "after", "hidden"), _stacked(steps, "after", "read_vectors"), *last

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, to_hidden: Tensor, to_read_vectors: Tensor, *_last: Tensor) -> tuple[Any, ...]:
        inputs, *weights = ctx.saved_tensors
        config, steps = ctx.config, ctx.steps
        *of_controller, of_interface, bias = weights
        controller = _controller(config, steps, inputs, of_controller)
        hidden = _stacked(steps, "after", "hidden")
        values = linear(hidden, of_interface, bias)
        to_values = torch.empty_like(values)
        state = steps[0].before
        to_heads = ToHeads.zeros(state)
        to_read, to_output, to_cell = (
            torch.zeros_like(part) for part in (state.read_vectors, state.hidden, state.cell)
        )
        for at in reversed(range(len(steps))):
            told, to_heads = through_heads(config, steps[at], to_heads, to_read + to_read_vectors[at])
            to_values[at] = ctx.interface.gradient(values[at], steps[at].done.interface, told)
            to_output = torch.addmm(to_output + to_hidden[at], to_values[at], of_interface)
            if config.clip < 1.0:
                to_output = to_output * (hidden[at].abs() < config.clip)
            to_read, to_output, to_cell = controller.step(at, to_output, to_cell)
            to_read = to_read.view_as(state.read_vectors)
        to_values, hidden = to_values.flatten(0, 1), hidden.flatten(0, 1)
        to_inputs = controller.to_inputs() if ctx.needs_input_grad[4] else None
        return None, None, None, None, to_inputs, *controller.weights(), to_values.T @ hidden, to_values.sum(0)


def _controller(
    config: DNCConfig, steps: Sequence[Step], inputs: Tensor, weights: Sequence[Tensor]
) -> ControllerGradient:
    seen = torch.cat([inputs, _stacked(steps, "before", "read_vectors").flatten(2)], -1)
    if config.controller == "feedforward":
        return FeedforwardGradient(weights, seen, config.input_size)
    hidden, cells = _stacked(steps, "before", "hidden"), _stacked(steps, "before", "cell")
    return LSTMGradient(weights, seen, config.input_size, hidden, cells, _stacked(steps, "after", "cell"))


def _stacked(steps: Sequence[Step], which: str, part: str) -> Tensor:
    """[T, ...]."""
    return torch.stack([getattr(getattr(step, which), part) for step in steps])
