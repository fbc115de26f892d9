"""The vectors of the open memory, as the window knows them: what computes them, how far that is, what went wrong."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from memviz.core.errors import Cancelled, KnownError
from memviz.gui.bridge import Bridge
from memviz.gui.jobs import Job, Jobs
from memviz.gui.loader import Loader
from memviz.session.embedder_offers import (
    EmbedderOffer,
    VectorsOfMemory,
    cached_offers,
    shipped_offers,
    vectors_of_memory,
)
from memviz.session.embedding_state import NO_EMBEDDING, STOPPED, EmbeddingState
from memviz.session.memory_vectors import COMPUTING
from memviz.session.runner import Worker

if TYPE_CHECKING:
    from memviz.recall.vector_index import RecallCheck
    from memviz.session.session import Session

#: How often the state is looked at: it also changes with edits and questions, of which nobody tells.
LOOK_MS = 500


class Vectors(QObject):
    """Begins the computing, shows it as a job with cancel, and says what is to be known. GUI thread.

    Attributes:
        state: as it was seen last.
        stored: what the memory itself says of vectors; read by :meth:`read_stored`.
        offers: embedders at hand.
        check: of the approximate index against exact search, made last for this state.
        checking: such a comparison is being made because the user asked for it.

    Signals:
        changed(): any of these.
        noticed(str, str): a sentence for the user and its level.
    """

    changed = Signal()
    noticed = Signal(str, str)

    def __init__(
        self, session: Session, bridge: Bridge, jobs: Jobs, loader: Loader, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._bridge, self._jobs, self._loader = session, bridge, jobs, loader
        self._worker = Worker("memviz-embedders")
        self.state = NO_EMBEDDING
        self.stored = VectorsOfMemory()
        self.offers: list[EmbedderOffer] = shipped_offers()
        self.check: RecallCheck | None = None
        self.checking = False
        self._url = ""
        self._job: Job | None = None
        self._mirrored = False  # nobody here began it: a question did, or an edit
        self._working_before = False
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)
        jobs.changed.connect(self._jobs_changed)
        loader.memory_changed.connect(self._memory_changed)

    # -- what the user wants -----------------------------------------------------------------------------------------

    def use(self, name: str) -> None:
        """Computes vectors by this embedder and keeps them up to date; empty: by none, those that are there stay."""
        if not name:
            self._session.stop_embedding()
            self._bridge.watch(self._session.use_embedder(None), self._settled, self._report)
            return
        self._start(lambda progress: self._session.use_embedder(name, progress=progress))

    def ensure(self) -> None:
        """Sees to it that there are vectors: by the memory's embedder, else by the built-in one."""
        self.look()
        if self._job is None and not self.state.space:
            self._start(lambda progress: self._session.ensure_embedder(progress=progress))

    def compute_anew(self) -> None:
        """Drops the vectors of the embedder that is used, and computes them again."""
        name = self.state.name

        def dropped(_nothing: None) -> None:
            self.use(name)

        def failed(error: BaseException) -> None:
            if isinstance(error, KnownError):  # there are none yet
                self.use(name)
            else:
                self._report(error)

        if name:
            self._bridge.watch(self._session.drop_vectors(self.state.space), dropped, failed)

    def remove(self, space: str) -> None:
        """Takes the vectors of a space out of the memory."""
        self._bridge.watch(self._session.drop_vectors(space), self._settled, self._report)

    def check_index(self) -> None:
        """Compares the approximate index with exact search, as a job; one at a time."""
        if self.checking:
            return
        job = self._jobs.start("Comparing the index with exact search")
        url, self.checking = self._url, True

        def progress(done: int, total: int, words: str) -> None:
            job.progress(done, total, job_words(done, total, words))

        def ended(check: RecallCheck | None) -> None:
            self.checking = False
            self._jobs.end(job)
            if check is not None and url == self._url:
                self.check = check
            self.changed.emit()

        def failed(error: BaseException) -> None:
            ended(None)
            self._report(error)

        self._bridge.watch(self._session.check_index(progress=progress), ended, failed)
        self.changed.emit()

    def look_around(self) -> None:
        """Looks for encoders in the local cache, beside the window."""
        self._bridge.watch(self._worker.submit(cached_offers), self._offered)

    def read_stored(self) -> None:
        if self._url:
            self._bridge.watch(vectors_of_memory(self._session), partial(self._stored_read, self._url), self._report)

    def close(self) -> None:
        """Ends its timer and its thread. Idempotent."""
        self._timer.stop()
        self._worker.close()

    # -- what happens ------------------------------------------------------------------------------------------------

    def _start(self, begin: Callable[[Callable[[int, int, str], None]], Future[EmbeddingState]]) -> None:
        if self._mirrored:
            self._end_mirrored()
        job = self._job = self._jobs.start("Preparing vectors")
        self.check = None

        def progress(done: int, total: int, words: str) -> None:
            job.progress(done, total, job_words(done, total, words))

        self._bridge.watch(begin(progress), partial(self._done, job), partial(self._failed, job))
        self.look()

    def _done(self, job: Job, _state: EmbeddingState) -> None:
        self._end(job)
        self._settled(_state)

    def _failed(self, job: Job, error: BaseException) -> None:
        self._end(job)
        self._report(error)
        self.read_stored()

    def _end(self, job: Job) -> None:
        if self._job is job:
            self._job = None
        self._jobs.end(job)

    def _settled(self, _state: object) -> None:
        self.look()
        self.read_stored()

    def _report(self, error: BaseException) -> None:
        """A sentence that is the state's notice is said by :meth:`look`."""
        self.look()
        if isinstance(error, Cancelled | CancelledError):
            return
        if not isinstance(error, KnownError) or str(error) != self.state.notice:
            self._bridge.failed.emit(error)

    def _offered(self, cached: list[EmbedderOffer]) -> None:
        self.offers = [*shipped_offers(), *cached]
        self.changed.emit()

    def _stored_read(self, url: str, stored: VectorsOfMemory) -> None:
        if url == self._url and stored != self.stored:
            self.stored = stored
            self.changed.emit()

    # -- another memory, another state -------------------------------------------------------------------------------

    def _memory_changed(self) -> None:
        memory = self._loader.memory
        url = memory.url if memory is not None else ""
        if url == self._url:
            return
        self._url, self.stored, self.check = url, VectorsOfMemory(), None
        if url:
            self._timer.start()
            self._bridge.watch(vectors_of_memory(self._session), partial(self._opened, url), self._report)
        else:
            self._timer.stop()
        self.look()

    def _opened(self, url: str, stored: VectorsOfMemory) -> None:
        """A memory that is searched by vectors begins to make them ready; any other waits until that is wanted."""
        self._stored_read(url, stored)
        if url == self._url and stored.embedder and stored.dense > 0.0:
            self.ensure()

    def look(self) -> None:
        """Takes the state over, with the job and the sentences that belong to it."""
        state, before = self._session.embedding_state, self.state
        self.state = state
        self._mirror(state)
        if state.notice and (state.notice, state.name) != (before.notice, before.name):
            self.noticed.emit(state.notice, "warning" if is_trouble(state) else "info")
        if state != before:
            if state.kind != before.kind or state.space != before.space:
                self.check = None
            self.changed.emit()

    def _mirror(self, state: EmbeddingState) -> None:
        """What a question or an edit began is shown as a job, too, once it takes longer than a moment."""
        if state.working and self._job is None and self._working_before:
            self._job, self._mirrored = self._jobs.start("Computing vectors"), True
        self._working_before = bool(state.working)
        if self._job is None or not self._mirrored:
            return
        if not state.working:
            self._end_mirrored()
        elif not self._job.cancelled:
            self._job.progress(state.done, state.total, job_words(state.done, state.total, state.working))

    def _end_mirrored(self) -> None:
        job, self._mirrored = self._job, False
        if job is not None:
            self._end(job)

    def _jobs_changed(self) -> None:
        """Cancelled where all jobs are: what is done stays."""
        if self._job is not None and self._job.cancelled and self._session.embedding_state.working:
            self._session.stop_embedding()
            self.look()


def is_trouble(state: EmbeddingState) -> bool:
    """Whether the notice says that something could not be done; an index that is built anew is none."""
    return bool(state.notice) and state.notice != STOPPED and "built anew" not in state.notice


def job_words(done: int, total: int, words: str) -> str:
    """``Computing vectors: 12,000 of 78,962``; other words as they are, with a capital."""
    head = words[:1].upper() + words[1:]
    return f"{head}: {done:,} of {total:,}" if words == COMPUTING and total else head
