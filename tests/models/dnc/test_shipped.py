"""The DNC that ships copies as the paper shows it: the write head marches, the read head follows in order."""

from __future__ import annotations

import numpy as np
import pytest

from memviz.core.events import READ_MODES
from memviz.core.query import Query
from memviz.core.trace import Trace
from memviz.models.dnc.model import DNCModel
from memviz.models.load_network import load_dnc
from memviz.session.bundled import model_folder


@pytest.fixture(scope="module")
def model() -> DNCModel:
    return load_dnc(str(model_folder("dnc-copy")))


def trace_of(model: DNCModel, text: str, seed: int = 0) -> Trace:
    trace = Trace(Query(text, seed=seed))
    for event in model.run(trace.query, [], None):
        trace.append(event)
    return trace


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_what_is_copied_is_right(model: DNCModel, seed: int) -> None:
    trace = trace_of(model, "20", seed)
    assert trace.finish.answer == trace.prompt.text


def test_heads_show_the_known_picture(model: DNCModel) -> None:
    length = 12
    trace = trace_of(model, str(length))
    written = [trace.write(step).write_weights[0] for step in range(length)]
    places = [int(weights.argmax()) for weights in written]
    assert len(set(places)) == length  # every word has a slot of its own
    assert min(float(weights.max()) for weights in written) > 0.5
    # Its controller has no memory, so that a word is read one step before it is said: from the mark on.
    reads = [trace.read(step).read_weights.max(axis=0) for step in range(length, 2 * length)]
    assert [int(weights.argmax()) for weights in reads] == places  # read in the order in which they were written
    assert min(float(weights.max()) for weights in reads) > 0.5


def test_the_read_head_goes_back_to_the_beginning_and_then_forward(model: DNCModel) -> None:
    trace = trace_of(model, "12")
    modes = [dict(zip(READ_MODES, trace.read(step).detail["read_modes"][0], strict=True)) for step in range(12, 24)]
    assert modes[0]["backward"] > 0.5
    assert np.mean([mode["forward"] for mode in modes[1:]]) > 0.7


def test_new_words_go_to_free_slots_and_usage_grows(model: DNCModel) -> None:
    trace = trace_of(model, "10")
    gates = [float(trace.write(step).detail["allocation_gate"][0]) for step in range(10)]
    assert np.mean(gates) > 0.5
    usage = [float(trace.write(step).detail["usage"].sum()) for step in range(10)]
    assert usage[-1] > usage[1]


@pytest.mark.parametrize(("name", "text"), [("dnc-repeat-copy", "4"), ("dnc-recall", "5")])
def test_the_other_tasks_are_answered_right(name: str, text: str) -> None:
    opened = load_dnc(str(model_folder(name)))
    right = wrong = 0
    for seed in range(5):
        for step in (trace := trace_of(opened, text, seed)).outputs:
            detail = trace.read(step.step).detail
            if detail["asked"].any():
                missed = int(((detail["output"] > 0.5) != (detail["target"] > 0.5)).sum())
                right, wrong = right + detail["target"].size - missed, wrong + missed
    assert right / (right + wrong) > 0.99
