from __future__ import annotations

import numpy as np
import pytest

from memviz.core.arrays import frozen_array
from memviz.core.events import OutputEvent, PromptEvent, ReadEvent, Slot
from memviz.core.query import Query
from memviz.core.trace import Trace
from memviz.gui.tables.run_figures import RunFigures
from memviz.session.attention import attention_shares


def trace_of(reads: list[np.ndarray], special: tuple[bool, ...]) -> Trace:
    """Slots: sink, entry 7, entry 9, entry 7 again, question."""
    trace = Trace(Query("q"))
    entries = [Slot(1, "entry", "a", 7), Slot(2, "entry", "b", 9), Slot(3, "entry", "c", 7)]
    trace.append(PromptEvent("q", ("q",), (Slot(0, "sink", ""), *entries, Slot(4, "question", "")), layers=2, heads=2))
    for step, (read, is_special) in enumerate(zip(reads, special, strict=True)):
        trace.append(ReadEvent(step, frozen_array(read)))
        trace.append(OutputEvent(step, "x", 0, -1.0, special=is_special))
    return trace


def test_against_a_slow_loop():
    dice = np.random.default_rng(3)
    reads = [dice.dirichlet(np.ones(5), size=(2, 2)) for _ in range(3)]
    mass = [0.0] * 5
    for read in reads[:2]:  # the third step is special
        for slot in range(5):
            mass[slot] += max(read[layer, head, slot] for layer in range(2) for head in range(2)) / 2
    rest = sum(mass[1:])
    shares = attention_shares(trace_of(reads, (False, False, True)))
    assert shares == {7: pytest.approx((mass[1] + mass[3]) / rest), 9: pytest.approx(mass[2] / rest)}


def test_special_tokens_count_where_nothing_else_came():
    read = np.full((2, 2, 5), 0.2)
    assert attention_shares(trace_of([read], (True,))) == {7: pytest.approx(0.5), 9: pytest.approx(0.25)}


def test_nothing_read_yet():
    assert attention_shares(Trace(Query("q"))) == {}
    assert attention_shares(trace_of([], ())) == {}


def test_all_mass_on_the_sink():
    read = np.zeros((2, 2, 5))
    read[..., 0] = 1.0
    assert attention_shares(trace_of([read], (False,))) == {7: 0.0, 9: 0.0}


def test_memory_networks_have_no_layers():
    """[H, N] instead of [L, H, N]."""
    assert attention_shares(trace_of([np.full((3, 5), 0.2)], (False,)))[9] == pytest.approx(0.25)


def test_what_was_told_step_by_step_counts_where_slots_are_rows_of_a_memory_and_from_the_answer_on():
    trace = Trace(Query("q"))
    told = (Slot(0, "entry", "a", 7), Slot(1, "entry", "b", 9), Slot(2, "question", "q"))
    cells = tuple(Slot(at, "cell", f"slot {at + 1}") for at in range(4))
    trace.append(PromptEvent("q", (), cells, layers=1, heads=2, told=told, answer_from=2))
    rows = [[[0.9, 0.0, 0.0], [0.0, 0.0, 0.0]]] * 2 + [[[0.1, 0.6, 0.1], [0.0, 0.2, 0.1]]]
    for step, traced in enumerate(rows):
        trace.append(ReadEvent(step, frozen_array(np.full((2, 4), 0.25)), told_weights=frozen_array(traced)))
        assert attention_shares(trace) == {}
        trace.append(OutputEvent(step, "", 0, -1.0))
    assert attention_shares(trace) == {7: pytest.approx(0.1 / 0.8), 9: pytest.approx(0.6 / 0.8)}
    figures = RunFigures(trace)
    figures.update()
    assert {7: figures.attention(7), 9: figures.attention(9)} == pytest.approx(attention_shares(trace))
    assert figures.attention_at(7, 0) == pytest.approx(1.0)
    assert figures.heads_at(9, 2) == pytest.approx(np.array([[0.6, 0.2]]))
