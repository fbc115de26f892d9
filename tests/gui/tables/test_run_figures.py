from __future__ import annotations

import numpy as np
import pytest

from memviz.gui.tables.run_figures import RunFigures
from memviz.session.attention import attention_shares
from tests.gui.tables import traces


def test_attention_grows_with_the_run_and_is_what_the_session_says():
    trace = traces.begin([7, 8])
    figures = RunFigures(trace)
    for weights, special in (([0.5, 0.3, 0.1, 0.1], False), ([0.2, 0.1, 0.6, 0.1], False), ([0, 1, 0, 0], True)):
        traces.step(trace, weights, special=special)
        figures.update()
        assert {7: figures.attention(7), 8: figures.attention(8)} == pytest.approx(attention_shares(trace))
    assert figures.attention_at(7, 0) == pytest.approx(0.3 / 0.5)
    assert figures.attention_at(7, 9) is None
    assert figures.attention(99) is None
    np.testing.assert_allclose(figures.heads_at(7, 1), np.full((traces.LAYERS, traces.HEADS), 0.1), rtol=1e-6)


def test_a_run_without_steps_says_nothing_yet():
    figures = RunFigures(traces.begin([7]))
    assert figures.update() is True
    assert figures.update() is False
    assert figures.attention(7) is None
    assert figures.candidates[7].rank == 1


def test_order_follows_a_column_and_ties_follow_the_rank():
    trace = traces.begin([7, 8], cut=[9])
    traces.step(trace, [0.0, 0.2, 0.5, 0.3])
    figures = RunFigures(trace)
    figures.update()
    assert figures.order("rank", 0, descending=False) == [7, 8, 9]
    assert figures.order("rank", 0, descending=True) == [9, 8, 7]
    assert figures.order("attention", 0, descending=True) == [8, 7, 9]
    assert figures.order("status", 0, descending=False) == [7, 8, 9]


def test_without_a_run_there_are_no_figures():
    figures = RunFigures()
    assert figures.update() is False
    assert figures.order("rank", 0, descending=False) == []
