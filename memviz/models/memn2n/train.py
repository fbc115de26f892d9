"""Training of an end-to-end memory network on stories, as the paper does it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from memviz.core.stories import StoryQuestion
from memviz.models.memn2n.config import MemN2NConfig
from memviz.models.memn2n.data import StoryTensors, story_vocabulary
from memviz.models.memn2n.network import EndToEndMemoryNetwork
from memviz.models.memn2n.recipe import MemN2NRecipe
from memviz.models.training.network import NetworkTraining
from memviz.models.vocabulary import Vocabulary


class MemN2NTraining(NetworkTraining[MemN2NRecipe, EndToEndMemoryNetwork]):
    """A round is an epoch."""

    kind = "memn2n"

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
        optimizer = torch.optim.AdamW(
            network.parameters(), lr=recipe.rate, betas=(0.9, 0.98), weight_decay=recipe.weight_decay
        )
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
        recipe = self.recipe
        rising = min(1.0, (self.rounds_done + 1) / max(1, recipe.warm_up))
        return recipe.rate * rising * 0.5 * (1.0 + math.cos(math.pi * self.rounds_done / recipe.epochs))

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
