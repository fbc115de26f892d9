"""How far the vectors of the open memory are, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from memviz.recall.vector_index import RecallCheck

#: The notice where the user ended the computing.
STOPPED = "Stopped; compute the vectors to go on."

_NOTHING: Mapping[str, tuple[int, int]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class EmbeddingState:
    """What a front end shows of dense recall.

    Attributes:
        name: of the embedder, as the user called it; empty where none is used.
        space: what its vectors are called; empty until it is loaded.
        dimension: of its vectors.
        done, total: entries with a vector, and all entries.
        working: words for what is being done, such as “computing vectors”; empty when all is done.
        stopped: what is missing is not computed until that is asked for again; changes are followed all the same.
        kind: of the index: ``Flat`` (exact), or ``IVF2000,SQ8``.
        check: of the approximate index against exact search; None for an exact one, or before it was made.
        truncated: texts so far whose end the embedder could not read.
        notice: a sentence for the user: why vectors are missing or an index was built anew; empty for none.
        others: vectors of other spaces in the memory: space -> (dimension, number).
    """

    name: str = ""
    space: str = ""
    dimension: int = 0
    done: int = 0
    total: int = 0
    working: str = ""
    stopped: bool = False
    kind: str = ""
    check: RecallCheck | None = None
    truncated: int = 0
    notice: str = ""
    others: Mapping[str, tuple[int, int]] = field(default_factory=lambda: _NOTHING)


NO_EMBEDDING = EmbeddingState()
