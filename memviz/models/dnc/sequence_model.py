"""A DNC as a memory model: its slots are the rows of its memory, its steps the time steps of a sequence."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from types import MappingProxyType

import torch
from torch import Tensor

from memviz.core.entry import Entry
from memviz.core.events import (
    Event,
    FinishEvent,
    FloatArray,
    KeyframeEvent,
    PromptEvent,
    Query,
    ReadEvent,
    RecallEvent,
    Slot,
    WriteEvent,
    frozen_array,
)
from memviz.core.protocols import NO_RECALL, RecallNeed
from memviz.models.dnc.network import DifferentiableNeuralComputer
from memviz.models.dnc.sequence_text import drill_of, told, words_of
from memviz.models.dnc.state import DNCState, DNCStep
from memviz.models.dnc.task import Task
from memviz.models.dnc.tasks import Drill
from memviz.models.sequence_events import bits_output, signals

#: Steps between two keyframes of the memory: scrubbing replays at most so many writes.
KEYFRAMES = 32


class SequenceModel:
    """Implements ``core.protocols.MemoryModel``. Used by one thread at a time (the query thread)."""

    def __init__(self, network: DifferentiableNeuralComputer, task: Task, *, name: str) -> None:
        self._network = network.eval()
        self._task = task
        self._name = name

    @property
    def name(self) -> str:
        return self._name

    @property
    def network(self) -> DifferentiableNeuralComputer:
        return self._network

    @property
    def task(self) -> Task:
        """What it was trained on; its queries are sequences of that task."""
        return self._task

    @property
    def recall(self) -> RecallNeed:
        """None: its memory is its own, and empty when a sequence begins."""
        return RecallNeed(NO_RECALL)

    def run(self, query: Query, _entries: Sequence[Entry], _recall: RecallEvent | None) -> Iterator[Event]:
        """One step for each time step: write, memory, read, output.

        The query is a sequence as :mod:`memviz.models.dnc.sequence_text` reads it. The answer is what was put out where
        it was asked for. ``detail`` of a write: ``usage``, ``allocation``, ``precedence`` [N], ``allocation_gate``,
        ``write_gate`` [1], with de-allocation ``retention`` [N]. ``detail`` of a read: ``read_modes`` [R, 3]
        (``core.events.READ_MODES``), ``free_gates`` [R], ``input`` [I], ``output`` and ``target`` [O], ``asked``
        [1], ``word`` [1] (the number of the word in the prompt's text, or -1).
        """
        started = time.perf_counter()
        drill = drill_of(query.text, self._task, query.seed)
        text, places = told(drill, self._task)
        config = self._network.config
        yield PromptEvent(
            text=text,
            token_texts=(),
            slots=tuple(Slot(at, "cell", f"slot {at + 1}") for at in range(config.slots)),
            layers=1,
            heads=config.read_heads,
            capture="exact",
            step_word="time step",
        )
        state = self._network.empty_state()
        yield KeyframeEvent(-1, _frozen(state.memory[0]))
        said = []
        for at in range(len(drill.inputs)):
            with torch.inference_mode():
                output, state, done = self._network.step(drill.inputs[at : at + 1], state, in_place=True)
            probabilities = torch.sigmoid(output[0].clone())
            yield _write_event(at, state, done, deallocation=config.deallocation)
            if (at + 1) % KEYFRAMES == 0:
                yield KeyframeEvent(at, _frozen(state.memory[0]))
            yield _read_event(at, state, done, drill, probabilities, places[at])
            asked = bool(drill.asked[at])
            if asked:
                said.append(probabilities)
            yield bits_output(at, probabilities, drill, first=len(said) == 1)
        yield FinishEvent("end", words_of(said, self._task), {"generate": time.perf_counter() - started})

    def close(self) -> None:
        """Nothing is held."""


def _frozen(values: Tensor) -> FloatArray:
    return frozen_array(values.detach().numpy())


def _write_event(at: int, state: DNCState, done: DNCStep, *, deallocation: bool) -> WriteEvent:
    gates = done.interface
    detail = {
        "usage": _frozen(state.usage[0]),
        "allocation": _frozen(done.allocation[0]),
        "precedence": _frozen(state.precedence[0]),
        "allocation_gate": _frozen(gates.allocation_gate[0]),
        "write_gate": _frozen(gates.write_gate[0]),
    }
    if deallocation:
        detail["retention"] = _frozen(done.retention[0])
    return WriteEvent(
        at,
        _frozen(state.write_weights),
        _frozen(gates.erase_vector),
        _frozen(gates.write_vector),
        MappingProxyType(detail),
    )


def _read_event(at: int, state: DNCState, done: DNCStep, drill: Drill, probabilities: Tensor, place: int) -> ReadEvent:
    detail = {
        "read_modes": _frozen(done.interface.read_modes[0]),
        "free_gates": _frozen(done.interface.free_gates[0]),
        **signals(drill, at, probabilities, place),
    }
    return ReadEvent(at, _frozen(state.read_weights[0]), MappingProxyType(detail))
