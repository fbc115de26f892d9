"""Sizes of a key-value memory network."""

from __future__ import annotations

from dataclasses import dataclass, field

from memviz.core.errors import KnownError


@dataclass(frozen=True)
class KVConfig:
    """What a :class:`~memviz.models.kv_memnn.network.KeyValueMemoryNetwork` is made of.

    Attributes:
        vocabulary: words of questions in the order of their ids, which start at 1.
        weights: how much each word counts (its inverse document frequency), in the same order.
        mention_weights: the same for names that many questions hold without meaning them, like the tag ``film``; a name
            that is not here counts 1.
        relations: names in the order of their ids; each has an inverse, as many ids later as there are names.
        word_width: D, of what a question says beside names.
        hops: H.
        most_slots: triples that are hashed for a question, at most.
        hub: names with more triples than this lead nowhere.
    """

    vocabulary: tuple[str, ...] = field(default=())
    weights: tuple[float, ...] = field(default=())
    mention_weights: dict[str, float] = field(default_factory=dict)
    relations: tuple[str, ...] = field(default=("relation",))
    word_width: int = 64
    hops: int = 1
    most_slots: int = 5_000
    hub: int = 50

    def __post_init__(self) -> None:
        for name in ("vocabulary", "weights", "relations"):
            object.__setattr__(self, name, tuple(getattr(self, name)))  # a file gives lists
        if len(self.vocabulary) != len(self.weights):
            raise KnownError("A key-value memory network needs one weight for each word of its vocabulary.")
        if not self.relations:
            raise KnownError("A key-value memory network needs at least one relation.")
        for name in ("word_width", "hops", "most_slots", "hub"):
            if getattr(self, name) < 1:
                raise KnownError(f"A key-value memory network needs {name} of at least 1, not {getattr(self, name)}.")
