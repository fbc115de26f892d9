"""Training of a key-value memory network on questions over a knowledge base."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from memviz.core.facts import Fact
from memviz.core.graph import KnowledgeGraph, Mention
from memviz.models.kv_memnn.config import KVConfig
from memviz.models.kv_memnn.data import Hasher, Reached, batched, inverse_frequencies, question_terms
from memviz.models.kv_memnn.network import KeyValueMemoryNetwork
from memviz.models.kv_memnn.recipe import KVRecipe
from memviz.models.training.network import NetworkTraining


@dataclass(frozen=True, slots=True)
class AskedFacts:
    """A question, its right answers, the names in it, and the facts that key hashing finds for them."""

    text: str
    answers: tuple[str, ...]
    mentions: tuple[Mention, ...]
    facts: tuple[Fact, ...]


class KVTraining(NetworkTraining[KVRecipe, KeyValueMemoryNetwork]):
    """A round is an epoch."""

    kind = "kv-memnn"

    def __init__(self, questions: Sequence[AskedFacts], relations: Sequence[str], recipe: KVRecipe) -> None:
        torch.manual_seed(recipe.seed)
        generator = torch.Generator().manual_seed(recipe.seed)
        order = torch.randperm(len(questions), generator=generator).tolist()
        kept = round(recipe.validation * len(order))
        train = [questions[at] for at in order[kept:]]
        network = KeyValueMemoryNetwork(_config(train, relations, recipe))
        super().__init__(recipe, network, torch.optim.Adam(network.parameters(), lr=recipe.rate), generator)
        hasher = Hasher(network.config)
        self._validation = [_reached(hasher, questions[at]) for at in order[:kept]]
        reached = [_reached(hasher, question) for question in train]
        self._train = [one for one in reached if len(one.answers)]  # the others teach nothing

    def rate(self) -> float:
        return self.recipe.rate * max(0.05, 1.0 - self.rounds_done / self.recipe.epochs)

    def learn_round(self) -> float:
        total = sum(self.descend(self._loss(batch)) * len(batch) for batch in self._batches())
        return total / max(1, len(self._train))

    def _batches(self) -> Iterator[list[Reached]]:
        """In a random order, questions of a similar size together."""
        size = self.recipe.batch
        order = [self._train[at] for at in self._shuffled(len(self._train))]
        batches = []
        for start in range(0, len(order), 20 * size):
            part = sorted(order[start : start + 20 * size], key=lambda one: len(one.keys))
            batches += [part[at : at + size] for at in range(0, len(part), size)]
        for at in self._shuffled(len(batches)):
            yield batches[at]

    def _shuffled(self, count: int) -> list[int]:
        numbers: list[int] = torch.randperm(count, generator=self.generator).tolist()
        return numbers

    def _loss(self, batch: list[Reached]) -> Tensor:
        """Mean of -log of the probability of all right answers together."""
        hashed, right = batched(batch)
        scores = self.network(hashed).scores
        losses = scores.logsumexp(-1) - scores.masked_fill(~right, -torch.inf).logsumexp(-1)
        loss: Tensor = losses.mean()
        return loss

    def figures(self) -> dict[str, float]:
        """``error``: share of validation questions whose first answer is wrong (1 - hits@1)."""
        return {"error": 1.0 - hits_at_1(self.network, self._validation)}


def _config(questions: Sequence[AskedFacts], relations: Sequence[str], recipe: KVRecipe) -> KVConfig:
    terms = [question_terms(question.text, question.mentions) for question in questions]
    frequencies = inverse_frequencies(terms, recipe.least_count)
    names = inverse_frequencies([[n for mention in question.mentions for n in mention.names] for question in questions])
    return KVConfig(
        vocabulary=tuple(frequencies),
        weights=tuple(round(weight, 4) for weight in frequencies.values()),
        mention_weights={name: round(weight, 4) for name, weight in names.items() if weight < 0.7},
        relations=tuple(relations),
        word_width=recipe.word_width,
        hops=recipe.hops,
        most_slots=recipe.most_slots,
        hub=recipe.hub,
    )


def _reached(hasher: Hasher, question: AskedFacts) -> Reached:
    slots = hasher.slots(KnowledgeGraph(question.facts), question.mentions)
    return hasher.reach(question.text, question.mentions, slots, question.answers)


@torch.no_grad()
def hits_at_1(network: KeyValueMemoryNetwork, reached: Sequence[Reached], batch: int = 64) -> float:
    """Share of questions whose best candidate is a right answer; one that reaches none is wrong."""
    right = 0
    ordered = sorted(reached, key=lambda one: len(one.keys))
    for start in range(0, len(ordered), batch):
        hashed, answers = batched(ordered[start : start + batch])
        best = network(hashed).scores.argmax(-1, keepdim=True)
        right += int(answers.gather(1, best).sum())
    share: float = right / max(1, len(reached))
    return share
