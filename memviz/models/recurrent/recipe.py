"""How a recurrent memory is trained."""

from __future__ import annotations

from dataclasses import dataclass, field

from memviz.models.sequences.task import Task


@dataclass(frozen=True, slots=True)
class RecurrentRecipe:
    """How an LSTM or GRU is trained on a task.

    Attributes:
        task: what it learns.
        units: cell units, which are its memory.
        cell: lstm or gru.
        rounds: of 100 batches, at most.
        rate: of Adam; it falls to a tenth over the last fifth of the rounds.
        batch: sequences.
        clip: largest norm of the gradient.
        seed: of weights and sequences.
    """

    task: Task = field(default_factory=Task)
    units: int = 128
    cell: str = "lstm"
    rounds: int = 200
    rate: float = 3e-3
    batch: int = 32
    clip: float = 10.0
    seed: int = 0
