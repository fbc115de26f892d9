"""Gradients of what a DNC's heads do, written out.

In training a step costs what its many small operations cost, and autograd makes several of each. Every function here
takes the gradient of an output and what went in, and returns the gradients of what went in; shapes as in
:mod:`memviz.models.dnc.addressing` and :mod:`memviz.models.dnc.linkage`. Nothing is kept from the forward pass.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from memviz.models.dnc.addressing import EPSILON, free_list


class OfContent(NamedTuple):
    """``memory`` [B, N, W], ``keys`` [B, H, W], ``strengths`` [B, H], ``masks`` [B, H, W] or None."""

    memory: Tensor
    keys: Tensor
    strengths: Tensor
    masks: Tensor | None


def of_content(
    gradient: Tensor, weights: Tensor, memory: Tensor, keys: Tensor, strengths: Tensor, masks: Tensor | None = None
) -> OfContent:
    """``gradient``, ``weights``: [B, H, N]. z = β K Mᵀ / (|K| |M|), before the softmax."""
    squares = memory * memory
    if masks is None:
        masked, compared = keys, keys
        slot_squares = squares.sum(-1).unsqueeze(1) + EPSILON  # [B, 1, N]
    else:
        masked = keys * masks
        compared = masked * masks
        counted = masks * masks
        slot_squares = torch.bmm(counted, squares.transpose(1, 2)).add_(EPSILON)  # [B, H, N]
    key_squares = (masked * masked).sum(-1, keepdim=True).add_(EPSILON)  # [B, H, 1]
    strengths = strengths.unsqueeze(-1)
    scale = (strengths * key_squares.rsqrt()) * slot_squares.rsqrt()  # dz / d(K Mᵀ), [B, H, N]
    weighted = gradient * weights
    to_scores = weighted.addcmul_(weights, weighted.sum(-1, keepdim=True), value=-1.0)
    to_dots = to_scores * scale
    shares = to_scores.mul_(torch.bmm(compared, memory.transpose(1, 2)).mul_(scale))  # by which all factors of z count
    of_keys = shares.sum(-1, keepdim=True)
    to_memory = torch.bmm(to_dots.transpose(1, 2), compared)
    to_compared = torch.bmm(to_dots, memory)
    to_slots = shares.div_(slot_squares)  # z falls with the norms
    if masks is None:
        to_memory.addcmul_(memory, to_slots.sum(1).unsqueeze(-1), value=-1.0)
        to_keys = to_compared.addcmul_(keys, of_keys / key_squares, value=-1.0)
        return OfContent(to_memory, to_keys, (of_keys / strengths).squeeze(-1), None)
    to_memory.addcmul_(memory, torch.bmm(to_slots.transpose(1, 2), counted), value=-1.0)
    to_masked = (to_compared * masks).addcmul_(masked, of_keys / key_squares, value=-1.0)
    to_masks = (to_compared * masked).addcmul_(to_masked, keys)
    to_masks.addcmul_(masks, torch.bmm(to_slots, squares), value=-1.0)
    return OfContent(to_memory, to_masked.mul_(masks), (of_keys / strengths).squeeze(-1), to_masks)


def of_retention(gradient: Tensor, read_weights: Tensor, free_gates: Tensor) -> tuple[Tensor, Tensor]:
    """[B, N] to gradients of the read weights [B, R, N] and the free gates [B, R]."""
    gates = free_gates.unsqueeze(-1)
    to_left = gradient.unsqueeze(1)
    if read_weights.shape[1] > 1:
        to_left = to_left * _of_others(1.0 - gates * read_weights)
    return -to_left * gates, -(to_left * read_weights).sum(-1)


def _of_others(values: Tensor) -> Tensor:
    """For each head the product over the others, [B, R, N]; not by division, since a factor may be 0."""
    heads = range(values.shape[1])
    rest = [[values[:, other] for other in heads if other != head] for head in heads]
    products = []
    for first, *others in rest:
        for other in others:
            first = first * other
        products.append(first)
    return torch.stack(products, 1)


def of_allocation(gradient: Tensor, usage: Tensor, allocation: Tensor) -> Tensor:
    """[B, N] to the gradient of the usage, [B, N]."""
    ordered, order, before = free_list(usage)
    given, weights = gradient.gather(-1, order), allocation.gather(-1, order)
    weighted = given * weights
    # Summed from the fullest on over those in which u is a factor: a difference of sums would be all rounding.
    after = torch.zeros_like(weighted)
    after[:, :-1] = weighted[:, 1:].flip(-1).cumsum(-1).flip(-1)
    to_ordered = after.div_(ordered).sub_(given.mul_(before)).mul_(1.0 - EPSILON)
    return torch.empty_like(to_ordered).scatter_(-1, order, to_ordered)


def of_sharpened(gradient: Tensor, weights: Tensor, strengths: Tensor, sharp: Tensor) -> tuple[Tensor, Tensor]:
    """Gradients of the weights before sharpening, [B, H, N], and of the strengths, [B, H]; ``sharp``: the result."""
    weights = weights + EPSILON
    weighted = gradient * sharp
    to_logarithms = weighted.addcmul_(sharp, weighted.sum(-1, keepdim=True), value=-1.0)  # of s ln d
    to_strengths = (to_logarithms * weights.log()).sum(-1)
    return to_logarithms.mul_(strengths.unsqueeze(-1)).div_(weights), to_strengths


def of_link(
    gradient: Tensor, before: Tensor, write_weights: Tensor, precedence: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients of the linkage of the step before, [B, N, N], the write weights [B, N] and the precedence [B, N].

    ``gradient``, of the linkage after the step, is overwritten.
    """
    gradient.diagonal(dim1=-2, dim2=-1).zero_()
    weighted = gradient * before
    to_weights = torch.bmm(gradient, precedence.unsqueeze(-1)).squeeze(-1) - weighted.sum(-1) - weighted.sum(-2)
    to_precedence = torch.bmm(write_weights.unsqueeze(1), gradient).squeeze(1)
    kept = torch.sub(1.0 - write_weights.unsqueeze(-1), write_weights.unsqueeze(-2), out=weighted)
    return gradient.mul_(kept), to_weights, to_precedence
