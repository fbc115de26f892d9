"""The oracle of the vector index: a dict, and every product computed."""

from __future__ import annotations

import numpy as np

from memviz.core.arrays import FloatArray


class BruteForce:
    def __init__(self) -> None:
        self.vectors: dict[int, FloatArray] = {}

    def put(self, ids: list[int], vectors: FloatArray) -> None:
        self.vectors.update({entry_id: _half(vector) for entry_id, vector in zip(ids, vectors, strict=True)})

    def remove(self, ids: list[int]) -> None:
        for entry_id in ids:
            self.vectors.pop(entry_id, None)

    def ranking(self, vector: FloatArray) -> list[tuple[int, float]]:
        """(id, cosine), best first, ties by id."""
        unit = vector / np.linalg.norm(vector)
        scored = [(entry_id, float(own @ unit)) for entry_id, own in self.vectors.items()]
        return sorted(scored, key=lambda pair: (-round(pair[1], 6), pair[0]))


def _half(vector: FloatArray) -> FloatArray:
    """As it is kept: length 1, then half precision."""
    length = np.linalg.norm(vector)
    return (vector / length if length else vector).astype(np.float16).astype(np.float32)


def random_vectors(count: int, dimension: int, seed: int) -> FloatArray:
    return np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float32)
