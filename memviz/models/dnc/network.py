"""The differentiable neural computer.

Graves et al. 2016, "Hybrid computing using a neural network with dynamic external memory", Nature 538; with the options
of Csordas & Schmidhuber 2019, "Improving differentiable neural computers through memory masking, de-allocation, and
link distribution sharpness control", ICLR.
"""

# No postponed annotations here: from_pretrained looks the class of ``config`` up in the signature of ``__init__``.
import torch
from torch import Tensor, nn

from memviz.models.dnc.addressing import (
    allocation_weights,
    content_weights,
    next_precedence,
    next_usage,
    retained,
    sharpened,
)
from memviz.models.dnc.config import DNCConfig
from memviz.models.dnc.interface import InterfaceLayer
from memviz.models.dnc.linkage import follow, link
from memviz.models.dnc.state import DNCState, DNCStep
from memviz.models.dnc.unrolled import Unrolled
from memviz.models.memory_network import MemoryNetwork


class DifferentiableNeuralComputer(MemoryNetwork):
    """A controller with a memory matrix, one write head and R read heads; its state is a :class:`DNCState`."""

    def __init__(self, config: DNCConfig) -> None:
        super().__init__()
        self.config = config
        read_size = config.read_heads * config.word_size
        self.controller: nn.Module
        if config.controller == "lstm":
            self.controller = nn.LSTMCell(config.input_size + read_size, config.hidden_size)
        else:
            self.controller = nn.Sequential(nn.Linear(config.input_size + read_size, config.hidden_size), nn.Tanh())
        self.interface = InterfaceLayer(config)
        self.output = nn.Linear(config.hidden_size + read_size, config.output_size)
        nn.init.xavier_uniform_(self.output.weight)
        nn.init.zeros_(self.output.bias)

    def empty_state(self, batch: int = 1) -> DNCState:
        """All zeros, on the device and in the type of the weights."""
        weight = self.output.weight
        return DNCState.empty(self.config, batch, device=weight.device, dtype=weight.dtype)

    def step(self, inputs: Tensor, state: DNCState) -> tuple[Tensor, DNCState, DNCStep]:
        """One time step; :class:`~memviz.models.dnc.stepper.Stepper` is the faster way without gradients.

        Args:
            inputs: [B, I].
            state: of the step before.

        Returns:
            Outputs [B, O], the state after the step, and what the heads did.
        """
        after, done = self._advance(inputs, state)
        return self._outputs(after.hidden, after.read_vectors), after, done

    def forward(self, inputs: Tensor, state: DNCState | None = None) -> tuple[Tensor, DNCState]:
        """A whole sequence: inputs [T, B, I] to outputs [T, B, O] and the last state.

        Gradients flow from the outputs to the inputs and the weights; neither from the last state nor to ``state``.
        """
        state = self.empty_state(inputs.shape[1]) if state is None else state
        weights = (*self.controller.parameters(), *self.interface.parameters())
        if torch.is_grad_enabled():
            hidden, read_vectors, *last = Unrolled.apply(  # type: ignore[no-untyped-call]
                self.config, self._advance, self.interface, state, inputs, *weights
            )
            return self._outputs(hidden, read_vectors), DNCState(*last)
        steps = []
        for row in inputs.unbind(0):
            state, _ = self._advance(row, state)
            steps.append((state.hidden, state.read_vectors))
        hidden, read_vectors = map(torch.stack, zip(*steps, strict=True))
        return self._outputs(hidden, read_vectors), state

    def _outputs(self, hidden: Tensor, read_vectors: Tensor) -> Tensor:
        """[..., D] and [..., R, W] to [..., O]."""
        outputs: Tensor = self.output(torch.cat([hidden, read_vectors.flatten(-2)], -1))
        return outputs

    def _advance(self, inputs: Tensor, state: DNCState) -> tuple[DNCState, DNCStep]:
        """One time step without its output."""
        config = self.config
        hidden, cell = self._control(inputs, state)
        told = self.interface(hidden)

        retention = retained(state.read_weights, told.free_gates)
        usage = next_usage(state.usage, state.write_weights, retention)
        allocation = allocation_weights(usage)
        write_mask = told.write_mask.unsqueeze(1) if told.write_mask is not None else None
        write_content = content_weights(
            state.memory, told.write_key.unsqueeze(1), told.write_strength, write_mask
        ).squeeze(1)
        write_weights = told.write_gate * torch.lerp(write_content, allocation, told.allocation_gate)

        kept = 1.0 - write_weights.unsqueeze(-1) * told.erase_vector.unsqueeze(1)  # [B, N, W]
        if config.deallocation:
            kept = kept * retention.unsqueeze(-1)
        memory = torch.addcmul(state.memory * kept, write_weights.unsqueeze(-1), told.write_vector.unsqueeze(1))
        linkage = link(state.linkage, write_weights, state.precedence)
        precedence = next_precedence(state.precedence, write_weights)

        forward, backward = follow(linkage, state.read_weights)
        if told.link_strengths is not None:
            backward = sharpened(backward, told.link_strengths[..., 0])
            forward = sharpened(forward, told.link_strengths[..., 1])
        read_content = content_weights(memory, told.read_keys, told.read_strengths, told.read_masks)
        back, content, on = told.read_modes.unsqueeze(-1).unbind(2)  # each [B, R, 1]
        read_weights = torch.addcmul(torch.addcmul(back * backward, content, read_content), on, forward)
        read_vectors = read_weights @ memory

        after = DNCState(memory, usage, write_weights, precedence, linkage, read_weights, read_vectors, hidden, cell)
        return after, DNCStep(told, retention, allocation, write_content, read_content, forward, backward)

    def _control(self, inputs: Tensor, state: DNCState) -> tuple[Tensor, Tensor]:
        """The controller's output, [B, D], and its cell."""
        seen = torch.cat([inputs, state.read_vectors.flatten(1)], -1)
        if self.config.controller == "lstm":
            hidden, cell = self.controller(seen, (state.hidden, state.cell))
            return self._clipped(hidden), cell
        return self._clipped(self.controller(seen)), state.cell

    def _clipped(self, hidden: Tensor) -> Tensor:
        """Within ± clip; a hyperbolic tangent is within ± 1 already."""
        return hidden if self.config.clip >= 1.0 else hidden.clamp(-self.config.clip, self.config.clip)
