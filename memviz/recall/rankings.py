"""The two rankings that find entries: by words and by vectors."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from typing import TypeVar

from memviz.core.entry import Entry
from memviz.core.recall_settings import RecallSettings
from memviz.core.snapshot import Snapshot
from memviz.core.vectors import DenseIndex
from memviz.recall.gates import usable
from memviz.recall.lexical import LexicalRanking

V = TypeVar("V")

#: How much further a ranking is followed where entries that cannot be injected stand in it.
_FURTHER = 64


@dataclass(frozen=True, slots=True)
class Rankings:
    """What words and vectors find, each at most ``size`` entries, best first.

    Attributes:
        size: how many were asked for.
        lexical: entry id -> the parts of its lexical score; empty where words are not searched.
        dense: entry id -> cosine with the question; empty where vectors are not searched.
        fused: True where both were searched, or vectors alone, so that ranks count; False where the lexical score does.
        entries: those that were found, and maybe others, by id; none is hidden.
        best_lexical, best_cosine: the best lexical score and cosine of an entry that no filter cuts; 0 without one.
        understood: how much of the question the embedder was made for, 0..1.
        unseen: entries whose vectors are those of another time than the snapshot's.
    """

    size: int
    lexical: Mapping[int, Mapping[str, float]]
    dense: Mapping[int, float]
    fused: bool
    entries: Mapping[int, Entry]
    best_lexical: float = 0.0
    best_cosine: float = 0.0
    understood: float = 1.0
    unseen: int = 0

    def ranks_of(self) -> dict[int, dict[str, int]]:
        """Entry id -> its rank (1 is best) in each ranking that found it."""
        found: dict[int, dict[str, int]] = {}
        for name, ranking in (("lexical", self.lexical), ("dense", self.dense)):
            for rank, entry_id in enumerate(ranking, 1):
                found.setdefault(entry_id, {})[name] = rank
        return found


def make_rankings(
    text: str,
    settings: RecallSettings,
    size: int,
    snapshot: Snapshot,
    lexical: LexicalRanking,
    dense: DenseIndex | None,
) -> Rankings:
    """Searches what has a weight. Without a dense index only words are searched, whatever the weights are.

    Entries that cannot be injected, since they are hidden or pass no filter, take no place of others: both rankings go
    on until ``size`` others are found, or :data:`_FURTHER` times as many were looked at.
    """
    by_words = settings.lexical > 0 or dense is None
    by_vectors = settings.dense > 0 and dense is not None
    entries: dict[int, Entry] = {}
    found: dict[int, Mapping[str, float]] = {}
    if by_words:
        found = _further(lambda limit: lexical.ranked(text, snapshot, limit), size, settings, snapshot, entries)
    near: dict[int, float] = {}
    understood = 1.0
    differing = snapshot.differing() if by_vectors else frozenset()
    if dense is not None and by_vectors:
        understood = dense.understands(text)

        def nearest(limit: int) -> dict[int, float]:
            matches = dense.search(text, limit=limit, exact=settings.exact, probes=settings.probes)
            return {match.entry_id: match.score for match in matches}

        near = _further(nearest, size, settings, snapshot, entries, differing)
    fit = {one for one, entry in entries.items() if usable(entry, settings, snapshot.now)}
    return Rankings(
        size=size,
        lexical=found,
        dense=near,
        fused=by_vectors,
        entries=entries,
        best_lexical=next((math.fsum(parts.values()) for one, parts in found.items() if one in fit), 0.0),
        best_cosine=next((cosine for one, cosine in near.items() if one in fit), 0.0),
        understood=understood,
        unseen=len(differing),
    )


def _further(
    search: Callable[[int], Mapping[int, V]],
    size: int,
    settings: RecallSettings,
    snapshot: Snapshot,
    entries: dict[int, Entry],
    passed_over: Container[int] = frozenset(),
) -> dict[int, V]:
    """The best of a ranking, best first: up to ``size`` that can be injected, and what filters cut beside them.

    ``entries`` are those that were read so far, by id; hidden ones are left out.
    """
    limit = size
    while True:
        ranking = search(limit)
        read = snapshot.get([one for one in ranking if one not in entries])
        entries.update((entry.id, entry) for entry in read if entry.recallable(snapshot.now))
        known = {one: value for one, value in ranking.items() if one in entries and one not in passed_over}
        good = [one for one in known if usable(entries[one], settings, snapshot.now)]
        if len(good) >= size or len(ranking) < limit or limit >= _FURTHER * size:
            break
        limit *= 4
    last = good[size - 1] if len(good) >= size else None
    fit = set(good)
    kept: dict[int, V] = {}
    others = 0
    for one, value in known.items():
        others += one not in fit
        if one in fit or others <= size:
            kept[one] = value
        if one == last:
            break
    return kept
