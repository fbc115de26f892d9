"""Training of a DNC on a synthetic task."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from memviz.models.dnc.config import DNCConfig
from memviz.models.dnc.network import DifferentiableNeuralComputer
from memviz.models.dnc.recipe import DNCRecipe
from memviz.models.dnc.task import Task
from memviz.models.dnc.tasks import Drill, batch, wrong_bits
from memviz.models.training.network import NetworkTraining

#: Batches of a round, and sequences of the validation part.
ROUND, VALIDATION = 100, 64


class DNCTraining(NetworkTraining[DNCRecipe, DifferentiableNeuralComputer]):
    """A round is :data:`ROUND` batches. The recipe, saved beside the network, has the task that makes its inputs."""

    kind = "dnc"

    def __init__(self, recipe: DNCRecipe) -> None:
        torch.manual_seed(recipe.seed)
        network = DifferentiableNeuralComputer(
            DNCConfig(
                input_size=recipe.task.input_size,
                output_size=recipe.task.output_size,
                slots=recipe.slots,
                word_size=recipe.word_size,
                read_heads=recipe.read_heads,
                controller=recipe.controller,
                hidden_size=recipe.hidden_size,
                masked_lookup=recipe.masked_lookup,
                deallocation=recipe.deallocation,
                link_sharpness=recipe.link_sharpness,
            )
        )
        optimizer = torch.optim.Adam(network.parameters(), lr=recipe.rate)
        super().__init__(recipe, network, optimizer, torch.Generator().manual_seed(recipe.seed))
        # Drawn from a generator of its own, and never trained on: with 8 bits nearly no sequence comes twice.
        self._validation = batch(
            recipe.task, VALIDATION, torch.Generator().manual_seed(recipe.seed + 1), recipe.task.most
        )

    def rate(self) -> float:
        left = 1.0 - self.rounds_done / self.recipe.rounds
        return self.recipe.rate * max(0.1, min(1.0, left / 0.2))

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
def bit_error(network: DifferentiableNeuralComputer, drill: Drill) -> float:
    """Share of the bits that were asked for that are wrong, 0..1."""
    logits, _ = network(drill.inputs)
    return float(wrong_bits(logits, drill).sum()) / float(drill.asked.sum() * logits.shape[-1])


@torch.no_grad()
def right_shares(
    network: DifferentiableNeuralComputer, task: Task, length: int, sequences: int, seed: int
) -> tuple[float, float]:
    """Shares of right bits, and of sequences without a wrong bit, over random sequences of one length."""
    drill = batch(task, sequences, torch.Generator().manual_seed(seed), length)
    logits, _ = network(drill.inputs)
    wrong = wrong_bits(logits, drill)  # [T, B, O]
    asked = float(drill.asked.sum()) * logits.shape[-1]
    return 1.0 - float(wrong.sum()) / asked, float((~wrong.any(0).any(-1)).sum()) / sequences
