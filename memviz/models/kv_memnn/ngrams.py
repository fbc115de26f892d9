"""Texts as vectors of their n-grams: an encoder that needs no training, in any script."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from memviz.core.text import has_cjk, words

#: Lengths of n-grams: of Chinese characters, and of the letters of other words, whose edges are marked.
CJK, LETTERS = (1, 2, 3), (3, 4)


def ngrams(text: str) -> Counter[str]:
    """N-gram -> count. A word of another script than Chinese, Japanese or Korean counts as a whole, too."""
    found: Counter[str] = Counter()
    for word in words(text):
        edged = word if has_cjk(word) else f"<{word}>"
        if edged != word:
            found[edged] += 1
        for length in CJK if edged == word else LETTERS:
            found.update(edged[at : at + length] for at in range(len(edged) - length + 1))
    return found


class NGramEncoder:
    """Φ: unit vectors of n-gram counts, each n-gram weighted by its inverse frequency in the keys.

    Args:
        keys: of the memory; an n-gram that most of them hold hardly tells them apart.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._columns: dict[str, int] = {}
        self._frequency = Counter(gram for key in keys for gram in ngrams(key))
        self._keys = max(1, len(keys))

    def encode(self, texts: Iterable[str]) -> list[dict[int, float]]:
        """Sparse unit vectors; a text without words is empty."""
        return [self._vector(text) for text in texts]

    def _vector(self, text: str) -> dict[int, float]:
        weights = {
            self._columns.setdefault(gram, len(self._columns)): count
            * math.log(1.0 + (self._keys + 1) / (1 + self._frequency[gram]))
            for gram, count in ngrams(text).items()
        }
        norm = math.sqrt(math.fsum(weight * weight for weight in weights.values()))
        return {column: weight / norm for column, weight in weights.items()}


def products(rows: Sequence[dict[int, float]], vector: dict[int, float]) -> Tensor:
    """Dot products [len(rows)] of sparse vectors."""
    return torch.tensor([math.fsum(vector.get(at, 0.0) * value for at, value in row.items()) for row in rows])


def mixed(weights: Sequence[float], rows: Sequence[dict[int, float]]) -> dict[int, float]:
    """The weighted sum of sparse vectors."""
    total: dict[int, float] = {}
    for weight, row in zip(weights, rows, strict=True):
        for at, value in row.items():
            total[at] = total.get(at, 0.0) + weight * value
    return total
