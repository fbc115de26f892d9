"""From one memory to another, whatever keeps them: entries as they are, vectors and settings, and then a check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from memviz.core.edits import Delete, Insert, Restore
from memviz.core.entry import EDITABLE_FIELDS, Entry
from memviz.core.errors import KnownError
from memviz.core.memory import FillsItsCopy, Store
from memviz.core.progress import Progress, no_progress
from memviz.core.snapshot import Snapshot
from memviz.core.vectors import VectorRow
from memviz.dialogue.claims import with_turns_moved
from memviz.session.addresses import ATTACHED, memory_address, without_password
from memviz.session.bundled import unpacked_memory
from memviz.session.entries_digest import EntriesDigest
from memviz.session.registry import STORES, load
from memviz.session.stories import unpack_stories

INITIATOR = "copy"
_BATCH = 1_000
_VECTORS = 2_000


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied, and checked.

    Attributes:
        source, target: addresses without passwords.
        entries: how many.
        shift: what was added to their ids, where the target held entries before; 0 otherwise.
        vectors: space -> how many.
        settings: names of those that were set.
        digest: SHA-256 over all copied entries; the same on both sides.
    """

    source: str
    target: str
    entries: int
    shift: int
    vectors: Mapping[str, int]
    settings: tuple[str, ...]
    digest: str


def open_store(memory: str, *, create: bool = False, progress: Progress = no_progress) -> Store:
    """The store of a memory by name, path or address; the caller closes it on this thread.

    Raises:
        KnownError: what the user can mend.
        Cancelled: from ``progress``.
    """
    address = memory_address(memory)
    progress(0, 0, f"opening {address.name}")
    if address.bundled:
        unpacked_memory(address.bundled, progress)
    if address.stories is not None:
        unpack_stories(address.stories, progress)
    options = {**address.options, "progress": progress} if address.scheme == ATTACHED else address.options
    store: Store = load(STORES, address.scheme)(address.place, create=create, **options)
    if isinstance(store, FillsItsCopy):
        store.while_filling = progress
    return store


def copy_memory(source: str, target: str, *, into: bool = False, progress: Progress = no_progress) -> Copied:
    """Copies a memory into a new or empty one: entries with ids, times and uses, hidden ones too, vectors, settings.

    The history stays behind. Blocks; any thread.

    Args:
        source, target: as a user calls memories; ``target`` is made where there is none.
        into: also into a memory that holds entries: the copies get new ids after them, and its settings stay.

    Raises:
        KnownError: a memory that cannot be opened or written, a target that holds entries or is given one under an id
            of a copy meanwhile, or a copy that is not equal to its source; what was copied is removed again.
        Cancelled: from ``progress``; what was copied is removed again.
    """
    with closing(open_store(source, progress=progress)) as old, closing(_target(target, progress)) as new:
        if old.url == new.url:
            raise KnownError(f"“{without_password(source)}” cannot be copied onto itself; name another target.")
        if new.count and not into:
            held = "1 entry" if new.count == 1 else f"{new.count:,} entries"
            raise KnownError(
                f"“{without_password(target)}” holds {held}; choose a new memory, or add to it with --into."
            )
        copy = _Copy(old, new, into, progress)
        try:
            return copy.run()
        except BaseException:
            with suppress(KnownError):
                copy.remove()
            raise


def _target(target: str, progress: Progress) -> Store:
    return open_store(target, create=True, progress=progress)


class _Copy:
    def __init__(self, old: Store, new: Store, into: bool, progress: Progress) -> None:
        self._old, self._new, self._into, self._progress = old, new, into, progress
        self._written: set[int] = set()
        self._in_doubt: list[Entry] = []
        self._shift = 0

    def run(self) -> Copied:
        with closing(self._old.snapshot()) as view:
            digest, done = EntriesDigest(), 0
            self._reserve(view)
            for batch in _batches(view.scan(), _BATCH):
                self._progress(done, view.count, "copying entries")
                self._write([_shifted(entry, self._shift) for entry in batch])
                digest.add(batch)
                done += len(batch)
        vectors = {space: self._vectors(space) for space in self._old.vector_spaces()}
        settings = {name: value for name, value in self._old.settings.items() if name not in self._new.settings}
        if settings:
            self._new.change_settings(settings)
        self._check(digest)
        return Copied(
            self._old.url, self._new.url, done, self._shift, vectors, tuple(sorted(settings)), digest.hexdigest()
        )

    def remove(self) -> None:
        """Takes back what was written so far, and nothing else."""
        doubted = {entry.id: entry for entry in self._in_doubt}
        for batch in _batches(sorted(self._written | doubted.keys()), _BATCH):
            there = [
                entry.id for entry in self._new.get(batch) if entry.id in self._written or entry == doubted[entry.id]
            ]
            if there:
                self._new.apply([Delete(entry_id) for entry_id in there], initiator=INITIATOR)

    def _reserve(self, view: Snapshot) -> None:
        """Writes the first and the last entry, so that what others add meanwhile gets ids after all copies."""
        first = next(view.scan(), None)
        if first is None:
            return
        if self._into and self._new.count:
            self._shift = self._next_id(first) - first.id
        last = view.get(self._old.search_ids()[-1:])
        ends = {entry.id: entry for entry in (first, *last)}  # which may be one and the same
        self._write([_shifted(entry, self._shift) for entry in ends.values()])

    def _next_id(self, first: Entry) -> int:
        """The id that the target gives next: the first entry gets it, for now with the times of now."""
        fields = {name: getattr(first, name) for name in EDITABLE_FIELDS}
        [entry_id] = self._new.apply([Insert(**fields)], initiator=INITIATOR).inserted
        self._written.add(entry_id)
        return entry_id

    def _write(self, entries: Sequence[Entry]) -> None:
        """Entries with their ids, which nobody else may have taken; those that are there already are written again."""
        self._in_doubt = [entry for entry in entries if entry.id not in self._written]
        edits = [Restore(entry, new=entry.id not in self._written) for entry in entries]
        self._new.apply(edits, initiator=INITIATOR)
        self._written.update(entry.id for entry in entries)
        self._in_doubt = []

    def _vectors(self, space: str) -> int:
        total, done, since, more = self._old.vector_spaces()[space][1], 0, 0, True
        while more:
            self._progress(done, total, "copying vectors")
            found = self._old.vector_changes(space, since=since, limit=_VECTORS)
            since, more = found.stamp, found.more
            updated = {entry.id: entry.updated for entry in self._old.get(found.ids.tolist())}
            rows = [
                VectorRow(entry_id + self._shift, updated[entry_id], vector)
                for entry_id, vector in zip(found.ids.tolist(), found.vectors, strict=True)
                if entry_id in updated
            ]
            done += self._new.put_vectors(space, rows) if rows else 0
        return done

    def _check(self, expected: EntriesDigest) -> None:
        found = EntriesDigest()
        with closing(self._new.snapshot()) as view:
            copies = (entry for entry in view.scan() if entry.id in self._written)
            for batch in _batches(copies, _BATCH):
                self._progress(found.count, expected.count, "checking the copy")
                found.add([_shifted(entry, -self._shift) for entry in batch])
        if (found.count, found.hexdigest()) != (expected.count, expected.hexdigest()):
            raise KnownError(
                f"The copy is not equal to its source ({found.count:,} of {expected.count:,} entries came back, digest"
                f" {found.hexdigest()[:12]} for {expected.hexdigest()[:12]}): one of the memories was edited meanwhile;"
                " copy again."
            )


def _shifted(entry: Entry, by: int) -> Entry:
    if by == 0:
        return entry
    superseded_by = None if entry.superseded_by is None else entry.superseded_by + by
    return replace(entry, id=entry.id + by, superseded_by=superseded_by, metadata=with_turns_moved(entry, by))


def _batches(values: Iterable[Any], size: int) -> Iterator[list[Any]]:
    iterator = iter(values)
    while batch := list(islice(iterator, size)):
        yield batch
