"""What a memory is to the rest of the house: a store, and what some stores can do besides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from memviz.core.edits import Change, ChangeRow, Edit, HistoryRow, LazyEdits, NextSteps
from memviz.core.entry import Entry
from memviz.core.filters import Filter
from memviz.core.past import Milestone
from memviz.core.progress import Progress, no_progress
from memviz.core.snapshot import TableSnapshot
from memviz.core.vectors import VectorTable


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
