"""Keeps the vectors of the open memory up to date, in the background: what other threads may ask for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from memviz.core.errors import Cancelled
from memviz.core.memory import Store
from memviz.core.progress import Progress, no_progress
from memviz.core.vectors import DenseIndex
from memviz.session.embedders import BUILTIN, SETTING, EmbedderChoice, choice_from_json
from memviz.session.embedding_standing import Standing
from memviz.session.embedding_state import NO_EMBEDDING, EmbeddingState
from memviz.session.embedding_work import CHECKED, EmbeddingWork, Host
from memviz.session.runner import Worker

if TYPE_CHECKING:
    from memviz.recall.vector_index import RecallCheck


class Embedding:
    """Vectors of the memory that a session has open, on a thread of its own, ``memviz-embed``.

    The states, as :attr:`state` tells them: *none*, no embedder is used; *working*, it is loaded, the index is read,
    vectors are computed or the index is made; *up to date*, every entry has a vector, and what changes goes back to
    working for a moment; *stopped*, by the user or by what went wrong, which the notice says: what is missing stays so
    until :meth:`use` is called, but the entries that change from then on are embedded, and old vectors are taken out of
    the index, so that what is found is right. Choosing again, another memory, and :meth:`close` end every state.

    The thread waits for the store thread, never the reverse. Methods may be called from any other thread and never
    block, but for :meth:`close`.

    Args:
        host: the session.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._worker = Worker("memviz-embed")
        self._standing = Standing()
        self._work = EmbeddingWork(host, self._worker, self._standing)
        self._lock = threading.Lock()
        self._running: Future[EmbeddingState] | None = None  # what was begun last for the open memory
        self.choice: EmbedderChoice | None = None  # of the open memory
        self._settled = threading.Event()  # there is an index to search, or none can be had

    @property
    def state(self) -> EmbeddingState:
        return self._standing.state

    @property
    def dense(self) -> DenseIndex | None:
        """What recall searches; None until an embedder is loaded and the memory's index is there."""
        return self._work.dense

    def use(
        self, choice: EmbedderChoice | None, *, remember: bool = True, progress: Progress = no_progress
    ) -> Future[EmbeddingState]:
        """Takes an embedder for the open memory, computes the vectors that are missing, and keeps them up to date.

        Args:
            choice: None for none; vectors that are there stay in the memory.
            remember: keep the choice in the memory's settings.
            progress: called on the thread ``memviz-embed``; it may raise ``Cancelled``: what is done stays done.

        The future has the state when all entries have a vector and the index is made. It raises :class:`KnownError`
        for what the user can mend.
        """
        return self._started(lambda _: choice, remember, progress)

    def use_remembered(self, *, progress: Progress = no_progress) -> Future[EmbeddingState]:
        """Like :meth:`use` with the embedder that the memory's settings name, if they do."""
        return self._started(lambda store: choice_from_json(store.settings.get(SETTING)), False, progress)

    def ensure(self, *, progress: Progress = no_progress) -> Future[EmbeddingState]:
        """Like :meth:`use_remembered`, with the built-in embedder where the settings name none.

        What goes on already for the open memory goes on; the future is then that of this work.
        """
        with self._lock:
            running = self._running
        if running is not None and (not running.done() or self.dense is not None):
            return running

        def chosen(store: Store) -> EmbedderChoice:
            return choice_from_json(store.settings.get(SETTING)) or EmbedderChoice(BUILTIN, None, None)

        return self._started(chosen, False, progress)

    def wait_for_index(self, seconds: float) -> None:
        """Waits until there is an index to search, or none can be had. Not on the store thread."""
        self._settled.wait(seconds)

    def _started(
        self, chosen: Callable[[Store], EmbedderChoice | None], remember: bool, progress: Progress
    ) -> Future[EmbeddingState]:
        """Begins on the store thread, after the memory that is being opened there."""
        result: Future[EmbeddingState] = Future()
        result.set_running_or_notify_cancel()
        self._settled.clear()
        with self._lock:
            self._running = result
        result.add_done_callback(lambda done: self._settle(done))

        def begin(store: Store) -> None:
            choice = self.choice = chosen(store)
            state = EmbeddingState(name=choice.name, working="loading") if choice else NO_EMBEDDING
            wanted = self._standing.begin(store.url, state)
            job = self._worker.submit(self._work.use, choice, wanted, remember, progress, self._settled.set)
            job.add_done_callback(lambda done: _hand_over(done, result))

        self._host.store_call(begin).add_done_callback(lambda done: _hand_over(done, result, only_errors=True))
        return result

    def _settle(self, done: Future[EmbeddingState]) -> None:
        """Whoever waits for an index goes on, unless another choice was made meanwhile."""
        with self._lock:
            if self._running is done:
                self._settled.set()

    def stop(self) -> None:
        """Ends what is being computed; what is done stays, is searched, and follows changes. :meth:`use` goes on."""
        self._standing.stop()

    def leave(self) -> Future[None] | None:
        """The memory is closed or another one opened. Any thread, also the store's: it waits for nothing.

        The future is done when the files of the index are closed; None where none are open.
        """
        with self._lock:
            self._running = None
            self.choice = None
        if not self._worker.started or self._worker.closed:
            return None
        self._standing.begin("", NO_EMBEDDING)
        return self._worker.submit(self._work.close_vectors)

    def check(self, sample: int = CHECKED, progress: Progress = no_progress) -> Future[RecallCheck]:
        """Compares the index with exact search on a sample of the memory's vectors.

        The future raises :class:`KnownError` where no embedder is used.
        """
        return self._worker.submit(self._work.check, sample, progress)

    def drop(self, space: str) -> Future[None]:
        """Removes the vectors of a space from the memory.

        The future raises :class:`KnownError` where the memory has no such space.
        """
        return self._worker.submit(self._work.drop, space)

    def close(self) -> None:
        """Ends the thread; the store must still be there. Idempotent."""
        self._standing.end()
        if self._worker.started and not self._worker.closed:
            self._worker.submit(self._work.close_vectors)
        self._worker.close()


def _hand_over(done: Future[Any], result: Future[EmbeddingState], only_errors: bool = False) -> None:
    """Gives the outcome of a job to the future that the caller has."""
    error = done.exception() if not done.cancelled() else Cancelled()
    if error is not None:
        result.set_exception(error)
    elif not only_errors:
        result.set_result(done.result())
