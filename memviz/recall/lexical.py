"""Recall by words: BM25, and what an index of words does not see.

A fact is found by how exactly its subject and phrases are named; a turn of a dialogue by who says it and by the turns
around it, since an answer is understood with its question.

The full-text index finds entries. A fact keeps the index's score, whose weights of key and text are made for facts; any
other text is scored as plain BM25 scores it. Finding is done with the
query's rare words alone where the memory is large, since a word that stands in thousands of entries takes long and
finds nothing; frequent words then count for the entries that hold a rare one too. A subject that is named word for word
is found through an index of subjects, so that titles made of stop words are found as well.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from memviz.core.entry import Entry
from memviz.core.snapshot import Snapshot
from memviz.core.text import words
from memviz.recall.analysis import analysed, asked_terms, telling, weights_of
from memviz.recall.query_words import QueryWords, longest_run, query_words
from memviz.recall.stop_words import STOP_WORDS
from memviz.recall.term_scores import TermScores, inverse_frequency, mean_length
from memviz.recall.turns import belong_together, is_fact, is_turn, speaker


@dataclass(frozen=True, slots=True)
class LexicalSettings:
    """Weights and bounds.

    Attributes:
        examined: of this many of the best the texts are read (phrase part, turns around).
        rescored: where some of these are no facts, at most this many are scored by their texts.
        around: of this many of these the turns around are read, which may be found by them alone.
        whole: in a memory of at most this many entries every word finds.
        frequent: in a larger one a word in more than this share of the entries only counts beside a rare one.
        subject: weight of the subject part, per unit of inverse document frequency of the subject's words.
        subject_least: the least that a subject named word for word gets, per word, unless many entries share it.
        phrase: weight of the phrase part, per unit of inverse document frequency of the words of the longest run.
        speaker: weight of the speaker part, per unit of inverse document frequency of the name, of at least one unit.
        before, second_before, after: a turn gets this share of what the turns around it have of the question's words
            and it has not itself (context part). From 0.4 to 0.6 for the turn before found nearly alike.
    """

    examined: int = 60
    rescored: int = 120
    around: int = 40
    whole: int = 20_000
    frequent: float = 0.02
    subject: float = 1.0
    subject_least: float = 3.0
    phrase: float = 0.5
    speaker: float = 0.5
    before: float = 0.5
    second_before: float = 0.25
    after: float = 0.25


P = TypeVar("P", bound=Mapping[str, float])

METRIC = "BM25 + subject + phrase, of turns BM25 + speaker + context"


class LexicalRanking:
    """Finds and scores entries by words. Keeps only how long entries of the memory are that was asked last."""

    def __init__(self, settings: LexicalSettings | None = None) -> None:
        self.settings = settings or LexicalSettings()
        self._length: tuple[tuple[str, int], float] = ("", 0), 0.0

    def ranked(self, text: str, snapshot: Snapshot, limit: int) -> dict[int, dict[str, float]]:
        """As :meth:`scored`, the best ``limit``, best first."""
        return dict(list(best_first(self.scored(text, snapshot, limit)).items())[:limit])

    def scored(self, query_text: str, snapshot: Snapshot, limit: int) -> dict[int, dict[str, float]]:
        """Entry id -> named parts of its score, of every entry that was found; the sum of the parts is the score.

        Args:
            limit: entries that are looked for in the full-text index; those whose subject is named come beside them.
        """
        asked = query_words(query_text)
        return self._found(query_text, asked, snapshot, limit) if asked.words else {}

    def _found(self, question: str, asked: QueryWords, snapshot: Snapshot, limit: int) -> dict[int, dict[str, float]]:
        settings = self.settings
        terms = asked_terms(question)
        frequencies = {word: snapshot.document_frequency(word) for word in dict.fromkeys(word for word, _ in terms)}
        if snapshot.count <= settings.whole:
            rare, frequent = _divided(frequencies, math.inf)
        else:
            finding = {word: frequencies[word] for word in telling(frequencies)}
            rare, frequent = _divided(finding, settings.frequent * snapshot.count)
        matched = {match.entry_id: match.score for match in snapshot.match(rare, limit=limit)}
        if frequent and rare:
            # The same rows with more words scored: never a lower score.
            matched |= {m.entry_id: m.score for m in snapshot.match(rare, frequent, limit=limit)}
        named = self._named(asked, snapshot, frequencies)
        order = sorted(
            matched.keys() | named.keys(), key=lambda one: (-matched.get(one, 0.0) - named.get(one, 0.0), one)
        )
        examined = snapshot.get(order[: settings.examined])
        free = [entry for entry in examined if not is_fact(entry)]
        parts = {}
        for entry in examined:
            if is_fact(entry):
                parts[entry.id] = {
                    "bm25": matched.get(entry.id, 0.0),
                    "subject": named.get(entry.id, 0.0),
                    "phrase": settings.phrase * _phrase(asked.words, entry, frequencies, snapshot.count),
                }
        least = math.inf
        if free:
            scores = TermScores(
                {
                    term: inverse_frequency(snapshot.count, frequencies[word])
                    for word, term in terms
                    if frequencies[word]
                },
                weights_of(terms),
                self._mean_length(snapshot),
            )
            more = snapshot.get(order[settings.examined : settings.rescored])
            free += [entry for entry in more if not is_fact(entry)]
            parts |= self._of_texts(free, scores, named, snapshot)
            least = min(math.fsum(parts[entry.id].values()) for entry in free if entry.id in parts)
        for entry_id in order:
            # What the index ranked after all that were scored stays there, though it scores by other lengths.
            parts.setdefault(
                entry_id, {"bm25": min(matched.get(entry_id, 0.0), least), "subject": named.get(entry_id, 0.0)}
            )
        return parts

    def _named(self, asked: QueryWords, snapshot: Snapshot, frequencies: Mapping[str, int]) -> dict[int, float]:
        """Subject part of the entries whose subject stands in the question.

        A subject that many entries share (a speaker, a session) tells little of each, so no word of it gets more than
        the inverse frequency of the whole.
        """
        settings = self.settings
        subjects = _outermost(snapshot.with_subject(asked.subjects()))
        sharing = Counter(subjects.values())
        worth = {}
        for subject, count in sharing.items():
            most = inverse_frequency(snapshot.count, count)
            each = (settings.subject * _weight(word, frequencies, snapshot.count) for word in subject.split())
            worth[subject] = sum(min(max(weight, settings.subject_least), most) for weight in each)
        return {entry_id: worth[subject] for entry_id, subject in subjects.items()}

    def _of_texts(
        self, texts: Sequence[Entry], scores: TermScores, named: Mapping[int, float], snapshot: Snapshot
    ) -> dict[int, dict[str, float]]:
        """Parts of what is no fact, and of the turns around, which answer or ask what these say."""
        settings = self.settings
        known = {entry.id: entry for entry in texts}
        matched = frozenset(known)
        of_terms = {entry_id: scores(entry) for entry_id, entry in known.items()}
        bm25 = {entry_id: math.fsum(adds.values()) for entry_id, adds in of_terms.items()}
        best = sorted(known, key=lambda one: (-bm25[one], one))[: settings.around]
        around = {entry_id + away for entry_id in best for away in (-2, -1, 1, 2)} - known.keys()
        for entry in snapshot.get(sorted(around)):
            if entry.recallable(snapshot.now):
                known[entry.id] = entry
                of_terms[entry.id] = scores(entry)
                bm25[entry.id] = math.fsum(of_terms[entry.id].values())
        distances = {-1: settings.before, -2: settings.second_before, 1: settings.after}
        parts = {}
        for entry_id, entry in known.items():
            own = {"bm25": bm25[entry_id]}
            if is_turn(entry):  # whose key says who or when, not what it is about
                own["speaker"] = settings.speaker * scores.named(analysed(speaker(entry))) if bm25[entry_id] else 0.0
            else:
                own["subject"] = named.get(entry_id, 0.0)
            own["context"] = math.fsum(
                share * worth
                for away, share in distances.items()
                if bm25.get(entry_id + away) and belong_together(entry, known[entry_id + away])
                for term, worth in of_terms[entry_id + away].items()
                if term not in of_terms[entry_id]
            )
            if own["context"] or (entry_id in matched and any(own.values())):
                parts[entry_id] = own
        return parts

    def _mean_length(self, snapshot: Snapshot) -> float:
        known = (snapshot.url, snapshot.version)
        if self._length[0] != known:
            self._length = known, mean_length(snapshot)
        return self._length[1]


def _weight(word: str, frequencies: Mapping[str, int], count: int) -> float:
    """Inverse document frequency; 0 for stop words and words that were not searched."""
    return inverse_frequency(count, frequencies[word]) if word in frequencies else 0.0


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


def _phrase(asked: Sequence[str], entry: Entry, frequencies: Mapping[str, int], count: int) -> float:
    """Sum of inverse frequencies over the longest run of two or more query words that stands in the entry."""
    best = 0.0
    for text in (entry.key, entry.text[:4_000]):
        start, length = longest_run(asked, words(text.replace("·", " ")))
        run = asked[start : start + length]
        if length > 1 and any(word not in STOP_WORDS for word in run):
            best = max(best, sum(_weight(word, frequencies, count) for word in run))
    return best


def best_first(parts: Mapping[int, P]) -> dict[int, P]:
    """By the sum of the parts; equal sums in the order of ids."""
    ranked = sorted(parts, key=lambda entry_id: (-math.fsum(parts[entry_id].values()), entry_id))
    return {entry_id: parts[entry_id] for entry_id in ranked}
