"""A key-value memory over any entries, without training: keys and values are encoded by their n-grams."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import torch

from memviz.core.arrays import frozen_array
from memviz.core.entry import Entry
from memviz.core.events import Event, FinishEvent, NoticeEvent, PromptEvent, ReadEvent, RecallEvent, Slot
from memviz.core.protocols import RecallNeed
from memviz.core.query import Query
from memviz.models.kv_memnn.ngrams import NGramEncoder, mixed, products
from memviz.models.ranked_output import ranked_output


class NGramModel:
    """Key addressing, value reading and candidate scoring of Miller et al. 2016 with one hop and fixed vectors.

    p = softmax(β cos(Φ(x), Φ(k))); o = Σ p Φ(v); the answer is the value y with the largest o · Φ(y). An entry's key is
    the key and its text the value; one without a key is its own. Used by one thread at a time (the query thread).

    Args:
        strength: β. With 40 a key that agrees with the query in every n-gram has e² times the weight of one with a
            cosine of 0.95.
        most: entries that are addressed, at most.
    """

    def __init__(self, name: str, *, strength: float = 40.0, most: int = 1_000) -> None:
        self._name = name
        self._strength = strength
        self._most = most

    @property
    def name(self) -> str:
        return self._name

    @property
    def recall(self) -> RecallNeed:
        """Entries that share a word with the question."""
        return RecallNeed("shared-words", {"most": self._most})

    def run(self, query: Query, entries: Sequence[Entry], _recall: RecallEvent | None) -> Iterator[Event]:
        """One step: the key weights and the value that is answered; candidates are all values."""
        started = time.perf_counter()
        keys = [entry.key or entry.text for entry in entries]
        yield PromptEvent(
            text=query.text,
            token_texts=(),
            slots=tuple(
                Slot(at, "entry", key, entry.id) for at, (key, entry) in enumerate(zip(keys, entries, strict=True))
            ),
            layers=1,
            heads=1,
            capture="exact",
            step_word="hop",
        )
        if not entries:
            yield NoticeEvent(
                "No entry shares a word with the question, so there is nothing to answer from.", "warning"
            )
            yield FinishEvent("end", "", {"generate": time.perf_counter() - started})
            return
        encoder = NGramEncoder(keys)
        values = [entry.text for entry in entries]
        rows = encoder.encode(values)
        weights = torch.softmax(self._strength * products(encoder.encode(keys), encoder.encode([query.text])[0]), -1)
        yield ReadEvent(0, frozen_array(weights[None].numpy()))
        scores = torch.log_softmax(self._strength * products(rows, mixed(weights.tolist(), rows)), -1)
        answer = values[int(scores.argmax())]
        yield ranked_output(0, values, scores, text=answer)
        yield FinishEvent("end", answer, {"generate": time.perf_counter() - started})

    def close(self) -> None:
        """Nothing is held."""
