"""The one door for any front end: a model, a memory, and questions to them."""

from __future__ import annotations

import atexit
import logging
import threading
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from types import TracebackType
from typing import Any, TypeVar

from memviz.core.errors import BugError, Cancelled, KnownError, NotYet
from memviz.core.events import RecallEvent
from memviz.core.memory import FillsItsCopy, Store
from memviz.core.progress import Progress, no_progress
from memviz.core.protocols import NO_RECALL, MemoryModel, Recaller
from memviz.core.query import Query
from memviz.core.snapshot import Snapshot
from memviz.session.addresses import MemoryAddress, memory_address, model_address
from memviz.session.bundled import DEFAULT_MEMORY, DEFAULT_MODEL
from memviz.session.checks import checked_query
from memviz.session.copying import open_store
from memviz.session.embedding import Embedding
from memviz.session.embedding_door import EmbeddingDoor
from memviz.session.forgetting_door import ForgettingDoor
from memviz.session.looks import look
from memviz.session.memory_door import Listener, MemoryDoor
from memviz.session.recallers import Recallers, need_of
from memviz.session.recorder import Walk, record
from memviz.session.registry import MODELS, load
from memviz.session.run import Run, RunState
from memviz.session.runner import Worker
from memviz.session.store_info import StoreInfo, info_of
from memviz.session.store_notices import NoticesDoor, StoreNotices

T = TypeVar("T")

log = logging.getLogger("memviz")

#: How often the memory is asked for what others did to it.
REFRESH_SECONDS = 0.3


class Session(MemoryDoor, EmbeddingDoor, ForgettingDoor, NoticesDoor):
    """A model and a memory, and questions to them. Use it as a context manager, or :meth:`close` it.

    Three threads do the work: ``memviz-query`` has the model, recall and the reading of snapshots; ``memviz-store``
    has the memory; ``memviz-embed`` computes the memory's vectors. Each starts with the first call that needs it.
    Methods may be called from any other thread; those that return a ``Future`` or a :class:`Run` never block. The
    other two may wait for the store thread, never the reverse.

    Args:
        progress: told about long jobs that are not given a ``progress`` of their own; called on the job's thread.
        recaller: ranks entries; None: the one that the model needs.

    Attributes:
        model: the loaded model, or None.
        model_name: what it was loaded as; empty when there is none.
        memory_url, memory_name: of the open memory; empty when there is none.
    """

    def __init__(self, *, progress: Progress = no_progress, recaller: Recaller | None = None) -> None:
        self.model: MemoryModel | None = None
        self.model_name = ""
        self.memory_url = ""
        self.memory_name = ""
        self._progress = progress
        self._recallers = Recallers(recaller, self.vectors_for_recall)
        self._store: Store | None = None
        self._may_come_again = False  # the call that runs on the store thread
        self._query_worker = Worker("memviz-query")
        self._store_worker = Worker("memviz-store", self._refresh, REFRESH_SECONDS)
        self._import_worker = Worker("memviz-import")
        self._embedding = Embedding(self)
        self._notices = StoreNotices()
        self._lock = threading.Lock()
        self._runs: set[Run] = set()
        self._listeners: list[Listener] = []
        self._closing = False
        self._hurried = False
        self._urgent = 0  # counts what shall not wait for long looks
        _open_sessions.add(self)

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- what is loaded ----------------------------------------------------------------------------------------------

    def load_model(
        self, name: str, *, progress: Progress | None = None, device: str = "cpu", dtype: str = "auto"
    ) -> Future[MemoryModel]:
        """Loads a model on the query thread, after what is running there; the old one stays until the new one is there.

        Args:
            name: a bundled name, a folder or a hub name.
            progress: called on the query thread; it may raise ``Cancelled``.
            device, dtype: as torch calls them; ``auto`` takes the checkpoint's own type, on the CPU float32 where
                it fits.

        The future raises :class:`KnownError` for what the user can mend, and the old model stays.
        """
        return self._query_worker.submit(self._load_model, name, self.stoppable(progress), device, dtype)

    def _load_model(self, name: str, progress: Progress, device: str, dtype: str) -> MemoryModel:
        progress(0, 0, f"loading {name}")
        kind, where = model_address(name, progress)
        model: MemoryModel = load(MODELS, kind)(where, device=device, dtype=dtype, progress=progress)
        self._replace_model(model, name)
        return model

    def _replace_model(self, model: MemoryModel | None, name: str) -> None:
        old, self.model, self.model_name = self.model, model, name
        self._recallers.clear()  # one may hold the whole memory as a graph
        if old is not None:
            old.close()

    def use_model(self, model: MemoryModel) -> Future[None]:
        """Takes a model made elsewhere; the session closes it when it is replaced."""
        return self._query_worker.submit(self._replace_model, model, model.name)

    def open_memory(
        self, memory: str = DEFAULT_MEMORY, *, create: bool = False, progress: Progress | None = None
    ) -> Future[StoreInfo]:
        """Opens a memory on the store thread; runs that go on keep the snapshot they took.

        Args:
            memory: a bundled name (unpacked at first use), a file’s path, ``sqlite:///path``, the address of one on
                a server, ``redis://user:password@host:port/name``, or ``memory://name``; also what another program
                keeps, which is only read.
            create: make it where it does not exist.
            progress: called on the store thread; it may raise ``Cancelled``.

        The future raises :class:`KnownError` for what the user can mend, and the old memory stays open.
        """
        return self._store_worker.submit(self._open_memory, memory, create, self.stoppable(progress))

    def _open_memory(self, memory: str, create: bool, progress: Progress) -> StoreInfo:
        if getattr(self._store, "written_beside", False):
            progress(0, 0, "waiting for the import")
            self._store_to_change()  # NotYet: edits that wait for it are of the old memory, and come first
        store = open_store(memory, create=create, progress=progress)
        self._replace_store(store, memory_address(memory))
        if isinstance(store, FillsItsCopy):
            store.while_filling = self._while_filling
        return info_of(store, self.memory_name)

    def _while_filling(self, done: int, total: int, words: str) -> None:
        """A call needs the copy of a memory on a server, which is still being filled. Store thread.

        What has changed nothing yet is tried again later, so that first rows are shown meanwhile.
        """
        if self._closing or self._hurried:
            raise Cancelled
        self._progress(done, total, words)
        if self._may_come_again:
            raise NotYet(f"The copy of this memory has {done:,} of {total:,} entries; try again in a moment.")

    def _replace_store(self, store: Store | None, address: MemoryAddress | None) -> None:
        old, self._store = self._store, store
        self.memory_url = store.url if store is not None else ""
        self.memory_name = getattr(store, "title", address.name) if address is not None else ""
        self._embedding.leave()
        self._store_worker.stop_waiting()  # what waits was meant for the old one
        self._notices.opened(store)
        if old is not None:
            old.close()

    def stoppable(self, given: Progress | None) -> Progress:
        """A progress that also stops the job when the session is being closed; None: that of the session."""
        progress = self._progress if given is None else given

        def report(done: int, total: int, words: str) -> None:
            if self._closing:
                raise Cancelled
            progress(done, total, words)

        return report

    # -- asking ------------------------------------------------------------------------------------------------------

    def ask(self, query: str | Query, *, counts_use: bool = True, **options: Any) -> Run:
        """Asks the model with what the memory recalls; the run begins when the query thread is free.

        Args:
            query: what to ask.
            counts_use: entries that the prompt holds count as used; False for a question that only looks on.
            options: fields of :class:`Query`: ``max_tokens``, ``temperature``, ``seed``, ``limit`` …

        Raises:
            KnownError: an empty or too long question, an option out of its range, a closed session.
        """
        run = Run(checked_query(query, options), self._post, counts_use=counts_use)
        self._urgent += 1
        with self._lock:
            self._query_worker.submit(record, run, self._prepare_walk)
            self._runs.add(run)
        run.add_done_callback(self._runs.discard)
        return run

    def _post(self, call: Callable[[], object]) -> None:
        self._query_worker.submit(call)

    def _prepare_walk(self) -> Walk:
        return Walk(self.model, self.model_name, self._recalls, self._snapshot, self._recall, self._mark_used)

    def _recalls(self, query: Query) -> bool:
        return need_of(self.model, query).kind != NO_RECALL

    def _recall(self, query: Query, snapshot: Snapshot) -> RecallEvent:
        """Ranks entries as the loaded model needs it."""
        return self._recallers.for_question(self.model, query)(query, snapshot)

    def _snapshot(self, as_of: int | float | None = None, progress: Progress = no_progress) -> Snapshot | None:
        report = self.stoppable(progress)

        def take() -> Snapshot | None:
            return self._open_store().snapshot(as_of, report) if self._store is not None else None

        return self._store_worker.submit(take).result()

    def recalled(self, query: str | Query, **options: Any) -> Future[RecallEvent]:
        """What the memory recalls for a question, without asking the model; on the query thread.

        The future raises :class:`KnownError` where no memory is open.

        Raises:
            KnownError: see :meth:`ask`.
        """
        checked = checked_query(query, options)
        return self.recall_call(lambda recaller, snapshot: recaller(checked, snapshot), as_of=checked.as_of)

    def recall_call(self, call: Callable[[Any, Snapshot], T], *, as_of: int | float | None = None) -> Future[T]:
        """Calls ``call(recaller, snapshot)`` on the query thread, also beside a run that goes on or is paused.

        The recaller is the session's own or that for language models (``recall.hybrid.HybridRecaller``), whatever model
        is loaded. The future raises :class:`KnownError` when no memory is open, or it never was as it is asked for.
        """

        def with_snapshot() -> T:
            snapshot = self._snapshot(as_of)
            if snapshot is None:
                raise KnownError("No memory is open; open one first.")
            try:
                return call(self._recallers.for_language_models(), snapshot)
            finally:
                snapshot.close()

        live = self._live_run()
        return live.aside(with_snapshot) if live is not None else self._query_worker.submit(with_snapshot)

    def _mark_used(self, url: str, ids: Sequence[int]) -> None:
        def mark() -> None:
            store = self._open_store() if self._store is not None else None
            if store is not None and store.url == url and not store.read_only:
                store.mark_used(ids)

        self._store_worker.submit(mark)

    def look(self, run: Run, step: int, what: str, **options: Any) -> Future[Any]:
        """A closer look at a step of a run, computed anew by the model that made it, on the query thread.

        Also while the run goes on or is paused; it is not changed.

        Args:
            what: key in ``looks.LOOKS``; the result is described there.
            options: of that look.

        The future raises :class:`KnownError` where the model is gone or has no such look.
        """
        begun = self._urgent
        live = self._live_run() or run  # else it would wait behind a run that is paused
        return live.aside(lambda: look(run, self.model, step, what, stopped=lambda: self._urgent != begun, **options))

    def _live_run(self) -> Run | None:
        """The run that has the query thread, if there is one."""
        with self._lock:
            return next((run for run in self._runs if run.state in (RunState.RUNNING, RunState.PAUSED)), None)

    def cancel_runs(self) -> None:
        """Ends every run that is not done, and looks that take long: something more urgent wants the query thread."""
        self._urgent += 1
        with self._lock:
            runs = tuple(self._runs)
        for run in runs:
            run.cancel()

    def model_call(self, call: Callable[[Any], T]) -> Future[T]:
        """Calls ``call(model)`` on the query thread, between two events of a run that has it.

        The future raises :class:`KnownError` when no model is loaded.
        """

        def with_model() -> T:
            if self.model is None:
                raise KnownError("No model is loaded; load one first.")
            return call(self.model)

        live = self._live_run()
        return live.aside(with_model) if live is not None else self._query_worker.submit(with_model)

    # -- the end -----------------------------------------------------------------------------------------------------

    def stop_waiting(self) -> None:
        """From now on nothing waits for the copy of a memory on a server: that is cancelled. The session is to be
        closed, and what else is closed before may wait for one of its calls."""
        self._hurried = True
        self._import_worker.close()  # it stops, and the edits that wait for it are done
        if self._store_worker.started:
            self._store_worker.be_impatient()

    def close(self) -> None:
        """Cancels what runs, does the edits that wait, closes model and memory and ends both threads. Idempotent.

        Edits that wait for the copy of a memory on a server are cancelled.

        Raises:
            BugError: called on one of the session's own threads, which would wait for itself.
        """
        if self._query_worker.is_current or self._store_worker.is_current:
            raise BugError("a session cannot be closed on its own threads")
        self._urgent += 1
        with self._lock:
            if not self._closing:
                self._closing = True
                for run in tuple(self._runs):
                    run.cancel()
                if self._query_worker.started:
                    self._query_worker.submit(self._replace_model, None, "")
        self.stop_waiting()
        self._query_worker.close()
        self._embedding.close()
        with self._lock:
            if self._store_worker.started and not self._store_worker.closed:
                self._store_worker.submit(self._replace_store, None, None)
        self._store_worker.close()
        _open_sessions.discard(self)


def open(model: str = DEFAULT_MODEL, memory: str = DEFAULT_MEMORY, *, progress: Progress = no_progress) -> Session:
    """A session with this model and this memory loaded; blocks until both are there.

    Args:
        model: a bundled name, a folder or a hub name.
        memory: a bundled name, a file's path, ``sqlite:///path``, ``redis://host:port/name`` or ``memory://name``.
        progress: called on the session's threads with (done, total, words).

    Raises:
        KnownError: what the user can mend; the session is closed again.
    """
    session = Session(progress=progress)
    try:
        opened, loaded = session.open_memory(memory), session.load_model(model)
        opened.result()
        loaded.result()
    except BaseException:
        session.close()
        raise
    return session


_open_sessions: weakref.WeakSet[Session] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    """What the user left open is closed before the interpreter takes its modules apart."""
    for session in tuple(_open_sessions):
        session.close()
