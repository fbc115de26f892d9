"""Which vectors are wanted now, and how far they are: the worker's thread tells it, any thread reads it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from memviz.core.errors import Cancelled
from memviz.core.progress import Progress, no_progress
from memviz.session.embedding_state import NO_EMBEDDING, STOPPED, EmbeddingState
from memviz.session.memory_vectors import COMPUTING


class Wanted:
    """An embedder, or none, for a memory; choosing again makes another one of these.

    Attributes:
        url: of the memory.
        stopped: what is missing is not computed any more; changes are followed all the same.
    """

    __slots__ = ("stopped", "url")

    def __init__(self, url: str) -> None:
        self.url = url
        self.stopped = False


class Standing:
    """Any thread; it waits for nothing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted = Wanted("")
        self._state = NO_EMBEDDING

    @property
    def state(self) -> EmbeddingState:
        return self._state

    def begin(self, url: str, state: EmbeddingState) -> Wanted:
        """Something else is wanted from now on: what runs for what was wanted before ends."""
        with self._lock:
            self._wanted, self._state = Wanted(url), state
            return self._wanted

    def end(self) -> None:
        """Nothing is wanted any more; the state stays."""
        with self._lock:
            self._wanted = Wanted("")

    def is_wanted(self, wanted: Wanted) -> bool:
        return wanted is self._wanted

    def stop(self) -> None:
        """Ends what is being computed, if something is."""
        with self._lock:
            if self._state.working:
                self._stop(STOPPED)

    def give_up(self, wanted: Wanted, notice: str) -> None:
        """Its computing has ended before the end, for this reason."""
        with self._lock:
            if wanted is self._wanted:
                self._stop(notice)

    def _stop(self, notice: str) -> None:
        self._wanted.stopped = True
        self._state = replace(self._state, working="", stopped=True, notice=notice)

    def nothing_missing(self, wanted: Wanted) -> None:
        """What was stopped is done: changes have made good what was missing."""
        with self._lock:
            if wanted is self._wanted and wanted.stopped:
                wanted.stopped = False
                notice = "" if self._state.notice == STOPPED else self._state.notice
                self._state = replace(self._state, stopped=False, notice=notice)

    def tell(self, wanted: Wanted, change: Callable[[EmbeddingState], EmbeddingState]) -> None:
        """Changes the state, unless something else is wanted meanwhile."""
        with self._lock:
            if wanted is self._wanted:
                self._state = change(self._state)

    def forget_space(self, space: str) -> None:
        """The memory has no vectors of this space any more."""
        with self._lock:
            others = {name: counted for name, counted in self._state.others.items() if name != space}
            self._state = replace(self._state, others=others)

    def progress(self, wanted: Wanted, given: Progress = no_progress) -> Progress:
        """A progress that also shows in the state, and ends what is stopped or no longer wanted."""

        def report(done: int, total: int, words: str) -> None:
            with self._lock:
                if wanted is not self._wanted or wanted.stopped:
                    raise Cancelled
                self._state = _told(self._state, done, total, words)
            given(done, total, words)

        return report

    def quiet(self, wanted: Wanted) -> Progress:
        """A progress that does not show, and ends only what is no longer wanted."""

        def report(done: int, total: int, words: str) -> None:  # noqa: ARG001 - a Progress
            if wanted is not self._wanted:
                raise Cancelled

        return report


def _told(state: EmbeddingState, done: int, total: int, words: str) -> EmbeddingState:
    if words != COMPUTING:
        return replace(state, working=words)
    return replace(state, working=words, done=done, total=total)
