"""Questions over a knowledge graph as tensors."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from memviz.core.graph import KnowledgeGraph, Mention, Triple
from memviz.core.text import words
from memviz.models.kv_memnn.config import KVConfig
from memviz.models.kv_memnn.network import Hashed

Indices = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Reached:
    """What one question reaches; U names and N slots.

    Attributes:
        words: [J] ids of the vocabulary's terms.
        names: U of them; everything below is an index into them.
        mentions: [U] how much the question mentions each name.
        keys, relations, values: [N] of each slot; a relation is an index of its own.
        answers: the right answers, as far as they are reached.
    """

    words: Indices
    names: tuple[str, ...]
    mentions: NDArray[np.float32]
    keys: Indices
    relations: Indices
    values: Indices
    answers: Indices


class Hasher:
    """From a question, and the facts that key hashing found for it, to slots."""

    def __init__(self, config: KVConfig) -> None:
        self._hops = config.hops
        self._mention_weights = config.mention_weights
        self._terms = {term: number for number, term in enumerate(config.vocabulary, 1)}
        names = [(relation, inverse) for inverse in (False, True) for relation in config.relations]
        self._relations = {relation: number for number, relation in enumerate(names)}

    def slots(self, graph: KnowledgeGraph, mentions: Sequence[Mention]) -> list[Triple]:
        """The triples that the mentioned names reach; unknown relations are left out."""
        layers = graph.near((name for mention in mentions for name in mention.names), self._hops)
        return [triple for layer in layers for triple in layer if (triple.relation, triple.inverse) in self._relations]

    def reach(
        self, question: str, mentions: Sequence[Mention], slots: Sequence[Triple], answers: Iterable[str] = ()
    ) -> Reached:
        mentioned = {name: self._mention_weights.get(name, 1.0) for mention in mentions for name in mention.names}
        places: dict[str, int] = {}
        for name in mentioned:
            places.setdefault(name, len(places))
        keys = [places.setdefault(slot.name, len(places)) for slot in slots]
        values = [places.setdefault(slot.value, len(places)) for slot in slots]
        weights = np.zeros(len(places), np.float32)
        for name, weight in mentioned.items():
            weights[places[name]] = weight
        return Reached(
            words=_indices(number for term in question_terms(question, mentions) if (number := self._terms.get(term))),
            names=tuple(places),
            mentions=weights,
            keys=_indices(keys),
            relations=_indices(self._relations[slot.relation, slot.inverse] for slot in slots),
            values=_indices(values),
            answers=_indices(places[answer] for answer in answers if answer in places),
        )


#: Stands for a name of several words: a title does not say what is asked.
NAME = "□"


def question_terms(question: str, mentions: Iterable[Mention]) -> list[str]:
    """The words of a question and its pairs of neighbours ("wrote the", "by □"), a name of several words as □."""
    said: list[str] = words(question)
    for mention in sorted(mentions, key=lambda mention: -mention.start):
        if mention.stop - mention.start > 1:
            said[mention.start : mention.stop] = [NAME]
    bounded = ["^", *said, "$"]
    return [word for word in said if word != NAME] + [f"{a} {b}" for a, b in pairwise(bounded)]


def _indices(numbers: Iterable[int]) -> Indices:
    return np.array(list(numbers), np.int32)


def batched(reached: Sequence[Reached]) -> tuple[Hashed, Tensor]:
    """One batch, and which names are right answers, [B, U] bool."""
    words, keys, relations, values = (
        _padded([getattr(one, name) for one in reached]) for name in ("words", "keys", "relations", "values")
    )
    there = torch.arange(keys.shape[1]) < torch.tensor([[len(one.keys)] for one in reached])
    names = max(1, *(len(one.names) for one in reached), 1)
    mentions = torch.zeros(len(reached), names)
    candidates, right = torch.zeros(2, len(reached), names, dtype=torch.bool)
    for row, one in enumerate(reached):
        mentions[row, : len(one.mentions)] = torch.from_numpy(one.mentions)
        candidates[row, torch.from_numpy(one.values)] = True
        right[row, torch.from_numpy(one.answers)] = True
    return Hashed(words, mentions, keys, relations, values, there, candidates), right & candidates


def _padded(rows: Sequence[Indices]) -> Tensor:
    """[B, longest] filled up with 0; at least one column."""
    table = np.zeros((len(rows), max(1, *map(len, rows), 1)), np.int64)
    for at, row in enumerate(rows):
        table[at, : len(row)] = row
    return torch.from_numpy(table)


def inverse_frequencies(documents: Sequence[Iterable[str]], least: int = 1) -> dict[str, float]:
    """Term -> log(D / f) / log(D), 0..1, where f counts the documents that hold it; those with fewer than ``least`` are
    left out. Sorted by term."""
    counts = Counter(term for document in documents for term in set(document))
    total = max(2, len(documents))
    return {term: math.log(total / count) / math.log(total) for term, count in sorted(counts.items()) if count >= least}
