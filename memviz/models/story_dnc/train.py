"""Training of a DNC on stories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from memviz.core.errors import KnownError
from memviz.core.stories import StoryQuestion
from memviz.models.story_dnc.config import StoryDNCConfig
from memviz.models.story_dnc.network import StoryDNC
from memviz.models.story_dnc.recipe import StoryDNCRecipe
from memviz.models.story_dnc.streams import Stream, Streams, longest_sentence, side_by_side, stories_of
from memviz.models.story_renaming import Renaming
from memviz.models.training.network import NetworkTraining, falling
from memviz.models.vocabulary import Vocabulary, story_vocabulary

#: Batches of a round, and questions of the validation part that are asked after one.
ROUND, ASKED = 100, 500


class StoryDNCTraining(NetworkTraining[StoryDNCRecipe, StoryDNC]):
    """A round is :data:`ROUND` batches of stories."""

    kind = "story-dnc"

    def __init__(self, questions: Sequence[StoryQuestion], recipe: StoryDNCRecipe) -> None:
        self.vocabulary: Vocabulary = story_vocabulary(questions)
        torch.manual_seed(recipe.seed)
        shared = {field.name for field in fields(StoryDNCConfig)} & {field.name for field in fields(recipe)}
        config = StoryDNCConfig(
            vocabulary=self.vocabulary.words,
            sentence=longest_sentence(questions) if recipe.by_sentence else 0,
            **{name: getattr(recipe, name) for name in sorted(shared)},
        )
        network = StoryDNC(config)
        optimizer = torch.optim.Adam(network.parameters(), lr=recipe.rate)
        super().__init__(recipe, network, optimizer, torch.Generator().manual_seed(recipe.seed))
        self._streams = Streams(config)
        self._renaming = Renaming(questions, self.vocabulary) if recipe.renaming else None
        stories = stories_of(questions)
        order = torch.randperm(len(stories), generator=self.generator).tolist()
        kept_out = max(1, round(recipe.validation * len(stories)))
        self._validation = [question for at in order[:kept_out] for question in stories[at]][:ASKED]
        self._train = [stories[at] for at in order[kept_out:]]
        if not self._train:
            raise KnownError("These stories are too few to keep some out; give at least two, or a lower --validation.")
        self._most_questions = 1 if recipe.growth else max(map(len, stories))

    def rate(self) -> float:
        return falling(self.recipe.rate, self.rounds_done, self.recipe.rounds)

    def learn_round(self) -> float:
        loss = sum(self.descend(self._loss()) for _ in range(ROUND)) / ROUND
        if loss < self.recipe.growth:
            self._most_questions += 1
        return loss

    def _loss(self) -> Tensor:
        """Mean over the questions of a batch, in nats."""
        rows = torch.randint(len(self._train), (self.recipe.batch,), generator=self.generator).tolist()
        stream = side_by_side([self._drawn(self._train[row]) for row in rows])
        if self._renaming is not None:
            stream = self._renamed(stream, [self._train[row][0].task for row in rows])
        asked = stream.answers > 0
        return functional.cross_entropy(self.network(stream.ids)[asked], stream.answers[asked])

    def _drawn(self, story: Sequence[StoryQuestion]) -> Stream:
        """A story up to one of its questions, with some of those before it."""
        told = story[: self._most_questions]
        asked = torch.rand(len(told), generator=self.generator) < self.recipe.asked
        asked[-1] = True
        return self._streams.of_story(told, asked.tolist())

    def _renamed(self, stream: Stream, tasks: Sequence[str]) -> Stream:
        assert self._renaming is not None
        words, answers = self._renaming.drawn(self._renaming.numbers(tasks), stream.answers.T, self.generator)
        marks = torch.arange(words.shape[1], self.network.config.symbols).expand(len(words), -1)  # stay
        ids = stream.ids.transpose(0, 1)  # [B, T, J]
        renamed = torch.cat([words, marks], 1).gather(1, ids.flatten(1)).view_as(ids)
        return Stream(renamed.transpose(0, 1), answers.T)

    def state(self) -> dict[str, Any]:
        return {**super().state(), "most_questions": self._most_questions}

    def restore(self, state: dict[str, Any]) -> None:
        super().restore(state)
        self._most_questions = state["most_questions"]

    def figures(self) -> dict[str, float]:
        """``error``: share of validation questions answered wrong, each asked alone, 0..1."""
        return {"error": error(self.network, self._validation)}


@torch.no_grad()
def error(network: StoryDNC, questions: Sequence[StoryQuestion]) -> float:
    """Share of questions answered wrong, each asked alone after its story, 0..1."""
    streams = Streams(network.config)
    # Alike long ones side by side: a batch takes as many steps as its longest.
    asked = sorted((streams.of_question(question) for question in questions), key=lambda stream: len(stream.ids))
    wrong = 0
    for start in range(0, len(asked), 100):
        batch = asked[start : start + 100]
        together = side_by_side(batch)
        ends = torch.tensor([len(stream.ids) - 1 for stream in batch])
        each = torch.arange(len(batch))
        found = network(together.ids)[ends, each, 1:].argmax(-1) + 1
        wrong += int((found != together.answers[ends, each]).sum())
    return wrong / max(1, len(questions))
