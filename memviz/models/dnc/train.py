"""Training of a DNC on a synthetic task."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from memviz.models.dnc.config import DNCConfig
from memviz.models.dnc.network import DifferentiableNeuralComputer
from memviz.models.dnc.tasks import Drill, Task, wrong_bits

#: Batches of a round, and sequences of the validation part.
ROUND, VALIDATION = 100, 64


@dataclass(frozen=True, slots=True)
class DNCRecipe:
    """How a DNC is trained on a task.

    Attributes:
        task: what it learns.
        slots, word_size, read_heads, controller, hidden_size, masked_lookup, deallocation, link_sharpness: of the
            network.
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


class DNCTraining:
    """Implements ``training.fit.Training``."""

    def __init__(self, recipe: DNCRecipe) -> None:
        self.recipe = recipe
        torch.manual_seed(recipe.seed)
        self.network = DifferentiableNeuralComputer(
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
        self._generator = torch.Generator().manual_seed(recipe.seed)
        self._optimizer = torch.optim.Adam(self.network.parameters(), lr=recipe.rate)
        self._round = 0
        # Drawn from a generator of its own, and never trained on: with 8 bits nearly no sequence comes twice.
        self._validation = recipe.task.batch(
            VALIDATION, torch.Generator().manual_seed(recipe.seed + 1), recipe.task.most
        )

    def round(self) -> float:
        left = 1.0 - self._round / self.recipe.rounds
        for group in self._optimizer.param_groups:
            group["lr"] = self.recipe.rate * max(0.1, min(1.0, left / 0.2))
        total = sum(self._learn(self.recipe.task.batch(self.recipe.batch, self._generator)) for _ in range(ROUND))
        self._round += 1
        return total / ROUND

    def _learn(self, drill: Drill) -> float:
        """One update; returns the mean loss over the bits that were asked for, in nats."""
        logits, _ = self.network(drill.inputs)
        loss = nn.functional.binary_cross_entropy_with_logits(logits[drill.asked], drill.targets[drill.asked])
        self._optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(self.network.parameters(), self.recipe.clip)
        self._optimizer.step()
        return loss.item()

    def figures(self) -> dict[str, float]:
        """``error``: share of wrong bits in sequences of the greatest length, 0..1."""
        return {"error": bit_error(self.network, self._validation)}

    def state(self) -> dict[str, Any]:
        return {
            "network": self.network.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "generator": self._generator.get_state(),
            "round": self._round,
        }

    def restore(self, state: dict[str, Any]) -> None:
        self.network.load_state_dict(state["network"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._generator.set_state(state["generator"])
        self._round = state["round"]

    def save(self, folder: Path) -> None:
        """The network, and its recipe (with the task, which the window needs to make inputs) beside it."""
        self.network.save_pretrained(folder)
        (folder / "recipe.json").write_text(json.dumps(asdict(self.recipe), indent=2) + "\n", encoding="utf-8")


@torch.no_grad()
def bit_error(network: DifferentiableNeuralComputer, drill: Drill) -> float:
    """Share of the bits that were asked for that are wrong, 0..1."""
    logits, _ = network(drill.inputs)
    return float(wrong_bits(logits, drill).sum()) / float(drill.asked.sum() * logits.shape[-1])
