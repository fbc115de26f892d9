"""What the table reads: the memory as it is, or as it was."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np

from memviz.core.entry import Entry
from memviz.core.filters import Filter
from memviz.core.memory import Store
from memviz.core.progress import Progress, no_progress
from memviz.core.snapshot import TableSnapshot

if TYPE_CHECKING:
    from memviz.session.session import Session

T = TypeVar("T")
#: Which entries of then are shown: all, or those to which something happened since.
ALL, CHANGED, DELETED, ADDED = "all", "changed", "deleted", "added"


class Readable(Protocol):
    """What a table needs of a store or a snapshot."""

    @property
    def version(self) -> int: ...
    @property
    def count(self) -> int: ...
    def get(self, ids: Sequence[int]) -> list[Entry]: ...
    def embedded(self, ids: Sequence[int]) -> frozenset[int]: ...
    def search_ids(
        self,
        text: str = "",
        *,
        sort: str = "id",
        descending: bool = False,
        where: Filter = (),
        limit: int | None = None,
        progress: Progress = no_progress,
    ) -> Sequence[int]: ...


@dataclass(frozen=True, slots=True)
class Past:
    """The memory as it was, and what happened to its entries since.

    Attributes:
        as_of: a version, or a time in seconds since 1970.
        version: the version that was the newest then.
        newest: the version that is the newest now.
        made: when the version was made, in seconds since 1970; None for version 0.
        count: how many entries there were.
        added, changed, deleted: ids.
    """

    as_of: int | float
    version: int
    newest: int
    made: float | None
    count: int
    added: frozenset[int] = field(repr=False)
    changed: frozenset[int] = field(repr=False)
    deleted: frozenset[int] = field(repr=False)

    def fate(self, entry_id: int) -> str:
        """What happened to an entry since: ``added``, ``changed``, ``deleted`` or nothing."""
        if entry_id in self.changed:
            return CHANGED
        if entry_id in self.deleted:
            return DELETED
        return ADDED if entry_id in self.added else ""


class _Part:
    """Some of the entries of a store or a snapshot."""

    def __init__(self, whole: Readable, ids: frozenset[int]) -> None:
        self._whole = whole
        self._ids = np.fromiter(ids, np.int64, len(ids))
        self.get, self.embedded = whole.get, whole.embedded
        self.version, self.count = whole.version, whole.count

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
        found = self._whole.search_ids(text, sort=sort, descending=descending, where=where, progress=progress)
        ids = np.asarray(found, dtype=np.int64)
        return array("q", ids[np.isin(ids, self._ids)][:limit].tobytes())


@dataclass(slots=True)
class _Held:
    """A snapshot that is open, of which memory and since which version of it."""

    url: str
    newest: int
    snapshot: TableSnapshot
    past: Past


class EntrySource:
    """Calls come from the GUI thread, and what they ask runs on the store thread, where a snapshot of the past is kept
    open for as long as it is looked at. Its connection holds a view of the file: other programs may write meanwhile,
    and SQLite's log of them cannot be cleared before it ends.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._as_of: int | float | None = None
        self._part = ALL
        self._progress: Progress = no_progress
        self._held: _Held | None = None  # store thread

    @property
    def as_of(self) -> int | float | None:
        """None for the memory as it is."""
        return self._as_of

    @property
    def part(self) -> str:
        return self._part

    def follow(self, progress: Progress) -> None:
        """``progress``: of laying over the past, from the next call on; it is called on the store thread and may raise
        ``Cancelled``.
        """
        self._progress = self._session.stoppable(progress)

    def look_at(self, as_of: int | float | None, part: str = ALL) -> None:
        """From now on this time is read; a snapshot of another one is closed by the next call."""
        self._as_of = as_of
        self._part = part if as_of is not None else ALL

    def call(self, look: Callable[[Readable], T]) -> Future[T]:
        """Runs ``look`` on the store thread; the future raises KnownError where no memory is open, or was then."""
        as_of, part, progress = self._as_of, self._part, self._progress
        return self._session.store_call(lambda store: look(self._view(store, as_of, part, progress)))

    def past(self) -> Future[Past | None]:
        """What is read, where it is the past."""
        as_of, progress = self._as_of, self._progress
        return self._session.store_call(
            lambda store: None if as_of is None else self._hold(store, as_of, progress).past
        )

    def _view(self, store: Store, as_of: int | float | None, part: str, progress: Progress) -> Readable:
        if as_of is None:
            self._close()
            return store
        held = self._hold(store, as_of, progress)
        if part == ALL:
            return held.snapshot
        return _Part(store if part == ADDED else held.snapshot, getattr(held.past, part))

    def _hold(self, store: Store, as_of: int | float, progress: Progress) -> _Held:
        """The snapshot of that time, made anew where the memory has changed: what happened since is part of it."""
        held, newest = self._held, store.version
        if held is None or (held.url, held.newest, held.past.as_of) != (store.url, newest, as_of):
            self._close()
            snapshot = store.snapshot(as_of, progress)
            since = snapshot.since()
            happened = (frozenset(ids.tolist()) for ids in (since.added, since.changed, since.deleted))
            held = _Held(
                store.url,
                newest,
                snapshot,
                Past(as_of, snapshot.version, newest, snapshot.made, snapshot.count, *happened),
            )
            self._held = held
        return held

    def _close(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            held.snapshot.close()
