"""An LSTM or GRU as a memory model: its slots are the cell units, its writes the gates, its steps time steps."""

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
from memviz.models.dnc.sequence_text import drill_of, told, words_of
from memviz.models.dnc.task import Task
from memviz.models.recurrent.network import Gates, RecurrentMemory
from memviz.models.sequence_events import bits_output, signals

KEYFRAMES = 32


class RecurrentModel:
    """Implements ``core.protocols.MemoryModel``. Used by one thread at a time (the query thread)."""

    def __init__(self, network: RecurrentMemory, task: Task, *, name: str) -> None:
        self._network = network.eval()
        self._task = task
        self._name = name

    @property
    def name(self) -> str:
        return self._name

    @property
    def network(self) -> RecurrentMemory:
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
        """One step for each time step. The memory is c, [N, 1].

        A write is two: the first erases by 1 - keep, the second writes value by the write gate. ``detail`` of a write:
        ``input_gate``, ``forget_gate``, ``output_gate``, ``cell`` [N]. A read is each unit's share of what is let out,
        |output gate · tanh c|; its ``detail`` has the signals of the sequence.
        """
        started = time.perf_counter()
        drill = drill_of(query.text, self._task, query.seed)
        text, places = told(drill, self._task)
        units = self._network.config.units
        yield PromptEvent(
            text=text,
            token_texts=(),
            slots=tuple(Slot(at, "cell", f"unit {at + 1}") for at in range(units)),
            layers=1,
            heads=1,
            capture="exact",
            step_word="time step",
        )
        state = self._network.empty_state()
        yield KeyframeEvent(-1, _frozen(state.cell.T))
        said: list[Tensor] = []
        for at in range(len(drill.inputs)):
            with torch.inference_mode():
                output, state, gates = self._network.step(drill.inputs[at : at + 1], state)
                let_out = state.hidden.abs()
                shares = let_out / let_out.sum(-1, keepdim=True).clamp_min(1e-12)
            probabilities = torch.sigmoid(output[0].clone())
            yield _write_event(at, gates, state.cell)
            if (at + 1) % KEYFRAMES == 0:
                yield KeyframeEvent(at, _frozen(state.cell.T))
            yield ReadEvent(at, _frozen(shares), MappingProxyType(signals(drill, at, probabilities, places[at])))
            if drill.asked[at]:
                said.append(probabilities)
            yield bits_output(at, probabilities, drill, first=len(said) == 1)
        yield FinishEvent("end", words_of(said, self._task), {"generate": time.perf_counter() - started})

    def close(self) -> None:
        """Nothing is held."""


def _frozen(values: Tensor) -> FloatArray:
    return frozen_array(values.detach().numpy())


def _write_event(at: int, gates: Gates, cell: Tensor) -> WriteEvent:
    weights = torch.cat([1.0 - gates.keep, gates.write * gates.value])  # [2, N]
    detail = {"input_gate": gates.write, "forget_gate": gates.keep, "output_gate": gates.output, "cell": cell}
    return WriteEvent(
        at,
        _frozen(weights),
        frozen_array([[1.0], [0.0]]),
        frozen_array([[0.0], [1.0]]),
        MappingProxyType({name: _frozen(values[0]) for name, values in detail.items()}),
    )
