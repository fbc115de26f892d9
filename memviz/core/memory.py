"""What a memory is to the rest of the house: stores, snapshots, indexes, vectors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from memviz.core.edits import Change, ChangeRow, Edit, HistoryRow, LazyEdits, NextSteps
from memviz.core.entry import Entry
from memviz.core.events import FloatArray
from memviz.core.filters import Filter
from memviz.core.past import Milestone, Since
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
class Store(VectorTable, Protocol):
    """A memory that lasts. All methods but ``url`` are called on the store thread only."""

    @property
    def url(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def count(self) -> int: ...
    @property
    def read_only(self) -> bool:
        """True where the file or its folder cannot be written; edits are refused."""
        ...

    def get(self, ids: Sequence[int]) -> list[Entry]: ...
    def snapshot(self, as_of: int | float | None = None, progress: Progress = no_progress) -> TableSnapshot:
        """A view of the memory as it is, or was.

        Args:
            as_of: a version (a whole number) or a time (seconds since 1970, a float); None for now. At a time to come
                the entries are those of now. A time also decides what has expired or faded; a version only the entries.
            progress: told how far a view of the past is, which takes time for every entry that changed since; it may
                raise ``Cancelled``.

        Raises:
            KnownError: a version that the memory never had, or a time that is not finite.
        """
        ...

    def edits_back_to(self, version: int, progress: Progress = no_progress) -> LazyEdits:
        """What makes all entries what they were at a version; empty where none differs. Close it.

        Args:
            progress: told how far the comparison with what was is; it may raise ``Cancelled``.

        Raises:
            KnownError: a version that the memory never had.
        """
        ...

    @property
    def settings(self) -> Mapping[str, Any]:
        """What the memory keeps about itself, by name: values that JSON has."""
        ...

    def change_settings(self, values: Mapping[str, Any]) -> None:
        """Sets some of them; None removes one. No part of version and history."""
        ...

    def refresh(self) -> list[Change]:
        """Brings the view up to what others did to the memory since, and tells it, oldest first.

        A change of more entries than are told one by one is of the kind ``load``.
        """
        ...

    def load(
        self,
        rows: Iterable[Mapping[str, Any]],
        total: int,
        progress: Progress = no_progress,
        *,
        initiator: str = "load",
        undoable: bool = False,
    ) -> Change:
        """Inserts many rows (the fields of an ``Insert`` each), all or none.

        Args:
            rows: one that another row of the load stands for has ``superseded_by_row``, the place of that one (from 0).
            total: about how many, for ``progress``, which may raise ``Cancelled``.
            undoable: one undo takes them back; a store may refuse that for more rows than it can keep for it.
        """
        ...

    def apply(
        self,
        edits: Sequence[Edit],
        *,
        initiator: str = "",
        progress: Progress = no_progress,
        decided_at: int | None = None,
    ) -> Change:
        """All edits in one transaction with their history, or none; ``progress`` may raise ``Cancelled``.

        Args:
            decided_at: the version whose entries the edits were decided by; they are refused where a later change is
                about one of those that they touch, so that nobody's edit is written over unseen.

        Raises:
            EditConflict: an entry is not any more as an edit says that it was seen.
            ChangedMeanwhile: by ``decided_at``.
        """
        ...

    def undo(self, *, initiator: str = "", progress: Progress = no_progress, if_told: bool = False) -> Change | None:
        """Takes back the newest edit that is not taken back yet; None when there is none.

        All who have a memory open share one line of edits, so the newest one is always of entries that nobody has
        changed since.

        Args:
            if_told: refused where others changed the memory and :meth:`refresh` has not told it yet, since the newest
                edit is not the one that the user saw then.

        Raises:
            ChangedMeanwhile: by ``if_told``.
        """
        ...

    def redo(
        self, *, initiator: str = "", progress: Progress = no_progress, if_told: bool = False
    ) -> Change | None: ...

    def history(self, entry_id: int | None = None, *, limit: int = 100) -> list[HistoryRow]:
        """Newest first."""
        ...

    def changes(
        self, before: int | None = None, *, limit: int = 100, entry_id: int | None = None, initiator: str = ""
    ) -> list[ChangeRow]:
        """A row for each change, newest first; a page at a time.

        Args:
            before: only versions below this one, for the next page.
            entry_id: only changes of this entry.
            initiator: only changes whose initiator holds these words, whatever their case.
        """
        ...

    def change_entries(self, version: int, *, offset: int = 0, limit: int = 100) -> list[HistoryRow]:
        """What one change did to its entries, in the order of its edits, also of a load; a page at a time."""
        ...

    def next_steps(self) -> NextSteps:
        """What undo and redo would do."""
        ...

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
        """Ids of all entries that match what was typed (all words, the last as a prefix), or of all entries.

        Args:
            where: conditions that must hold as well.
            limit: only the first so many, which are mostly there far sooner than all.
            progress: called now and then; may raise ``Cancelled``, which ends the search.
        """
        ...

    def field_values(
        self, field: str, *, limit: int = 1_000, progress: Progress = no_progress
    ) -> list[tuple[str, int]]:
        """The values of ``kind``, ``owner``, ``source`` or ``tags`` and how many entries have each, most frequent
        first; ``progress`` may raise ``Cancelled``.

        Raises:
            KnownError: another field.
        """
        ...

    def timeline(self, *, most: int = 2_000) -> list[Milestone]:
        """Versions from the first to the newest, evenly thinned to about ``most``."""
        ...

    def mark_used(self, ids: Sequence[int]) -> None:
        """Counts a use of these entries, outside history and version."""
        ...

    def close(self) -> None: ...


@runtime_checkable
class UndoesSomeLoads(Protocol):
    """A store that cannot take back every load."""

    @property
    def most_undoable(self) -> int:
        """So many entries of a load can be taken back by one undo."""
        ...


@runtime_checkable
class WrittenBeside(Protocol):
    """A store of which another one may be opened, so that a long change keeps nobody from reading. Store thread.

    Attributes:
        written_beside: a change goes on there: reading works, edits raise ``NotYet``.
    """

    written_beside: bool

    def another(self) -> Callable[[], Store] | None:
        """What opens a store of the same memory, on the thread that is to use it; None where there can be none.

        It raises a KnownError where the memory is not any more what it was.
        """
        ...


@runtime_checkable
class FillsItsCopy(Protocol):
    """A store that may still fill a copy of the memory when it is opened, in the background. Store thread.

    Attributes:
        while_filling: called while a call waits for the copy, many times a second; what it raises ends the call, which
            has changed nothing then. None: the call only waits.
    """

    while_filling: Progress | None

    @property
    def progress_of_copy(self) -> tuple[int, int] | None:
        """Entries in the copy and all entries, while it is filled; None where it is whole."""
        ...


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
