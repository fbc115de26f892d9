"""Which entries a bulk edit is about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from memviz.core.entry import Entry
from memviz.core.errors import KnownError
from memviz.core.filters import Filter
from memviz.core.memory import Store
from memviz.core.progress import Progress, no_progress
from memviz.core.snapshot import Snapshot, TableSnapshot

_BATCH = 2_000


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """Entries by id, or what a search and a filter find, or all.

    Attributes:
        ids: int64 [n], in their order; None: what ``text`` and ``where`` find at the time of the edit.
        text: as typed into the search field; with ``where`` empty too: all entries.
    """

    ids: NDArray[np.int64] | None = None
    text: str = ""
    where: Filter = ()

    @classmethod
    def of(cls, ids: Sequence[int]) -> Choice:
        """These entries; each once."""
        return cls(np.asarray(list(dict.fromkeys(ids)), dtype=np.int64))


def ids_of(view: Store | TableSnapshot, choice: Choice) -> tuple[NDArray[np.int64], int]:
    """Ids of the chosen entries that there are, int64 [n], and how many of the chosen are gone.

    Raises:
        KnownError: nothing is chosen, or nothing of it is left.
    """
    if choice.ids is None:
        found = np.asarray(view.search_ids(choice.text, where=choice.where), dtype=np.int64)
        if not len(found):
            raise KnownError("No entry matches this search; choose other words, or all entries.")
        return found, 0
    if not len(choice.ids):
        raise KnownError("No entry is chosen; choose some rows first, or take what the search finds.")
    there = np.asarray(view.search_ids(), dtype=np.int64)
    kept = choice.ids[np.isin(choice.ids, there)]
    if not len(kept):
        raise KnownError("The chosen entries are not in the memory any more; choose others.")
    return kept, len(choice.ids) - len(kept)


def entries_of(source: Store | Snapshot, ids: NDArray[np.int64], progress: Progress) -> Iterator[list[Entry]]:
    """The entries with these ids, a batch at a time; those that went meanwhile are left out.

    Raises:
        Cancelled: from ``progress``.
    """
    for at in range(0, len(ids), _BATCH):
        progress(at, len(ids), "reading entries")
        yield source.get(ids[at : at + _BATCH].tolist())


def each_of(view: Store | Snapshot, ids: NDArray[np.int64], progress: Progress) -> Iterator[Entry]:
    """The same one by one, with word of each before it is looked at: an expression may take long for one of them.

    Raises:
        Cancelled: from ``progress``.
    """
    looked = 0
    for batch in entries_of(view, ids, no_progress):
        for entry in batch:
            progress(looked, len(ids), "looking at entries")
            looked += 1
            yield entry
