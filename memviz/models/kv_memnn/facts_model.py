"""A key-value memory network as a memory model: its slots are what the facts in reach state, its steps the hops."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from types import MappingProxyType

import torch
from torch import Tensor

from memviz.core.arrays import frozen_array
from memviz.core.entry import Entry
from memviz.core.events import Event, FinishEvent, NoticeEvent, PromptEvent, ReadEvent, RecallEvent, Slot
from memviz.core.facts import Fact, parsed
from memviz.core.graph import KnowledgeGraph
from memviz.core.protocols import RecallNeed
from memviz.core.query import Query
from memviz.models.kv_memnn.data import Hasher, batched
from memviz.models.kv_memnn.network import KeyValueMemoryNetwork
from memviz.models.ranked_output import ranked_output

#: Between several answers to one question, and the share of the best one's score that another one needs. Scores follow
#: how much a name was read: one that is read once where the best is read from four entries has a quarter.
SEPARATOR = "; "
AS_GOOD = 0.2


class FactsModel:
    """Implements ``core.protocols.MemoryModel`` over entries that state facts. One thread at a time (query thread)."""

    def __init__(self, network: KeyValueMemoryNetwork, *, name: str) -> None:
        self._network = network.eval()
        self._name = name

    @property
    def name(self) -> str:
        return self._name

    @property
    def recall(self) -> RecallNeed:
        """What the network's key hashing reaches."""
        config = self._network.config
        return RecallNeed("key-hashing", {"hops": config.hops, "most": config.most_slots, "hub": config.hub})

    def run(self, query: Query, entries: Sequence[Entry], _recall: RecallEvent | None) -> Iterator[Event]:
        """One step for each hop: the key weights, and what would be answered after it.

        Slots are statements (an entry with three objects is six of them, three in each direction). The text of the last
        step is the answer; an earlier one says which values were read. ``detail`` of a read has
        ``query_names`` [U], what is looked for.
        """
        started = time.perf_counter()
        facts, owners = _facts(entries)
        hasher = Hasher(self._network.config)
        graph = KnowledgeGraph(facts)
        mentions = graph.mentions(query.text)
        slots = hasher.slots(graph, mentions)
        yield PromptEvent(
            text=query.text,
            token_texts=(),
            slots=tuple(Slot(at, "entry", slot.label, owners[slot.fact]) for at, slot in enumerate(slots)),
            layers=1,
            heads=1,
            capture="exact",
            step_word="hop",
        )
        if not slots:
            yield NoticeEvent("The question reaches no fact, so there is nothing to answer from.", "warning")
            yield FinishEvent("end", "", {"generate": time.perf_counter() - started})
            return
        reached = hasher.reach(query.text, mentions, slots)
        names = reached.names
        hashed, _ = batched([reached])
        with torch.inference_mode():
            addressed = self._network(hashed)
        scores = torch.log_softmax(addressed.scores[0], -1)  # [U]
        answer = SEPARATOR.join(names[at] for at in _as_good(addressed.scores[0]))
        last = self._network.config.hops - 1
        for hop in range(last + 1):
            weights = addressed.weights[0, hop]
            yield ReadEvent(
                hop,
                frozen_array(weights[None].numpy()),
                MappingProxyType({"query_names": frozen_array(addressed.names[0, hop].numpy())}),
            )
            if hop < last:
                read = torch.zeros(len(names)).index_add(0, hashed.values[0], weights)
                yield ranked_output(hop, names, read.log())
        yield ranked_output(last, names, scores, text=answer)
        yield FinishEvent("end", answer, {"generate": time.perf_counter() - started})

    def close(self) -> None:
        """Nothing is held."""


def _facts(entries: Sequence[Entry]) -> tuple[list[Fact], list[int]]:
    """The facts that entries state, and the id of the entry of each."""
    facts, owners = [], []
    for entry in entries:
        fact = parsed(entry.key, entry.text)
        if fact is not None:
            facts.append(fact)
            owners.append(entry.id)
    return facts, owners


def _as_good(scores: Tensor) -> list[int]:
    """The candidates with at least a share of the best one's score, best first: a question may have several answers."""
    order = torch.sort(scores, descending=True, stable=True)
    enough = order.values >= AS_GOOD * order.values[0]
    enough[0] = True
    return [at for at, good in zip(order.indices.tolist(), enough.tolist(), strict=True) if good]
