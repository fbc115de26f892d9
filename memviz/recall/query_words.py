"""What a query asks the index for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from memviz.core.text import has_cjk, words
from memviz.recall.stop_words import STOP_WORDS

#: The longest subject that is looked up as a whole, in words.
LONGEST_SUBJECT = 16

#: What an apostrophe leaves of a short word: “who's”, “didn't”. Not the T of “T. Lewis”.
_CONTRACTION = re.compile(r"(?<=\w)['’](?:s|t|d|m|re|ve|ll)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class QueryWords:
    """A query as words: all of them in order, and the distinct terms that are worth searching."""

    words: tuple[str, ...]
    terms: tuple[str, ...]

    def subjects(self) -> list[str]:
        """Every run of words that could be the subject of an entry, each once."""
        runs = []
        for start in range(len(self.words)):
            for stop in range(start + 1, min(start + LONGEST_SUBJECT, len(self.words)) + 1):
                runs.append(" ".join(self.words[start:stop]))
        return list(dict.fromkeys(runs))


def query_words(text: str, *, most: int = 256) -> QueryWords:
    """Words of a query, at most ``most``; runs of Chinese become overlapping pairs of characters as terms."""
    all_words = words(text)[:most]
    terms: list[str] = []
    for word in words(without_contractions(text))[:most]:
        if has_cjk(word):
            terms += pairs(word)
        elif word not in STOP_WORDS:
            terms.append(word)
    return QueryWords(tuple(all_words), tuple(dict.fromkeys(terms)))


def without_contractions(text: str) -> str:
    """``text`` without what is left of a short word behind an apostrophe: “who's” is “who”, “didn't” is “didn”."""
    return _CONTRACTION.sub(" ", text)


def pairs(run: str) -> list[str]:
    """Overlapping pairs of characters; a single character stays alone."""
    return [run] if len(run) == 1 else [run[at : at + 2] for at in range(len(run) - 1)]


def longest_run(query: Sequence[str], text: Sequence[str]) -> tuple[int, int]:
    """Longest run of ``query`` words that stands in ``text`` in the same order: (start in query, length).

    Of several the first of the query.
    """
    places: dict[str, list[int]] = {}
    for at, word in enumerate(query):
        places.setdefault(word, []).append(at)
    best = (0, 0)
    before: dict[int, int] = {}  # place in the query -> length of the run that ends there and at the word before
    for word in text:
        here = {at: before.get(at - 1, 0) + 1 for at in places.get(word, ())}
        for at, length in here.items():
            start = at + 1 - length
            if length > best[1] or (length == best[1] and start < best[0]):
                best = (start, length)
        before = here
    return best
