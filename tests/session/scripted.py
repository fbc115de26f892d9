"""A memory model that says what a test tells it to, one word per step, as real events."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from memviz.core.arrays import frozen_array
from memviz.core.entry import Entry
from memviz.core.events import Event, FinishEvent, NoticeEvent, OutputEvent, PromptEvent, ReadEvent, RecallEvent, Slot
from memviz.core.protocols import RecallNeed
from memviz.core.query import Query

LAYERS, HEADS = 2, 3


class ScriptedModel:
    """Says ``words``; every step reads half of its mass from the sink and the rest evenly from the entries."""

    name = "scripted"
    recall = RecallNeed()

    def __init__(self, words: Sequence[str] = (" one", " two", " three"), *, fail_at: int | None = None) -> None:
        self.words = words
        self.fail_at = fail_at
        self.asked: list[tuple[Query, list[int]]] = []
        self.given: list[Entry] = []  # of the last question
        self.closed = False
        self.ended = threading.Event()  # a generator of this model was left

    def run(self, query: Query, entries: Sequence[Entry], recall: RecallEvent | None) -> Iterator[Event]:
        self.asked.append((query, [entry.id for entry in entries]))
        self.given = list(entries)
        try:
            yield from self._events(query, entries)
        finally:
            self.ended.set()

    def _events(self, query: Query, entries: Sequence[Entry]) -> Iterator[Event]:
        yield prompt_of(query, entries)
        if not entries:
            yield NoticeEvent("The model is asked without memory.")
        weights = step_weights(len(entries))
        for step, word in enumerate(self.words[: query.max_tokens]):
            if step == self.fail_at:
                raise ArithmeticError("scripted failure")
            yield ReadEvent(step, weights)
            yield OutputEvent(step, word, token_id=step, logprob=-0.5)
        yield FinishEvent("end", "".join(self.words), {"generate": 0.0})

    def close(self) -> None:
        self.closed = True


def prompt_of(query: Query, entries: Sequence[Entry]) -> PromptEvent:
    slots = [Slot(0, "sink", "sink")]
    slots += [Slot(at, "entry", entry.key, entry.id) for at, entry in enumerate(entries, 1)]
    slots.append(Slot(len(slots), "question", "question"))
    return PromptEvent(query.text, tuple(query.text.split()), tuple(slots), layers=LAYERS, heads=HEADS)


def step_weights(entries: int) -> Any:
    """[L, H, 1 + entries + 1]: half on the sink, the rest even."""
    weights = np.full((LAYERS, HEADS, entries + 2), 0.5 / (entries + 1))
    weights[..., 0] = 0.5
    return frozen_array(weights)
