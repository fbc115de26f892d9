"""Measures of rankings, compared with what is computed by hand."""

from __future__ import annotations

from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memviz.core.measures import ndcg_at, paired_difference, quantile, recall_at, reciprocal_rank

RANKS = st.lists(st.integers(1, 60), min_size=1, max_size=8, unique=True).flatmap(
    lambda ranks: st.lists(st.none(), max_size=3).map(lambda lost: [*ranks, *lost])
)


def test_by_hand() -> None:
    ranks = [2, None, 7]
    assert [recall_at(ranks, k) for k in (1, 2, 7)] == pytest.approx([0, 1 / 3, 2 / 3])
    assert reciprocal_rank(ranks) == 0.5
    assert ndcg_at(ranks, 1) == 0
    assert ndcg_at(ranks, 5) == pytest.approx((1 / log2(3)) / (1 + 1 / log2(3) + 1 / log2(4)))
    assert ndcg_at(ranks, 10) == pytest.approx((1 / log2(3) + 1 / log2(8)) / (1 + 1 / log2(3) + 1 / log2(4)))
    assert ndcg_at([1, 2], 1) == 1.0  # no ranking can have more in its first place
    assert (recall_at([None], 5), reciprocal_rank([None]), ndcg_at([None], 5)) == (0, 0, 0)


@given(ranks=RANKS, k=st.integers(1, 70))
def test_bounds_and_growth(ranks: list[int | None], k: int) -> None:
    for measure in (recall_at, ndcg_at):
        assert 0.0 <= measure(ranks, k) <= 1.0 + 1e-12
    assert recall_at(ranks, k) <= recall_at(ranks, k + 1)
    best = list(range(1, len(ranks) + 1))
    assert recall_at(best, len(best)) == reciprocal_rank(best) == 1.0
    assert ndcg_at(best, k) == pytest.approx(1.0)


def test_differences_of_pairs() -> None:
    same = paired_difference([0.0, 1.0, 0.5], [0.0, 1.0, 0.5])
    assert (same.mean, same.low, same.high, same.sure) == (0.0, 0.0, 0.0, False)
    better = paired_difference([1.0] * 40, [0.0] * 20 + [1.0] * 20)
    assert better.mean == 0.5
    # Of a mean of 40 fair coins 95 % lie within 1.96 * 0.5 / sqrt(40) of the middle, about 0.155.
    assert better.low == pytest.approx(0.345, abs=0.03)
    assert better.high == pytest.approx(0.655, abs=0.03)
    assert better.sure
    assert better == paired_difference([1.0] * 40, [0.0] * 20 + [1.0] * 20)
    assert not paired_difference([1.0, 0.0], [0.0, 1.0]).sure


def test_quantiles() -> None:
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert quantile([], 0.95) == 0.0
