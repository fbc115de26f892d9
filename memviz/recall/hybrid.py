"""Recall for language models: words, vectors, recency, confidence and use as parts that add up to a score.

A walk: the two rankings find entries; each gets its parts; entries that stand for others take their place; what does
not pass a filter, scores too little or comes too late is cut, with the reason.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from memviz.core.events import Candidate, RecallEvent
from memviz.core.query import Query
from memviz.core.recall_settings import SETTING, RecallSettings, settings_from_json
from memviz.core.snapshot import Snapshot
from memviz.core.vectors import DenseIndex
from memviz.recall.analysis import asked_terms
from memviz.recall.gates import Cut, cut_by_filter, cut_by_score
from memviz.recall.lexical import METRIC, LexicalRanking
from memviz.recall.query_words import query_words
from memviz.recall.rankings import Rankings, make_rankings
from memviz.recall.scoring import Scored, by_score, scored_entries
from memviz.recall.standing import Standing, standing_of

FUSED_METRIC = "reciprocal ranks by words and by vectors"

#: So many of the best are looked at for conflicts first; more where cut ones let others move up.
_EXAMINED = 4
_EXAMINED_LEAST = 48
#: Parts that take an entry to another one's place.
STANDS_FOR, PINNED = "stands for", "pinned"


@dataclass(frozen=True, slots=True)
class Judgement:
    """All candidates with what becomes of each."""

    ranked: tuple[Scored, ...]
    cuts: Mapping[int, Cut]
    standing: Standing


class HybridRecaller:
    """Ranks entries for a query. Query thread.

    Args:
        dense: gives the vectors of the memory, or None while there are none; asked by questions that search vectors,
            since it may open them first.
        at_hand: whether that would take no time.
        lexical: finds by words; None: as usual.
    """

    def __init__(
        self,
        dense: Callable[[], DenseIndex | None] = lambda: None,
        lexical: LexicalRanking | None = None,
        at_hand: Callable[[], bool] = lambda: True,
    ) -> None:
        self._open_dense = dense
        self.vectors_at_hand = at_hand
        self._lexical = lexical or LexicalRanking()

    def open_dense(self, settings: RecallSettings) -> DenseIndex | None:
        """The vectors of the memory where the settings search them; may wait until they are open."""
        return self._open_dense() if settings.dense > 0 else None

    def __call__(self, query: Query, snapshot: Snapshot) -> RecallEvent:
        started = time.perf_counter()
        settings = settings_for(query, snapshot)
        rankings = self.rankings(query, settings, snapshot)
        judged = judge(query, settings, snapshot, rankings)
        return RecallEvent(
            candidates=tuple(_candidate(one, rank, judged) for rank, one in enumerate(judged.ranked, 1)),
            metric=metric(settings, rankings),
            terms=tuple(dict.fromkeys(word for word, _ in asked_terms(query.text))),
            version=snapshot.version,
            seconds=time.perf_counter() - started,
            note=self._note(bool(query_words(query.text).words), judged, rankings, settings, snapshot),
            now=snapshot.now,
            settings=settings,
            remarks=MappingProxyType(judged.standing.remarks),
        )

    def rankings(self, query: Query, settings: RecallSettings, snapshot: Snapshot) -> Rankings:
        size = max(settings.candidates, query.limit)
        return make_rankings(query.text, settings, size, snapshot, self._lexical, self.open_dense(settings))

    def _note(
        self, has_words: bool, judged: Judgement, rankings: Rankings, settings: RecallSettings, snapshot: Snapshot
    ) -> str:
        if settings.dense and not rankings.fused:
            return "Dense recall is on, but this memory has no vectors yet, so only words were searched."
        dense = self.open_dense(settings) if rankings.fused else None
        if dense is not None and dense.count < snapshot.count:
            return f"{dense.count:,} of {snapshot.count:,} entries have a vector so far; the others are found by words."
        if not judged.ranked:
            return "No entry holds a word of the query." if has_words else "The query holds no word to search for."
        if rankings.unseen:
            return f"{rankings.unseen:,} entries that were changed since were found by their words alone."
        return ""


def settings_for(query: Query, snapshot: Snapshot) -> RecallSettings:
    """The query's own settings, or the memory's.

    Raises:
        KnownError: the memory keeps settings that this memviz does not understand.
    """
    if query.recall is not None:
        return query.recall
    return settings_from_json(snapshot.settings.get(SETTING, {}))


def judge(query: Query, settings: RecallSettings, snapshot: Snapshot, rankings: Rankings) -> Judgement:
    """Scores what was found and decides what is injected."""
    ids = dict.fromkeys([*rankings.lexical, *rankings.dense])
    pinned = snapshot.get([entry_id for entry_id in dict.fromkeys(query.pinned) if entry_id not in ids])
    entries = [*pinned, *(rankings.entries[entry_id] for entry_id in ids)]
    examined = max(_EXAMINED_LEAST, _EXAMINED * query.limit)
    while True:
        scored = by_score(scored_entries(entries, rankings, settings, snapshot.now))
        standing = standing_of([one.entry for one in scored[:examined]], snapshot, settings)
        ranked = _with_successors(scored, standing, rankings, settings, snapshot.now)
        _pin(ranked, query.pinned)
        ranked = by_score(ranked)
        cuts = _cuts(query, settings, ranked, standing)
        unexamined = {one.entry.id for one in scored[examined:]}
        if not any(one.entry.id in unexamined and one.entry.id not in cuts for one in ranked):
            return Judgement(tuple(ranked), cuts, standing)
        examined *= 2


def metric(settings: RecallSettings, rankings: Rankings) -> str:
    """What the score is, for people."""
    base = FUSED_METRIC if rankings.fused else METRIC
    more = [name for name in ("recency", "confidence", "use") if getattr(settings, name)]
    return " + ".join([base, *more]) + "; higher is better"


def _with_successors(
    scored: Sequence[Scored], standing: Standing, rankings: Rankings, settings: RecallSettings, now: float
) -> list[Scored]:
    """Entries that stand for others are there too, and score at least as much as those."""
    known = {one.entry.id: one for one in scored}
    missing = {winner.id: winner for winner in standing.for_entry.values() if winner.id not in known}
    known |= {one.entry.id: one for one in scored_entries(missing.values(), rankings, settings, now)}
    for one in scored:
        winner = standing.for_entry.get(one.entry.id)
        if winner is not None:
            known[winner.id].take_place_of(one, STANDS_FOR)
    return list(known.values())


def _pin(ranked: Iterable[Scored], pinned: Sequence[int]) -> None:
    """Pinned entries score more than the best of the others, the first of them most."""
    best = max((one.score for one in ranked if one.entry.id not in pinned), default=0.0)
    by_id = {one.entry.id: one for one in ranked}
    for entry_id in reversed(pinned):
        if entry_id in by_id:
            best += max(1.0, abs(best)) * 0.01
            by_id[entry_id].lift(PINNED, best)
            best = max(best, by_id[entry_id].score)


def _cuts(query: Query, settings: RecallSettings, ranked: Sequence[Scored], standing: Standing) -> dict[int, Cut]:
    cuts: dict[int, Cut] = {}
    best: float | None = None
    passing = 0
    for one in ranked:
        if one.entry.id in query.pinned:
            continue
        cut = cut_by_filter(one, query, settings, standing)
        if cut is None:
            best = one.score if best is None else best
            one.details.setdefault("share", one.score / best if best > 0 else 1.0)
            cut = cut_by_score(one, query, settings, passing + 1)
            passing += cut is None or cut.cause == "rank"
        if cut is not None:
            cuts[one.entry.id] = cut
    return cuts


def _candidate(one: Scored, rank: int, judged: Judgement) -> Candidate:
    cut = judged.cuts.get(one.entry.id)
    return Candidate(
        entry_id=one.entry.id,
        rank=rank,
        score=one.score,
        parts=MappingProxyType(one.parts),
        status="cut" if cut else "injected",
        reason=cut.reason if cut else "",
        cause=cut.cause if cut else "",
        found=MappingProxyType(one.found),
        details=MappingProxyType(one.details),
        conflicts=judged.standing.conflicts.get(one.entry.id, ()),
    )
