"""What a differentiable neural computer remembers between two steps, and what it did in one."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from memviz.models.dnc.config import DNCConfig


class DNCState(NamedTuple):
    """Everything that a step needs of the step before. Names and symbols of Graves et al. 2016, Methods.

    Attributes:
        memory: M, [B, N, W].
        usage: u, [B, N], 0..1.
        write_weights: w^w, [B, N].
        precedence: p, [B, N]: how much each slot was the last one written to.
        linkage: L, [B, N, N]: ``[i, j]`` is how much slot i was written right after slot j.
        read_weights: w^r, [B, R, N].
        read_vectors: r, [B, R, W].
        hidden, cell: of the controller, [B, D]; a feed-forward controller leaves ``cell`` as it is.
    """

    memory: Tensor
    usage: Tensor
    write_weights: Tensor
    precedence: Tensor
    linkage: Tensor
    read_weights: Tensor
    read_vectors: Tensor
    hidden: Tensor
    cell: Tensor

    @classmethod
    def empty(
        cls,
        config: DNCConfig,
        batch: int = 1,
        *,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> DNCState:
        """The state before the first step: all zeros."""
        slots, word, heads = config.slots, config.word_size, config.read_heads
        shapes = (
            (slots, word),
            (slots,),
            (slots,),
            (slots,),
            (slots, slots),
            (heads, slots),
            (heads, word),
            (config.hidden_size,),
            (config.hidden_size,),
        )
        return cls(*(torch.zeros(batch, *shape, device=device, dtype=dtype) for shape in shapes))


class Interface(NamedTuple):
    """What the controller tells the heads: ξ of the paper, each part in its range.

    Attributes:
        read_keys: [B, R, W].
        read_strengths: [B, R], at least 1.
        write_key: [B, W].
        write_strength: [B, 1], at least 1.
        erase_vector: [B, W], 0..1.
        write_vector: [B, W].
        free_gates: [B, R], 0..1.
        allocation_gate, write_gate: [B, 1], 0..1.
        read_modes: [B, R, 3], backward, content, forward; each row sums to 1.
        read_masks: [B, R, W], mask_min..1; None without masked look-up.
        write_mask: [B, W], the same.
        link_strengths: [B, R, 2], backward and forward, at least 1; None without link sharpness.
    """

    read_keys: Tensor
    read_strengths: Tensor
    write_key: Tensor
    write_strength: Tensor
    erase_vector: Tensor
    write_vector: Tensor
    free_gates: Tensor
    allocation_gate: Tensor
    write_gate: Tensor
    read_modes: Tensor
    read_masks: Tensor | None = None
    write_mask: Tensor | None = None
    link_strengths: Tensor | None = None


class DNCStep(NamedTuple):
    """What was done in one step, beside what its state says.

    Attributes:
        interface: what the controller asked for.
        retention: ψ, [B, N]: what the free gates left of each slot's usage.
        allocation: a, [B, N]: where a new word would go.
        write_content: c^w, [B, N]: where the write key points.
        read_content: c^r, [B, R, N]: where the read keys point.
        forward_weights, backward_weights: [B, R, N]: one step along the linkage from what was read last.
    """

    interface: Interface
    retention: Tensor
    allocation: Tensor
    write_content: Tensor
    read_content: Tensor
    forward_weights: Tensor
    backward_weights: Tensor
