"""A small finished or growing run for tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from memviz.core.arrays import frozen_array
from memviz.core.events import Candidate, FinishEvent, OutputEvent, PromptEvent, ReadEvent, RecallEvent, Slot
from memviz.core.query import Query
from memviz.core.trace import Trace

LAYERS, HEADS = 2, 3


def begin(ids: Sequence[int], cut: Sequence[int] = ()) -> Trace:
    """A run that has recalled ``ids`` (injected, best first) and ``cut``, and made its prompt."""
    trace = Trace(Query("who directed Alien?"))
    trace.append(recall(ids, cut))
    inside = [Slot(n, "entry", f"entry {entry_id}", entry_id) for n, entry_id in enumerate(ids, 1)]
    slots = (Slot(0, "sink", "<s>"), *inside, Slot(len(ids) + 1, "question", "question"))
    trace.append(PromptEvent("prompt", ("prompt",), slots, (), LAYERS, HEADS, "rows"))
    return trace


def recall(ids: Sequence[int], cut: Sequence[int] = ()) -> RecallEvent:
    candidates = [
        Candidate(entry_id, rank, 9.0 - rank, {"bm25": 6.0 - rank, "key match": 3.0}, "injected")
        for rank, entry_id in enumerate(ids, 1)
    ]
    candidates += [
        Candidate(entry_id, len(ids) + n, 0.5, {"bm25": 0.5}, "cut", "beyond the limit of 12")
        for n, entry_id in enumerate(cut, 1)
    ]
    return RecallEvent(tuple(candidates), "BM25 + key match, higher is better", ("alien",), 1, 0.01)


def step(trace: Trace, weights: Sequence[float], *, special: bool = False) -> None:
    """One step in which every head reads ``weights`` [slots]."""
    number = trace.steps
    read = np.broadcast_to(np.asarray(weights, dtype=np.float32), (LAYERS, HEADS, len(weights)))
    trace.append(ReadEvent(number, frozen_array(read)))
    trace.append(OutputEvent(number, " word", 7, -0.1, special=special))


def finish(trace: Trace) -> None:
    trace.append(FinishEvent("end", trace.answer))
