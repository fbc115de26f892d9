"""Where a DNC's heads point: content, usage and allocation, precedence (Graves et al. 2016, Methods).

Pure functions over batches; B batch, N slots, W word, H heads. In training a step costs what its many small operations
cost: where torch's own gradient takes a dozen of them, the gradient is written out here.
"""

from __future__ import annotations

from typing import Any

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
        weights: Tensor = _Content.apply(memory, keys, strengths.unsqueeze(-1))  # type: ignore[no-untyped-call]
        return weights
    keys = keys * masks
    dots = (keys * masks) @ memory.transpose(1, 2)
    slot_norms = ((masks * masks) @ (memory * memory).transpose(1, 2)).add(EPSILON).sqrt()  # [B, H, N]
    key_norms = (keys * keys).sum(-1, keepdim=True).add(EPSILON).sqrt()  # [B, H, 1]
    return torch.softmax(dots * (strengths.unsqueeze(-1) / key_norms) / slot_norms, -1)


def retained(read_weights: Tensor, free_gates: Tensor) -> Tensor:
    """ψ = ∏ (1 - f w^r) over the read heads: [B, R, N] and [B, R] to [B, N]."""
    left = 1.0 - free_gates.unsqueeze(-1) * read_weights
    if left.shape[1] == 1:
        return left.squeeze(1)
    product: Tensor = _Product.apply(left)  # type: ignore[no-untyped-call]
    return product


def next_usage(usage: Tensor, write_weights: Tensor, retention: Tensor) -> Tensor:
    """u = (u + w^w - u w^w) ψ, all [B, N]; stays within 0..1."""
    return torch.addcmul(usage, write_weights, 1.0 - usage) * retention


def allocation_weights(usage: Tensor) -> Tensor:
    """a: the emptiest slots first, [B, N] to [B, N]; each row sums to at most 1."""
    weights: Tensor = _Allocation.apply(usage)  # type: ignore[no-untyped-call]
    return weights


def next_precedence(precedence: Tensor, write_weights: Tensor) -> Tensor:
    """p = (1 - Σ w^w) p + w^w, all [B, N]."""
    return torch.addcmul(write_weights, 1.0 - write_weights.sum(-1, keepdim=True), precedence)


def sharpened(weights: Tensor, strengths: Tensor) -> Tensor:
    """S(d, s) = dˢ / Σ dˢ (Csordas & Schmidhuber 2019, equation 8): [B, H, N] and [B, H] to [B, H, N]."""
    weights = weights + EPSILON
    powers = (weights / weights.amax(-1, keepdim=True)).pow(strengths.unsqueeze(-1))
    return powers / powers.sum(-1, keepdim=True)


class _Content(torch.autograd.Function):
    """Softmax of z = β K Mᵀ / (|K| |M|): [B, N, W], [B, H, W] and [B, H, 1] to [B, H, N]."""

    @staticmethod
    def forward(ctx: Any, memory: Tensor, keys: Tensor, strengths: Tensor) -> Tensor:
        slot_squares = (memory * memory).sum(-1, keepdim=True).add_(EPSILON)  # [B, N, 1]
        key_squares = (keys * keys).sum(-1, keepdim=True).add_(EPSILON)  # [B, H, 1]
        scale = (strengths * key_squares.rsqrt()) * slot_squares.rsqrt().transpose(1, 2)  # dz / d(K Mᵀ), [B, H, N]
        scores = torch.bmm(keys, memory.transpose(1, 2)).mul_(scale)
        weights = torch.softmax(scores, -1)
        ctx.save_for_backward(memory, keys, strengths, slot_squares, key_squares, scale, scores, weights)
        return weights

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        memory, keys, strengths, slot_squares, key_squares, scale, scores, weights = ctx.saved_tensors
        weighted = gradient * weights
        to_scores = torch.addcmul(weighted, weights, weighted.sum(-1, keepdim=True), value=-1.0)
        to_dots = to_scores * scale
        shares = to_scores.mul_(scores)  # z is linear in β, and falls with the norms
        of_keys, of_slots = shares.sum(-1, keepdim=True), shares.sum(1).unsqueeze(-1)
        to_memory = torch.bmm(to_dots.transpose(1, 2), keys).addcmul_(memory, of_slots / slot_squares, value=-1.0)
        to_keys = torch.bmm(to_dots, memory).addcmul_(keys, of_keys / key_squares, value=-1.0)
        return to_memory, to_keys, of_keys / strengths


class _Product(torch.autograd.Function):
    """Over the heads: [B, R, N] to [B, N]."""

    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        product = values.prod(1)
        ctx.save_for_backward(values, product)
        return product

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        values, product = ctx.saved_tensors
        if float(values.amin()) > 0.0:
            divided: Tensor = (gradient * product).unsqueeze(1) / values
            return divided
        heads = range(values.shape[1])  # where a factor is 0: the product of the others
        others = [values[:, [other for other in heads if other != head]].prod(1) for head in heads]
        return gradient.unsqueeze(1) * torch.stack(others, 1)


class _Allocation(torch.autograd.Function):
    """a[φ[j]] = (1 - u[φ[j]]) ∏_{i<j} u[φ[i]], φ the free list: slots by usage, those equally free in their order."""

    @staticmethod
    def forward(ctx: Any, usage: Tensor) -> Tensor:
        ordered, free_list = usage.sort(dim=-1, stable=True)
        ordered = ordered.mul_(1.0 - EPSILON).add_(EPSILON)
        before = torch.ones_like(ordered)  # product over the emptier ones
        torch.cumprod(ordered[:, :-1], -1, out=before[:, 1:])
        weights = (1.0 - ordered).mul_(before)
        ctx.save_for_backward(ordered, free_list, before, weights)
        return torch.empty_like(usage).scatter_(-1, free_list, weights)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        ordered, free_list, before, weights = ctx.saved_tensors
        given = gradient.gather(-1, free_list)
        weighted = given * weights
        # Summed from the fullest on over those in which u is a factor: a difference of sums would be all rounding.
        after = torch.zeros_like(weighted)
        after[:, :-1] = weighted[:, 1:].flip(-1).cumsum(-1).flip(-1)
        to_ordered = (after / ordered).sub_(given.mul_(before)).mul_(1.0 - EPSILON)
        return torch.empty_like(to_ordered).scatter_(-1, free_list, to_ordered)
