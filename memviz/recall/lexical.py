"""Recall by words: BM25 over the full-text index, and how exactly subject and phrases of an entry are named.

Finding is done with the query's rare words alone, since a word that stands in thousands of entries takes long and finds
nothing; frequent words then count for the entries that hold a rare one too. A subject that is named word for word is
found through an index of subjects, so that titles made of stop words are found as well.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from memviz.core.entry import Entry
from memviz.core.events import Candidate, Query, RecallEvent
from memviz.core.memory import Snapshot
from memviz.core.text import words
from memviz.recall.query_words import QueryWords, longest_run, query_words
from memviz.recall.stop_words import STOP_WORDS


@dataclass(frozen=True, slots=True)
class LexicalSettings:
    """Weights and bounds.

    Attributes:
        candidates: at most this many entries are looked at.
        examined: for this many of the best the words themselves are compared (phrase part).
        frequent: a word in more than this share of the entries (and more than ``frequent_least`` of them) only counts
            beside a rare one.
        subject: weight of the subject part, per unit of inverse document frequency of the subject's words.
        subject_least: the least that a subject named word for word gets, per word.
        phrase: weight of the phrase part, per unit of inverse document frequency of the words of the longest run.
    """

    candidates: int = 200
    examined: int = 60
    frequent: float = 0.02
    frequent_least: int = 500
    subject: float = 1.0
    subject_least: float = 3.0
    phrase: float = 0.5


METRIC = "BM25 + subject + phrase, higher is better"


class LexicalRecaller:
    """Ranks entries for a query; holds no state, so one serves every thread."""

    def __init__(self, settings: LexicalSettings | None = None) -> None:
        self.settings = settings or LexicalSettings()

    def __call__(self, query: Query, snapshot: Snapshot) -> RecallEvent:
        """All candidates, best first; ties keep the order of ids.

        Injected are the first ``query.limit`` that reach ``query.least_share`` of the best score. On 1,500 questions
        about movies a share of 0.5 lost no right entry and left 6.7 of 11.8 entries in the prompt on average.
        """
        started = time.perf_counter()
        asked = query_words(query.text)
        parts = self.scored(query.text, snapshot, self.settings.candidates)
        ranked = sorted(parts, key=lambda entry_id: (-math.fsum(parts[entry_id].values()), entry_id))
        best = math.fsum(parts[ranked[0]].values()) if ranked else 0.0
        candidates = tuple(
            _candidate(entry_id, rank, parts[entry_id], query, best)
            for rank, entry_id in enumerate(ranked[: self.settings.candidates], 1)
        )
        return RecallEvent(
            candidates=candidates,
            metric=METRIC,
            terms=asked.terms,
            version=snapshot.version,
            seconds=time.perf_counter() - started,
            note=_note(asked, candidates),
        )

    def scored(self, query_text: str, snapshot: Snapshot, limit: int) -> dict[int, dict[str, float]]:
        """Entry id -> named parts of its score, of every entry that was found; the sum of the parts is the score.

        Args:
            limit: entries that are looked for in the full-text index; those whose subject is named come beside them.
        """
        asked = query_words(query_text)
        return self._found(asked, snapshot, limit) if asked.words else {}

    def _found(self, asked: QueryWords, snapshot: Snapshot, limit: int) -> dict[int, dict[str, float]]:
        settings = self.settings
        frequencies = {term: snapshot.document_frequency(term) for term in asked.terms}
        rare, frequent = _divided(frequencies, max(settings.frequent_least, settings.frequent * snapshot.count))
        bm25 = {match.entry_id: match.score for match in snapshot.match(rare, limit=limit)}
        if frequent and rare:
            # The same rows with more words scored: never a lower score.
            bm25 |= {m.entry_id: m.score for m in snapshot.match(rare, frequent, limit=limit)}
        inverse = _InverseFrequency(snapshot, frequencies)
        subjects = _outermost(snapshot.with_subject(asked.subjects()))
        parts = {}
        for entry_id in bm25.keys() | subjects.keys():
            subject = subjects.get(entry_id, "").split()
            named = sum(max(settings.subject * inverse(word), settings.subject_least) for word in subject)
            parts[entry_id] = {"bm25": bm25.get(entry_id, 0.0), "subject": named}
        best = sorted(parts, key=lambda entry_id: (-sum(parts[entry_id].values()), entry_id))[: settings.examined]
        for entry in snapshot.get(best):
            parts[entry.id]["phrase"] = settings.phrase * _phrase(asked.words, entry, inverse)
        return parts


class _InverseFrequency:
    """Inverse document frequency of a word, ``ln(1 + (N - n + 0.5) / (n + 0.5))`` (Robertson and Zaragoza 2009)."""

    def __init__(self, snapshot: Snapshot, known: Mapping[str, int]) -> None:
        self._count = snapshot.count
        self._known = known

    def __call__(self, word: str) -> float:
        """0 for stop words and words that were not searched."""
        found = self._known.get(word)
        if found is None:
            return 0.0
        return math.log(1.0 + max(0.0, self._count - found + 0.5) / (found + 0.5))


def _divided(frequencies: Mapping[str, int], most: float) -> tuple[list[str], list[str]]:
    """Terms that occur at all, as (rare, frequent); where all are frequent, the rarest counts as rare."""
    known = [term for term, count in frequencies.items() if count]
    rare = [term for term in known if frequencies[term] <= most]
    if not rare and known:
        rare = [min(known, key=lambda term: frequencies[term])]
    return rare, [term for term in known if term not in rare]


def _outermost(found: Mapping[int, str]) -> dict[int, str]:
    """Leaves out subjects that stand inside a longer one, e.g. “The Lord of the Rings” inside its sequel's title."""
    subjects = set(found.values())
    inner = {one for one in subjects if any(one != other and f" {one} " in f" {other} " for other in subjects)}
    return {entry_id: subject for entry_id, subject in found.items() if subject not in inner}


def _phrase(asked: Sequence[str], entry: Entry, inverse: _InverseFrequency) -> float:
    """Sum of inverse frequencies over the longest run of two or more query words that stands in the entry."""
    best = 0.0
    for text in (entry.key, entry.text[:4_000]):
        start, length = longest_run(asked, words(text))
        run = asked[start : start + length]
        if length > 1 and any(word not in STOP_WORDS for word in run):
            best = max(best, sum(inverse(word) for word in run))
    return best


def _candidate(entry_id: int, rank: int, parts: Mapping[str, float], query: Query, best: float) -> Candidate:
    score = math.fsum(parts.values())
    reason = ""
    if rank > query.limit:
        reason = f"ranked {rank}, and at most {query.limit} entries are injected"
    elif score < query.least_share * best:
        reason = f"score {score:.2f} is less than {query.least_share:g} of the best, {best:.2f}"
    return Candidate(
        entry_id=entry_id,
        rank=rank,
        score=score,
        parts=MappingProxyType(dict(parts)),
        status="cut" if reason else "injected",
        reason=reason,
    )


def _note(asked: QueryWords, candidates: Sequence[Candidate]) -> str:
    if not asked.words:
        return "The query holds no word to search for."
    if not candidates:
        return "No entry holds a word of the query."
    return ""
