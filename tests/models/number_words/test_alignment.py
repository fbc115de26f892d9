"""Where a word looks: counted as if by hand, with a model whose attention is made up, and with a real one."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from memviz.models.number_words import chinese, english
from memviz.models.number_words.alignment import word_hits
from memviz.models.number_words.batches import IGNORED, Batch, of_like_length
from memviz.models.number_words.example import Example, Phrase, joined
from memviz.models.number_words.measure import teacher_forced
from memviz.models.number_words.recipe import NumberWordsRecipe
from memviz.models.number_words.sentences import copied
from memviz.models.number_words.task import ExampleMaker
from memviz.models.number_words.tokens import PAD, make_tokenizer
from memviz.models.number_words.train import new_model

RECIPE = NumberWordsRecipe(width=16, encoder_layers=1, decoder_layers=2, heads=2, feed_forward=16)
TOKENIZER = make_tokenizer()
#: ``▁at ▁1 8 : 4 5 </s>`` -> ``▁at ▁eighteen ▁forty -five </s>``
TIME = joined("time", [copied("at "), english.time(18, 45)], [])


class Looking:
    """Stands for a network: layer 0 has a head that always looks right and one that looks at the end."""

    config = SimpleNamespace(_attn_implementation="sdpa")

    def __init__(self, looks_at: list[int]) -> None:
        self.looks_at = looks_at
        self.implementations: list[str] = []

    def set_attn_implementation(self, name: str) -> None:
        self.implementations.append(name)

    def __call__(self, *, input_ids: torch.Tensor, labels: torch.Tensor, **_: Any) -> SimpleNamespace:
        weights = torch.zeros(1, 2, labels.shape[1], input_ids.shape[1])
        for at, place in enumerate(self.looks_at):
            weights[0, 0, at, place] = 1.0
        weights[0, 1, :, -1] = 0.6
        return SimpleNamespace(cross_attentions=(weights,))


def test_a_word_is_found_where_its_row_is_highest_within_its_characters() -> None:
    # “at” from ▁at, “eighteen” from 8 (one of its two digits), “forty” from 4, “-five” from the colon, the end from 0
    network = Looking([0, 2, 4, 3, 0])
    hits = word_hits(network, TOKENIZER, [TIME])
    assert hits.heads.tolist() == [[[True, False]], [[True, False]], [[True, False]], [[False, False]]]
    assert hits.mean.tolist() == [True, True, True, False]
    assert hits.words.tolist() == ["at", "eighteen", "forty", "five"]
    assert hits.best_head == (0, 0)
    assert network.implementations == ["eager", "sdpa"]


def test_a_word_of_several_tokens_has_the_mean_of_their_rows() -> None:
    example = joined("sentence", [copied("Abc")], [])  # ▁A b c </s>
    assert word_hits(Looking([0, 1, 2, 3]), TOKENIZER, [example]).heads[:, 0, 0].tolist() == [True]
    assert word_hits(Looking([0, 3, 3, 3]), TOKENIZER, [example]).heads[:, 0, 0].tolist() == [False]
    assert word_hits(Looking([3, 1, 1, 3]), TOKENIZER, [example]).heads[:, 0, 0].tolist() == [True]


def test_a_lone_space_comes_from_nowhere() -> None:
    example = joined("chinese", [chinese.copied("学生")], [])  # ▁ 学 生 </s>
    assert word_hits(Looking([3, 1, 2, 3]), TOKENIZER, [example]).heads[:, 0, 0].tolist() == [True, True]
    assert word_hits(Looking([3, 0, 2, 3]), TOKENIZER, [example]).heads[:, 0, 0].tolist() == [False, True]


def test_words_without_an_origin_do_not_count() -> None:
    date = joined("date", [english.date("iso", 2026, 11, 22)], [])
    torch.manual_seed(0)
    assert len(word_hits(new_model(RECIPE), TOKENIZER, [date]).mean) == len([s for s in date.alignment if s]) == 7


def test_padding_does_not_change_what_is_counted() -> None:
    torch.manual_seed(1)
    network = new_model(RECIPE)
    maker = ExampleMaker(random.Random(0), "test")
    examples = [maker.any_kind() for _ in range(30)]
    ordered = [example for group in of_like_length(examples, 50) for example in group]
    together = word_hits(network, TOKENIZER, examples)
    alone = [word_hits(network, TOKENIZER, [example]) for example in ordered]
    assert together.heads.shape[1:] == (2, 2)
    assert np.array_equal(together.heads, np.concatenate([hits.heads for hits in alone]))
    assert np.array_equal(together.mean, np.concatenate([hits.mean for hits in alone]))


def test_a_batch_is_padded_and_ends_each_target() -> None:
    short: Example = joined("number", [copied("a")], [])
    batch = Batch.of([TIME, short], TOKENIZER)
    assert batch.sources.shape == (2, 7)
    assert batch.sources[1, 2:].tolist() == [PAD] * 5
    assert batch.seen.sum(1).tolist() == [7, 2]
    assert batch.labels[1].tolist()[1:] == [1, IGNORED, IGNORED, IGNORED]


class Saying:
    """Stands for a network that says what it is asked to say, but for one token."""

    def __init__(self, wrong: int) -> None:
        self.wrong = wrong

    def __call__(self, *, labels: torch.Tensor, **_: Any) -> SimpleNamespace:
        said = labels.clamp(min=0)
        said[0, self.wrong] += 1
        return SimpleNamespace(logits=torch.nn.functional.one_hot(said, len(TOKENIZER) + 1).float())


def test_one_wrong_token_makes_the_whole_wrong_and_padding_does_not_count() -> None:
    number = joined("number", [Phrase("7", tuple(english.number("7")))], [])  # ▁seven </s>, the shortest goes first
    assert teacher_forced(Saying(1), TOKENIZER, [TIME, number]) == [(False, 0.5), (True, 1.0)]
    assert teacher_forced(Saying(2), TOKENIZER, [TIME, number]) == [(True, 1.0), (True, 1.0)]
