"""A DNC as a memory model: sequences as text, events, and replay bit by bit."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from memviz.core.errors import KnownError
from memviz.core.events import FinishEvent, KeyframeEvent, OutputEvent, PromptEvent, ReadEvent, WriteEvent
from memviz.core.query import Query
from memviz.core.trace import Trace
from memviz.models.dnc.config import DNCConfig
from memviz.models.dnc.model import DNCModel
from memviz.models.dnc.network import DifferentiableNeuralComputer
from memviz.models.dnc.recipe import DNCRecipe
from memviz.models.dnc.stepper import Stepper
from memviz.models.dnc.train import DNCTraining
from memviz.models.load_network import load_dnc
from memviz.models.sequences.task import Task
from memviz.models.sequences.text import drill_of, words_of

COPY = Task("copy", bits=4, most=5)


def model(task: Task = COPY, **options) -> DNCModel:
    torch.manual_seed(0)
    config = DNCConfig(task.input_size, task.output_size, slots=6, word_size=5, read_heads=2, hidden_size=12, **options)
    network = DifferentiableNeuralComputer(config)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(3.0)  # gates that open and close
    return DNCModel(network, task, name="dnc")


def traced(made: DNCModel, text: str) -> Trace:
    trace = Trace(Query(text))
    for event in made.run(trace.query, [], None):
        trace.append(event)
    return trace


def test_words_of_bits_are_read_and_asked_for() -> None:
    drill = drill_of("1010 0110", COPY, 0)
    assert drill.inputs[:2, :4].tolist() == [[1, 0, 1, 0], [0, 1, 1, 0]]
    assert drill.asked.tolist() == [False, False, False, True, True]
    assert words_of(list(drill.targets[drill.asked]), COPY) == "1010 0110"


def test_a_number_draws_a_sequence_by_the_seed() -> None:
    assert torch.equal(drill_of("5", COPY, 3).inputs, drill_of("5", COPY, 3).inputs)
    assert not torch.equal(drill_of("5", COPY, 3).inputs, drill_of("5", COPY, 4).inputs)
    assert len(drill_of("", COPY, 0).inputs) == 11
    assert len(drill_of("12", COPY, 0).inputs) == 25
    assert len(drill_of("1", COPY, 0).inputs) == 3


def test_repeats_and_items() -> None:
    repeated = drill_of("1010 0110 x3", Task("repeat-copy", bits=4), 0)
    assert int(repeated.asked.sum()) == 7
    recalled = drill_of("10 11 / 01 00 / 11 01 ? 2", Task("recall", bits=2, least=2, words=2), 0)
    assert recalled.targets[recalled.asked].tolist() == [[1, 1], [0, 1]]


@pytest.mark.parametrize(
    ("text", "task", "words"),
    [
        ("1010 011", COPY, "words of 4"),
        ("1010 01102", COPY, "no word of bits"),
        ("hello", COPY, "no word of bits"),
        ("9999", COPY, "2,000"),
        ("1010", Task("repeat-copy", bits=4), "how often"),
        ("1010 x11", Task("repeat-copy", bits=4), "how often"),
        ("10 11 / 01 00", Task("recall", bits=2, least=2, words=2), "which item"),
        ("10 11 / 01 ? 1", Task("recall", bits=2, least=2, words=2), "2 words"),
        ("1", Task("recall", bits=2, least=2, words=2), "2 to"),
    ],
)
def test_what_the_model_cannot_read_gets_a_sentence(text: str, task: Task, words: str) -> None:
    with pytest.raises(KnownError, match=words):
        drill_of(text, task, 0)


def test_a_run_tells_writes_reads_and_outputs_step_by_step() -> None:
    made = model()
    trace = traced(made, "1010 0110 1111")
    assert trace.steps == 7
    prompt = trace.prompt
    assert isinstance(prompt, PromptEvent)
    assert ([slot.kind for slot in prompt.slots], prompt.heads) == (["cell"] * 6, 2)
    for step in range(7):
        frame = trace.frame(step)
        assert isinstance(frame.write, WriteEvent)
        assert isinstance(frame.read, ReadEvent)
        assert frame.read.read_weights.shape == (2, 6)
        assert frame.read.detail["read_modes"].shape == (2, 3)
        assert frame.write.detail["usage"].min() >= 0
        assert frame.write.detail["usage"].max() <= 1
    said = [event for event in trace if isinstance(event, OutputEvent) and event.text]
    assert len(said) == 3
    assert "".join(event.text for event in said) == trace.finish.answer


@pytest.mark.parametrize("options", [{}, {"deallocation": True}, {"masked_lookup": True, "link_sharpness": True}])
def test_replay_from_the_trace_is_the_live_memory_bit_by_bit(options: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memviz.models.sequences.model.KEYFRAMES", 4)
    made = model(**options)
    live: list[np.ndarray] = []
    step = Stepper.step

    def watched(stepper, inputs):
        output = step(stepper, inputs)
        live.append(stepper.state.memory[0].numpy().copy())
        return output

    monkeypatch.setattr(Stepper, "step", watched)
    trace = traced(made, "1010 0110 1111 0001 1000 0101")
    assert sum(isinstance(event, KeyframeEvent) for event in trace) == 4
    for at, memory in enumerate(live):
        assert np.array_equal(trace.frame(at).memory, memory)


def test_what_was_told_is_not_changed_by_later_steps() -> None:
    made = model()
    kept = []
    for event in made.run(Query("1010 0110 1111"), [], None):
        if isinstance(event, ReadEvent):
            kept.append((event, event.read_weights.copy()))
    assert all(np.array_equal(event.read_weights, copied) for event, copied in kept)


def test_it_is_saved_with_its_task_and_opened_again(tmp_path: Path) -> None:
    training = DNCTraining(DNCRecipe(task=COPY, slots=4, word_size=4, hidden_size=8))
    training.save(tmp_path)
    opened = load_dnc(str(tmp_path))
    assert opened.task == COPY
    events = list(opened.run(Query("3"), [], None))
    assert isinstance(events[-1], FinishEvent)
    recipe = json.loads((tmp_path / "recipe.json").read_text(encoding="utf-8"))
    (tmp_path / "recipe.json").write_text(json.dumps({**recipe, "task": None}), encoding="utf-8")
    with pytest.raises(KnownError, match="task"):
        load_dnc(str(tmp_path))
