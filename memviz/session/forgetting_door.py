"""What a session offers for forgetting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from memviz.core.edits import Change
from memviz.core.entry import Entry
from memviz.core.errors import Cancelled
from memviz.core.forgetting import CanForget, Found, Wish
from memviz.core.memory import Store
from memviz.core.progress import Progress, no_progress
from memviz.session import forgetting
from memviz.session.embedding import Embedding
from memviz.session.recallers import Recallers
from memviz.session.runner import Worker

T = TypeVar("T")


class ForgettingDoor:
    """A part of :class:`~memviz.session.session.Session`. None of it blocks."""

    _embedding: Embedding
    _query_worker: Worker
    _recallers: Recallers
    store_call: Callable[..., Future[Any]]
    changing_call: Callable[..., Future[Any]]
    _told: Callable[[Any], Any]

    def find_to_forget(
        self, wish: Wish, *, shown: int = 5, progress: Progress = no_progress
    ) -> Future[tuple[Found, list[Entry]]]:
        """What a wish means, and some of the entries; nothing is changed.

        The future raises :class:`KnownError` where there is no such entry, or the memory cannot forget.
        """

        def look(store: Store) -> tuple[Found, list[Entry]]:
            found = forgetting.find(store, wish, progress)
            return found, forgetting.samples(store, found, shown)

        return self.store_call(look)

    def forget(
        self, wish: Wish, found: Found, receipt: Path, *, initiator: str = "api", progress: Progress = no_progress
    ) -> Future[dict[str, Any]]:
        """Takes entries out of every place of the open memory, for good; the future has the receipt.

        Vectors are let go of before, and searched again afterwards, by the embedder that was used.

        Args:
            receipt: the file that it is written to.
            progress: called on the store thread; it may raise ``Cancelled`` until the entries are gone.

        The future raises :class:`KnownError` for what the user can mend; it says whether the entries are gone.
        """

        def work(store: Store) -> dict[str, Any]:
            def told(change: Change) -> None:
                if self._query_worker.started:
                    self._query_worker.submit(self._recallers.clear)  # one may hold the whole memory
                self._told(change)

            return forgetting.forget(store, wish, found, receipt, initiator=initiator, told=told, progress=progress)

        return self._without_vectors(work)

    def finish_forgetting(
        self, receipt: Path | None = None, *, progress: Progress = no_progress
    ) -> Future[dict[str, Any] | None]:
        """Does the rest of a forgetting that was interrupted; None where there is nothing to do."""
        return self._without_vectors(lambda store: forgetting.finish(store, receipt, progress))

    def forgotten_among(self, ids: Sequence[int]) -> Future[frozenset[int]]:
        """Those of these entries that the open memory has forgotten."""
        return self.store_call(
            lambda store: store.forgetting.forgotten(ids) if isinstance(store, CanForget) else frozenset()
        )

    def _without_vectors(self, work: Callable[[Store], T]) -> Future[T]:
        """Calls it on the store thread once the files of the index are closed."""
        choice = self._embedding.choice
        result: Future[T] = Future()
        result.set_running_or_notify_cancel()

        def done(finished: Future[T]) -> None:
            if choice is not None:
                self._embedding.use(choice, remember=False)
            error = finished.exception() if not finished.cancelled() else Cancelled()
            if error is not None:
                result.set_exception(error)
            else:
                result.set_result(finished.result())

        def begin(_closed: object = None) -> None:
            self.changing_call(work).add_done_callback(done)

        closing = self._embedding.leave()
        if closing is None:
            begin()
        else:
            closing.add_done_callback(begin)
        return result
