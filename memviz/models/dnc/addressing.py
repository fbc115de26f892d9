"""Where a DNC's heads point: content, usage and allocation, precedence (Graves et al. 2016, Methods).

Pure functions over batches; B batch, N slots, W word, H heads.
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
    if masks is None:
        dots = keys @ memory.transpose(1, 2)
        slot_norms = memory.square().sum(-1).add(EPSILON).sqrt().unsqueeze(1)  # [B, 1, N]
    else:
        keys = keys * masks
        dots = (keys * masks) @ memory.transpose(1, 2)
        slot_norms = (masks.square() @ memory.square().transpose(1, 2)).add(EPSILON).sqrt()  # [B, H, N]
    key_norms = keys.square().sum(-1, keepdim=True).add(EPSILON).sqrt()  # [B, H, 1]
    scale = strengths.unsqueeze(-1) / key_norms
    return torch.softmax(dots * scale / slot_norms, -1)


def retained(read_weights: Tensor, free_gates: Tensor) -> Tensor:
    """ψ = ∏ (1 - f w^r) over the read heads: [B, R, N] and [B, R] to [B, N]."""
    left = 1.0 - free_gates.unsqueeze(-1) * read_weights
    return left.squeeze(1) if left.shape[1] == 1 else left.prod(1)


def next_usage(usage: Tensor, write_weights: Tensor, retention: Tensor) -> Tensor:
    """u = (u + w^w - u w^w) ψ, all [B, N]; stays within 0..1."""
    return torch.addcmul(usage, write_weights, 1.0 - usage) * retention


def allocation_weights(usage: Tensor) -> Tensor:
    """a: the emptiest slots first, [B, N] to [B, N]; each row sums to at most 1."""
    ordered, free_list = usage.sort(dim=-1, stable=True)  # slots that are equally free: in their order
    ordered = ordered * (1.0 - EPSILON) + EPSILON
    before = torch.cat([torch.ones_like(ordered[:, :1]), ordered[:, :-1]], -1).cumprod(-1)  # of the emptier ones
    return torch.zeros_like(usage).scatter(-1, free_list, (1.0 - ordered) * before)


def next_precedence(precedence: Tensor, write_weights: Tensor) -> Tensor:
    """p = (1 - Σ w^w) p + w^w, all [B, N]."""
    return torch.addcmul(write_weights, 1.0 - write_weights.sum(-1, keepdim=True), precedence)


def sharpened(weights: Tensor, strengths: Tensor) -> Tensor:
    """S(d, s) = dˢ / Σ dˢ (Csordas & Schmidhuber 2019, equation 8): [B, H, N] and [B, H] to [B, H, N]."""
    weights = weights + EPSILON
    powers = (weights / weights.amax(-1, keepdim=True)).pow(strengths.unsqueeze(-1))
    return powers / powers.sum(-1, keepdim=True)
