"""Texts as the terms that BM25 counts: English by stems without stop words, Chinese by characters and pairs."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from memviz.core.text import has_cjk, words
from memviz.recall.porter import stem
from memviz.recall.query_words import pairs, without_contractions
from memviz.recall.stop_words import FUNCTION_CHARACTERS, FUNCTION_WORDS, REQUESTS

#: At most so many words of a question are searched.
_MOST = 256


def analysed(text: str) -> list[str]:
    """Terms as often as they stand in ``text``.

    A run of Chinese becomes its characters and then its overlapping pairs, since neither alone finds well: pairs miss
    a word of one character, characters find what merely shares some.
    """
    terms: list[str] = []
    for word in _words(text):
        terms += _terms_of(word)
    return terms


def asked_terms(question: str) -> list[tuple[str, str]]:
    """What to search for: (as an index is asked, the term of :func:`analysed`), as often as the question says it.

    The words with which a question begins to ask are left out.
    """
    all_words = _words(question)[:_MOST]
    begin = next((at for at, word in enumerate(all_words) if word not in REQUESTS), 0)
    found: list[tuple[str, str]] = []
    for word in all_words[begin:]:
        if has_cjk(word):
            found += [(term, term) for term in _terms_of(word)]
        else:
            found += [(word, term) for term in _terms_of(word)]
    return found


def weights_of(asked: list[tuple[str, str]]) -> dict[str, float]:
    """How much each term of a question counts: as often as it is said; Chinese function characters half as much."""
    weights: dict[str, float] = {}
    for _, term in asked:
        weights[term] = weights.get(term, 0.0) + (0.5 if FUNCTION_CHARACTERS.issuperset(term) else 1.0)
    return weights


def telling(terms: Iterable[str]) -> list[str]:
    """Those by which a large memory is searched: no single Chinese characters and no function characters, which are in
    too many entries; all where nothing else is asked.
    """
    every = list(terms)
    told = [term for term in every if not has_cjk(term) or (len(term) > 1 and not FUNCTION_CHARACTERS.issuperset(term))]
    return told or every


def _words(text: str) -> list[str]:
    # The dot between a key's parts alone would make every key a text with special characters, which takes ten times.
    return words(without_contractions(text.replace("·", " ")))


@lru_cache(maxsize=100_000)
def _terms_of(word: str) -> tuple[str, ...]:
    if has_cjk(word):
        return tuple([*word, *pairs(word)] if len(word) > 1 else [word])
    return () if word in FUNCTION_WORDS else (stem(word),)
