"""BM25 of given entries for a question, from their texts: what :mod:`memviz.recall.plain_bm25` would say of them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from memviz.core.entry import Entry
from memviz.core.snapshot import Snapshot
from memviz.recall.analysis import analysed
from memviz.recall.plain_bm25 import K1, B

#: The mean length of the entries is taken of so many of them, spread evenly over the memory.
_SAMPLED = 256


class TermScores:
    """Scores entries for one question.

    An index scores a row by its own idea of length and of frequent words, and does not score a row that it did not
    find, such as the turn before; this scores any entry alike.

    Args:
        inverse: inverse document frequency of the question's terms as :func:`analysed` makes them.
        asked: how much each counts: how often it stands in the question.
        mean: length of an entry in terms, on average.
    """

    def __init__(self, inverse: Mapping[str, float], asked: Mapping[str, float], mean: float) -> None:
        self._weights = {term: asked[term] * weight * (K1 + 1.0) for term, weight in inverse.items()}
        self._inverse = dict(inverse)
        self._mean = max(mean, 1.0)

    def __call__(self, entry: Entry) -> dict[str, float]:
        """What each term of the question adds, of those that the entry has; the sum is BM25.

        A term counts as often as it stands in the key or in the text, whichever has it more often: a key mostly names
        again what its text says. Where there is none, this is plain BM25 of the text.
        """
        terms, key = _terms(entry)
        counts = Counter(term for term in terms if term in self._weights)
        for term, count in Counter(term for term in key if term in self._weights).items():
            counts[term] = max(counts[term], count)
        length = _length(terms, key)
        norm = K1 * (1.0 - B + B * length / self._mean)
        return {term: self._weights[term] * count / (count + norm) for term, count in counts.items()}

    def named(self, name: Sequence[str]) -> float:
        """Inverse frequency of the terms of a name, at least 1, where the question has them all; else 0."""
        if not name or not all(term in self._inverse for term in name):
            return 0.0
        return max(1.0, math.fsum(self._inverse[term] for term in name))


def inverse_frequency(count: int, holding: int) -> float:
    """``ln(1 + (N - n + 0.5) / (n + 0.5))``: Robertson and Zaragoza 2009, with 1 added so that it is never negative."""
    return math.log(1.0 + max(0.0, count - holding + 0.5) / (holding + 0.5))


def _terms(entry: Entry) -> tuple[list[str], list[str]]:
    """Those of the text, and those of the key."""
    return analysed(entry.text), analysed(entry.key) if entry.key else []


def _length(terms: Sequence[str], key: Sequence[str]) -> int:
    return len(terms) + len(set(key).difference(terms))


def mean_length(snapshot: Snapshot) -> float:
    """Terms of an entry on average: of all in a small memory, of an even sample in a large one."""
    newest = snapshot.newest(limit=1)
    if not newest:
        return 1.0
    step = max(1, newest[0] // _SAMPLED)
    sample = snapshot.get(range(1, newest[0] + 1, step))
    if len(sample) < min(_SAMPLED, snapshot.count) // 2:  # most ids are gone: the newest are there
        sample = snapshot.get(snapshot.newest(limit=_SAMPLED))
    lengths = [_length(*_terms(entry)) for entry in sample]
    return sum(lengths) / len(lengths) if lengths else 1.0
