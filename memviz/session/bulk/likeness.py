"""How alike texts are: shingles of words, and MinHash sketches that find alike ones without comparing all."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from memviz.core.progress import Progress
from memviz.core.text import spaced_cjk

_HASHES = 64
_BANDS = 16
_ROWS = _HASHES // _BANDS
_BATCH = 2_000
#: Of more texts with one band in common each is compared with so many neighbours only.
_MOST_IN_BAND = 48
_NEIGHBOURS = 8
#: Of a pair's estimated likeness 64 hashes leave a standard error of 0.06 at most.
_SLACK = 0.15
_MIX = np.uint64(0x9E3779B97F4A7C15)


def shingles(text: str) -> frozenset[int]:
    """Words of a normalised text and pairs of neighbours, as numbers; each character of Chinese is a word."""
    return frozenset(_codes(text))


def jaccard(one: frozenset[int], other: frozenset[int]) -> float:
    """Size of the intersection over that of the union; 1 for two empty sets."""
    both = len(one & other)
    return both / (len(one) + len(other) - both) if one or other else 1.0


def _codes(text: str) -> list[int]:
    words = [zlib.crc32(word.encode()) for word in spaced_cjk(text).split()]
    return [
        *words,
        *((first * 2_654_435_761 + second) & 0xFFFFFFFFFF for first, second in pairwise(words)),
    ]


class Sketches:
    """MinHash sketches of texts: of each of 64 random orders of all shingles the first one that a text has.

    Two texts have the same first one with the probability of their Jaccard similarity.
    """

    def __init__(self, texts: Sequence[str], progress: Progress) -> None:
        """``texts``: normalised. Raises ``Cancelled`` from ``progress``."""
        random = np.random.default_rng(1)
        factors = random.integers(1, 2**63, _HASHES, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
        self._values = np.zeros((len(texts), _HASHES), dtype=np.uint32)  # [texts, hashes]
        for at in range(0, len(texts), _BATCH):
            progress(at, len(texts), "sketching texts")
            self._values[at : at + _BATCH] = _sketched(texts[at : at + _BATCH], factors)

    def candidates(self, likeness: float, progress: Progress) -> NDArray[np.int64]:
        """Pairs of texts that are worth comparing, each once, the smaller number first: int64 [n, 2]."""
        found = [np.zeros((0, 2), dtype=np.int64)]
        for band in range(_BANDS):
            progress(band, _BANDS, "looking for alike texts")
            found.append(self._in_band(band))
        pairs = np.unique(np.concatenate(found), axis=0)
        kept = [np.zeros((0, 2), dtype=np.int64)]
        for at in range(0, len(pairs), 50_000):
            part = pairs[at : at + 50_000]
            alike = (self._values[part[:, 0]] == self._values[part[:, 1]]).mean(axis=1)
            kept.append(part[alike >= likeness - _SLACK])
        return np.concatenate(kept)

    def _in_band(self, band: int) -> NDArray[np.int64]:
        """Pairs of texts that have all hashes of a band in common: int64 [n, 2]."""
        part = self._values[:, band * _ROWS : (band + 1) * _ROWS].astype(np.uint64)
        keys = np.zeros(len(part), dtype=np.uint64)
        for row in range(_ROWS):
            keys = (keys ^ part[:, row]) * _MIX
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
        sizes = np.diff(np.concatenate((starts, [len(ordered)])))
        pairs = [np.zeros((0, 2), dtype=np.int64)]
        for size in np.unique(sizes[sizes > 1]).tolist():
            groups = order[starts[sizes == size][:, None] + np.arange(size)]  # [groups, size]
            one, other = _within(size)
            both = np.stack([groups[:, one].ravel(), groups[:, other].ravel()], axis=1)
            pairs.append(np.sort(both, axis=1))
        return np.concatenate(pairs)


def _within(size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Who is compared with whom in a group: all, or, in a large one, each with its next neighbours."""
    one, other = np.triu_indices(size, 1) if size <= _MOST_IN_BAND else _near(size)
    return one.astype(np.int64), other.astype(np.int64)


def _near(size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    one = np.repeat(np.arange(size), _NEIGHBOURS)
    other = one + np.tile(np.arange(1, _NEIGHBOURS + 1), size)
    return one[other < size], other[other < size]


def _sketched(texts: Sequence[str], factors: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """Sketches of some texts: uint32 [texts, hashes]."""
    lists = [_codes(text) or [0] for text in texts]
    lengths = np.fromiter((len(codes) for codes in lists), np.int64, len(lists))
    starts = np.concatenate(([0], np.cumsum(lengths)[:-1]))
    codes = np.fromiter((code for codes in lists for code in codes), np.uint64, int(lengths.sum()))
    codes = (codes ^ (codes >> np.uint64(17))) * _MIX
    codes ^= codes >> np.uint64(29)
    sketched = np.zeros((len(texts), len(factors)), dtype=np.uint32)
    for number, factor in enumerate(factors):
        sketched[:, number] = np.minimum.reduceat((codes * factor) >> np.uint64(32), starts)
    return sketched
