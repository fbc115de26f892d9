"""A memory as it is at one version: what recall reads, and what a table reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from memviz.core.entry import Entry
from memviz.core.filters import Filter
from memviz.core.past import Since
from memviz.core.progress import Progress, no_progress


@dataclass(frozen=True, slots=True)
class Match:
    """A row that the full-text index found: entry id and BM25 score (higher is better)."""

    entry_id: int
    score: float


@runtime_checkable
class LexicalIndex(Protocol):
    """Full-text search as recall needs it. Only enabled, unexpired entries are found.

    A *term* is a word as typed; the index analyses it the way it analysed the entries (stemming, diacritics,
    Chinese by characters).
    """

    def document_frequency(self, term: str) -> int:
        """Number of entries that hold the term."""
        ...

    def match(
        self, any_of: Sequence[str], also_any_of: Sequence[str] = (), *, limit: int, only: int | None = None
    ) -> list[Match]:
        """Entries with at least one of ``any_of`` and, where ``also_any_of`` is given, at least one of those too.

        Scored by BM25 over all given terms, best first, ties by id. ``only``: this entry alone, also where it is
        disabled or expired.
        """
        ...

    def with_subject(self, subjects: Sequence[str]) -> dict[int, str]:
        """Entries whose normalised subject (see ``core.text.normalised``) is one of ``subjects``: id -> subject."""
        ...

    def with_key(self, keys: Sequence[str]) -> list[int]:
        """Ids of the entries that have one of these keys, exactly, by id."""
        ...


@runtime_checkable
class Snapshot(LexicalIndex, Protocol):
    """A read-only view of a store at one version; it does not change while the store is edited.

    Used by one thread at a time (the query thread); close it when done.
    """

    @property
    def url(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def count(self) -> int:
        """Number of entries, disabled ones included."""
        ...

    def get(self, ids: Sequence[int]) -> list[Entry]:
        """The entries with these ids, in this order; ids that do not exist are left out."""
        ...

    def newest(self, *, limit: int, source: str = "", before: int | None = None) -> list[int]:
        """Ids of enabled, unexpired entries, the greatest first; of one source and before an id where asked for."""
        ...

    def texts(self) -> Iterator[tuple[int, str, str]]:
        """Id, key and text of every enabled, unexpired entry, by id."""
        ...

    def unchanged_between(self) -> tuple[float, float]:
        """From when (included) until when (not included) the same entries are unexpired as at :attr:`now`.

        The newest expiry of an enabled entry that has passed, and the next one; infinite where there is none.
        """
        ...

    @property
    def now(self) -> float:
        """The time, in seconds since 1970, by which entries have expired or faded."""
        ...

    @property
    def settings(self) -> Mapping[str, Any]:
        """What the memory keeps about itself, by name (see ``Store.change_settings``)."""
        ...

    def scan(self, *, after: int = 0) -> Iterator[Entry]:
        """Every entry with a greater id, hidden ones included, by id."""
        ...

    def differing(self) -> frozenset[int]:
        """Ids whose entries were changed since by the newest version; empty for a view of the newest."""
        ...

    def close(self) -> None: ...


@runtime_checkable
class TableSnapshot(Snapshot, Protocol):
    """A snapshot that a table of entries can be read from."""

    def search_ids(
        self,
        text: str = "",
        *,
        sort: str = "id",
        descending: bool = False,
        where: Filter = (),
        limit: int | None = None,
        progress: Progress = no_progress,
    ) -> Sequence[int]:
        """As ``Store.search_ids``, of the entries of this view; whether they have vectors is that of now."""
        ...

    def embedded(self, ids: Sequence[int]) -> frozenset[int]:
        """Those of the entries that have a vector now, of whatever space."""
        ...

    def since(self) -> Since:
        """What happened to entries since, up to the newest version; nothing for a view of the newest."""
        ...

    @property
    def made(self) -> float | None:
        """When the version was made, in seconds since 1970; None for version 0, which nobody made."""
        ...
