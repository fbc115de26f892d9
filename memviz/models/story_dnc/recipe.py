"""How a DNC that reads stories is trained."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StoryDNCRecipe:
    """How a DNC is trained on stories.

    A feed-forward controller remembers nothing, so all that it answers from is in the memory; it learns faster, too.

    Attributes:
        by_sentence: each sentence is one step; else each word is.
        slots: rows of the memory.
        word_size: columns of the memory.
        read_heads: of the network; there is one write head.
        controller: lstm or feedforward.
        hidden_size: of the controller.
        masked_lookup: content is compared only where a mask says so.
        deallocation: freed rows are wiped, not only marked as free.
        link_sharpness: what the linkage has blurred is sharpened.
        rounds: of 100 batches, at most.
        growth: stories end at their first question, then at their second, and so on: as soon as a round's loss falls
            below this; 0: they are whole from the beginning.
        rate: of Adam; it falls to a tenth over the last fifth of the rounds.
        batch: stories.
        renaming: names change places in a story, as Renaming says.
        asked: share of a story's questions that stand in its stream, drawn anew each time; the last one always does.
        clip: largest norm of the gradient.
        validation: share of the training stories that is kept out to choose the best round.
        seed: of weights, validation part and order.
    """

    by_sentence: bool = True
    slots: int = 32
    word_size: int = 32
    read_heads: int = 4
    controller: str = "feedforward"
    hidden_size: int = 128
    masked_lookup: bool = True
    deallocation: bool = True
    link_sharpness: bool = False
    rounds: int = 100
    growth: float = 0.3
    rate: float = 2e-3
    batch: int = 32
    renaming: bool = True
    asked: float = 0.7
    clip: float = 10.0
    validation: float = 0.1
    seed: int = 0
