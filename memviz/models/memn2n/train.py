"""Training of an end-to-end memory network on stories: several beginnings, one of which goes on."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from memviz.core.errors import KnownError
from memviz.core.stories import StoryQuestion, story_numbers
from memviz.models.memn2n.config import MemN2NConfig
from memviz.models.memn2n.data import StoryTensors
from memviz.models.memn2n.network import EndToEndMemoryNetwork
from memviz.models.memn2n.recipe import MemN2NRecipe
from memviz.models.story_renaming import Renaming
from memviz.models.training.network import NetworkTraining
from memviz.models.vocabulary import Vocabulary, story_vocabulary


class MemN2NTraining(NetworkTraining[MemN2NRecipe, EndToEndMemoryNetwork]):
    """A round is an epoch."""

    kind = "memn2n"

    def __init__(self, questions: Sequence[StoryQuestion], recipe: MemN2NRecipe) -> None:
        self.vocabulary: Vocabulary = story_vocabulary(questions)
        network = _fresh(recipe, self.vocabulary, 0)
        optimizer = torch.optim.AdamW(
            network.parameters(), lr=recipe.rate, betas=(0.9, 0.98), weight_decay=recipe.weight_decay, fused=True
        )
        super().__init__(recipe, network, optimizer, torch.Generator().manual_seed(recipe.seed))
        self._data = StoryTensors.of(questions, self.vocabulary, recipe.slots)
        self._renaming = Renaming(questions, self.vocabulary) if recipe.renaming else None
        if self._renaming is not None:
            self._tasks = self._renaming.numbers([question.task for question in questions])
        stories = torch.tensor(story_numbers(questions))
        order = torch.randperm(int(stories.max()) + 1, generator=self.generator)
        kept_out = torch.isin(stories, order[: max(1, round(recipe.validation * len(order)))])
        self._validation, self._train = kept_out.nonzero().squeeze(1), (~kept_out).nonzero().squeeze(1)
        if not len(self._train):
            raise KnownError("These stories are too few to keep some out; give at least two, or a lower --validation.")
        self._was_linear = False
        self._trial_epochs = min(recipe.trial_epochs, recipe.epochs)
        self._best_trial: dict[str, Any] = {}

    @property
    def trial(self) -> int:
        """Which beginning the round that comes belongs to, from 0."""
        return min(self.rounds_done // self._trial_epochs, self.recipe.trials - 1)

    @property
    def epoch(self) -> int:
        """How many epochs the network has behind it."""
        return self.rounds_done - self.trial * self._trial_epochs

    @property
    def chosen(self) -> bool:
        """Whether the trials are over."""
        return self.rounds_done >= self.recipe.trials * self._trial_epochs

    @property
    def linear(self) -> bool:
        """Whether the epoch that comes has neither softmax nor rectified units in the hops."""
        return self.epoch < self.recipe.linear_epochs

    def rate(self) -> float:
        recipe = self.recipe
        rising = min(1.0, (self.epoch + 1) / max(1, recipe.warm_up))
        return recipe.rate * rising * 0.5 * (1.0 + math.cos(math.pi * self.epoch / recipe.epochs))

    def learn_round(self) -> float:
        if self.epoch == 0 and self.trial > 0:
            self.network.load_state_dict(_fresh(self.recipe, self.vocabulary, self.trial).state_dict())
            self._optimizer.state.clear()
        order = self._train[torch.randperm(len(self._train), generator=self.generator)]
        if not self.chosen:
            order = order[: math.ceil(self.recipe.trial_share * len(order))]
        total = sum(self.descend(self._loss(rows)) for rows in torch.split(order, self.recipe.batch))
        loss = total / max(1, len(order))
        self._was_linear = self.linear
        if not self.chosen and self.epoch == self._trial_epochs - 1:
            self._end_trial(loss)
        return loss

    def _end_trial(self, loss: float) -> None:
        """Remembers the best trial; after the last one goes on with that."""
        if not self._best_trial or loss < self._best_trial["loss"]:
            self._best_trial = {
                "loss": loss,
                "network": copy.deepcopy(self.network.state_dict()),
                "optimizer": copy.deepcopy(self._optimizer.state_dict()),
            }
        if self.trial == self.recipe.trials - 1:
            self.network.load_state_dict(self._best_trial["network"])
            self._optimizer.load_state_dict(self._best_trial["optimizer"])

    def _loss(self, rows: Tensor) -> Tensor:
        """Sum over the questions, in nats."""
        batch = self._data.batch(rows, blanks=self.recipe.blanks, generator=self.generator)
        if self._renaming is not None and self.chosen:
            words, answers = self._renaming.drawn(self._tasks[rows], batch.answers.unsqueeze(1), self.generator)
            batch = batch.renamed(words, answers.squeeze(1))
        reading = self.network(batch.sentences, batch.questions, linear=self.linear)
        return nn.functional.cross_entropy(reading.logits, batch.answers, reduction="sum")

    def figures(self) -> dict[str, float]:
        """``error``: share of validation questions answered wrong, 0..1; infinite as long as softmax is left out."""
        if self._was_linear:
            return {"error": math.inf}
        return {"error": error(self.network, self._data, self._validation)}

    def state(self) -> dict[str, Any]:
        return {**super().state(), "best_trial": self._best_trial}

    def restore(self, state: dict[str, Any]) -> None:
        super().restore(state)
        self._best_trial = state["best_trial"]


def _fresh(recipe: MemN2NRecipe, vocabulary: Vocabulary, trial: int) -> EndToEndMemoryNetwork:
    torch.manual_seed(recipe.seed * recipe.trials + trial)
    return EndToEndMemoryNetwork(
        MemN2NConfig(
            vocabulary=vocabulary.words,
            width=recipe.width,
            slots=recipe.slots,
            hops=recipe.hops,
            tying=recipe.tying,
            position_encoding=recipe.position_encoding,
            rectified=recipe.rectified,
        )
    )


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
