"""Facts as batches of token ids."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from memviz.models.reader.tokens import EOS, IGNORED
from memviz.models.recaller.phrasings import LearnedFact


@dataclass(frozen=True, slots=True)
class Asked:
    """A prompt, the title in it as a range of characters, and its answer; ``gathered``: whether what stands behind the
    title sees only what its last token has gathered."""

    prompt: str
    title: tuple[int, int]
    answer: str
    gathered: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """Sentences, padded on the right.

    Attributes:
        ids: [B, T].
        targets: [B, T], the next token within an answer, its end included; else :data:`IGNORED`.
        early, late: [B, 1, T, T], whether a token sees another in the first layers and in the others.
    """

    ids: Tensor
    targets: Tensor
    early: Tensor
    late: Tensor


class ExampleMaker:
    """Sentences of facts in random order and spelling, as users might type them.

    In the share ``gathered`` of them what stands behind a title sees nothing of it in the first layers, and only its
    last token in the others. In large models that token gathers the title and what is known about it by itself (Meng et
    al. 2022, section 2); a small one would otherwise read the title's words where it answers, and no place would hold
    the fact. Deterministic for a given generator of random numbers.

    Args:
        before: share of the sentences that have another fact's sentence before them.
    """

    def __init__(
        self,
        facts: Sequence[LearnedFact],
        tokenizer: PreTrainedTokenizerFast,
        generator: random.Random,
        *,
        before: float,
        gathered: float,
    ) -> None:
        self._facts = facts
        self._backend = tokenizer.backend_tokenizer
        self._random = generator
        self._before = before
        self._gathered = gathered

    def training(self, size: int) -> Iterator[Batch]:
        """Every fact once in each trained phrasing, ``size`` sentences to a batch."""
        asked = [(fact, phrasing) for fact in self._facts for phrasing in fact.trained]
        self._random.shuffle(asked)
        for start in range(0, len(asked), size):
            yield self._batch([self._spelled(*one) for one in asked[start : start + size]])

    def checks(self, *, held_out: bool, size: int = 256) -> list[Batch]:
        """Every fact as it is asked plainly: in its trained phrasings, or in the one that is held out."""
        asked = [
            Asked(fact.prompt(phrasing), fact.title(phrasing), fact.answer)
            for fact in self._facts
            for phrasing in ((fact.held_out,) if held_out else fact.trained)
        ]
        asked.sort(key=lambda one: len(one.prompt))  # sentences of a similar length together: less padding
        return [self._batch(asked[start : start + size]) for start in range(0, len(asked), size)]

    def _spelled(self, fact: LearnedFact, phrasing: int) -> Asked:
        """Sometimes with a capital, sometimes without its question mark, sometimes after another fact."""
        text = fact.prompt(phrasing)
        if self._random.random() < 0.2:
            text = text[0].upper() + text[1:]
        if self._random.random() < 0.3:
            text = text.removesuffix("?")
        first = ""
        if self._random.random() < self._before:
            other = self._random.choice(self._facts)
            first = f"{other.prompt(self._random.choice(other.trained))} {other.answer}. "
        start, stop = fact.title(phrasing)
        gathered = self._random.random() < self._gathered
        return Asked(first + text, (len(first) + start, len(first) + stop), fact.answer, gathered)

    def _batch(self, asked: Sequence[Asked]) -> Batch:
        prompts = [self._backend.encode(one.prompt) for one in asked]
        answers = [[*self._backend.encode(f" {one.answer}", add_special_tokens=False).ids, EOS] for one in asked]
        longest = max(len(prompt.ids) + len(answer) - 1 for prompt, answer in zip(prompts, answers, strict=True))
        ids = torch.full((len(asked), longest), EOS)
        targets = torch.full((len(asked), longest), IGNORED)
        early = torch.ones(longest, longest, dtype=torch.bool).tril().repeat(len(asked), 1, 1, 1)
        late = early.clone()
        for row, (one, prompt, answer) in enumerate(zip(asked, prompts, answers, strict=True)):
            read = prompt.ids + answer[:-1]
            ids[row, : len(read)] = torch.tensor(read)
            targets[row, len(prompt.ids) - 1 : len(read)] = torch.tensor(answer)
            if one.gathered:
                start, stop = one.title
                title = [
                    n
                    for n, (first, last) in enumerate(prompt.offsets)
                    if first < last and start < last and first < stop
                ]
                early[row, 0, title[-1] + 1 :, title] = False
                late[row, 0, title[-1] + 1 :, title[:-1]] = False
        return Batch(ids, targets, early, late)
