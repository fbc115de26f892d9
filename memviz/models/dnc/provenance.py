"""What a memory's rows consist of: which of the things that were told wrote them."""

from __future__ import annotations

import numpy as np

from memviz.core.arrays import FloatArray
from memviz.core.events import WriteEvent


class Provenance:
    """Keeps a memory matrix apart by who wrote it.

    A write is ``M = retention * M * (1 - outer(w, erase)) + outer(w, write)``: what was there fades, and something is
    added. So the matrix is always the sum of what is left of each source's writes, and so is a read vector.
    """

    def __init__(self, shape: tuple[int, ...], sources: int) -> None:
        """``shape``: [N, W] of the memory, which begins empty."""
        self._parts = np.zeros((sources, *shape), dtype=np.float32)

    @property
    def parts(self) -> FloatArray:
        """[S, N, W]; their sum over the sources is the memory."""
        return self._parts

    def write(self, source: int, event: WriteEvent) -> None:
        """What ``source`` made the network write."""
        weights, erase, write = event.write_weights[0], event.erase_vectors[0], event.write_vectors[0]
        kept = 1.0 - np.outer(weights, erase)
        if "retention" in event.detail:
            kept *= event.detail["retention"][:, None]
        self._parts *= kept
        self._parts[source] += np.outer(weights, write)

    def read(self, weights: FloatArray) -> FloatArray:
        """Read weights [R, N] traced back to the sources, [R, S].

        A source counts with the length of its part of the read vector; the sources of a head share what the head read.
        Zero where a head read from empty rows only.
        """
        lengths = np.linalg.norm(np.einsum("rn,snw->rsw", weights, self._parts), axis=-1)
        total = lengths.sum(-1, keepdims=True)
        shares = np.divide(lengths, total, out=np.zeros_like(lengths), where=total > 0)
        traced: FloatArray = shares * weights.sum(-1, keepdims=True)
        return traced
