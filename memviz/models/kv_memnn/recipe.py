"""How a key-value memory network is trained."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KVRecipe:
    """How a key-value memory network is trained.

    Attributes:
        hops: H of the network, and how far its key hashing reaches.
        word_width: of what a question says beside names.
        most_slots: triples that are hashed for a question, at most.
        hub: names with more triples than this lead nowhere.
        least_count: a term that fewer questions hold is no word of the vocabulary.
        epochs: at most.
        rate: of Adam; it falls linearly to a twentieth.
        batch: questions.
        clip: largest norm of the gradient.
        validation: share of the training questions that is kept out to choose the best epoch.
        seed: of weights, validation part and order.
    """

    hops: int = 1
    word_width: int = 64
    most_slots: int = 5_000
    hub: int = 50
    least_count: int = 5
    epochs: int = 10
    rate: float = 2e-3
    batch: int = 32
    clip: float = 5.0
    validation: float = 0.1
    seed: int = 0
