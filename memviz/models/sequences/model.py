"""A network over sequences of bits as a memory model: one time step after the other, each told as events."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor

from memviz.core.arrays import FloatArray, frozen_array
from memviz.core.entry import Entry
from memviz.core.events import (
    Event,
    FinishEvent,
    KeyframeEvent,
    OutputEvent,
    PromptEvent,
    ReadEvent,
    RecallEvent,
    Slot,
    WriteEvent,
)
from memviz.core.protocols import NO_RECALL, RecallNeed
from memviz.core.query import Query
from memviz.models.sequences.task import Task
from memviz.models.sequences.tasks import Drill, draw
from memviz.models.sequences.text import drill_of, told, words_of

#: Steps between two keyframes of the memory: scrubbing replays at most so many writes.
KEYFRAMES = 32

#: Words or items of an example.
EXAMPLE = 6


class Told(NamedTuple):
    """What a network did in one time step, in arrays of its own.

    Attributes:
        logits: [O], before the sigmoid.
        write: what was written.
        read_weights: [R, N].
        read_detail: of the read.
    """

    logits: Tensor
    write: WriteEvent
    read_weights: FloatArray
    read_detail: Mapping[str, FloatArray]


class SteppedMemory(Protocol):
    """A network in the middle of a sequence."""

    def matrix(self) -> FloatArray:
        """The memory now, [N, W], an array of its own."""
        ...

    def step(self, at: int, inputs: Tensor, /) -> Told:
        """Time step ``at``, inputs [I]."""
        ...


class SequenceModel(ABC):
    """Implements ``core.protocols.MemoryModel``. Used by one thread at a time (the query thread)."""

    #: What a slot is called.
    unit = "slot"

    def __init__(self, task: Task, *, name: str, slots: int, heads: int = 1) -> None:
        self._task = task
        self._name = name
        self._slots = tuple(Slot(at, "cell", f"{self.unit} {at + 1}") for at in range(slots))
        self._heads = heads

    @property
    def name(self) -> str:
        return self._name

    @property
    def task(self) -> Task:
        """What it was trained on; its queries are sequences of that task."""
        return self._task

    @property
    def example(self) -> str:
        """A short sequence in bits."""
        length = max(self._task.least, min(EXAMPLE, self._task.most))
        return told(draw(self._task, torch.Generator().manual_seed(0), length), self._task)[0]

    @property
    def recall(self) -> RecallNeed:
        """None: its memory is its own, and empty when a sequence begins."""
        return RecallNeed(NO_RECALL)

    @abstractmethod
    def begin(self) -> SteppedMemory:
        """An empty memory."""

    def run(self, query: Query, _entries: Sequence[Entry], _recall: RecallEvent | None) -> Iterator[Event]:
        """One step for each time step: write, memory, read, output.

        The query is a sequence as :mod:`memviz.models.sequences.text` reads it. The answer is what was put out where it
        was asked for. ``detail`` of a read: besides the network's own ``input`` [I], ``output`` and ``target`` [O],
        ``asked`` [1], ``word`` [1] (the number of the word in the prompt's text, or -1).
        """
        started = time.perf_counter()
        drill = drill_of(query.text, self._task, query.seed)
        text, places = told(drill, self._task)
        yield PromptEvent(
            text=text,
            token_texts=(),
            slots=self._slots,
            layers=1,
            heads=self._heads,
            capture="exact",
            step_word="time step",
        )
        memory = self.begin()
        yield KeyframeEvent(-1, memory.matrix())
        said: list[Tensor] = []
        for at, inputs in enumerate(drill.inputs):
            step = memory.step(at, inputs)
            probabilities = torch.sigmoid(step.logits)
            yield step.write
            if (at + 1) % KEYFRAMES == 0:
                yield KeyframeEvent(at, memory.matrix())
            detail = {**step.read_detail, **_signals(drill, at, probabilities, places[at])}
            yield ReadEvent(at, step.read_weights, MappingProxyType(detail))
            if drill.asked[at]:
                said.append(probabilities)
            yield _bits_output(at, probabilities, drill, first=len(said) == 1)
        yield FinishEvent("end", words_of(said, self._task), {"generate": time.perf_counter() - started})

    def close(self) -> None:  # noqa: B027 - nothing is held
        """Nothing is held."""


def frozen(values: Tensor) -> FloatArray:
    """A copy that does not change."""
    return frozen_array(values.detach().numpy())


def frozen_detail(values: Mapping[str, Tensor]) -> Mapping[str, Any]:
    """For the ``detail`` of an event."""
    return MappingProxyType({name: frozen(part) for name, part in values.items()})


def _signals(drill: Drill, at: int, probabilities: Tensor, word: int) -> dict[str, FloatArray]:
    return {
        "input": frozen(drill.inputs[at]),
        "output": frozen(probabilities),
        "target": frozen(drill.targets[at]),
        "asked": frozen_array([float(drill.asked[at])]),
        "word": frozen_array([word]),
    }


def _bits_output(at: int, probabilities: Tensor, drill: Drill, *, first: bool) -> OutputEvent:
    """Bits where they are asked for; ``logprob`` is that of all of them together."""
    if not drill.asked[at]:
        return OutputEvent(at, "", -1, 0.0)
    bits = "".join("1" if value > 0.5 else "0" for value in probabilities.tolist())
    sure = torch.maximum(probabilities, 1.0 - probabilities).log().sum().item()
    return OutputEvent(at, bits if first else f" {bits}", -1, sure)
