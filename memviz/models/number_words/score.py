"""The figures of a trained model, kind by kind, on values that no training saw."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from transformers import PreTrainedTokenizerFast

from memviz.models.number_words import chinese, english
from memviz.models.number_words.alignment import word_hits
from memviz.models.number_words.batches import Batch, of_like_length
from memviz.models.number_words.example import Example
from memviz.models.number_words.measure import teacher_forced
from memviz.models.number_words.task import KINDS, ExampleMaker, Part

_BATCH = 100
_MISSES = 3

PLACE_WORDS = ("hundred", *english.SCALES[1:], *chinese.PLACES[1:])
UNIT_WORDS = tuple(unit for units in english.MONEY.values() for unit in units)


@dataclass(frozen=True, slots=True)
class KindScore:
    """Figures over examples of one kind.

    Attributes:
        examples: their number.
        exact: share that greedy decoding writes without a mistake.
        tokens: share of right tokens, given the right ones before.
        misses: the first wrong answers: (source, right, given).
    """

    examples: int
    exact: float
    tokens: float
    misses: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class AlignmentScore:
    """Shares of the words that come from somewhere whose most read source token lies there.

    Attributes:
        words: their number.
        best: by one head, chosen on other examples (of validation values) for finding most.
        layer, head: that one.
        mean: by the mean over all layers and heads.
        kinds: for each kind, (best, mean).
        sorts: for each sort of word, its number, best and mean: ``places`` (hundred, thousand, million, 十 …), which no
            character of a number says, but the place of its digits; ``units`` of money; and ``others``.
    """

    words: int
    best: float
    layer: int
    head: int
    mean: float
    kinds: dict[str, tuple[float, float]]
    sorts: dict[str, tuple[int, float, float]]


def made(part: Part, kind: str, examples: int, seed: int) -> list[Example]:
    """Examples of one kind with values of one part."""
    maker = ExampleMaker(random.Random(seed), part)
    return [maker.of_kind(kind) for _ in range(examples)]


def kind_scores(network: Any, tokenizer: PreTrainedTokenizerFast, examples: int, seed: int) -> dict[str, KindScore]:
    """Writes out examples of each kind, of the test values."""
    return {kind: _kind_score(network, tokenizer, made("test", kind, examples, seed)) for kind in KINDS}


def _kind_score(network: Any, tokenizer: PreTrainedTokenizerFast, examples: list[Example]) -> KindScore:
    tokens = [share for _, share in teacher_forced(network, tokenizer, examples)]
    misses, right = [], 0
    for group in of_like_length(examples, _BATCH):
        for example, given in zip(group, written_out(network, tokenizer, group), strict=True):
            right += given == example.target
            if given != example.target:
                misses.append((example.source, example.target, given))
    count = len(examples)
    return KindScore(count, right / count, sum(tokens) / count, tuple(misses[:_MISSES]))


@torch.inference_mode()
def written_out(network: Any, tokenizer: PreTrainedTokenizerFast, examples: list[Example]) -> list[str]:
    """What greedy decoding answers to each source."""
    batch = Batch.of(examples, tokenizer)
    longest = batch.labels.shape[1] + 10  # an answer that is longer than all right ones is wrong anyway
    ids = network.generate(
        input_ids=batch.sources, attention_mask=batch.seen, max_new_tokens=longest, do_sample=False, num_beams=1
    )
    answers: list[str] = tokenizer.batch_decode(ids, skip_special_tokens=True)
    return answers


def alignment_score(network: Any, tokenizer: PreTrainedTokenizerFast, examples: int, seed: int) -> AlignmentScore:
    """Chooses the best head on validation values, and measures it on test values."""
    chosen_on = [example for kind in KINDS for example in made("validation", kind, examples, seed)]
    layer, head = word_hits(network, tokenizer, chosen_on).best_head
    hits = {kind: word_hits(network, tokenizer, made("test", kind, examples, seed)) for kind in KINDS}
    words, heads, mean = (
        np.concatenate([getattr(hit, name) for hit in hits.values()]) for name in ("words", "heads", "mean")
    )
    best = heads[:, layer, head]
    sorts = {"places": np.isin(words, PLACE_WORDS), "units": np.isin(words, UNIT_WORDS)}
    sorts["others"] = ~(sorts["places"] | sorts["units"])
    return AlignmentScore(
        words=len(words),
        best=float(best.mean()),
        layer=layer,
        head=head,
        mean=float(mean.mean()),
        kinds={kind: (float(hit.heads[:, layer, head].mean()), float(hit.mean.mean())) for kind, hit in hits.items()},
        sorts={
            sort: (int(of_it.sum()), float(best[of_it].mean()), float(mean[of_it].mean()))
            for sort, of_it in sorts.items()
            if of_it.any()
        },
    )
