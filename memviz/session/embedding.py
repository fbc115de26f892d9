"""Keeps the vectors of the open memory up to date, in the background."""

from __future__ import annotations

import shutil
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from memviz.core.edits import Change
from memviz.core.errors import Cancelled, KnownError
from memviz.core.memory import DenseIndex, Embedder, Store
from memviz.core.progress import Progress, no_progress
from memviz.session.embedders import BUILTIN, SETTING, EmbedderChoice, choice_from_json, open_embedder
from memviz.session.embedding_state import NO_EMBEDDING, STOPPED, EmbeddingState
from memviz.session.memory_vectors import COMPUTING, MemoryVectors, index_folder
from memviz.session.runner import Worker

if TYPE_CHECKING:
    from memviz.recall.vector_index import RecallCheck

T = TypeVar("T")

_BUG = "The vectors could not be computed because of a mistake in memviz or in the encoder; the log tells more."

#: Vectors that the approximate index is checked with: a second's work in a million.
CHECKED = 20


@dataclass(frozen=True, slots=True)
class _Wanted:
    """For which choice, and for which memory, something is done."""

    generation: int
    url: str


class Host(Protocol):
    """What it needs of a session."""

    def store_call(self, call: Callable[[Store], T]) -> Future[T]: ...
    def on_change(self, listener: Callable[[Change], None]) -> Callable[[], None]: ...


class Embedding:
    """Vectors of the memory that a session has open, on a thread of its own, ``memviz-embed``.

    The thread waits for the store thread, never the reverse. Methods may be called from any other thread and never
    block, but for :meth:`close`.

    Args:
        host: the session.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._worker = Worker("memviz-embed")
        self._lock = threading.Lock()
        self._state = NO_EMBEDDING
        self._generation = 0  # counts choices; a job of an older one ends
        self._heard: deque[Change] = deque()
        self._unsubscribe: Callable[[], None] | None = None
        self._running: Future[EmbeddingState] | None = None  # what was begun last for the open memory
        self._settled = threading.Event()  # there is an index to search, or none can be had
        # What follows belongs to the worker's thread.
        self._wanted = _Wanted(0, "")
        self._embedder: tuple[EmbedderChoice, Embedder] | None = None
        self._vectors: MemoryVectors | None = None

    @property
    def state(self) -> EmbeddingState:
        return self._state

    @property
    def dense(self) -> DenseIndex | None:
        """What recall searches; None until an embedder is loaded and the memory's index is there."""
        vectors = self._vectors
        return vectors.search if vectors is not None else None

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
            choice = chosen(store)
            generation = self._begin(EmbeddingState(name=choice.name, working="loading") if choice else NO_EMBEDDING)
            job = self._worker.submit(self._use, choice, _Wanted(generation, store.url), remember, progress)
            job.add_done_callback(lambda done: _hand_over(done, result))

        self._host.store_call(begin).add_done_callback(lambda done: _hand_over(done, result, only_errors=True))
        return result

    def _settle(self, done: Future[EmbeddingState]) -> None:
        """Whoever waits for an index goes on, unless another choice was made meanwhile."""
        with self._lock:
            if self._running is done:
                self._settled.set()

    def stop(self) -> None:
        """Ends what is being computed; what is done stays, and the index can be searched. :meth:`use` goes on."""
        with self._lock:
            self._generation += 1
            if self._state.working:
                self._state = replace(self._state, working="", notice=STOPPED)

    def leave(self) -> None:
        """The memory is closed or another one opened. Any thread, also the store's: it waits for nothing."""
        with self._lock:
            self._running = None
        if self._worker.started and not self._worker.closed:
            self._begin(NO_EMBEDDING)
            self._worker.submit(self._close_vectors)

    def check(self, sample: int = CHECKED) -> Future[RecallCheck]:
        """Compares the index with exact search on a sample of the memory's vectors.

        The future raises :class:`KnownError` where no embedder is used.
        """

        def check() -> RecallCheck:
            if self._vectors is None:
                raise KnownError("No embedder is used with this memory; choose one first.")
            return self._vectors.index.recall_check(sample)

        return self._worker.submit(check)

    def drop(self, space: str) -> Future[None]:
        """Removes the vectors of a space from the memory.

        The future raises :class:`KnownError` where the memory has no such space.
        """

        def drop(store: Store) -> str:
            spaces = store.vector_spaces()
            if space not in spaces:
                there = "; it has " + ", ".join(f"“{name}”" for name in spaces) if spaces else ""
                raise KnownError(f"The memory has no vectors of “{space}”{there}.")
            store.drop_vectors(space)
            return store.url

        def dropped() -> None:
            if self._state.space == space:
                self._begin(NO_EMBEDDING)
                self._close_vectors()
            url = self._host.store_call(drop).result()
            with self._lock:
                others = {name: counted for name, counted in self._state.others.items() if name != space}
                self._state = replace(self._state, others=others)
            shutil.rmtree(index_folder(url, space), ignore_errors=True)

        return self._worker.submit(dropped)

    def close(self) -> None:
        """Ends the thread; the store must still be there. Idempotent."""
        with self._lock:
            self._generation += 1
        if self._worker.started and not self._worker.closed:
            self._worker.submit(self._close_all)
        self._worker.close()

    # -- on the thread memviz-embed ----------------------------------------------------------------------------------

    def _begin(self, state: EmbeddingState) -> int:
        """A new choice: what runs for an older one ends."""
        with self._lock:
            self._generation += 1
            self._state = state
            return self._generation

    def _set(self, wanted: _Wanted, change: Callable[[EmbeddingState], EmbeddingState]) -> None:
        with self._lock:
            if wanted.generation == self._generation:
                self._state = change(self._state)

    def _use(
        self, choice: EmbedderChoice | None, wanted: _Wanted, remember: bool, progress: Progress
    ) -> EmbeddingState:
        report = self._progress(wanted, progress)
        try:
            report(0, 0, "loading")
            self._close_vectors(keep=choice)
            embedder = self._loaded(choice, report) if choice is not None else None
            if remember:  # only what could be loaded
                setting = choice.as_json() if choice is not None else None
                self._call(wanted, lambda store: _remember(store, setting))
            if embedder is not None:
                self._work(embedder, wanted, report)
            else:
                self._set(wanted, lambda _: NO_EMBEDDING)
        except BaseException as error:  # a bug is raised as well, for the log
            told = str(error) if isinstance(error, KnownError) else STOPPED if isinstance(error, Cancelled) else _BUG
            self._set(wanted, lambda state: replace(state, working="", notice=told))
            with self._lock:  # changes of the memory do not set it going again
                self._generation += wanted.generation == self._generation
            raise
        return self._state

    def _work(self, embedder: Embedder, wanted: _Wanted, report: Progress) -> None:
        self._set(wanted, lambda state: replace(state, space=embedder.space, dimension=embedder.dimension))
        self._heard.clear()
        self._wanted = wanted
        self._unsubscribe = self._host.on_change(self._hear)

        def say(notice: str) -> None:
            self._set(wanted, lambda state: replace(state, notice=notice))

        def call(ask: Callable[[Store], T]) -> T:
            return self._call(wanted, ask)

        self._vectors = vectors = MemoryVectors(call, wanted.url, embedder, say)
        vectors.catch_up(report)
        self._settled.set()
        self._pass(vectors, wanted, report)
        self._worker.submit(self._check, vectors, wanted)

    def _pass(self, vectors: MemoryVectors, wanted: _Wanted, report: Progress) -> None:
        """Embeds what is missing, and brings index and state up to date."""
        while self._heard:
            change = self._heard.popleft()
            vectors.changed((*change.inserted, *change.updated), all_of_them=change.kind == "load")
        vectors.embed_missing(report)
        vectors.settle(report)
        self._tell(vectors, wanted)

    def _tell(self, vectors: MemoryVectors, wanted: _Wanted) -> None:
        spaces, total = self._call(wanted, lambda store: (store.vector_spaces(), store.count))
        embedder = self._embedder[1] if self._embedder is not None else None
        self._set(
            wanted,
            lambda state: replace(
                state,
                done=spaces.get(state.space, (0, 0))[1],
                total=total,
                working="",
                kind=vectors.index.kind,
                check=None if vectors.index.exact else state.check,
                truncated=getattr(embedder, "truncated", 0),
                others={space: counted for space, counted in spaces.items() if space != state.space},
            ),
        )

    def _check(self, vectors: MemoryVectors, wanted: _Wanted) -> None:
        if not vectors.index.exact:
            check = vectors.index.recall_check(CHECKED)
            self._set(wanted, lambda state: replace(state, check=check))

    def _hear(self, change: Change) -> None:
        """On the store thread."""
        self._heard.append(change)
        if len(self._heard) == 1:
            with suppress(KnownError):  # the session is being closed
                self._worker.submit(self._follow, self._wanted)

    def _follow(self, wanted: _Wanted) -> None:
        """After a change of the memory."""
        vectors = self._vectors
        if vectors is None or wanted.generation != self._generation:
            return
        lists = vectors.index.lists
        try:
            self._pass(vectors, wanted, self._progress(wanted, no_progress))
            if vectors.index.lists is not lists:
                self._worker.submit(self._check, vectors, wanted)
        except Cancelled:
            return  # the memory, the embedder or the session is another one, or none
        except KnownError as error:
            told = str(error)
            vectors.changed((), all_of_them=True)  # the next change tries again
            self._set(wanted, lambda state: replace(state, working="", notice=told))
        except BaseException:
            self._set(wanted, lambda state: replace(state, working="", notice=_BUG))
            raise

    def _loaded(self, choice: EmbedderChoice, report: Progress) -> Embedder:
        if self._embedder is None or self._embedder[0] != choice:
            self._close_embedder()
            self._embedder = choice, open_embedder(choice, report)
        return self._embedder[1]

    def _progress(self, wanted: _Wanted, given: Progress) -> Progress:
        """A progress that also shows in the state, and ends what is no longer wanted."""

        def report(done: int, total: int, words: str) -> None:
            if wanted.generation != self._generation:
                raise Cancelled
            self._set(wanted, lambda state: _told(state, done, total, words))
            given(done, total, words)

        return report

    def _call(self, wanted: _Wanted, ask: Callable[[Store], T]) -> T:
        """Asks the store that was open when the choice was made; waits."""

        def checked(store: Store) -> T:
            if store.url != wanted.url:
                raise Cancelled
            return ask(store)

        return self._host.store_call(checked).result()

    def _close_vectors(self, keep: EmbedderChoice | None = None) -> None:
        """Lets go of the memory's index, and of the embedder unless it is kept."""
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
        if self._vectors is not None:
            vectors, self._vectors = self._vectors, None
            vectors.close()
        if self._embedder is not None and self._embedder[0] != keep:
            self._close_embedder()

    def _close_embedder(self) -> None:
        if self._embedder is not None:
            self._embedder[1].close()
        self._embedder = None

    def _close_all(self) -> None:
        self._close_vectors()
        self._close_embedder()


def _remember(store: Store, setting: dict[str, str] | None) -> None:
    if not store.read_only and store.settings.get(SETTING) != setting:
        store.change_settings({SETTING: setting})


def _told(state: EmbeddingState, done: int, total: int, words: str) -> EmbeddingState:
    if words != COMPUTING:
        return replace(state, working=words)
    return replace(state, working=words, done=done, total=total)


def _hand_over(done: Future[Any], result: Future[EmbeddingState], only_errors: bool = False) -> None:
    """Gives the outcome of a job to the future that the caller has."""
    error = done.exception() if not done.cancelled() else Cancelled()
    if error is not None:
        result.set_exception(error)
    elif not only_errors:
        result.set_result(done.result())
