"""Runs of letters, hashed into numbers: what is alike when words are written alike, in any script.

Signed feature hashing (Weinberger et al. 2009): a run adds +1 or -1 to one of the numbers, both taken from its check
sum, so that runs which meet by chance cancel out on average.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from itertools import pairwise

from memviz.core.text import has_cjk

#: Lengths of the runs that are taken out of words with an alphabet.
_RUNS = (3, 4)
#: Chinese characters that stand in nearly every text, and what they count beside the others.
_FREQUENT = frozenset(
    "的了我你是在有和就不也都这那他她它们吗呢吧啊很要会到说去个一上下来为与及对把被让给可以什么怎没想能还"
)
_FREQUENT_WEIGHT = 0.1


def hashed_letters(word: str, dimension: int) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Places in a vector of ``dimension`` numbers, and what is added there, for a word of ``core.text.words``.

    A Chinese run counts with its characters and pairs; a word with an alphabet as one, however long it is.
    """
    runs = list(_characters(word) if has_cjk(word) else _letters(word))
    places, amounts = [], []
    for run, weight in runs:
        code = zlib.crc32(run.encode("utf-8", "surrogatepass"))
        places.append((code >> 1) % dimension)
        amounts.append(weight if code & 1 else -weight)
    return tuple(places), tuple(amounts)


def _characters(run: str) -> Iterator[tuple[str, float]]:
    for character in run:
        yield character, _weight(character)
    for first, second in pairwise(run):
        yield first + second, _weight(first + second)


def _weight(characters: str) -> float:
    return _FREQUENT_WEIGHT if any(character in _FREQUENT for character in characters) else 1.0


def _letters(word: str) -> Iterator[tuple[str, float]]:
    whole = f"<{word}>"
    runs = [whole[at : at + length] for length in _RUNS for at in range(len(whole) - length + 1)]
    weight = 1 / math.sqrt(max(1, len(runs)))
    for run in runs:
        yield run, weight
