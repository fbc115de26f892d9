"""Training of an end-to-end memory network on stories, as the paper does it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from memviz.core.stories import StoryQuestion
from memviz.models.memn2n.config import MemN2NConfig
from memviz.models.memn2n.data import StoryTensors, story_vocabulary
from memviz.models.memn2n.network import EndToEndMemoryNetwork
from memviz.models.training.network import NetworkTraining
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


class MemN2NTraining(NetworkTraining[MemN2NRecipe, EndToEndMemoryNetwork]):
    """A round is an epoch."""

    def __init__(self, questions: Sequence[StoryQuestion], recipe: MemN2NRecipe) -> None:
        self.vocabulary: Vocabulary = story_vocabulary(questions)
        torch.manual_seed(recipe.seed)
        network = EndToEndMemoryNetwork(
            MemN2NConfig(
                vocabulary=self.vocabulary.words,
                width=recipe.width,
                slots=recipe.slots,
                hops=recipe.hops,
                tying=recipe.tying,
                position_encoding=recipe.position_encoding,
            )
        )
        optimizer = torch.optim.SGD(network.parameters(), lr=recipe.rate)
        super().__init__(recipe, network, optimizer, torch.Generator().manual_seed(recipe.seed))
        self._data = StoryTensors.of(questions, self.vocabulary, recipe.slots)
        order = torch.randperm(len(questions), generator=self.generator)
        kept = round(recipe.validation * len(questions))
        self._validation, self._train = order[:kept], order[kept:]

    @property
    def linear(self) -> bool:
        """Whether the epoch that comes has no softmax in the hops."""
        return self.rounds_done < self.recipe.linear_epochs

    def rate(self) -> float:
        halved = 0.5 ** (self.rounds_done // self.recipe.halved_every)
        return self.recipe.rate * halved * (0.5 if self.linear else 1.0)

    def learn_round(self) -> float:
        order = self._train[torch.randperm(len(self._train), generator=self.generator)]
        total = sum(self.descend(self._loss(rows)) for rows in torch.split(order, self.recipe.batch))
        return total / max(1, len(order))

    def _loss(self, rows: Tensor) -> Tensor:
        """Sum over the questions, in nats."""
        batch = self._data.batch(rows, blanks=self.recipe.blanks, generator=self.generator)
        reading = self.network(batch.sentences, batch.questions, linear=self.linear)
        return nn.functional.cross_entropy(reading.logits, batch.answers, reduction="sum")

    def figures(self) -> dict[str, float]:
        """``error``: share of validation questions answered wrong, 0..1; infinite as long as softmax is left out."""
        if self.rounds_done <= self.recipe.linear_epochs:
            return {"error": math.inf}
        return {"error": error(self.network, self._data, self._validation)}


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
