"""The temporal linkage of a DNC: which slot was written after which, and one step along it.

The N x N matrix is what a step costs, from a few hundred slots up. So it is passed over as seldom as possible.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def link(linkage: Tensor, write_weights: Tensor, precedence: Tensor) -> Tensor:
    """L[i, j] = (1 - w[i] - w[j]) L[i, j] + w[i] p[j], with a diagonal of 0.

    Args:
        linkage: [B, N, N] of the step before.
        write_weights: [B, N] of this step.
        precedence: [B, N] of the step before.
    """
    rows, columns = write_weights.unsqueeze(-1), write_weights.unsqueeze(-2)
    linked = torch.mul(1.0 - rows - columns, linkage)
    linked.addcmul_(rows, precedence.unsqueeze(-2))
    linked.diagonal(dim1=-2, dim2=-1).zero_()
    return linked


def follow(linkage: Tensor, read_weights: Tensor) -> tuple[Tensor, Tensor]:
    """f = L w^r and b = Lᵀ w^r: [B, N, N] and [B, R, N] to two times [B, R, N]."""
    return read_weights @ linkage.transpose(1, 2), read_weights @ linkage


class LinkageInPlace:
    """The linkage of one sequence, from zeros, over arrays that somebody else changes; no gradients.

    Attributes:
        matrix: L, [N, N].
        forward, backward: f and b of the last step, [R, N].
    """

    def __init__(self, write_weights: NDArray[Any], precedence: NDArray[Any], read_weights: NDArray[Any]) -> None:
        """``write_weights`` of a step, ``precedence`` and ``read_weights`` of the step before: [N], [N], [R, N]."""
        self._written, self._before, self._reads = map(torch.from_numpy, (write_weights, precedence, read_weights))
        slots = len(write_weights)
        self._one = self._written.new_ones(())
        self.matrix = self._written.new_zeros(slots, slots)
        self._factors, self._kept = torch.zeros_like(self.matrix), torch.zeros_like(self._written)
        self._kept_columns = self._kept.unsqueeze(-1)
        self._diagonal = self.matrix.diagonal()
        self._columns, self._turned = self._written.unsqueeze(-1), self.matrix.T
        self.forward, self.backward = np.zeros_like(read_weights), np.zeros_like(read_weights)
        self._forward, self._backward = torch.from_numpy(self.forward), torch.from_numpy(self.backward)

    def step(self) -> None:
        """:func:`link` and :func:`follow`."""
        torch.sub(self._one, self._written, out=self._kept)
        torch.sub(self._kept_columns, self._written, out=self._factors)
        self.matrix.mul_(self._factors).addcmul_(self._columns, self._before)
        self._diagonal.zero_()
        torch.mm(self._reads, self._turned, out=self._forward)
        torch.mm(self._reads, self.matrix, out=self._backward)
