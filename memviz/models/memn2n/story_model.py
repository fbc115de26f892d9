"""An end-to-end memory network as a memory model: its slots are the sentences of a story, its steps the hops."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from types import MappingProxyType

import torch

from memviz.core.arrays import frozen_array
from memviz.core.entry import Entry
from memviz.core.events import Event, FinishEvent, PromptEvent, ReadEvent, RecallEvent, Slot
from memviz.core.protocols import RecallNeed
from memviz.core.query import Query
from memviz.core.stories import story_words
from memviz.models.memn2n.network import EndToEndMemoryNetwork, Reading
from memviz.models.ranked_output import ranked_output
from memviz.models.story_notices import story_notices
from memviz.models.vocabulary import Vocabulary


class StoryModel:
    """Implements ``core.protocols.MemoryModel``. Used by one thread at a time (the query thread)."""

    def __init__(self, network: EndToEndMemoryNetwork, *, name: str) -> None:
        self._network = network.eval()
        self._vocabulary = Vocabulary(network.config.vocabulary)
        self._name = name

    @property
    def name(self) -> str:
        return self._name

    @property
    def recall(self) -> RecallNeed:
        """The newest sentences, as many as there are slots."""
        return RecallNeed("newest", {"most": self._network.config.slots})

    def run(self, query: Query, entries: Sequence[Entry], _recall: RecallEvent | None) -> Iterator[Event]:
        """One step for each hop: what it read, and what the answer would be if it were the last one.

        ``entries`` are sentences, the newest first; slots are in the order of the story. The text of the last step is
        the answer. ``detail`` of a read has the ``query`` [D] before the hop.
        """
        started = time.perf_counter()
        told = entries[: self._network.config.slots]
        yield from story_notices(query.text, told, self._vocabulary)
        yield PromptEvent(
            text="\n".join([*(entry.text for entry in reversed(told)), query.text]),
            token_texts=(),
            slots=tuple(Slot(at, "entry", entry.text, entry.id) for at, entry in enumerate(reversed(told))),
            layers=1,
            heads=1,
            capture="exact",
            step_word="hop",
        )
        with torch.inference_mode():
            reading = self._read(query.text, [entry.text for entry in told])
            logits = self._network.answer_logits(reading.queries[0, 1:])[:, 1:]  # [K, V]: without “no word”
        words = self._network.config.vocabulary
        last = self._network.config.hops - 1
        for hop in range(last + 1):
            yield ReadEvent(
                hop,
                frozen_array(reading.weights[0, hop : hop + 1, : len(told)].flip(-1).numpy()),
                MappingProxyType({"query": frozen_array(reading.queries[0, hop].numpy())}),
            )
            scores = torch.log_softmax(logits[hop], -1)
            answer = words[int(scores.argmax())]
            yield ranked_output(hop, words, scores, text=answer if hop == last else None)
        yield FinishEvent("end", answer, {"generate": time.perf_counter() - started})

    def close(self) -> None:
        """Nothing is held."""

    def _read(self, question: str, sentences: Sequence[str]) -> Reading:
        rows = [self._vocabulary.ids(story_words(text)) for text in sentences]
        asked = self._vocabulary.ids(story_words(question))
        longest = max([1, len(asked), *map(len, rows)])
        told = torch.zeros(1, max(1, len(rows)), longest, dtype=torch.long)
        for at, row in enumerate(rows):
            told[0, at, : len(row)] = torch.tensor(row, dtype=torch.long)
        words = torch.zeros(1, longest, dtype=torch.long)
        words[0, : len(asked)] = torch.tensor(asked, dtype=torch.long)
        reading: Reading = self._network(told, words)
        return reading
