"""The vectors of one memory in one space: computed, put into the store, and followed by an index."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from memviz.core.entry import Entry
from memviz.core.memory import Store
from memviz.core.progress import Progress, no_progress
from memviz.core.vectors import Embedder, VectorChanges, VectorRow
from memviz.session.bundled import data_folder
from memviz.session.embedders import embedded_text

if TYPE_CHECKING:
    from memviz.recall.dense_search import DenseSearch
    from memviz.recall.vector_index import VectorIndex
    from memviz.recall.vectors.folder import IndexFolder

T = TypeVar("T")
#: What is said while vectors are computed.
COMPUTING = "computing vectors"
#: What is said while many entries get another vector because they were changed.
FOLLOWING = "following changes"

#: Entries that are embedded and stored at once: a change waits for so many, and a cancelled job has lost no more.
#: More where an embedder does them in less than so many seconds.
_ENTRIES, _MOST_ENTRIES, _QUICK = 32, 2_048, 0.2
#: Vectors that the store reads at once for the index.
_VECTORS = 10_000
#: The index is kept after so many changes, or after a part of it has changed; and when it is closed.
_UNSAVED, _UNSAVED_PART = 5_000, 20
#: Rows without an entry that a compact index is made anew for.
_FREE = 10_000

log = logging.getLogger("memviz")


class StoreCall(Protocol):
    """Calls something with the memory's store on the store thread, and waits; raises Cancelled when it is closed."""

    def __call__(self, ask: Callable[[Store], T], /) -> T: ...


class MemoryVectors:
    """Used by one thread, ``memviz-embed``; the index may be searched by another meanwhile.

    Args:
        call: with the memory's store, on the store thread.
        url: of the memory.
        embedder: makes the vectors.
        say: takes sentences for the user.

    Attributes:
        search: what recall is given.
        index: what is searched.
        caught_up: :meth:`catch_up` has come to its end.
    """

    def __init__(self, call: StoreCall, url: str, embedder: Embedder, say: Callable[[str], None]) -> None:
        self._call = call
        self._embedder = embedder
        self._say = say
        self._folder: IndexFolder | None = None
        self._unsaved = 0
        self.caught_up = False
        self._scan_due = True  # entries without a vector are looked for in the whole memory
        self._changed: dict[int, None] = {}  # entries that were changed since they were embedded
        self.index: VectorIndex = self._opened(url)
        self.search: DenseSearch = self._searched()

    # -- the index ---------------------------------------------------------------------------------------------------

    def _opened(self, url: str) -> VectorIndex:
        """The index that was kept, if it can be used, or an empty one."""
        from memviz.recall.vector_index import VectorIndex
        from memviz.recall.vectors.folder import IndexFolder, NotUsable

        space, dimension = self._embedder.space, self._embedder.dimension
        try:
            self._folder = IndexFolder(index_folder(url, space))
            try:
                kept = self._folder.load(space, dimension)
            except NotUsable as reason:
                self._say(f"The index of this memory is built anew, because {reason}.")
                kept = None
            return kept if kept is not None else self._folder.new(space, dimension)
        except OSError as error:
            self._in_memory(error)
            return VectorIndex(space, dimension)

    def _searched(self) -> DenseSearch:
        from memviz.recall.dense_search import DenseSearch

        return DenseSearch(self._embedder, self.index)

    def _in_memory(self, error: OSError) -> None:
        self._say(
            f"The index cannot be kept on the disk ({error.strerror or error}), so every start builds it; free some"
            " space, or set MEMVIZ_DATA_HOME to another folder."
        )
        if self._folder is not None:
            self._folder.close()
        self._folder = None

    def catch_up(self, progress: Progress) -> None:
        """Brings the index up to what the store has; builds it anew where the two do not belong together.

        Raises:
            Cancelled: from ``progress``.
        """
        from memviz.recall.vectors.folder import agrees

        started = self.index.stamp
        self._follow(progress)
        if started and not agrees(self.index, self._changes, self._call(self._count)):
            self._say("The index of this memory is built anew, because it does not hold what the memory holds.")
            self._renew()
            self._follow(progress)
        self.caught_up = True

    def _renew(self, filled: bool = False) -> None:
        """An empty index instead of the one there is; ``filled``: with the same vectors, without free rows."""
        from memviz.recall.vector_index import VectorIndex

        old, space, dimension = self.index, self._embedder.space, self._embedder.dimension
        new = self._folder.new(space, dimension) if self._folder is not None else VectorIndex(space, dimension)
        if filled:
            live = old.rows.live()
            for start in range(0, len(live), _VECTORS):
                part = live[start : start + _VECTORS]
                new.put(old.rows.ids[part], old.rows.vectors(part))
            new.stamp = old.stamp
        self.index = self.search.index = new
        old.close()

    def begin_anew(self) -> None:
        """Entries were forgotten: nothing that was read of their vectors may stay, neither here nor on the disk."""
        old, self._folder = self._folder, None
        if old is not None:
            old.close()
            with suppress(OSError):  # without a folder the index is in memory
                self._folder = type(old)(old.folder)
        self._renew()
        self._follow(no_progress)
        self._unsaved += 1
        self.keep()

    def _follow(self, progress: Progress) -> None:
        """Makes the store's changes in the index; remembers which entries lost their vector."""
        while True:
            changes = self._changes(self.index.stamp, _VECTORS)
            self._changed.update(dict.fromkeys(changes.gone.tolist()))
            self._unsaved += len(changes.ids) + len(changes.gone)
            try:
                self.index.follow(changes)
            except OSError as error:
                self._in_memory(error)
                self._renew()
                continue
            if not changes.more:
                return
            progress(self.index.count, max(self.index.count, self._call(self._count)), "reading vectors")

    def _changes(self, since: int, limit: int) -> VectorChanges:
        return self._call(lambda store: store.vector_changes(self._embedder.space, since=since, limit=limit))

    def _count(self, store: Store) -> int:
        return store.vector_spaces().get(self._embedder.space, (0, 0))[1]

    def settle(self, progress: Progress, lists: bool = True) -> None:
        """Gives the index the lists that its size asks for, and keeps it where much has changed.

        Args:
            lists: False to make none now.

        Raises:
            Cancelled: from ``progress``.
        """
        if self.index.rows.free > self.index.count + _FREE:
            self._renew(filled=True)
        if lists and self.index.lists_due:
            self.index.make_lists(progress)
            self.keep()
        elif self._unsaved > max(_UNSAVED, self.index.count // _UNSAVED_PART):
            self.keep()

    def keep(self) -> None:
        """Writes the index, where it is kept on the disk and has changed."""
        if self._folder is None or not self._unsaved:
            return
        try:
            self._folder.save(self.index)
        except OSError as error:
            self._say(f"The index could not be kept ({error.strerror or error}); free some space.")
            log.warning("The index could not be kept: %s", error)
        self._unsaved = 0

    # -- the vectors -------------------------------------------------------------------------------------------------

    def changed(self, ids: Iterable[int], all_of_them: bool = False) -> None:
        """Entries that may need another vector."""
        self._changed.update(dict.fromkeys(ids))
        self._scan_due = self._scan_due or all_of_them

    def embed_missing(self, progress: Progress) -> None:
        """Gives a vector to each entry that has none: those that were changed first, then all others by id.

        What is done when ``progress`` stops it stays done.

        Raises:
            Cancelled: from ``progress``.
            KnownError: the embedder or the store cannot.
        """
        self.embed_changed(progress)
        while self._scan_due:
            self._scan_due = self._sweep(progress)

    def leave_missing(self) -> None:
        """What is to be embedded yet waits for :meth:`embed_missing`; :meth:`embed_changed` does what changes later."""
        self._changed.clear()
        self._scan_due = True

    def _sweep(self, progress: Progress) -> bool:
        """Goes through the memory once; returns whether it found anything to do."""
        after = stored = 0
        batch = _ENTRIES
        while True:
            done, total = self._call(lambda store: (self._count(store), store.count))
            if done >= total:
                return False
            progress(done, total, COMPUTING)
            found = self._without(after, batch)
            if not found:
                return stored > 0  # what was inserted before the place where it was
            began = time.perf_counter()
            stored += self._embed(found)
            self._follow(progress)
            self.embed_changed(progress)
            after = found[-1].id
            batch = _next_batch(batch, time.perf_counter() - began)

    def _without(self, after: int, limit: int) -> list[Entry]:
        return self._call(lambda store: store.without_vector(self._embedder.space, after=after, limit=limit))

    def embed_changed(self, progress: Progress) -> None:
        """Brings the index up to the store, and gives those a vector that were changed since; no others.

        Raises:
            Cancelled: from ``progress``, which is asked between many of them; the rest is still to be done then.
            KnownError: the embedder or the store cannot.
        """
        self._follow(no_progress)
        begun = False
        while self._changed:
            if begun:
                progress(0, 0, FOLLOWING)
            begun = True
            ids = list(self._changed)[:_ENTRIES]
            rows = self.index.rows.rows_of(ids).tolist()
            missing = [entry_id for entry_id, row in zip(ids, rows, strict=True) if row < 0]
            if missing:
                self._embed(self._entries(missing))
                self._follow(no_progress)
            for entry_id in ids:
                self._changed.pop(entry_id, None)

    def _entries(self, ids: Sequence[int]) -> list[Entry]:
        return self._call(lambda store: store.get(ids))

    def _embed(self, entries: Sequence[Entry]) -> int:
        """Stores their vectors; returns how many, since an entry may have been changed meanwhile."""
        if not entries:
            return 0
        vectors = self.search.embed([embedded_text(entry) for entry in entries])
        rows = [VectorRow(entry.id, entry.updated, vector) for entry, vector in zip(entries, vectors, strict=True)]
        return self._call(lambda store: store.put_vectors(self._embedder.space, rows))

    def close(self) -> None:
        """Keeps the index, and lets go of it; searches find nothing any more. The embedder stays as it is."""
        self.keep()
        self.search.close()
        self.index.close()
        if self._folder is not None:
            self._folder.close()


def _next_batch(size: int, seconds: float) -> int:
    """More at once while that is quick, so that writing costs less than embedding."""
    if seconds < _QUICK:
        return min(size * 2, _MOST_ENTRIES)
    return max(_ENTRIES, size // 2) if seconds > 4 * _QUICK else size


def index_folder(url: str, space: str) -> Path:
    """Where the index of a memory and a space is kept."""
    digest = hashlib.sha256(f"{url}\n{space}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return data_folder() / "indexes" / digest


def index_folders(url: str, space: str) -> list[Path]:
    """All folders in which there is one, also those of other programs that have the memory open."""
    folder = index_folder(url, space)
    return sorted(found for found in folder.parent.glob(f"{folder.name}*") if found.is_dir())
