"""How a key-value memory network is trained."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KVRecipe:
    """How a key-value memory network is trained.

    Attributes:
        hops, code_width, word_width, most_slots, hub: of the network and its key hashing.
        least_count: a term that fewer questions hold is no word of the vocabulary.
        epochs: at most.
        rate: of Adam; it falls linearly to a twentieth.
        batch: questions.
        clip: largest norm of the gradient.
        validation: share of the training questions that is kept out to choose the best epoch.
        seed: of weights, validation part and order.
    """

    hops: int = 1
    code_width: int = 256
    word_width: int = 64
    most_slots: int = 5_000
    hub: int = 50
    least_count: int = 5
    epochs: int = 20
    rate: float = 2e-3
    batch: int = 32
    clip: float = 5.0
    validation: float = 0.1
    seed: int = 0
