"""What a session offers for vectors of its memory."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from memviz.core.progress import Progress, no_progress
from memviz.core.recall_settings import RecallSettings
from memviz.core.vectors import DenseIndex
from memviz.session.embedders import EmbedderChoice
from memviz.session.embedding import Embedding
from memviz.session.embedding_state import EmbeddingState

if TYPE_CHECKING:
    from memviz.recall.vector_index import RecallCheck


#: A question waits no longer than this for the index to open.
INDEX_SECONDS = 10.0


class EmbeddingDoor:
    """A part of :class:`~memviz.session.session.Session`. None of it blocks."""

    _embedding: Embedding

    def use_embedder(
        self,
        name: str | None,
        *,
        query_prefix: str | None = None,
        passage_prefix: str | None = None,
        remember: bool = True,
        progress: Progress = no_progress,
    ) -> Future[EmbeddingState]:
        """Computes vectors of the open memory on a thread of their own, and keeps them up to date from then on.

        Args:
            name: ``builtin``, ``minilm`` (where its package is installed), a folder or a hub name of an encoder; None:
                no vectors are used any more, and those that are there stay in the memory.
            query_prefix, passage_prefix: put before questions and entries; None: as the encoder's folder says.
            remember: keep the choice in the memory's settings.
            progress: called on that thread; it may raise ``Cancelled``: what is done stays done.

        The future has the state when every entry has a vector and the index is made, and raises :class:`KnownError`
        for what the user can mend. Until then :attr:`dense` searches what is there.
        """
        choice = EmbedderChoice(name, query_prefix, passage_prefix) if name is not None else None
        return self._embedding.use(choice, remember=remember, progress=progress)

    def use_remembered_embedder(self, *, progress: Progress = no_progress) -> Future[EmbeddingState]:
        """Like :meth:`use_embedder` with what the open memory's settings name; does nothing where they name nothing."""
        return self._embedding.use_remembered(progress=progress)

    def ensure_embedder(self, *, progress: Progress = no_progress) -> Future[EmbeddingState]:
        """Like :meth:`use_embedder` with what the open memory's settings name, and else with the built-in one.

        Where an embedder is used already its future is that of the work that goes on.
        """
        return self._embedding.ensure(progress=progress)

    def embedder_for(self, settings: RecallSettings, name: str | None, progress: Progress) -> Future[Any] | None:
        """Sees to the vectors that questions with these settings will search; None where they search none.

        Args:
            name: of the embedder, for this session only; None: as :meth:`ensure_embedder`.
        """
        if not settings.dense:
            return None
        if name is not None:
            return self.use_embedder(name, remember=False, progress=progress)
        return self.ensure_embedder(progress=progress)

    def index_for_recall(self) -> DenseIndex | None:
        """The vectors of the open memory for a question that searches them. Query thread.

        At the first such question the index is opened, which takes up to seconds in a large memory; vectors that are
        missing are computed beside it, and found from then on.
        """
        if self._embedding.dense is None:
            self.ensure_embedder()
            self._embedding.wait_for_index(INDEX_SECONDS)
        return self._embedding.dense

    def vectors_for_recall(self) -> dict[str, Any]:
        """What a recaller for language models is given of them."""
        return {"dense": self.index_for_recall, "at_hand": lambda: self.dense is not None}

    def stop_embedding(self) -> None:
        """Ends what is being computed; what is done stays. :meth:`use_embedder` goes on."""
        self._embedding.stop()

    def check_index(self, sample: int = 100, *, progress: Progress = no_progress) -> Future[RecallCheck]:
        """Compares the approximate index with exact search, asked with so many of the memory's own vectors.

        It looks into as many lists as the memory's recall settings say (``probes``).

        Args:
            progress: called on the thread ``memviz-embed``; it may raise ``Cancelled``.

        The future raises :class:`KnownError` where no embedder is used.
        """
        return self._embedding.check(sample, progress)

    def drop_vectors(self, space: str) -> Future[None]:
        """Removes the vectors of a space from the memory.

        The future raises :class:`KnownError` where the memory has none of that space.
        """
        return self._embedding.drop(space)

    @property
    def embedding_state(self) -> EmbeddingState:
        """How far the vectors are; a value."""
        return self._embedding.state

    @property
    def dense(self) -> DenseIndex | None:
        """The vectors of the open memory, to be searched by any thread; None where no embedder is used."""
        return self._embedding.dense
