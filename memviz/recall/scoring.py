"""The parts of an entry's score, which add up to it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from memviz.core.entry import Entry
from memviz.core.recall_settings import RecallSettings
from memviz.recall.rankings import Rankings

#: What the dense ranking counts of its weight, beside words, where the embedder was not made for the question's script:
#: on Chinese turns of dialogues the built-in one by its whole weight found less than words alone (0.63 and 0.75 of
#: the turns among the first five), by a tenth as much.
_LEAST_TRUST = 0.05


@dataclass(slots=True)
class Scored:
    """An entry with what its score is made of; ``parts``, ``found`` and ``details`` as in ``events.Candidate``."""

    entry: Entry
    parts: dict[str, float]
    found: dict[str, int] = field(default_factory=dict)
    details: dict[str, float] = field(default_factory=dict)

    @property
    def score(self) -> float:
        return math.fsum(self.parts.values())

    def lift(self, part: str, score: float) -> None:
        """Adds a named part that takes the score up to ``score``, where it is lower."""
        missing = score - self.score
        if missing > 0:
            self.parts[part] = self.parts.get(part, 0.0) + missing

    def take_place_of(self, other: Scored, part: str) -> None:
        """Scores at least as much as another one, and as great a share of the best."""
        self.lift(part, other.score)
        if "share" in other.details:
            self.details["share"] = max(self.details["share"], other.details["share"])


def scored_entries(entries: Iterable[Entry], rankings: Rankings, settings: RecallSettings, now: float) -> list[Scored]:
    ranks = rankings.ranks_of()
    return [_scored(entry, ranks.get(entry.id, {}), rankings, settings, now) for entry in entries]


def by_score(scored: Iterable[Scored]) -> list[Scored]:
    """Best first; equal scores in the order of ids."""
    return sorted(scored, key=lambda one: (-one.score, one.entry.id))


def _scored(entry: Entry, found: dict[str, int], rankings: Rankings, settings: RecallSettings, now: float) -> Scored:
    words = dict(rankings.lexical.get(entry.id, {}))
    details = {
        "age": now - entry.updated,
        "retention": settings.decay_of(entry.kind).retention_of(entry, now),
        "confidence": entry.confidence,
        "use": 1.0 - 1.0 / (1.0 + entry.used_count),
    }
    if rankings.fused:
        details["share"] = _share(words, rankings.dense.get(entry.id, 0.0), rankings)
        trust = max(_LEAST_TRUST, rankings.understood) if rankings.lexical else 1.0
        weights = {"lexical": settings.lexical, "dense": settings.dense * trust}
        parts = {name: weights[name] * reciprocal(rank, settings.rank_constant) for name, rank in found.items()}
        details |= words
        if entry.id in rankings.dense:
            details["cosine"] = rankings.dense[entry.id]
            details["understood"] = rankings.understood
    else:
        weight = settings.lexical or 1.0
        parts = {name: weight * value for name, value in words.items()}
    if settings.recency:
        parts["recency"] = settings.recency * details["retention"]
    if settings.confidence:
        parts["confidence"] = settings.confidence * details["confidence"]
    if settings.use:
        parts["use"] = settings.use * details["use"]
    return Scored(entry, parts, found, details)


def _share(words: Mapping[str, float], cosine: float, rankings: Rankings) -> float:
    """Of the best value in the same ranking, the greater of the two: ranks alone do not tell how good a match is."""
    by_words = math.fsum(words.values()) / rankings.best_lexical if words and rankings.best_lexical > 0 else 0.0
    by_vectors = cosine / rankings.best_cosine if rankings.best_cosine > 0 else 0.0
    return max(0.0, by_words, by_vectors)


def reciprocal(rank: int, constant: float) -> float:
    """1 for rank 1, less for the next: ``(constant + 1) / (constant + rank)`` (Cormack et al. 2009, scaled)."""
    return (constant + 1.0) / (constant + rank)
