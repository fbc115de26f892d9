"""What happened in one run: an append-only list of events, and the state at any step."""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from memviz.core.arrays import FloatArray, frozen_array
from memviz.core.errors import BugError
from memviz.core.events import (
    BeamEvent,
    CacheEvent,
    EmbeddingEvent,
    EncoderEvent,
    Event,
    FinishEvent,
    HypothesesEvent,
    KeyframeEvent,
    NoticeEvent,
    OutputEvent,
    ProgressEvent,
    PromptEvent,
    ReadEvent,
    RecallEvent,
    WriteEvent,
)
from memviz.core.query import Query

E = TypeVar("E", RecallEvent, PromptEvent, FinishEvent, EncoderEvent, HypothesesEvent, EmbeddingEvent, CacheEvent)


@dataclass(frozen=True, slots=True)
class Frame:
    """The state at a step: what was read, written and said there, and the memory after it.

    ``memory`` is [N, W] for models with a memory matrix, else None. ``answer`` is the text up to and with this step.
    """

    step: int
    read: ReadEvent | None
    write: WriteEvent | None
    output: OutputEvent | None
    answer: str
    memory: FloatArray | None


class Trace:
    """Append-only record of one run.

    One thread appends (the query thread); any thread may read at any time: lists only grow, and a step becomes
    visible (``steps``) only when its last event is in.
    """

    def __init__(self, query: Query) -> None:
        self.query = query
        self._events: list[Event] = []
        self._reads: dict[int, ReadEvent] = {}
        self._writes: dict[int, WriteEvent] = {}
        self._outputs: list[OutputEvent] = []
        self._keyframes: list[KeyframeEvent] = []

    def __len__(self) -> int:
        """Number of events."""
        return len(self._events)

    def __iter__(self) -> Iterator[Event]:
        return iter(tuple(self._events))

    @property
    def steps(self) -> int:
        """Number of finished steps; :meth:`frame` takes 0 .. steps - 1."""
        return len(self._outputs)

    def append(self, event: Event) -> None:
        """Adds an event.

        Raises:
            BugError: a step that does not follow the last one.
        """
        match event:
            case ReadEvent():
                self._check_step(event.step)
                self._reads[event.step] = event
            case WriteEvent():
                self._check_step(event.step)
                self._writes[event.step] = event
            case KeyframeEvent():
                if self._keyframes and event.step <= self._keyframes[-1].step:
                    raise BugError(f"keyframe of step {event.step} after that of step {self._keyframes[-1].step}")
                self._keyframes.append(event)
            case OutputEvent():
                self._check_step(event.step)
                self._outputs.append(event)
            case _:
                pass
        self._events.append(event)

    def _check_step(self, step: int) -> None:
        if step != len(self._outputs):
            raise BugError(f"event of step {step} while step {len(self._outputs)} is open")

    @property
    def recall(self) -> RecallEvent | None:
        return self._first(RecallEvent)

    @property
    def prompt(self) -> PromptEvent | None:
        return self._first(PromptEvent)

    @property
    def finish(self) -> FinishEvent | None:
        return self._first(FinishEvent)

    @property
    def encoder(self) -> EncoderEvent | None:
        return self._first(EncoderEvent)

    @property
    def embedding(self) -> EmbeddingEvent | None:
        return self._first(EmbeddingEvent)

    @property
    def cache(self) -> CacheEvent | None:
        return self._first(CacheEvent)

    @property
    def progress(self) -> ProgressEvent | None:
        """The newest word of how far the model has come before its first step."""
        return next((event for event in reversed(tuple(self)) if isinstance(event, ProgressEvent)), None)

    @property
    def hypotheses(self) -> HypothesesEvent | None:
        return self._first(HypothesesEvent)

    @property
    def beams(self) -> tuple[BeamEvent, ...]:
        return tuple(event for event in self if isinstance(event, BeamEvent))

    @property
    def notices(self) -> tuple[NoticeEvent, ...]:
        return tuple(event for event in self if isinstance(event, NoticeEvent))

    def _first(self, kind: type[E]) -> E | None:
        return next((event for event in self if isinstance(event, kind)), None)

    @property
    def outputs(self) -> tuple[OutputEvent, ...]:
        return tuple(self._outputs)

    @property
    def answer(self) -> str:
        """The text so far."""
        return "".join(output.text for output in self._outputs)

    def read(self, step: int) -> ReadEvent | None:
        return self._reads.get(step)

    def write(self, step: int) -> WriteEvent | None:
        return self._writes.get(step)

    @property
    def has_writes(self) -> bool:
        """Whether any step wrote to a memory matrix."""
        return bool(self._writes)

    def frame(self, step: int) -> Frame:
        """The state at ``step`` (0-based), without touching model or store.

        The memory is the nearest keyframe at or before the step with the writes since then replayed in float32: bit by
        bit what the model had, since the model applies the same operations in the same order on the CPU.

        Raises:
            IndexError: no such step (yet).
        """
        if not 0 <= step < self.steps:
            raise IndexError(f"step {step} of {self.steps}")
        return Frame(
            step=step,
            read=self._reads.get(step),
            write=self._writes.get(step),
            output=self._outputs[step],
            answer="".join(output.text for output in self._outputs[: step + 1]),
            memory=self._memory_after(step),
        )

    def _memory_after(self, step: int) -> FloatArray | None:
        position = bisect.bisect_right(self._keyframes, step, key=lambda keyframe: keyframe.step)
        if position == 0:
            return None
        keyframe = self._keyframes[position - 1]
        memory = np.array(keyframe.memory, dtype=np.float32)  # [N, W]
        for at in range(keyframe.step + 1, step + 1):
            write = self._writes.get(at)
            if write is not None:
                apply_write(memory, write)
        return frozen_array(memory)


def apply_write(memory: FloatArray, write: WriteEvent) -> None:
    """Erases and writes ``memory`` [N, W] in place, head by head (Graves et al. 2016, equation 4).

    Where ``detail`` has ``retention`` [N], rows are wiped by it, too: the de-allocation of Csordas & Schmidhuber 2019.
    """
    retention = write.detail.get("retention")
    for weights, erase, vector in zip(write.write_weights, write.erase_vectors, write.write_vectors, strict=True):
        kept = 1.0 - weights[:, None] * erase[None, :]
        memory *= kept if retention is None else kept * retention[:, None]
        memory += weights[:, None] * vector[None, :]
