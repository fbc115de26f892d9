"""An LSTM or GRU whose units are its memory: the step is torch's fused layer, and a trace replays it bit by bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from memviz.core.errors import KnownError
from memviz.core.events import ReadEvent
from memviz.core.query import Query
from memviz.core.trace import Trace
from memviz.models.load_network import load_recurrent
from memviz.models.recurrent.config import RecurrentConfig
from memviz.models.recurrent.model import RecurrentModel
from memviz.models.recurrent.network import RecurrentMemory
from memviz.models.recurrent.recipe import RecurrentRecipe
from memviz.models.recurrent.train import RecurrentTraining
from memviz.models.sequences.task import Task
from memviz.models.sequences.training import right_shares
from memviz.models.training.fit import fit

TASK = Task("copy", bits=3, most=3)


def network(cell: str) -> RecurrentMemory:
    torch.manual_seed(0)
    return RecurrentMemory(RecurrentConfig(TASK.input_size, TASK.output_size, units=7, cell=cell))


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_steps_are_what_the_fused_layer_does(cell: str) -> None:
    made = network(cell).double()
    inputs = torch.randn(9, 2, TASK.input_size, dtype=torch.float64)
    whole, _ = made(inputs)
    state, outputs = made.empty_state(2), []
    for row in inputs:
        output, state, gates = made.step(row, state)
        assert all(((part >= 0) & (part <= 1)).all() for part in (gates.keep, gates.write, gates.output))
        outputs.append(output)
    assert torch.allclose(torch.stack(outputs), whole, atol=1e-9)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_replay_from_the_trace_is_the_live_memory_bit_by_bit(cell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memviz.models.sequences.model.KEYFRAMES", 4)
    made = network(cell)
    live = []
    step = made.step

    def watched(inputs, state):
        found = step(inputs, state)
        live.append(found[1].cell[0].numpy().copy())
        return found

    monkeypatch.setattr(made, "step", watched)
    trace = Trace(Query("101 010 110 011"))
    for event in RecurrentModel(made, TASK, name="r").run(trace.query, [], None):
        trace.append(event)
    assert trace.steps == 9
    for at, cells in enumerate(live):
        assert np.array_equal(trace.frame(at).memory[:, 0], cells)
    reads = [event for event in trace if isinstance(event, ReadEvent)]
    assert all(read.read_weights.sum() == pytest.approx(1.0) for read in reads)
    assert set(trace.write(0).detail) == {"input_gate", "forget_gate", "output_gate", "cell"}


def test_it_learns_and_opens_again(tmp_path: Path) -> None:
    recipe = RecurrentRecipe(task=Task("copy", bits=2, most=2), units=32, rounds=4, rate=1e-2)
    figures = fit(RecurrentTraining(recipe), tmp_path, rounds=4, watch="error")
    assert figures["error"] < 0.1
    opened = load_recurrent(str(tmp_path))
    bits, _ = right_shares(opened.network, opened.task, 2, 50, seed=5)
    assert bits > 0.85


def test_sizes_that_make_no_sense_are_refused() -> None:
    with pytest.raises(KnownError, match="units"):
        RecurrentConfig(3, 2, units=0)
    with pytest.raises(KnownError, match="lstm or gru"):
        RecurrentConfig(3, 2, cell="tape")
