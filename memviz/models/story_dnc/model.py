"""A DNC that reads stories as a memory model: its slots are the rows of its memory, its steps words or sentences."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from types import MappingProxyType

import torch

from memviz.core.arrays import frozen_array
from memviz.core.entry import Entry
from memviz.core.events import Event, FinishEvent, KeyframeEvent, PromptEvent, ReadEvent, RecallEvent, Slot
from memviz.core.protocols import RecallNeed
from memviz.core.query import Query
from memviz.models.dnc.array_layers import ArrayLayers
from memviz.models.dnc.model import DNCMemory
from memviz.models.dnc.provenance import Provenance
from memviz.models.ranked_output import ranked_output
from memviz.models.sequences.model import KEYFRAMES
from memviz.models.story_dnc.config import ASKS, ENDS
from memviz.models.story_dnc.network import StoryDNC
from memviz.models.story_dnc.streams import Streams
from memviz.models.story_notices import story_notices
from memviz.models.vocabulary import Vocabulary

#: Sentences that are read at most; of longer stories the last ones.
MOST = 100


class StoryDNCModel:
    """Implements ``core.protocols.MemoryModel``. Used by one thread at a time (the query thread)."""

    def __init__(self, network: StoryDNC, *, name: str) -> None:
        self._network = network.eval()
        self._layers = ArrayLayers(network.computer)
        self._vocabulary = Vocabulary(network.config.vocabulary)
        self._streams = Streams(network.config)
        self._name = name
        self._slots = tuple(Slot(at, "cell", f"slot {at + 1}") for at in range(network.config.slots))

    @property
    def name(self) -> str:
        return self._name

    @property
    def recall(self) -> RecallNeed:
        """The newest sentences; it reads them from the oldest on."""
        return RecallNeed("newest", {"most": MOST})

    def run(self, query: Query, entries: Sequence[Entry], _recall: RecallEvent | None) -> Iterator[Event]:
        """One step for each word or sentence: write, memory, read, and what the answer would be there.

        ``entries`` are sentences, the newest first; they and the question are what is told. The text of the last step
        is the answer. Details as in :class:`~memviz.models.dnc.model.DNCModel`.
        """
        started = time.perf_counter()
        told = list(reversed(entries))
        yield from story_notices(query.text, told, self._vocabulary, longest=self._network.config.sentence)
        sentences = [self._streams.sentence(entry.text, ENDS) for entry in told]
        sentences.append(self._streams.sentence(query.text, ASKS))
        rows = [row for sentence in sentences for row in sentence]
        sources = [at for at, sentence in enumerate(sentences) for _ in sentence]  # of each step
        yield PromptEvent(
            text="\n".join([*(entry.text for entry in told), query.text]),
            token_texts=(),
            slots=self._slots,
            layers=1,
            heads=self._network.config.read_heads,
            capture="exact",
            step_word="time step",
            step_texts=tuple(map(self._streams.text, rows)),
            told=(
                *(Slot(at, "entry", entry.text, entry.id) for at, entry in enumerate(told)),
                Slot(len(told), "question", query.text),
            ),
            answer_from=sources.index(len(told)),
        )
        memory = DNCMemory(self._layers)
        provenance = Provenance(memory.matrix().shape, len(sentences))
        yield KeyframeEvent(-1, memory.matrix())
        words = self._network.config.vocabulary
        for at, inputs in enumerate(self._network.inputs(self._streams.tensor(rows))):
            step = memory.step(at, inputs)
            provenance.write(sources[at], step.write)
            yield step.write
            if (at + 1) % KEYFRAMES == 0:
                yield KeyframeEvent(at, memory.matrix())
            yield ReadEvent(
                at,
                step.read_weights,
                MappingProxyType(dict(step.read_detail)),
                frozen_array(provenance.read(step.read_weights)),
            )
            scores = torch.log_softmax(step.logits[1:], -1)  # without “no word”
            answer = words[int(scores.argmax())]
            yield ranked_output(at, words, scores, text=answer if at == len(rows) - 1 else None)
        yield FinishEvent("end", answer, {"generate": time.perf_counter() - started})

    def close(self) -> None:
        """Nothing is held."""
