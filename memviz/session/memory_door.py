"""What a session offers of its memory: reading, edits, undo, history, and who is told of changes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import closing, nullcontext
from typing import TypeVar

from memviz.core.edit_conflict import ChangedMeanwhile
from memviz.core.edits import Change, Edit, HistoryRow, LazyEdits
from memviz.core.entry import Entry
from memviz.core.errors import KnownError, NotYet
from memviz.core.memory import Store, WrittenBeside
from memviz.core.progress import Progress, no_progress
from memviz.session.runner import Worker
from memviz.session.store_notices import StoreNotices

T = TypeVar("T")
C = TypeVar("C", Change, "Change | None")
Listener = Callable[[Change], None]

#: Edits are decided so often at most, while others change what they are about.
_TRIES = 3

log = logging.getLogger("memviz")


class MemoryDoor:
    """A part of :class:`~memviz.session.session.Session`; what blocks says so."""

    _store: Store | None
    _store_worker: Worker
    _import_worker: Worker
    _lock: threading.Lock
    _listeners: list[Listener]
    _notices: StoreNotices
    _may_come_again: bool

    def store_call(self, call: Callable[[Store], T]) -> Future[T]:
        """Calls ``call(store)`` on the store thread. For reading; edits go through :meth:`edit`, so that all hear them.

        The future raises :class:`KnownError` when no memory is open.
        """
        return self._store_worker.submit(lambda: call(self._open_store()))

    def _open_store(self) -> Store:
        if self._store is None:
            raise KnownError("No memory is open; open one first.")
        # Where its copy is being filled as a call begins, the call can have changed nothing until that is done.
        self._may_come_again = getattr(self._store, "progress_of_copy", None) is not None
        return self._store

    def changing_call(self, call: Callable[[Store], T]) -> Future[T]:
        """As :meth:`store_call`, for what changes the memory and is told in another way: it waits for an import."""
        return self._store_worker.submit(lambda: call(self._store_to_change()))

    def _store_to_change(self) -> Store:
        store = self._open_store()
        if getattr(store, "written_beside", False):
            raise NotYet("Entries are being imported; this is done as soon as they are there.")
        return store

    def edit(self, *edits: Edit, initiator: str = "api") -> Change:
        """Applies all edits in one transaction, or none; blocks until they are in the file.

        Raises:
            KnownError: an entry that does not exist, a memory that cannot be written, no memory.
            EditConflict: an entry that is not any more as an edit says that it was seen.
        """
        return self._store_worker.wait(self.edit_async(*edits, initiator=initiator))

    def edit_async(self, *edits: Edit, initiator: str = "api") -> Future[Change]:
        return self.changing_call(lambda store: self._told(store.apply(edits, initiator=initiator)))

    def edit_from(
        self, edits_of: Callable[[Store], Sequence[Edit]], initiator: str = "api", progress: Progress = no_progress
    ) -> Future[Change]:
        """Applies the edits that ``edits_of(store)`` decides on the store thread.

        Where another program changes one of those entries meanwhile, they are decided anew; after some times in vain
        the future raises ``ChangedMeanwhile``.

        ``progress``: of the writing, called on the store thread; what it raises takes all of it back.
        """

        def attempt(store: Store) -> Change:
            version = store.version
            edits = edits_of(store)
            with closing(edits) if isinstance(edits, LazyEdits) else nullcontext():
                return store.apply(edits, initiator=initiator, progress=progress, decided_at=version)

        def apply(store: Store) -> Change:
            for _ in range(_TRIES - 1):
                try:
                    return self._told(attempt(store))
                except ChangedMeanwhile:
                    continue
            return self._told(attempt(store))

        return self.changing_call(apply)

    def write_beside(self, call: Callable[[Store], tuple[Change | None, T]]) -> Future[tuple[Change | None, T]]:
        """Calls ``call(store)``, which takes long to change the memory, and tells all who listen of its change.

        A memory in a file is opened a second time for it, on a thread of its own: meanwhile the store thread reads, and
        edits wait. Any other is changed on the store thread.
        """
        return self._import_worker.submit(self._written_beside, call)

    def _written_beside(self, call: Callable[[Store], tuple[Change | None, T]]) -> tuple[Change | None, T]:
        begun = self._store_worker.submit(self._begin_beside).result()
        if begun is None:
            return self.changing_call(lambda store: self._written(call(store))).result()
        held, opened = begun
        try:
            with closing(opened()) as store:
                return call(store)
        finally:
            self._store_worker.submit(self._end_beside, held).result()

    def _written(self, done: tuple[Change | None, T]) -> tuple[Change | None, T]:
        self._told(done[0])
        return done

    def _begin_beside(self) -> tuple[WrittenBeside, Callable[[], Store]] | None:
        store = self._open_store()
        opened = store.another() if isinstance(store, WrittenBeside) else None
        if not isinstance(store, WrittenBeside) or opened is None:
            return None
        store.written_beside = True
        return store, opened

    def _end_beside(self, held: WrittenBeside) -> None:
        held.written_beside = False
        self._refresh()

    def undo(self, initiator: str = "api") -> Change | None:
        """Takes back the newest edit; None when there is none. Blocks.

        Raises:
            ChangedMeanwhile: others changed the memory, and the listeners do not know it yet.
        """
        return self._store_worker.wait(self.undo_async(initiator))

    def undo_async(self, initiator: str = "api", progress: Progress = no_progress) -> Future[Change | None]:
        return self.changing_call(
            lambda store: self._told(store.undo(initiator=initiator, progress=progress, if_told=True))
        )

    def redo(self, initiator: str = "api") -> Change | None:
        """Does the edit again that was undone last; None when there is none. Blocks."""
        return self._store_worker.wait(self.redo_async(initiator))

    def redo_async(self, initiator: str = "api", progress: Progress = no_progress) -> Future[Change | None]:
        return self.changing_call(
            lambda store: self._told(store.redo(initiator=initiator, progress=progress, if_told=True))
        )

    def entries(self, text: str = "", limit: int = 50) -> list[Entry]:
        """The first ``limit`` entries that match what was typed, by id; all of them for an empty text. Blocks."""
        return self._store_worker.wait(self.store_call(lambda store: store.get(store.search_ids(text)[:limit])))

    def entry(self, entry_id: int) -> Entry:
        """The entry with this id. Blocks.

        Raises:
            KnownError: there is none.
        """
        found = self._store_worker.wait(self.store_call(lambda store: store.get([entry_id])))
        if not found:
            raise KnownError(f"The memory has no entry {entry_id}; look for its id with a search.")
        return found[0]

    def history(self, entry_id: int | None = None, limit: int = 100) -> list[HistoryRow]:
        """What was changed, newest first. Blocks."""
        return self._store_worker.wait(self.store_call(lambda store: store.history(entry_id, limit=limit)))

    def on_change(self, listener: Listener) -> Callable[[], None]:
        """Calls ``listener(change)`` on the store thread after every edit, undo and redo; returns what ends that."""
        with self._lock:
            self._listeners = [*self._listeners, listener]

        def unsubscribe() -> None:
            with self._lock:
                self._listeners = [known for known in self._listeners if known is not listener]

        return unsubscribe

    def _refresh(self) -> None:
        """Tells listeners what others did to the memory, and what became of its server. Store thread."""
        if self._store is not None:
            try:
                for change in self._store.refresh():
                    self._told(change)
            finally:
                self._notices.look(self._store)

    def _told(self, change: C) -> C:
        if change is not None:
            for listener in self._listeners:
                try:
                    listener(change)
                except Exception:
                    log.exception("A listener of the memory failed.")
        return change
