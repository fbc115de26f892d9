"""What the rooms of the middle floor expect of each other; ``session`` introduces them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol, runtime_checkable

from memviz.core.edits import Change, Edit, HistoryRow
from memviz.core.entry import Entry
from memviz.core.events import Event, FloatArray, Query, RecallEvent
from memviz.core.neurons import NeuronReport, NeuronScale

#: Called with (done, total, words) during long jobs; raises :class:`~memviz.core.errors.Cancelled` to stop them.
Progress = Callable[[int, int, str], None]


def no_progress(done: int, total: int, words: str) -> None:
    """For callers that don't show progress."""


@dataclass(frozen=True, slots=True)
class Match:
    """A row that the full-text index found: entry id and BM25 score (higher is better)."""

    entry_id: int
    score: float


@runtime_checkable
class LexicalIndex(Protocol):
    """Full-text search as recall needs it. Only enabled, unexpired entries are found.

    A *term* is a word as typed; the index analyses it the way it analysed the entries (stemming, diacritics,
    Chinese by characters).
    """

    def document_frequency(self, term: str) -> int:
        """Number of entries that hold the term."""
        ...

    def match(self, any_of: Sequence[str], also_any_of: Sequence[str] = (), *, limit: int) -> list[Match]:
        """Entries with at least one of ``any_of`` and, where ``also_any_of`` is given, at least one of those too.

        Scored by BM25 over all given terms, best first, ties by id.
        """
        ...

    def with_subject(self, subjects: Sequence[str]) -> dict[int, str]:
        """Entries whose normalised subject (see ``core.text.normalised``) is one of ``subjects``: id -> subject."""
        ...


@runtime_checkable
class Snapshot(LexicalIndex, Protocol):
    """A read-only view of a store at one version; it does not change while the store is edited.

    Used by one thread at a time (the query thread); close it when done.
    """

    @property
    def url(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def count(self) -> int:
        """Number of entries, disabled ones included."""
        ...

    def get(self, ids: Sequence[int]) -> list[Entry]:
        """The entries with these ids, in this order; ids that do not exist are left out."""
        ...

    def newest(self, *, limit: int, source: str = "", before: int | None = None) -> list[int]:
        """Ids of enabled, unexpired entries, the greatest first; of one source and before an id where asked for."""
        ...

    def texts(self) -> Iterator[tuple[int, str, str]]:
        """Id, key and text of every enabled, unexpired entry, by id."""
        ...

    def close(self) -> None: ...


@runtime_checkable
class Store(Protocol):
    """A memory that lasts. All methods but ``url`` are called on the store thread only."""

    @property
    def url(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def count(self) -> int: ...
    @property
    def read_only(self) -> bool:
        """True where the file or its folder cannot be written; edits are refused."""
        ...

    def get(self, ids: Sequence[int]) -> list[Entry]: ...
    def snapshot(self) -> Snapshot: ...

    def apply(self, edits: Sequence[Edit], *, initiator: str = "") -> Change:
        """All edits in one transaction with their history, or none."""
        ...

    def undo(self, *, initiator: str = "") -> Change | None:
        """Takes back the newest edit that is not taken back yet; None when there is none."""
        ...

    def redo(self, *, initiator: str = "") -> Change | None: ...

    def history(self, entry_id: int | None = None, *, limit: int = 100) -> list[HistoryRow]:
        """Newest first."""
        ...

    def search_ids(self, text: str = "", *, sort: str = "id", descending: bool = False) -> Sequence[int]:
        """Ids of all entries that match what was typed (all words, the last as a prefix), or of all entries."""
        ...

    def mark_used(self, ids: Sequence[int]) -> None:
        """Counts a use of these entries, outside history and version."""
        ...

    def close(self) -> None: ...


class Recaller(Protocol):
    """Ranks entries for a query."""

    def __call__(self, query: Query, snapshot: Snapshot) -> RecallEvent: ...


#: The kind of recall of a model that is given no entries.
NO_RECALL = "none"


@dataclass(frozen=True, slots=True)
class RecallNeed:
    """How a model wants to be given entries.

    Attributes:
        kind: of recaller (``registry.RECALLERS``), or :data:`NO_RECALL`.
        options: of that recaller, by name.
    """

    kind: str = "lexical"
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@runtime_checkable
class RecallByQuery(Protocol):
    """A model that needs entries for some questions only: where their template has a place for them."""

    def recall_for(self, query: Query) -> RecallNeed: ...


@runtime_checkable
class AttentionRows(Protocol):
    """A model that can tell the whole attention of one token again."""

    def attention_rows(self, token_ids: Sequence[int], scales: Sequence[NeuronScale] = ()) -> FloatArray:
        """Attention of the last of these tokens over all of them, [L, H, T]; with neurons scaled."""
        ...


@runtime_checkable
class EditableWeights(Protocol):
    """A model whose weights can be looked at as a memory, and edited. Query thread."""

    @property
    def weights(self) -> Any:
        """A ``models.feed_forward.memory.WeightsMemory``."""
        ...

    @property
    def weights_version(self) -> int:
        """Changes whenever the weights do."""
        ...

    def neuron_report(
        self, token_ids: Sequence[int], scales: Sequence[NeuronScale] = (), *, strongest: int, tokens: int
    ) -> NeuronReport: ...


@runtime_checkable
class Rehearsing(Protocol):
    """A model that can answer beside a run, which stays the one whose steps can be looked at."""

    def rehearse(self, query: Query, entries: Sequence[Entry], recall: RecallEvent | None) -> Iterator[Event]: ...


@runtime_checkable
class MemoryModel(Protocol):
    """A model that tells its reads and writes as events."""

    @property
    def name(self) -> str: ...

    @property
    def recall(self) -> RecallNeed:
        """How entries are chosen for it, unless the session has a recaller of its own."""
        ...

    def run(self, query: Query, entries: Sequence[Entry], recall: RecallEvent | None, /) -> Iterator[Event]:
        """Yields this query's events; each ``yield`` is where a run can be paused, stepped or cancelled.

        ``entries`` are the injected ones, best first; where there are none, or none fits, a ``NoticeEvent`` says that
        the model is asked without memory. Closing the generator leaves no hook behind.
        """
        ...

    def close(self) -> None: ...


@runtime_checkable
class Exemplary(Protocol):
    """A model that cannot be asked just anything."""

    @property
    def example(self) -> str:
        """A query that it understands; empty where any will do."""
        ...
