"""Training of networks that read and write sequences of bits."""

from __future__ import annotations

from typing import Protocol, TypeVar

import torch
from torch import Tensor, nn

from memviz.models.memory_network import MemoryNetwork
from memviz.models.sequences.task import Task
from memviz.models.sequences.tasks import Drill, batch, wrong_bits
from memviz.models.training.network import NetworkTraining, Recipe, falling

#: Batches of a round, and sequences of the validation part.
ROUND, VALIDATION = 100, 64


class SequenceRecipe(Recipe, Protocol):
    """What every recipe for a task of sequences says."""

    @property
    def task(self) -> Task: ...
    @property
    def rounds(self) -> int: ...
    @property
    def rate(self) -> float: ...
    @property
    def batch(self) -> int: ...


R = TypeVar("R", bound=SequenceRecipe)
N = TypeVar("N", bound=MemoryNetwork)


class SequenceTraining(NetworkTraining[R, N]):
    """A round is :data:`ROUND` batches. The recipe, saved beside the network, has the task that makes its inputs."""

    def __init__(self, recipe: R, network: N) -> None:
        optimizer = torch.optim.Adam(network.parameters(), lr=recipe.rate)
        super().__init__(recipe, network, optimizer, torch.Generator().manual_seed(recipe.seed))
        # Drawn from a generator of its own, and never trained on: with 8 bits nearly no sequence comes twice.
        self._validation = batch(
            recipe.task, VALIDATION, torch.Generator().manual_seed(recipe.seed + 1), recipe.task.most
        )

    def rate(self) -> float:
        return falling(self.recipe.rate, self.rounds_done, self.recipe.rounds)

    def learn_round(self) -> float:
        batches = (batch(self.recipe.task, self.recipe.batch, self.generator) for _ in range(ROUND))
        return sum(self.descend(self._loss(drill)) for drill in batches) / ROUND

    def _loss(self, drill: Drill) -> Tensor:
        """Mean over the bits that were asked for, in nats."""
        logits, _ = self.network(drill.inputs)
        return nn.functional.binary_cross_entropy_with_logits(logits[drill.asked], drill.targets[drill.asked])

    def figures(self) -> dict[str, float]:
        """``error``: share of wrong bits in sequences of the greatest length, 0..1."""
        return {"error": bit_error(self.network, self._validation)}


@torch.no_grad()
def bit_error(network: MemoryNetwork, drill: Drill) -> float:
    """Share of the bits that were asked for that are wrong, 0..1."""
    logits, _ = network(drill.inputs)
    return float(wrong_bits(logits, drill).sum()) / float(drill.asked.sum() * logits.shape[-1])


@torch.no_grad()
def right_shares(network: MemoryNetwork, task: Task, length: int, sequences: int, seed: int) -> tuple[float, float]:
    """Shares of right bits, and of sequences without a wrong bit, over random sequences of one length."""
    drill = batch(task, sequences, torch.Generator().manual_seed(seed), length)
    logits, _ = network(drill.inputs)
    wrong = wrong_bits(logits, drill)  # [T, B, O]
    asked = float(drill.asked.sum()) * logits.shape[-1]
    return 1.0 - float(wrong.sum()) / asked, float((~wrong.any(0).any(-1)).sum()) / sequences
