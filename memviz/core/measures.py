"""How good a ranking is, where it is known what should have been found.

``ranks`` are the places, 1 is best, of what should have been found; None for what was not found at all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Ranks = Sequence[int | None]

#: Resamples of a bootstrap, and how many of them are drawn at once.
_RESAMPLES, _BATCH = 2_000, 200


def recall_at(ranks: Ranks, k: int) -> float:
    """Share of what should have been found that is among the first ``k``."""
    return sum(rank is not None and rank <= k for rank in ranks) / len(ranks)


def reciprocal_rank(ranks: Ranks) -> float:
    """1 / the best rank, 0 where nothing was found; its mean is the MRR (Voorhees 1999)."""
    return max((1.0 / rank for rank in ranks if rank is not None), default=0.0)


def ndcg_at(ranks: Ranks, k: int) -> float:
    """Normalised discounted cumulative gain of the first ``k``, with gains of 0 and 1.

    ``sum(1 / log2(1 + rank))`` over what was found there, divided by the same sum for the best possible ranking
    (Järvelin and Kekäläinen 2002, with the discount ``log2(1 + rank)`` of Burges et al. 2005).
    """
    gained = math.fsum(1.0 / math.log2(1 + rank) for rank in ranks if rank is not None and rank <= k)
    return gained / math.fsum(1.0 / math.log2(1 + rank) for rank in range(1, min(k, len(ranks)) + 1))


@dataclass(frozen=True, slots=True)
class Difference:
    """The mean of paired differences, and between which bounds 95 % of its resamples lie."""

    mean: float
    low: float
    high: float

    @property
    def sure(self) -> bool:
        """True where the bounds have the same sign."""
        return self.low > 0.0 or self.high < 0.0


def paired_difference(one: Sequence[float], other: Sequence[float], *, seed: int = 0) -> Difference:
    """How much better ``one`` is than ``other``, question by question: a bootstrap over the questions.

    The bounds are percentiles of 2,000 resamples (Efron and Tibshirani 1993, chapter 13); the same values give the same
    bounds.

    Args:
        one, other: a figure of each question, in the same order, at least one.
    """
    gains = np.asarray(one, dtype=np.float64) - np.asarray(other, dtype=np.float64)  # [Q]
    generator = np.random.default_rng(seed)
    means = []
    for _ in range(_RESAMPLES // _BATCH):
        drawn = generator.integers(0, len(gains), size=(_BATCH, len(gains)))
        means.append(gains[drawn].mean(axis=1))
    low, high = np.percentile(np.concatenate(means), (2.5, 97.5))
    return Difference(float(gains.mean()), float(low), float(high))


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which a share of the values lies (0.5: the median), 0 for no values."""
    return float(np.quantile(np.asarray(values), share)) if values else 0.0
