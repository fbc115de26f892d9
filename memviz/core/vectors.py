"""Vectors of a memory: what makes them, what keeps them beside the entries, and what searches them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from memviz.core.arrays import FloatArray
from memviz.core.entry import Entry
from memviz.core.snapshot import Match


@dataclass(frozen=True, slots=True)
class VectorRow:
    """An entry's vector, made from the entry as it was at ``updated``; ``vector`` is float32 [D]."""

    entry_id: int
    updated: float
    vector: FloatArray


@dataclass(frozen=True, slots=True)
class VectorChanges:
    """What happened to the vectors of a space.

    Attributes:
        stamp: ask again with this one for what comes after it.
        ids: int64 [n], the entries whose vector is new or another one.
        vectors: float32 [n, D].
        gone: int64 [m], entries that have no vector any more: deleted, or their text was changed.
        more: True where there is more than ``limit``; ask again.
    """

    stamp: int
    ids: NDArray[np.int64]
    vectors: NDArray[np.float32]
    gone: NDArray[np.int64]
    more: bool


class VectorTable(Protocol):
    """Vectors that a store keeps beside its entries. Store thread.

    A *space* names what made them (embedder, dimension, pooling), since vectors of two spaces cannot be compared. When
    the key or text of an entry changes, or the entry goes, its vectors go in the same transaction. Vectors are no part
    of version and history.
    """

    def vector_spaces(self) -> dict[str, tuple[int, int]]:
        """Space -> (dimension, number of vectors)."""
        ...

    def embedded(self, ids: Sequence[int]) -> frozenset[int]:
        """Those of the entries that have a vector, of whatever space."""
        ...

    def put_vectors(self, space: str, rows: Sequence[VectorRow]) -> int:
        """Keeps those whose entry is still as it was; returns how many.

        Raises:
            KnownError: another dimension than the space has.
        """
        ...

    def without_vector(self, space: str, *, after: int = 0, limit: int) -> list[Entry]:
        """Entries beyond an id that have no vector in the space, by id."""
        ...

    def vector_changes(self, space: str, *, since: int = 0, limit: int = 100_000) -> VectorChanges: ...

    def drop_vectors(self, space: str) -> None: ...


@runtime_checkable
class Embedder(Protocol):
    """Makes vectors of texts that can be compared by their inner product. Any one thread at a time."""

    @property
    def space(self) -> str:
        """Names all that decides the vectors: model, dimension, pooling, prefixes."""
        ...

    @property
    def dimension(self) -> int: ...

    def embed(self, texts: Sequence[str], *, query: bool = False) -> NDArray[np.float32]:
        """Vectors [B, D] of length 1 (0 for a text without words), of entries, or of questions."""
        ...

    def understands(self, text: str) -> float:
        """How much of a text is in a script that it was made for, 0..1; the rest is little more than letters to it."""
        ...

    def close(self) -> None: ...


@runtime_checkable
class DenseIndex(Protocol):
    """The vectors of a memory, to be searched by a question. Query thread."""

    @property
    def space(self) -> str: ...
    @property
    def count(self) -> int:
        """Number of vectors."""
        ...

    @property
    def exact(self) -> bool:
        """True where every search compares with every vector."""
        ...

    def search(self, text: str, *, limit: int, exact: bool = False, probes: int = 32) -> list[Match]:
        """The entries whose vectors are nearest to that of the text, by cosine, best first, ties by id."""
        ...

    def understands(self, text: str) -> float:
        """How much of a question is in a script that the embedder was made for, 0..1."""
        ...

    def ranks(self, text: str, ids: Sequence[int]) -> dict[int, tuple[int, float]]:
        """Exact rank (1 is best) and cosine of these entries, of those that have a vector."""
        ...
