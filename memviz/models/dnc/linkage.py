"""The temporal linkage of a DNC: which slot was written after which, and one step along it.

The N x N matrix is what a step costs, from a few hundred slots up. So it is passed over as seldom as possible: with
gradients by a function that keeps no temporary matrix between forward and backward, and without them in place, block by
block, each of which stays in the processor's cache.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

#: Numbers of a block of rows that is worked on at once: 256 KiB in float32.
_BLOCK = 65_536


def link(linkage: Tensor, write_weights: Tensor, precedence: Tensor) -> Tensor:
    """L[i, j] = (1 - w[i] - w[j]) L[i, j] + w[i] p[j], with a diagonal of 0.

    Args:
        linkage: [B, N, N] of the step before.
        write_weights: [B, N] of this step.
        precedence: [B, N] of the step before.
    """
    if torch.is_grad_enabled():
        linked: Tensor = _Link.apply(  # type: ignore[no-untyped-call]
            linkage, write_weights, precedence
        )
        return linked
    return _linked(linkage, write_weights, precedence)


def link_in_place(linkage: Tensor, write_weights: Tensor, precedence: Tensor) -> Tensor:
    """:func:`link` that overwrites and returns ``linkage``, which must be contiguous; no gradients."""
    batch, slots = write_weights.shape
    rows = max(1, _BLOCK // slots)
    kept = 1.0 - write_weights
    for example in range(batch):
        matrix, written, before = linkage[example], write_weights[example], precedence[example]
        for start in range(0, slots, rows):
            block = matrix[start : start + rows]
            block.mul_(kept[example, start : start + rows, None] - written)
            block.addcmul_(written[start : start + rows, None], before)
        matrix.view(-1)[:: slots + 1] = 0.0
    return linkage


def follow(linkage: Tensor, read_weights: Tensor) -> tuple[Tensor, Tensor]:
    """f = L w^r and b = Lᵀ w^r: [B, N, N] and [B, R, N] to two times [B, R, N]."""
    return read_weights @ linkage.transpose(1, 2), read_weights @ linkage


def _linked(linkage: Tensor, write_weights: Tensor, precedence: Tensor) -> Tensor:
    rows, columns = write_weights.unsqueeze(-1), write_weights.unsqueeze(-2)
    linked = torch.mul(1.0 - rows - columns, linkage)
    linked.addcmul_(rows, precedence.unsqueeze(-2))
    linked.diagonal(dim1=-2, dim2=-1).zero_()
    return linked


class _Link(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, linkage: Tensor, write_weights: Tensor, precedence: Tensor) -> Tensor:
        ctx.save_for_backward(linkage, write_weights, precedence)
        return _linked(linkage, write_weights, precedence)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        linkage, write_weights, precedence = ctx.saved_tensors
        gradient = gradient.clone()
        gradient.diagonal(dim1=-2, dim2=-1).zero_()
        weighted = gradient * linkage
        to_weights = (gradient @ precedence.unsqueeze(-1)).squeeze(-1) - weighted.sum(-1) - weighted.sum(-2)
        to_precedence = (write_weights.unsqueeze(-2) @ gradient).squeeze(-2)
        gradient.mul_(1.0 - write_weights.unsqueeze(-1) - write_weights.unsqueeze(-2))
        return gradient, to_weights, to_precedence
