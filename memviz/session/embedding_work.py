"""What is done with vectors on the thread ``memviz-embed``."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TypeVar

from memviz.core.edits import Change
from memviz.core.errors import Cancelled, KnownError
from memviz.core.memory import Store
from memviz.core.progress import Progress
from memviz.core.recall_settings import SETTING as RECALL
from memviz.core.recall_settings import settings_from_json
from memviz.core.vectors import DenseIndex, Embedder
from memviz.session.embedders import SETTING, EmbedderChoice, open_embedder
from memviz.session.embedding_following import Following
from memviz.session.embedding_standing import Standing, Wanted
from memviz.session.embedding_state import NO_EMBEDDING, STOPPED, EmbeddingState
from memviz.session.memory_vectors import MemoryVectors, index_folder
from memviz.session.runner import Worker

if TYPE_CHECKING:
    from memviz.recall.vector_index import RecallCheck

T = TypeVar("T")

_BUG = "The vectors could not be computed because of a mistake in memviz or in the encoder; the log tells more."

#: Vectors that the approximate index is checked with: a second's work in a million.
CHECKED = 20


class Host(Protocol):
    """What it needs of a session."""

    def store_call(self, call: Callable[[Store], T]) -> Future[T]: ...
    def on_change(self, listener: Callable[[Change], None]) -> Callable[[], None]: ...


class EmbeddingWork:
    """The embedder, the index, and the jobs that need them. All methods but :attr:`dense` on the worker's thread.

    Args:
        host: the session; its store thread is waited for.
        worker: whose thread this is.
        standing: where it is told how far all is.
    """

    def __init__(self, host: Host, worker: Worker, standing: Standing) -> None:
        self._host = host
        self._worker = worker
        self._standing = standing
        self._following = Following(host.on_change)
        self._embedder: tuple[EmbedderChoice, Embedder] | None = None
        self._vectors: MemoryVectors | None = None

    @property
    def dense(self) -> DenseIndex | None:
        """What recall searches. Any thread."""
        vectors = self._vectors
        return vectors.search if vectors is not None else None

    # -- computing what is missing -----------------------------------------------------------------------------------

    def use(
        self,
        choice: EmbedderChoice | None,
        wanted: Wanted,
        remember: bool,
        progress: Progress,
        searchable: Callable[[], object],
    ) -> EmbeddingState:
        """Loads the embedder, opens the index, computes what is missing, and follows changes from then on.

        Args:
            searchable: called when the index holds what the memory has.

        Raises:
            Cancelled: stopped, or no longer wanted.
            KnownError: what the user can mend.
        """
        report = self._standing.progress(wanted, progress)
        try:
            self.close_vectors(keep=choice)
            report(0, 0, "loading")
            embedder = self._loaded(choice, report) if choice is not None else None
            if remember:  # only what could be loaded
                setting = choice.as_json() if choice is not None else None
                self._call(wanted, lambda store: _remember(store, setting))
            if embedder is None:
                self._standing.tell(wanted, lambda _: NO_EMBEDDING)
            else:
                self._compute(embedder, wanted, report, searchable)
        except BaseException as error:  # a bug is raised as well, for the log
            told = str(error) if isinstance(error, KnownError) else STOPPED if isinstance(error, Cancelled) else _BUG
            self._standing.give_up(wanted, told)
            self._leave_missing(wanted)
            raise
        return self._standing.state

    def _compute(self, embedder: Embedder, wanted: Wanted, report: Progress, searchable: Callable[[], object]) -> None:
        self._standing.tell(wanted, lambda state: replace(state, space=embedder.space, dimension=embedder.dimension))
        self._following.start(lambda: self._submit_follow(wanted))

        def say(notice: str) -> None:
            self._standing.tell(wanted, lambda state: replace(state, notice=notice))

        def call(ask: Callable[[Store], T]) -> T:
            return self._call(wanted, ask)

        self._vectors = vectors = MemoryVectors(call, wanted.url, embedder, say)
        vectors.catch_up(report)
        searchable()
        self._pass(vectors, wanted, report)
        self._worker.submit(self._check, vectors, wanted)

    def _loaded(self, choice: EmbedderChoice, report: Progress) -> Embedder:
        if self._embedder is None or self._embedder[0] != choice:
            self._close_embedder()
            self._embedder = choice, open_embedder(choice, report)
        return self._embedder[1]

    def _pass(self, vectors: MemoryVectors, wanted: Wanted, report: Progress) -> None:
        """Embeds what is missing, and brings index and state up to date."""
        self._take_changes(vectors)
        vectors.embed_missing(report)
        vectors.settle(report)
        self._tell(vectors, wanted)

    # -- following changes -------------------------------------------------------------------------------------------

    def _submit_follow(self, wanted: Wanted) -> None:
        with suppress(KnownError):  # the session is being closed
            self._worker.submit(self._follow, wanted)

    def _take_changes(self, vectors: MemoryVectors) -> None:
        for change in self._following.taken():
            if change.kind == "forget":
                vectors.begin_anew()
            vectors.changed((*change.inserted, *change.updated), all_of_them=change.kind == "load")

    def _follow(self, wanted: Wanted) -> None:
        """After changes of the memory, or after a stop."""
        vectors, stopped = self._vectors, wanted.stopped
        if vectors is None or not self._standing.is_wanted(wanted):
            return
        lists = vectors.index.lists
        try:
            if stopped:
                self._follow_only(vectors, wanted)
            else:
                self._pass(vectors, wanted, self._standing.progress(wanted))
            if vectors.index.lists is not lists:
                self._worker.submit(self._check, vectors, wanted)
        except Cancelled:  # or the memory, the embedder or the session is another one, or none
            if wanted.stopped and not stopped:
                self._leave_missing(wanted)
        except KnownError as error:
            told = str(error)
            vectors.changed((), all_of_them=True)  # the next change tries again
            self._standing.tell(wanted, lambda state: replace(state, working="", notice=told))
        except BaseException:
            self._standing.tell(wanted, lambda state: replace(state, working="", notice=_BUG))
            raise

    def _follow_only(self, vectors: MemoryVectors, wanted: Wanted) -> None:
        """Embeds what has changed since the stop, and nothing else that is missing."""
        quiet = self._standing.quiet(wanted)
        if not vectors.caught_up:
            vectors.catch_up(quiet)
            vectors.leave_missing()
        self._take_changes(vectors)
        vectors.embed_changed(quiet)
        vectors.settle(quiet, lists=False)
        self._tell(vectors, wanted)

    def _leave_missing(self, wanted: Wanted) -> None:
        """After a stop: what is to be done for the index to be right is done soon, beside what others wait for."""
        if self._vectors is not None and self._standing.is_wanted(wanted):
            self._vectors.leave_missing()
            self._submit_follow(wanted)

    # -- what is told ------------------------------------------------------------------------------------------------

    def _tell(self, vectors: MemoryVectors, wanted: Wanted) -> None:
        spaces, total = self._call(wanted, lambda store: (store.vector_spaces(), store.count))
        embedder = self._embedder[1] if self._embedder is not None else None
        done = spaces.get(vectors.index.space, (0, 0))[1]
        self._standing.tell(
            wanted,
            lambda state: replace(
                state,
                done=done,
                total=total,
                working="",
                kind=vectors.index.kind,
                check=None if vectors.index.exact else state.check,
                truncated=getattr(embedder, "truncated", 0),
                others={space: counted for space, counted in spaces.items() if space != state.space},
            ),
        )
        if done >= total and not vectors.index.lists_due:
            self._standing.nothing_missing(wanted)

    def _check(self, vectors: MemoryVectors, wanted: Wanted) -> None:
        if vectors.index.exact:
            return
        with suppress(Cancelled):
            check = vectors.index.recall_check(
                CHECKED, probes=self._call(wanted, _probes), progress=self._standing.quiet(wanted)
            )
            self._standing.tell(wanted, lambda state: replace(state, check=check))

    def check(self, sample: int, progress: Progress) -> RecallCheck:
        """Compares the index, searched as the memory's settings say, with exact search.

        Raises:
            Cancelled: from ``progress``.
            KnownError: no embedder is used.
        """
        vectors = self._vectors
        if vectors is None:
            raise KnownError("No embedder is used with this memory; choose one first.")
        probes = self._host.store_call(_probes).result()
        return vectors.index.recall_check(sample, probes=probes, progress=progress)

    # -- letting go --------------------------------------------------------------------------------------------------

    def drop(self, space: str) -> None:
        """Removes the vectors of a space from the memory; where they are used, none are used from then on.

        Raises:
            KnownError: the memory has no such space.
        """
        if self._standing.state.space == space:
            self._standing.begin("", NO_EMBEDDING)
            self.close_vectors()
        url = self._host.store_call(lambda store: _dropped(store, space)).result()
        self._standing.forget_space(space)
        shutil.rmtree(index_folder(url, space), ignore_errors=True)

    def close_vectors(self, keep: EmbedderChoice | None = None) -> None:
        """Lets go of the memory's index, and of the embedder unless it is kept."""
        self._following.stop()
        if self._vectors is not None:
            vectors, self._vectors = self._vectors, None
            vectors.close()
        if self._embedder is not None and self._embedder[0] != keep:
            self._close_embedder()

    def _close_embedder(self) -> None:
        if self._embedder is not None:
            self._embedder[1].close()
        self._embedder = None

    def _call(self, wanted: Wanted, ask: Callable[[Store], T]) -> T:
        """Asks the store that was open when the choice was made; waits."""

        def checked(store: Store) -> T:
            if store.url != wanted.url:
                raise Cancelled
            return ask(store)

        return self._host.store_call(checked).result()


def _remember(store: Store, setting: dict[str, str] | None) -> None:
    if not store.read_only and store.settings.get(SETTING) != setting:
        store.change_settings({SETTING: setting})


def _probes(store: Store) -> int:
    return settings_from_json(store.settings.get(RECALL, {})).probes


def _dropped(store: Store, space: str) -> str:
    spaces = store.vector_spaces()
    if space not in spaces:
        there = "; it has " + ", ".join(f"“{name}”" for name in spaces) if spaces else ""
        raise KnownError(f"The memory has no vectors of “{space}”{there}.")
    store.drop_vectors(space)
    return store.url
