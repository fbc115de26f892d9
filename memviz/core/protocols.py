"""What models and recall expect of each other; ``session`` introduces them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol, runtime_checkable

from memviz.core.arrays import FloatArray
from memviz.core.entry import Entry
from memviz.core.events import Event, RecallEvent
from memviz.core.neurons import NeuronReport, NeuronScale
from memviz.core.query import Query
from memviz.core.snapshot import Snapshot


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
class Conversing(Protocol):
    """A model that reads what was said before (``Query.dialogue``). Query thread."""

    def count_tokens(self, text: str) -> int:
        """How many tokens it makes of a text."""
        ...


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
