"""How a differentiable neural computer is trained."""

from __future__ import annotations

from dataclasses import dataclass, field

from memviz.models.sequences.task import Task


@dataclass(frozen=True, slots=True)
class DNCRecipe:
    """How a DNC is trained on a task.

    Attributes:
        task: what it learns.
        slots: rows of the memory.
        word_size: columns of the memory.
        read_heads: of the network; there is one write head.
        controller: lstm or feedforward.
        hidden_size: of the controller.
        masked_lookup: content is compared only where a mask says so.
        deallocation: freed rows are wiped, not only marked as free.
        link_sharpness: what the linkage has blurred is sharpened.
        rounds: of 100 batches, at most.
        rate: of Adam; it falls to a tenth over the last fifth of the rounds.
        batch: sequences.
        clip: largest norm of the gradient.
        seed: of weights and sequences.
    """

    task: Task = field(default_factory=Task)
    slots: int = 64
    word_size: int = 16
    read_heads: int = 1
    controller: str = "lstm"
    hidden_size: int = 100
    masked_lookup: bool = False
    deallocation: bool = False
    link_sharpness: bool = False
    rounds: int = 200
    rate: float = 1e-3
    batch: int = 16
    clip: float = 10.0
    seed: int = 0
