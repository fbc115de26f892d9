"""Recall for a key-value memory over any entries: those that share a word with the question."""

from __future__ import annotations

import time
from collections.abc import Sequence
from types import MappingProxyType

from memviz.core.entry import Entry
from memviz.core.events import Candidate, RecallEvent
from memviz.core.query import Query
from memviz.core.snapshot import Snapshot
from memviz.core.superseding import stands_for
from memviz.recall.query_words import query_words

METRIC = "BM25, higher is better"


class SharedWordsRecaller:
    """Hashes keys by their words (Miller et al. 2016, section 3.1); addressing them is left to the model.

    Args:
        most: entries at most, best first.
        whole: a memory with at most this many entries is given as a whole.
    """

    def __init__(self, most: int = 1_000, whole: int = 200) -> None:
        self._most, self._whole = most, whole

    def __call__(self, query: Query, snapshot: Snapshot) -> RecallEvent:
        started = time.perf_counter()
        asked = query_words(query.text)
        scores = {match.entry_id: match.score for match in snapshot.match(asked.terms, limit=self._most)}
        if snapshot.count <= self._whole:
            scores |= {entry_id: 0.0 for entry_id, _, _ in snapshot.texts() if entry_id not in scores}
        superseded = _superseded(list(scores), snapshot)
        scores = {entry_id: score for entry_id, score in scores.items() if entry_id not in superseded}
        return RecallEvent(
            candidates=tuple(
                Candidate(entry_id, rank, score, MappingProxyType({"bm25": score}), "injected")
                for rank, (entry_id, score) in enumerate(scores.items(), 1)
            ),
            metric=METRIC,
            terms=asked.terms,
            version=snapshot.version,
            now=snapshot.now,
            seconds=time.perf_counter() - started,
            note="" if scores else "No entry holds a word of the query.",
        )


def _superseded(ids: Sequence[int], snapshot: Snapshot) -> set[int]:
    """Those for which another entry stands that can be recalled."""

    def find(entry_id: int) -> Entry | None:
        return next(iter(snapshot.get([entry_id])), None)

    entries = snapshot.get(ids)
    return {entry.id for entry in entries if stands_for(entry, find, lambda one: one.recallable(snapshot.now))}
