"""What it means to forget: which entries, what was removed, and what a store must be able to do for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol, runtime_checkable

from memviz.core.edits import Change
from memviz.core.errors import KnownError
from memviz.core.progress import Progress


@dataclass(frozen=True, slots=True)
class Wish:
    """Which entries are to be forgotten; one of the three is given.

    Attributes:
        ids: of entries, also of such as were deleted and are in the history only.
        owner: entries that are this owner's, or once were; without regard to the case of A to Z.
        search: entries that hold all these words, or once did, as a search in the table finds them.
    """

    ids: tuple[int, ...] = ()
    owner: str = ""
    search: str = ""

    def __post_init__(self) -> None:
        given = [bool(self.ids), bool(self.owner.strip()), bool(self.search.strip())]
        if sum(given) != 1:
            raise KnownError("Say which entries are to be forgotten: by their ids, by one owner, or by a search.")


@dataclass(frozen=True, slots=True)
class Found:
    """What is to be forgotten, as it was when it was looked for; nothing has been changed.

    Attributes:
        version: of the memory then.
        ids: of all entries, in order.
        there: those of them that the memory holds now; the others are in the history only.
        parts: how many parts of changes the history tells of them.
        texts: every key and text that one of them has or had, each once.
        fields: every owner, source, tag and text of metadata that one of them has or had, each once.
        owners: those of ``fields`` that were an owner.
    """

    version: int
    ids: tuple[int, ...]
    there: tuple[int, ...]
    parts: int
    texts: tuple[str, ...]
    fields: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Removed:
    """What left the rows of a memory, in one transaction.

    Attributes:
        change: of the kind ``forget``, as listeners are told.
        parts: of the history.
        vectors: in all spaces.
        spaces: names of the spaces that the memory has.
        settings: names of those out of which lines were taken that held a forgotten text.
    """

    change: Change
    parts: int
    vectors: int
    spaces: tuple[str, ...]
    settings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What the history tells of a forgetting: when, by whom, and of how many entries."""

    version: int
    time: float
    initiator: str
    entries: int


@dataclass(frozen=True, slots=True)
class Held:
    """Where a forgotten text is still to be read because something that was kept says it too.

    Attributes:
        entries: ids of kept entries that hold it, the first hundred.
        history: ids of kept entries that held it once, the first hundred.
        settings: names.
        names: what memviz itself writes into a file: names of tables, kinds of changes and who made them, spaces of
            vectors.
    """

    entries: tuple[int, ...] = ()
    history: tuple[int, ...] = ()
    settings: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search of every byte found.

    Attributes:
        files: name -> bytes, all that were read.
        short: positions of texts that were too short to be searched for: the same bytes may stand there by chance.
        held: position of the text -> what was kept and says it, or a piece of a long one, too.
        found: position of the text -> names of the files in which it, or a piece of it, stands though nothing that was
            kept says that.
    """

    files: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    short: tuple[int, ...] = ()
    held: Mapping[int, Held] = field(default_factory=lambda: MappingProxyType({}))
    found: Mapping[int, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))


class ChangedMeanwhile(KnownError):  # noqa: N818 - a state of the world
    """The memory is another one than when it was looked through; nothing was forgotten."""


class Forgetting(Protocol):
    """A store's way of forgetting. Store thread.

    The order is :meth:`find`, :meth:`check_free`, :meth:`remove`, then :meth:`clean` and :meth:`finish`, which may be
    done again and again: from the removal until the finish the memory knows that its forgetting is unfinished.
    """

    def find(self, wish: Wish, progress: Progress) -> Found:
        """Looks for what is meant; changes nothing.

        Raises:
            KnownError: there is no such entry, neither now nor in the history.
            Cancelled: by ``progress``.
        """
        ...

    def check_free(self) -> None:
        """Raises a KnownError where the memory cannot be written, or not be cleaned: its disk has no room for it, or
        somebody reads the memory."""
        ...

    def remove(self, found: Found, initiator: str, progress: Progress) -> Removed:
        """Takes the entries out of rows, history, index, vectors and settings, in one transaction.

        Raises:
            ChangedMeanwhile: the memory was changed since they were found; nothing was changed.
            Cancelled: by ``progress``; nothing was changed.
        """
        ...

    def clean(self, progress: Progress) -> tuple[str, ...]:
        """Empties the log, writes the file anew without free pages, and removes backups; returns their names.

        Raises:
            KnownError: somebody reads the memory, or there is no room; what is left to do may be done later.
        """
        ...

    def search(self, texts: Sequence[str], progress: Progress) -> Searched:
        """Looks for texts in every byte of every file of the memory, after it was cleaned."""
        ...

    def remains(self, ids: Sequence[int]) -> tuple[str, ...]:
        """Sentences about what is left of these entries; empty where nothing is."""
        ...

    def each_text(self, tell: Callable[[int, str], None]) -> None:
        """Tells (id of the entry, text) of every key and text that rows and history hold, some more than once."""
        ...

    def untidy(self) -> tuple[str, ...]:
        """Sentences about places where removed texts could still lie: free pages, the log, backups."""
        ...

    def finish(self, version: int, seal: str) -> None:
        """The forgetting that made this version is done; ``seal`` is kept as what its receipt must have."""
        ...

    def seal(self, version: int) -> str | None:
        """What the receipt of the forgetting that made this version must have."""
        ...

    def unfinished(self) -> int | None:
        """The version that a forgetting made which is not finished."""
        ...

    def told(self) -> list[Told]:
        """All forgettings, the newest first."""
        ...

    def forgotten_by(self, version: int) -> tuple[int, ...]:
        """The ids that the forgetting took away that made this version."""
        ...

    def forgotten(self, ids: Sequence[int]) -> frozenset[int]:
        """Those of these ids that were ever forgotten."""
        ...


@runtime_checkable
class CanForget(Protocol):
    """A store that can forget."""

    @property
    def forgetting(self) -> Forgetting: ...


def ranges(ids: Sequence[int]) -> list[tuple[int, int]]:
    """Ids in order as (first, last) of each run of neighbours."""
    found: list[tuple[int, int]] = []
    for entry_id in ids:
        if found and found[-1][1] == entry_id - 1:
            found[-1] = (found[-1][0], entry_id)
        else:
            found.append((entry_id, entry_id))
    return found
