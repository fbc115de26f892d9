"""Training of an end-to-end memory network on stories, as the paper does it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from memviz.core.stories import StoryQuestion
from memviz.models.memn2n.config import MemN2NConfig
from memviz.models.memn2n.data import StoryTensors, story_vocabulary
from memviz.models.memn2n.network import EndToEndMemoryNetwork
from memviz.models.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class MemN2NRecipe:
    """How a memory network is trained; the defaults are the paper's joint training (section 4.2 there).

    Attributes:
        width, slots, hops, tying, position_encoding: of the network.
        epochs: at most.
        linear_epochs: of them without softmax in the hops (linear start).
        rate: of stochastic gradient descent; half of it in the linear start.
        halved_every: epochs after which the rate is halved.
        batch: questions.
        clip: largest L2 norm of the gradient, which is summed over the batch.
        blanks: most empty slots that are scattered into a story, as a share of its length.
        validation: share of the training questions that is kept out to choose the best epoch.
        seed: of weights, validation part and order.
    """

    width: int = 50
    slots: int = 50
    hops: int = 3
    tying: str = "adjacent"
    position_encoding: bool = True
    epochs: int = 60
    linear_epochs: int = 30
    rate: float = 0.01
    halved_every: int = 15
    batch: int = 32
    clip: float = 40.0
    blanks: float = 0.1
    validation: float = 0.1
    seed: int = 0


class MemN2NTraining:
    """Implements ``training.fit.Training``; a round is an epoch."""

    def __init__(self, questions: Sequence[StoryQuestion], recipe: MemN2NRecipe) -> None:
        self.recipe = recipe
        self.vocabulary: Vocabulary = story_vocabulary(questions)
        torch.manual_seed(recipe.seed)
        self.network = EndToEndMemoryNetwork(
            MemN2NConfig(
                vocabulary=self.vocabulary.words,
                width=recipe.width,
                slots=recipe.slots,
                hops=recipe.hops,
                tying=recipe.tying,
                position_encoding=recipe.position_encoding,
            )
        )
        self._generator = torch.Generator().manual_seed(recipe.seed)
        self._data = StoryTensors.of(questions, self.vocabulary, recipe.slots)
        order = torch.randperm(len(questions), generator=self._generator)
        kept = round(recipe.validation * len(questions))
        self._validation, self._train = order[:kept], order[kept:]
        self._epoch = 0
        self._optimizer = torch.optim.SGD(self.network.parameters(), lr=recipe.rate)

    @property
    def linear(self) -> bool:
        """Whether the current epoch has no softmax in the hops."""
        return self._epoch < self.recipe.linear_epochs

    def round(self) -> float:
        recipe = self.recipe
        rate = recipe.rate * 0.5 ** (self._epoch // recipe.halved_every) * (0.5 if self.linear else 1.0)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        order = self._train[torch.randperm(len(self._train), generator=self._generator)]
        total = 0.0
        for rows in torch.split(order, recipe.batch):
            total += self._learn(rows)
        self._epoch += 1
        return total / max(1, len(order))

    def _learn(self, rows: Tensor) -> float:
        """One update; returns the sum of the losses."""
        batch = self._data.batch(rows, blanks=self.recipe.blanks, generator=self._generator)
        reading = self.network(batch.sentences, batch.questions, linear=self.linear)
        loss = nn.functional.cross_entropy(reading.logits, batch.answers, reduction="sum")
        self._optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(self.network.parameters(), self.recipe.clip)
        self._optimizer.step()
        return loss.item()

    def figures(self) -> dict[str, float]:
        """``error``: share of validation questions answered wrong, 0..1; infinite where softmax is still left out."""
        if self.linear and self._epoch < self.recipe.epochs:
            return {"error": 1.0}
        return {"error": error(self.network, self._data, self._validation)}

    def state(self) -> dict[str, Any]:
        return {
            "network": self.network.state_dict(),
            "generator": self._generator.get_state(),
            "epoch": self._epoch,
        }

    def restore(self, state: dict[str, Any]) -> None:
        self.network.load_state_dict(state["network"])
        self._generator.set_state(state["generator"])
        self._epoch = state["epoch"]

    def save(self, folder: Path) -> None:
        """The network, and its recipe beside it."""
        self.network.save_pretrained(folder)
        (folder / "recipe.json").write_text(json.dumps(asdict(self.recipe), indent=2) + "\n", encoding="utf-8")


@torch.no_grad()
def error(network: EndToEndMemoryNetwork, data: StoryTensors, rows: Tensor | None = None) -> float:
    """Share of questions answered wrong, 0..1; of all where ``rows`` is None."""
    rows = torch.arange(len(data)) if rows is None else rows
    wrong = 0
    for part in torch.split(rows, 500):
        batch = data.batch(part)
        found = network(batch.sentences, batch.questions).logits[:, 1:].argmax(-1) + 1
        wrong += int((found != batch.answers).sum())
    return wrong / max(1, len(rows))
