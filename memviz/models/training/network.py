"""What the training of every memory network shares."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import torch
from torch import Tensor, nn

from memviz.models.memory_network import MemoryNetwork
from memviz.models.training.fit import Training
from memviz.models.transformer import quiet_transformers


class Recipe(Protocol):
    """A frozen dataclass of JSON values that says all about a training."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def seed(self) -> int: ...
    @property
    def clip(self) -> float: ...


R = TypeVar("R", bound=Recipe)
N = TypeVar("N", bound=MemoryNetwork)


def falling(rate: float, done: int, rounds: int) -> float:
    """``rate``, which falls to a tenth over the last fifth of the rounds."""
    left = 1.0 - done / rounds
    return rate * max(0.1, min(1.0, left / 0.2))


class NetworkTraining(ABC, Training, Generic[R, N]):
    """A network, its optimizer, one generator of random numbers, and how many rounds were done.

    A subclass seeds torch with the recipe's seed before it makes the network.

    Attributes:
        kind: of model, as memviz opens it.
    """

    kind: ClassVar[str]

    def __init__(self, recipe: R, network: N, optimizer: torch.optim.Optimizer, generator: torch.Generator) -> None:
        self.recipe = recipe
        self.network = network
        self.generator = generator
        self.rounds_done = 0
        self._optimizer = optimizer

    def round(self) -> float:
        for group in self._optimizer.param_groups:
            group["lr"] = self.rate()
        loss = self.learn_round()
        self.rounds_done += 1
        return loss

    @abstractmethod
    def rate(self) -> float:
        """Of the round that begins."""

    @abstractmethod
    def learn_round(self) -> float:
        """Updates the network once for each batch; returns the mean loss."""

    def descend(self, loss: Tensor) -> float:
        """One update; returns the loss."""
        self._optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(self.network.parameters(), self.recipe.clip)
        self._optimizer.step()
        return loss.item()

    def state(self) -> dict[str, Any]:
        return {
            "network": self.network.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "generator": self.generator.get_state(),
            "rounds": self.rounds_done,
        }

    def restore(self, state: dict[str, Any]) -> None:
        self.network.load_state_dict(state["network"])
        self._optimizer.load_state_dict(state["optimizer"])
        self.generator.set_state(state["generator"])
        self.rounds_done = state["rounds"]

    def save(self, folder: Path) -> None:
        """The network, its recipe, and what tells memviz how to open it."""
        with quiet_transformers():
            self.save_network(folder)
        (folder / "recipe.json").write_text(json.dumps(asdict(self.recipe), indent=2) + "\n", encoding="utf-8")
        (folder / "memviz.json").write_text(json.dumps({"kind": self.kind}, indent=2) + "\n", encoding="utf-8")

    def save_network(self, folder: Path) -> None:
        """Weights and configuration."""
        self.network.save_pretrained(folder)
