"""A memory on a Redis server or cluster, behind the protocol of stores."""

from __future__ import annotations

import json
import time
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from memviz.core.edits import Change, ChangeRow, Edit, HistoryRow, Insert, LazyEdits, NextSteps, Update
from memviz.core.entry import Entry
from memviz.core.errors import KnownError
from memviz.core.filters import Filter
from memviz.core.past import Milestone
from memviz.core.progress import Progress, no_progress
from memviz.core.snapshot import TableSnapshot
from memviz.core.vectors import VectorChanges, VectorRow
from memviz.stores.redis.address import RedisAddress, parse_address
from memviz.stores.redis.committing import Commit, edited, stepped, used
from memviz.stores.redis.durability import Replicas, durability_notices
from memviz.stores.redis.errors import Unreachable
from memviz.stores.redis.following import Following
from memviz.stores.redis.head import head_of
from memviz.stores.redis.keys import Keys
from memviz.stores.redis.link import Link
from memviz.stores.redis.loading import load_rows
from memviz.stores.redis.mirror import Mirror
from memviz.stores.redis.repairing import repairs
from memviz.stores.redis.staging import sweep
from memviz.stores.redis.writing import Writer
from memviz.stores.sqlite_load import successor_of

#: Entries that one event of the stream holds without trouble.
_UNDOABLE = 20_000
#: What is read may be this much older than the server, in seconds.
_FRESH = 0.25


class RedisStore:
    """Implements :class:`memviz.core.memory.Store`; see the package for how.

    All methods belong to one thread. An edit is on the server when ``apply`` returns (see ``durability`` for what that
    means). While the server does not answer, edits are refused at once, and reading goes on from the mirror.

    Right after the opening the mirror may not be whole; then rows and the order by id come from the server, and
    everything that needs more waits for the mirror.

    Attributes:
        progress_of_copy: (entries in the mirror, all entries) while it is filled, else None.
    """

    def __init__(self, link: Link, keys: Keys, follow: Following, notices: tuple[str, ...], clock: Callable[[], float]):
        self._link, self._keys, self._follow, self._clock = link, keys, follow, clock
        self._notices = notices
        self._writer = Writer(link, keys, follow)
        self._replicas = Replicas(link, keys)
        self._looked = time.monotonic()

    @classmethod
    def open(
        cls,
        address: str | RedisAddress,
        *,
        folder: Path,
        create: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> RedisStore:
        """Opens a memory of a server, or makes a new one where ``create`` is set and there is none.

        Args:
            folder: where mirrors are kept.

        Raises:
            KnownError: whatever is wrong with the address, the server or the memory, in one sentence.
        """
        address = parse_address(address) if isinstance(address, str) else address
        link, keys = Link(address), Keys(address.name)
        try:
            link.open()
            head = head_of(link, keys, create=create)
            notices = durability_notices(link, keys)
            if not link.read_only:
                sweep(link, keys, head.staged, time.time())
            return cls(link, keys, Following(link, keys, head, folder, address.url, clock), notices, clock)
        except BaseException:
            link.close()
            raise

    @property
    def _mirror(self) -> Mirror:
        return self._follow.mirror

    @property
    def url(self) -> str:
        return self._link.address.url

    @property
    def read_only(self) -> bool:
        return self._link.read_only

    @property
    def notices(self) -> tuple[str, ...]:
        """What the user should know of this server, a sentence each; it changes with the state of the connection."""
        follow = self._follow
        now = (self._link.words_of_down(), self._replicas.words, follow.trouble)
        more = (follow.hashes.trouble, follow.words_of_lost, follow.words_of_filling)
        return (*self._notices, *(words for words in (*now, *more) if words))

    @property
    def progress_of_copy(self) -> tuple[int, int] | None:
        return self._follow.progress

    @property
    def while_filling(self) -> Progress | None:
        """See :class:`memviz.core.memory.FillsItsCopy`."""
        return self._follow.while_filling

    @while_filling.setter
    def while_filling(self, progress: Progress | None) -> None:
        self._follow.while_filling = progress

    @property
    @repairs
    def version(self) -> int:
        first = self._follow.first
        return self._mirror.version if first is None else first.version

    @property
    @repairs
    def count(self) -> int:
        first = self._follow.first
        return self._mirror.count if first is None else len(first.ids)

    # -- reading -----------------------------------------------------------------------------------------------------

    @repairs
    def get(self, ids: Sequence[int]) -> list[Entry]:
        if (first := self._follow.first) is not None:
            return first.get(self._link, self._keys, ids)
        return self._mirror.get(ids)

    @repairs
    def snapshot(self, as_of: int | float | None = None, progress: Progress = no_progress) -> TableSnapshot:
        self._see()
        take: Any = self._mirror.snapshot
        snapshot: TableSnapshot = take() if as_of is None else take(as_of, progress)
        return snapshot

    @repairs
    def edits_back_to(self, version: int, progress: Progress = no_progress) -> LazyEdits:
        self._see()
        return self._mirror.edits_back_to(version, progress)

    @repairs
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
        if (first := self._follow.first) is not None and not text.strip() and not where and sort == "id":
            return (array("q", reversed(first.ids)) if descending else first.ids)[:limit]
        self._see()
        return self._mirror.search_ids(
            text, sort=sort, descending=descending, where=where, limit=limit, progress=progress
        )

    @repairs
    def field_values(
        self, field: str, *, limit: int = 1_000, progress: Progress = no_progress
    ) -> list[tuple[str, int]]:
        self._see()
        return self._mirror.field_values(field, limit=limit, progress=progress)

    @repairs
    def timeline(self, *, most: int = 2_000) -> list[Milestone]:
        self._see()
        return self._mirror.timeline(most=most)

    @repairs
    def embedded(self, ids: Sequence[int]) -> frozenset[int]:
        return frozenset() if self._follow.first is not None else self._mirror.embedded(ids)

    @repairs
    def history(self, entry_id: int | None = None, *, limit: int = 100) -> list[HistoryRow]:
        self._see()
        return self._mirror.history(entry_id, limit=limit)

    @repairs
    def changes(
        self, before: int | None = None, *, limit: int = 100, entry_id: int | None = None, initiator: str = ""
    ) -> list[ChangeRow]:
        self._see()
        return self._mirror.changes(before, limit=limit, entry_id=entry_id, initiator=initiator)

    @repairs
    def change_entries(self, version: int, *, offset: int = 0, limit: int = 100) -> list[HistoryRow]:
        self._see()
        return self._mirror.change_entries(version, offset=offset, limit=limit)

    @repairs
    def next_steps(self) -> NextSteps:
        self._see()
        return self._mirror.next_steps()

    @repairs
    def refresh(self) -> list[Change]:
        """What others changed since the last look; [] while the server does not answer (see ``notices``)."""
        self._looked = time.monotonic()
        changes = self._follow.changes()
        if self._link.down_since is None:
            self._replicas.look()
        return changes

    def _see(self) -> None:
        """The mirror is whole, and as new as can be."""
        if time.monotonic() - self._looked > _FRESH or not self._mirror.cursor.whole:
            self._looked = time.monotonic()
            self._follow.look()
        self._follow.whole()

    # -- editing -----------------------------------------------------------------------------------------------------

    def apply(
        self,
        edits: Sequence[Edit],
        *,
        initiator: str = "",
        progress: Progress = no_progress,
        decided_at: int | None = None,
    ) -> Change:
        """All edits in one event with their history, or none; planned again where another user was faster.

        Raises:
            KnownError: an entry that does not exist, or a server that does not take it; nothing was changed, unless
                the sentence says that it may have been.
            ChangedMeanwhile: by ``decided_at``.
        """

        def plan(mirror: Mirror) -> Commit | None:
            progress(0, len(edits), "saving edits")
            return edited(mirror, edits, self._clock(), initiator, decided_at)

        event = self._writer.commit(plan)
        if event is None:
            return Change(self.version, "edit", initiator=initiator)
        return self._mirror.as_change(event)

    def undo(self, *, initiator: str = "", progress: Progress = no_progress, if_told: bool = False) -> Change | None:
        progress(0, 0, "undoing")
        return self._step("undo", initiator, if_told)

    def redo(self, *, initiator: str = "", progress: Progress = no_progress, if_told: bool = False) -> Change | None:
        """Does the edit again that was taken back last; None where there is none, or a new edit came since."""
        progress(0, 0, "redoing")
        return self._step("redo", initiator, if_told)

    def _step(self, kind: str, initiator: str, if_told: bool) -> Change | None:
        event = self._writer.commit(lambda mirror: stepped(mirror, kind, self._clock(), initiator, if_told=if_told))
        return None if event is None else self._mirror.as_change(event)

    def mark_used(self, ids: Sequence[int]) -> None:
        """Counts a use of these entries; a replica counts nothing, nor does a server that does not answer."""
        if self.read_only:
            return
        try:
            self._writer.commit(lambda mirror: used(mirror, ids, self._clock()))
        except Unreachable:
            return

    @property
    @repairs
    def settings(self) -> Mapping[str, Any]:
        if (first := self._follow.first) is not None:
            return first.settings
        return self._mirror.settings

    def change_settings(self, values: Mapping[str, Any]) -> None:
        try:
            texts = {
                name: None if value is None else json.dumps(value, allow_nan=False) for name, value in values.items()
            }
        except (TypeError, ValueError) as error:
            raise KnownError(f"A memory cannot keep this setting: {error}.") from None

        def plan(mirror: Mirror) -> Commit:
            event = mirror.basis().event("settings", self._clock(), dict(values))
            return Commit(event, settings=texts, finished=True)

        self._writer.commit(plan)

    @property
    def most_undoable(self) -> int:
        """So many entries of a load can be taken back by one undo."""
        return _UNDOABLE

    def load(
        self,
        rows: Iterable[Mapping[str, Any]],
        total: int,
        progress: Progress = no_progress,
        *,
        initiator: str = "load",
        undoable: bool = False,
    ) -> Change:
        """Inserts many rows (the fields of an ``Insert`` each), all or none as everybody sees it.

        The history gets one mark of kind ``load`` instead of a row for each entry, which cannot be undone; what shall
        be undone is one edit.

        Raises:
            KnownError: more rows than one event holds, where they shall be undone.
        """
        if undoable:
            return self._load_undoable(rows, initiator, progress)
        self._writer.ready()
        self._follow.while_filling, kept = None, self._follow.while_filling  # rows can be read only once
        try:
            return load_rows(self._writer, rows, total, clock=self._clock, initiator=initiator, progress=progress)
        finally:
            self._follow.while_filling = kept

    def _load_undoable(self, rows: Iterable[Mapping[str, Any]], initiator: str, progress: Progress) -> Change:
        """Loads them as an edit, of which the history has every entry."""
        told = [successor_of(row) for row in islice(rows, _UNDOABLE + 1)]
        inserts = [Insert(**fields) for _, fields in told]
        if len(inserts) > _UNDOABLE:
            raise KnownError(
                f"More than {_UNDOABLE:,} entries at once cannot be undone in a memory on a server; add fewer at a"
                " time, or say that they need not be undone."
            )
        change = self.apply(inserts, initiator=initiator, progress=progress)
        ids = change.inserted
        links = [
            Update(ids[row], keep_time=True, superseded_by=ids[successor])
            for row, (successor, _) in enumerate(told)
            if successor is not None
        ]
        if links:  # the ids are known only now, so that these are a second step of undo
            self.apply(links, initiator=initiator)
        return change

    # -- vectors -----------------------------------------------------------------------------------------------------

    @repairs
    def vector_spaces(self) -> dict[str, tuple[int, int]]:
        self._see()
        return self._follow.vectors.spaces()

    @repairs
    def put_vectors(self, space: str, rows: Sequence[VectorRow]) -> int:
        """Keeps vectors on the server, for everybody; of a replica, or a memory that was deleted there, in the copy.

        Raises:
            KnownError: another dimension than the space has; or the server does not take them: nothing was kept.
        """
        self._see()
        here = self.read_only or self._follow.gone
        return self._mirror.put_vectors(space, rows) if here else self._follow.vectors.put(space, rows)

    @repairs
    def without_vector(self, space: str, *, after: int = 0, limit: int) -> list[Entry]:
        """Entries beyond an id that have no vector in the space, neither here nor on the server, by id."""
        self._see()
        self._follow.vectors.take_all(space)
        return self._mirror.without_vector(space, after=after, limit=limit)

    @repairs
    def vector_changes(self, space: str, *, since: int = 0, limit: int = 100_000) -> VectorChanges:
        """Takes a piece of what others have put onto the server: ``more`` is also True while there is more of that."""
        self._see()
        more = self._follow.vectors.take(space)
        changes = self._mirror.vector_changes(space, since=since, limit=limit)
        return replace(changes, more=changes.more or more)

    @repairs
    def drop_vectors(self, space: str) -> None:
        """Drops them for everybody."""
        self._writer.ready()
        self._see()
        if self._follow.gone:
            raise KnownError(self._follow.trouble)
        self._follow.vectors.drop(space)

    def close(self) -> None:
        """Ends the connection and the filling of the mirror; nothing happens the second time."""
        self._follow.close()
        self._link.close()
