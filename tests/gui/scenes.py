"""Traces and a model for looking at views: made from core events, the same every time."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from memviz.core.arrays import frozen_array
from memviz.core.entry import Entry
from memviz.core.events import (
    Alternative,
    Beam,
    BeamEvent,
    CacheEvent,
    Candidate,
    EmbeddingEvent,
    EncoderEvent,
    Event,
    FinishEvent,
    HypothesesEvent,
    Hypothesis,
    KeyframeEvent,
    NoticeEvent,
    OutputEvent,
    PromptEvent,
    ReadEvent,
    RecallEvent,
    Slot,
    WriteEvent,
)
from memviz.core.neurons import LayerPrediction, NeuronReport, NeuronSlot, Promoted
from memviz.core.protocols import RecallNeed
from memviz.core.query import Query
from memviz.core.trace import Trace
from memviz.gui.looks import Found

LAYERS, HEADS = 4, 6
ANSWER = (" Ridley", " Scott", ";", " Hampton", " Fan", "cher", ";", " David", " Peoples")
ENTRIES = (
    (812, "Blade Runner · director", "Blade Runner was directed by Ridley Scott."),
    (813, "Blade Runner · writer", "Blade Runner was written by Hampton Fancher, David Webb Peoples, Philip K. Dick."),
    (814, "Blade Runner · actor", "Blade Runner stars Harrison Ford, Rutger Hauer, Sean Young, Edward James Olmos."),
    (815, "Blade Runner · year", "Blade Runner was released in 1982."),
    (40123, "Dangerous Days: Making Blade Runner · genre", "Dangerous Days: Making Blade Runner is a documentary."),
    (77, "Maze Runner, The · director", "The Maze Runner was directed by Wes Ball."),
    (5120, "Blade II · director", "Blade II was directed by Guillermo del Toro."),
    (9, "银翼杀手 · 导演", "银翼杀手由雷德利·斯科特执导。"),
)


def entries() -> list[Entry]:
    return [Entry(entry_id, key, text) for entry_id, key, text in ENTRIES]


def recall_of(found: Sequence[Entry], cut: int = 4) -> RecallEvent:
    candidates = [
        Candidate(e.id, rank, 9.0 - 0.7 * rank, {"bm25": 6.0 - 0.7 * rank, "key match": 3.0}, "injected")
        for rank, e in enumerate(found, 1)
    ]
    candidates += [
        Candidate(90_000 + n, len(found) + 1 + n, 1.0, {"bm25": 1.0, "key match": 0.0}, "cut", "beyond the limit of 12")
        for n in range(cut)
    ]
    return RecallEvent(tuple(candidates), "BM25 + key match, higher is better", ("blade", "runner"), 3, 0.0123)


def prompt_of(query: Query, found: Sequence[Entry]) -> PromptEvent:
    tokens, slots, place = ["<s>", "Facts", ":\n"], [Slot(0, "sink", "<s>", None, ((0, 1),))], 3
    slots.append(Slot(1, "instructions", "instructions", None, ((1, 3),)))
    for entry in found:
        words = ["-", *(f" {word}" for word in entry.text.split(" ")), "\n"]
        tokens += words
        slots.append(Slot(len(slots), "entry", entry.key, entry.id, ((place, place + len(words)),)))
        place += len(words)
    question = ["Question", ":", *(f" {word}" for word in query.text.split(" ")), "\n"]
    tokens += [*question, "Answer", ":"]
    slots.append(Slot(len(slots), "question", "question", None, ((place, place + len(question)),)))
    place += len(question)
    slots.append(Slot(len(slots), "answer", "answer", None, ((place, place + 2),)))
    return PromptEvent("".join(tokens), tuple(tokens), tuple(slots), layers=LAYERS, heads=HEADS, capture="rows")


def read_at(step: int, slots: int, favourite: int) -> ReadEvent:
    """Half of the mass on the sink, a good part on slot ``favourite``."""
    random = np.random.default_rng(step)
    weights = random.gamma(0.25, 1.0, (LAYERS, HEADS, slots))
    sharp = random.random((LAYERS, HEADS)) ** 2
    weights /= weights.sum(axis=-1, keepdims=True)
    weights *= (1.0 - 0.85 * sharp)[..., None]
    weights[..., favourite] += 0.85 * sharp
    weights *= 0.6
    weights[..., 0] += 0.4
    return ReadEvent(step, frozen_array(weights))


def events(query: Query, found: Sequence[Entry], answer: Sequence[str] = ANSWER) -> Iterator[Event]:
    """A run from the prompt on."""
    prompt = prompt_of(query, found)
    yield prompt
    last = len(answer) - 1
    for step, word in enumerate([*answer, ""]):
        entry = min(0 if step < 3 else 1, max(len(found) - 1, 0))
        yield read_at(step, len(prompt.slots), 2 + entry if found else 1)
        rivals = tuple(Alternative(text, 90 + n, -2.0 - n) for n, text in enumerate((" Wes", " Guillermo", " The")))
        yield OutputEvent(step, word, step, -0.05 - 0.1 * (step % 4), rivals, special=step > last)
    yield FinishEvent("end", "".join(answer), {"generate": 0.25})


def trace_of(
    answer: Sequence[str] = ANSWER,
    *,
    text: str = "who directed Blade Runner?",
    notice: str = "",
    upto: int | None = None,
) -> Trace:
    """A whole trace, or its first ``upto`` events."""
    query = Query(text)
    found = entries()
    told = [recall_of(found), *events(query, found, answer)]
    if notice:
        told.insert(1, NoticeEvent(notice, "warning"))
    trace = Trace(query)
    for event in told[:upto]:
        trace.append(event)
    return trace


@dataclass
class SceneModel:
    """A model for a real session that tells the scene's events about whatever was recalled.

    ``gate``: when given, every step waits for one release of it.
    """

    answer: Sequence[str] = ANSWER
    gate: threading.Semaphore | None = None
    name: str = "scene"
    recall: ClassVar[RecallNeed] = RecallNeed()
    closed: bool = field(default=False, init=False)

    def run(self, query: Query, found: Sequence[Entry], recall: RecallEvent | None) -> Iterator[Event]:
        for event in events(query, found, self.answer):
            if self.gate is not None and isinstance(event, ReadEvent):
                self.gate.acquire(timeout=20)
            yield event

    def close(self) -> None:
        self.closed = True


class FakeRun:
    """A run that a test moves by hand."""

    def __init__(self, trace: Trace, state: str = "running") -> None:
        self.trace = trace
        self.query = trace.query
        self.state = state
        self.error: BaseException | None = None
        self.memory_count = 78_962
        self.calls: list[str] = []

    @property
    def answer(self) -> str:
        return self.trace.answer.strip()

    def recalled(self, entry_id: int) -> Entry | None:
        return next((entry for entry in entries() if entry.id == entry_id), None)

    def entries(self) -> list[Any]:
        return []

    def pause(self) -> None:
        self.calls.append("pause")
        self.state = "paused"

    def resume(self) -> None:
        self.calls.append("resume")
        self.state = "running"

    def step(self) -> None:
        self.calls.append("step")

    def cancel(self) -> None:
        self.calls.append("cancel")
        self.state = "cancelled"


def written_trace(answer: Sequence[str] = ANSWER, *, upto: int | None = None, slots: int = 6, heads: int = 2) -> Trace:
    """A run over a memory matrix: the write head goes down the slots, the read heads follow; as many steps as words."""
    random = np.random.default_rng(1)
    width = 5
    cells = tuple(Slot(at, "cell", f"slot {at + 1}") for at in range(slots))
    events: list[Event] = [
        PromptEvent("1010", (), cells, layers=1, heads=heads, capture="exact", step_word="time step"),
        KeyframeEvent(-1, frozen_array(np.zeros((slots, width)))),
    ]
    for step, word in enumerate(answer):
        write = np.full((1, slots), 0.01)
        write[0, step % slots] = 0.9
        read = np.full((heads, slots), 0.02)
        for head in range(heads):
            read[head, (step - 1 - head) % slots] = 0.8
        usage = np.minimum(1.0, np.arange(slots) / slots + 0.1 * step)
        detail = {
            "usage": frozen_array(usage),
            "allocation": frozen_array(write[0]),
            "precedence": frozen_array(write[0]),
            "allocation_gate": frozen_array([0.7]),
            "write_gate": frozen_array([0.9]),
        }
        vector = random.normal(size=(1, width))
        events.append(
            WriteEvent(step, frozen_array(write), frozen_array(np.ones((1, width))), frozen_array(vector), detail)
        )
        told = {
            "read_modes": frozen_array(np.tile([0.1, 0.3, 0.6], (heads, 1))),
            "free_gates": frozen_array(np.full(heads, 0.5)),
            "input": frozen_array([1.0, 0.0, 1.0]),
            "output": frozen_array([0.9, 0.2]),
            "target": frozen_array([1.0, 1.0]),
            "asked": frozen_array([float(step > 1)]),
        }
        events.append(ReadEvent(step, frozen_array(read), told))
        events.append(OutputEvent(step, word, -1, -0.1))
    events.append(FinishEvent("end", "".join(answer), {"generate": 0.1}))
    trace = Trace(Query("1010"))
    for event in events[: upto if upto is not None else len(events)]:
        trace.append(event)
    return trace


def text_trace(answer: Sequence[str] = ANSWER, *, upto: int | None = None) -> Trace:
    """A run of a model that reads a text at once: its attention, a search with two beams, a vector, a cache."""
    query = Query("who directed Blade Runner?")
    random = np.random.default_rng(2)
    prompt, *rest = events(query, entries(), answer)
    tokens = len(prompt.token_texts)
    attention = random.dirichlet(np.full(tokens, 0.2), (LAYERS, HEADS, tokens))
    texts = ["".join(answer[: step + 1]) for step in range(len(answer))]
    beams = [
        BeamEvent(
            step,
            (Beam(text, answer[step], -0.3 * step, 0 if step else -1), Beam(f"{text} …", " …", -1.0 - step, 0)),
        )
        for step, text in enumerate(texts)
    ]
    found = Hypothesis(texts[-1], -0.2, -1.2, (0,) * len(texts))
    told = [
        prompt,
        EncoderEvent(frozen_array(attention)),
        *beams,
        HypothesesEvent((found, Hypothesis("Wes Craven", -0.9, -1.8, (1,))), 1.0),
        EmbeddingEvent(frozen_array(random.normal(size=48)), "mean of all tokens", ((813, 0.9), (812, -0.2))),
        CacheEvent(tokens, (tokens * 2048,) * LAYERS),
        *rest,
    ]
    trace = Trace(query)
    for event in told[:upto]:
        trace.append(event)
    return trace


def scene_look(what: str, step: int, **_: Any) -> Found:
    """What a closer look at a scene finds."""
    random = np.random.default_rng(step)
    if what == "attention":
        return Found(random.dirichlet(np.full(40, 0.1), (LAYERS, HEADS)).astype(np.float32))
    if what == "neurons":
        slots = tuple(
            tuple(
                NeuronSlot(layer, 7 * n, 2.0 - 0.7 * n, 3.0 - n, 0.3 - 0.1 * n, (Promoted(" Scott", 4, 1.5),) * 3)
                for n in range(3)
            )
            for layer in range(LAYERS)
        )
        said = tuple(LayerPrediction(layer, f" word {layer}", layer, -0.5) for layer in range(LAYERS))
        return Found(NeuronReport(slots, said, frozen_array(random.normal(size=(LAYERS, 32)))))
    return Found(words="The scene has no such look.")
