"""The embedder that needs no download and no model: NumPy alone.

The first numbers of a vector are the sum of its pieces' vectors, learned from a sentence encoder of English (see
``distil``): texts are near that mean alike, also without a shared word. The others are hashed runs of letters, for
names, for what is misspelled, and for every other script. Each part has length 1 before it is weighted, so a text in
which one part finds nothing is compared by the other alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from memviz.core.resources import resource_path
from memviz.core.text import has_cjk, words
from memviz.models.static_embedder.letters import hashed_letters
from memviz.models.static_embedder.pieces import Pieces
from memviz.models.static_embedder.table import PieceTable

#: Numbers for hashed letters, and what they weigh beside the pieces: on turns of dialogues, each asked for by the one
#: before it, 0.5 found most (0.3 and 0.7 hardly less).
_LETTERS, _LETTERS_WEIGHT = 320, 0.5
#: Increased when the same text gets another vector.
_VERSION = 1
#: Words whose pieces and letters are kept.
_KEPT = 50_000
#: Texts that are summed at once.
_BATCH = 1_024
#: Characters of a text that are read.
_MOST_CHARACTERS = 20_000

#: Function words in which runs of letters tell nothing.
_BARE = frozenset(
    """a about after all also am an and any are as at be because been before but by can could did do does for from had
    has have he her him his how i if in into is it its just like me more most my no not of on or our out over she so
    some such than that the their them then there these they this those to too up us very was we were what when where
    which while who whom why will with would you your yours s t re ve ll d m""".split()  # noqa: SIM905 - a hundred quoted words are harder to read
)


class StaticEmbedder:
    """Implements ``core.vectors.Embedder``. Any thread; several at once only waste the cache.

    Args:
        table: vectors of pieces.
    """

    truncated = 0  #: texts whose end is left out are those of more than 20,000 characters

    def __init__(self, table: PieceTable) -> None:
        self._table = table
        self._finder = Pieces(table.pieces)
        self._parts = lru_cache(_KEPT)(self._parts_of)
        self._space = f"builtin {_VERSION} · {self.dimension}"

    @property
    def space(self) -> str:
        return self._space

    @property
    def dimension(self) -> int:
        return self._table.dimension + _LETTERS

    def embed(self, texts: Sequence[str], *, query: bool = False) -> NDArray[np.float32]:
        """Vectors [B, D] of length 1; 0 for a text without words."""
        del query  # both are read alike
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(texts), _BATCH):
            part = vectors[start : start + _BATCH]
            self._fill(part, texts[start : start + _BATCH])
        return vectors

    def understands(self, text: str) -> float:
        """1 for Latin letters, whose words its pieces know; 0 for other scripts, of which it sees letters alone."""
        found = words(text)
        weights = [len(word) / 2 if has_cjk(word) else 1.0 for word in found]
        known = sum(weight for word, weight in zip(found, weights, strict=True) if word.isascii())
        return known / sum(weights) if found else 0.0

    def close(self) -> None:
        """Forgets the words that it has seen."""
        self._parts.cache_clear()

    def _fill(self, vectors: NDArray[np.float32], texts: Sequence[str]) -> None:
        found = [[self._parts(word) for word in words(text[:_MOST_CHARACTERS])] for text in texts]
        pieces = [list(chain.from_iterable(part[0] for part in parts)) for parts in found]
        counts = np.fromiter(map(len, pieces), np.int64, len(pieces))
        split = self._table.dimension
        if counts.any():
            flat = np.fromiter(chain.from_iterable(pieces), np.int64)
            rows = self._table.numbers[flat] * self._table.scales[flat, None]  # [pieces, D]
            some = np.flatnonzero(counts)
            starts = np.concatenate([[0], np.cumsum(counts[some])[:-1]])
            vectors[some, :split] = np.add.reduceat(rows, starts, axis=0)
        places = [list(chain.from_iterable(part[1] for part in parts)) for parts in found]
        flat_places = np.fromiter(chain.from_iterable(places), np.int64)
        amounts = np.fromiter(chain.from_iterable(part[2] for parts in found for part in parts), np.float64)
        owners = np.repeat(np.arange(len(texts)), list(map(len, places)))
        sums = np.bincount(owners * _LETTERS + flat_places, amounts, minlength=len(texts) * _LETTERS)
        vectors[:, split:] = sums.reshape(len(texts), _LETTERS)
        _normalise(vectors[:, :split])
        _normalise(vectors[:, split:])
        vectors[:, split:] *= _LETTERS_WEIGHT
        _normalise(vectors)

    def _parts_of(self, word: str) -> tuple[tuple[int, ...], tuple[int, ...], tuple[float, ...]]:
        """Pieces, places and amounts of a word."""
        places, amounts = ((), ()) if word in _BARE else hashed_letters(word, _LETTERS)
        return () if has_cjk(word) else self._finder.of(word), places, amounts


def load_builtin() -> StaticEmbedder:
    """The one that ships.

    Raises:
        KnownError: its file is missing.
    """
    return StaticEmbedder(PieceTable.load(resource_path("embedder", "builtin.npz")))


def _normalise(vectors: NDArray[np.float32]) -> None:
    """Scales the rows of [B, D] to length 1, in place; 0 stays 0."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    np.divide(vectors, lengths, out=vectors, where=lengths > 1e-12)
