"""Where a DNC's heads point: content, usage and allocation, precedence (Graves et al. 2016, Methods).

Pure functions over batches; B batch, N slots, W word, H heads. Training takes their gradients from
:mod:`memviz.models.dnc.gradients`.
"""

from __future__ import annotations

import torch
from torch import Tensor

#: Keeps square roots and divisions away from 0, and products of usages away from a vanishing gradient.
EPSILON = 1e-6


def content_weights(memory: Tensor, keys: Tensor, strengths: Tensor, masks: Tensor | None = None) -> Tensor:
    """C(M, k, β): softmax over slots of strength times cosine similarity.

    Args:
        memory: [B, N, W].
        keys: [B, H, W].
        strengths: [B, H], at least 1.
        masks: [B, H, W], 0..1: how much each column counts, in the key and in the memory (Csordas & Schmidhuber 2019,
            equation 4); None: all alike.

    Returns:
        [B, H, N], each row sums to 1.
    """
    squares = memory * memory
    if masks is None:
        compared = keys
        slot_squares = squares.sum(-1).unsqueeze(1)  # [B, 1, N]
    else:
        keys = keys * masks
        compared = keys * masks
        slot_squares = torch.bmm(masks * masks, squares.transpose(1, 2))  # [B, H, N]
    key_squares = (keys * keys).sum(-1, keepdim=True)  # [B, H, 1]
    scale = strengths.unsqueeze(-1) * (key_squares + EPSILON).rsqrt() * (slot_squares + EPSILON).rsqrt()
    return torch.softmax(torch.bmm(compared, memory.transpose(1, 2)) * scale, -1)


def retained(read_weights: Tensor, free_gates: Tensor) -> Tensor:
    """ψ = ∏ (1 - f w^r) over the read heads: [B, R, N] and [B, R] to [B, N]."""
    left = 1.0 - free_gates.unsqueeze(-1) * read_weights
    return left.prod(1) if left.shape[1] > 1 else left.squeeze(1)


def next_usage(usage: Tensor, write_weights: Tensor, retention: Tensor) -> Tensor:
    """u = (u + w^w - u w^w) ψ, all [B, N]; stays within 0..1."""
    return torch.addcmul(usage, write_weights, 1.0 - usage) * retention


def allocation_weights(usage: Tensor) -> Tensor:
    """a[φ[j]] = (1 - u[φ[j]]) ∏_{i<j} u[φ[i]], φ the free list: the emptiest slots first, [B, N] to [B, N].

    Each row sums to at most 1.
    """
    ordered, order, before = free_list(usage)
    return torch.empty_like(usage).scatter(-1, order, (1.0 - ordered) * before)


def free_list(usage: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Slots by usage, those equally free in their order: usage and number of each, and the product of the usages of
    the emptier ones, all [B, N]."""
    ordered, order = usage.sort(dim=-1, stable=True)
    ordered = ordered * (1.0 - EPSILON) + EPSILON
    before = torch.nn.functional.pad(ordered[:, :-1].cumprod(-1), (1, 0), value=1.0)
    return ordered, order, before


def next_precedence(precedence: Tensor, write_weights: Tensor) -> Tensor:
    """p = (1 - Σ w^w) p + w^w, all [B, N]."""
    return torch.addcmul(write_weights, 1.0 - write_weights.sum(-1, keepdim=True), precedence)


def sharpened(weights: Tensor, strengths: Tensor) -> Tensor:
    """S(d, s) = dˢ / Σ dˢ (Csordas & Schmidhuber 2019, equation 8): [B, H, N] and [B, H] to [B, H, N]."""
    weights = weights + EPSILON
    powers = (weights / weights.amax(-1, keepdim=True)).pow(strengths.unsqueeze(-1))
    return powers / powers.sum(-1, keepdim=True)
