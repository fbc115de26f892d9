"""A fixed vector for every name, so that a name that no training saw can be stored, addressed and answered."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor


def code_of(name: str, width: int) -> np.ndarray:
    """A unit vector [width], the same on every machine; those of two names are nearly orthogonal.

    Names are random directions in place of learned embeddings: with d = 256 the cosine of two of them is 0 with a
    standard deviation of 1/16.
    """
    seed = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=16).digest(), "little")
    vector = np.random.Generator(np.random.Philox(seed)).standard_normal(width)
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


class Codes:
    """Names and the rows of a growing matrix of their codes."""

    def __init__(self, width: int, names: Iterable[str] = ()) -> None:
        self.width = width
        self.names: list[str] = []
        self._rows: dict[str, int] = {}
        self._vectors: list[np.ndarray] = []
        self._matrix: Tensor | None = None
        for name in names:
            self.row(name)

    def __len__(self) -> int:
        return len(self.names)

    def row(self, name: str) -> int:
        """The row of ``name``, a new one where it is not known yet."""
        row = self._rows.get(name)
        if row is None:
            row = self._rows[name] = len(self.names)
            self.names.append(name)
            self._vectors.append(code_of(name, self.width))
            self._matrix = None
        return row

    @property
    def matrix(self) -> Tensor:
        """[E, width]."""
        if self._matrix is None:
            self._matrix = torch.from_numpy(np.stack(self._vectors)) if self._vectors else torch.zeros(0, self.width)
        return self._matrix
