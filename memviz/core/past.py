"""What is told of the past of a memory: its versions, and what happened since one of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Milestone:
    """A version in the history of a memory.

    Attributes:
        version: its number.
        time: when it was made, in seconds since 1970.
        kind: edit, undo, redo, load or import.
        entries: how many there were after it.
    """

    version: int
    time: float
    kind: str
    entries: int


def asked_of(version: int, entries: int) -> str:
    """Which memory a question of another time read, in a sentence."""
    return f"The memory is asked as of version {version} (number of entries: {entries:,})."


@dataclass(frozen=True, slots=True, eq=False)
class Since:
    """What happened to entries after a version: ids, ascending; int64 [n] each."""

    added: NDArray[np.int64]
    changed: NDArray[np.int64]
    deleted: NDArray[np.int64]


NOTHING_SINCE = Since(*(np.zeros(0, np.int64) for _ in range(3)))
