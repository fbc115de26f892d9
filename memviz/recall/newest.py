"""Recall for a memory that is a story: the newest entries, as many as a model has slots."""

from __future__ import annotations

import time
from types import MappingProxyType

from memviz.core.events import Candidate, RecallEvent
from memviz.core.query import Query
from memviz.core.snapshot import Snapshot

METRIC = "recency: 1 / place from the end, higher is better"

#: Dropped entries that are still shown; older ones are not even looked at.
SHOWN = 200


class NewestRecaller:
    """The entries that were told last, the newest first; where the query names a source or an end, those before it.

    Args:
        most: slots of the model; older entries are dropped, and shown as dropped.
    """

    def __init__(self, most: int = 50) -> None:
        self._most = most

    def __call__(self, query: Query, snapshot: Snapshot) -> RecallEvent:
        started = time.perf_counter()
        found = snapshot.newest(limit=self._most + SHOWN, source=query.source, before=query.before)
        candidates = tuple(self._candidate(entry_id, place) for place, entry_id in enumerate(found, 1))
        dropped = len(found) - self._most
        note = ""
        if not found:
            note = "Nothing was told yet."
        elif dropped > 0:
            note = f"The model has {self._most} slots, so the oldest sentences are dropped; the ledger shows which."
        seconds = time.perf_counter() - started
        return RecallEvent(candidates, METRIC, (), snapshot.version, seconds, note, now=snapshot.now)

    def _candidate(self, entry_id: int, place: int) -> Candidate:
        reason = f"the model has {self._most} slots, and this is the {place}th newest" if place > self._most else ""
        score = 1.0 / place
        status, cause = ("cut", "rank") if reason else ("injected", "")
        return Candidate(entry_id, place, score, MappingProxyType({"recency": score}), status, reason, cause)
