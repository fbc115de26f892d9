"""Key hashing: the facts that a question can reach from the names in it (Miller et al. 2016, section 3.1)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from types import MappingProxyType

from memviz.core.events import Candidate, RecallEvent
from memviz.core.facts import Fact, parsed
from memviz.core.graph import KnowledgeGraph
from memviz.core.query import Query
from memviz.core.snapshot import Snapshot

METRIC = "nearness: 1 / hops from a name in the question, higher is better"


class KeyHashingRecaller:
    """Every entry that states a fact at most ``hops`` away from a name in the question, nearest first.

    Keeps the graph of the memory that was asked last; one thread at a time uses it.

    Args:
        hops: how far.
        most: triples at most.
        hub: names with more triples than this lead nowhere.
    """

    def __init__(self, hops: int = 1, most: int = 5_000, hub: int = 50) -> None:
        self._hops, self._most, self._hub = hops, most, hub
        self._read: tuple[str, int] | None = None
        self._between = (0.0, 0.0)  # the times at which the graph holds what is not expired: from, and until before
        self._graph = KnowledgeGraph(())
        self._ids: list[int] = []

    def __call__(self, query: Query, snapshot: Snapshot) -> RecallEvent:
        started = time.perf_counter()
        graph = self._graph_of(snapshot)
        mentions = graph.mentions(query.text)
        names = [name for mention in mentions for name in mention.names]
        layers = graph.near(names, self._hops, most=self._most, hub=self._hub)
        away: dict[int, int] = {}  # entry id -> hops
        for hops, layer in enumerate(layers, 1):
            for triple in layer:
                away.setdefault(self._ids[triple.fact], hops)
        return RecallEvent(
            candidates=tuple(_candidate(entry, rank, away[entry]) for rank, entry in enumerate(away, 1)),
            metric=METRIC,
            terms=tuple(names),
            version=snapshot.version,
            seconds=time.perf_counter() - started,
            note=self._note(names, away, snapshot),
            now=snapshot.now,
        )

    def _graph_of(self, snapshot: Snapshot) -> KnowledgeGraph:
        """All facts that entries state; read once for each version of a memory, and again once an entry expired."""
        read = (snapshot.url, snapshot.version)
        begin, end = self._between
        if self._read != read or not begin <= snapshot.now < end:
            facts: list[Fact] = []
            ids: list[int] = []
            for entry_id, key, text in snapshot.texts():
                fact = parsed(key, text)
                if fact is not None:
                    facts.append(fact)
                    ids.append(entry_id)
            between = snapshot.unchanged_between()
            self._graph, self._ids, self._between, self._read = KnowledgeGraph(facts), ids, between, read
        return self._graph

    def _note(self, names: Sequence[str], away: dict[int, int], snapshot: Snapshot) -> str:
        if not self._ids and snapshot.count:
            return "No entry of this memory states a fact that this model can read; open a memory of facts."
        if not names:
            return "The question holds no name that the memory knows."
        return "" if away else "Nothing is known about the names in the question."


def _candidate(entry_id: int, rank: int, hops: int) -> Candidate:
    score = 1.0 / hops
    return Candidate(entry_id, rank, score, MappingProxyType({"nearness": score}), "injected")
