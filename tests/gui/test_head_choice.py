"""From layers and heads to one weight per slot."""

from __future__ import annotations

import numpy as np
import pytest

from memviz.gui.head_choice import HeadChoice, without_sink
from memviz.gui.slot_colors import color_of_entry, style_of_number, styles_of
from memviz.gui.views.slot_table import WeightColumns, slot_rows
from tests.gui.scenes import entries, trace_of


def test_mean_max_and_one_head() -> None:
    weights = np.arange(24, dtype=np.float32).reshape(2, 3, 4)  # [L, H, N]
    assert np.allclose(HeadChoice("mean").weights(weights), weights.mean(axis=(0, 1)))
    assert np.allclose(HeadChoice("max").weights(weights), weights.max(axis=(0, 1)))
    assert np.array_equal(HeadChoice("one", 1, 2).weights(weights), weights[1, 2])
    assert np.array_equal(HeadChoice("one", 7, 9).weights(weights), weights[1, 2])
    assert np.array_equal(HeadChoice("one", 0, 1).weights(weights[0]), weights[0, 1])  # [H, N]


def test_words_speak_of_layers_where_there_are_some() -> None:
    assert [HeadChoice("one", 1, 2).words(layers) for layers in (4, 1)] == ["layer 2, head 3", "head 3"]
    assert [HeadChoice("max").words(layers) for layers in (4, 1)] == ["max of all layers and heads", "max of all heads"]


def test_shares_without_the_sink_sum_to_one() -> None:
    slots = trace_of().prompt.slots
    weights = np.full(len(slots), 0.05)
    weights[0] = 0.45
    shares = without_sink(weights, slots)
    assert shares[0] == pytest.approx(0.45)
    assert shares[1:].sum() == pytest.approx(1.0)


def test_the_largest_weights_of_heads_are_never_rescaled() -> None:
    trace = trace_of()
    weights = trace.read(0).read_weights
    assert np.array_equal(HeadChoice("max").shares(weights, trace.prompt.slots), weights.max(axis=(0, 1)))
    mean = HeadChoice("mean").shares(weights, trace.prompt.slots)
    assert mean[1:].sum() == pytest.approx(1.0)


def test_columns_grow_with_the_trace_and_equal_a_fresh_computation() -> None:
    whole = trace_of()
    growing = WeightColumns()
    for upto in (4, 9, 14, None):
        trace = trace_of(upto=upto)
        part = growing.update(trace, HeadChoice(), raw=True)
        assert part.shape[1] == trace.steps
    for step in range(whole.steps):
        expected = HeadChoice().weights(whole.read(step).read_weights)
        assert np.allclose(growing.update(whole, HeadChoice(), raw=True)[:, step], expected)


def test_memory_rows_come_first_and_the_sink_last() -> None:
    rows = slot_rows(trace_of().prompt.slots)
    assert [slot.kind for slot in rows.slots[: rows.memory]] == ["entry"] * len(entries())
    assert rows.slots[-1].kind == "sink"
    assert rows.row_of_entry(813) == 1
    assert rows.row_of_entry(123_456) == rows.row_of_entry(None) == -1


def test_the_same_entry_has_the_same_colour_everywhere() -> None:
    trace = trace_of()
    slot = next(slot for slot in trace.prompt.slots if slot.entry_id == 814)
    assert color_of_entry(814, trace) == styles_of(trace.prompt.slots)[slot.index].color
    assert color_of_entry(999_999, trace) is None
    assert color_of_entry(814, None) is None


def test_the_palette_repeats_with_another_pattern() -> None:
    first, eighth = style_of_number(0), style_of_number(7)
    assert first.color == eighth.color
    assert first.pattern != eighth.pattern
