"""Plain BM25, compared with what is computed by hand."""

from __future__ import annotations

from math import log

import pytest

from memviz.recall.analysis import analysed, asked_terms, weights_of
from memviz.recall.plain_bm25 import PlainBM25, entry_text

TEXTS = [(3, "The cats were running."), (5, "A cat and a dog"), (9, "Dogs, dogs and running dogs!"), (12, "星球大战")]


def test_texts_as_terms() -> None:
    assert analysed("The cats weren't running to Zoë's.") == ["cat", "run", "zoe"]
    assert analysed("看《星球》") == ["看", "星", "球", "星球"]
    assert analysed("Alien · director") == ["alien", "director"]
    assert analysed("?!") == []


def test_how_a_question_begins_is_not_searched() -> None:
    assert asked_terms("Can you tell me the names of all cats?") == [("names", "name"), ("cats", "cat")]
    assert asked_terms("Name a cat") == [("cat", "cat")]
    assert asked_terms("What is the name of the cat") == [("name", "name"), ("cat", "cat")]
    weights = weights_of(asked_terms("我的猫是什么颜色，什么"))
    assert (weights["猫"], weights["的猫"], weights["我的"], weights["什么"]) == (1.0, 1.0, 0.5, 1.0)


def test_scores_by_hand() -> None:
    index = PlainBM25(TEXTS)
    # Lengths 2, 2, 4 and 7 (four characters and three pairs); on average 3.75. Two of four hold each word:
    # ln(1 + 2.5 / 2.5).
    run, cat, dog = log(2), log(2), log(2)

    def part(inverse: float, count: int, length: int) -> float:
        return inverse * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * length / 3.75))

    assert index.scores("running dogs") == pytest.approx(
        [part(run, 1, 2), part(dog, 1, 2), part(run, 1, 4) + part(dog, 3, 4), 0.0]
    )
    assert [(match.entry_id, match.score) for match in index.search("a cat", limit=9)] == [
        (3, pytest.approx(part(cat, 1, 2))),
        (5, pytest.approx(part(cat, 1, 2))),
    ]
    # 星球 holds two characters and one pair, each in one entry of four: ln(1 + 3.5 / 1.5).
    assert index.scores("星球")[3] == pytest.approx(3 * part(log(1 + 3.5 / 1.5), 1, 7))
    assert index.scores("cat cat")[0] == pytest.approx(2 * part(cat, 1, 2))


def test_nothing_to_find() -> None:
    assert PlainBM25([]).search("cat", limit=3) == []
    assert PlainBM25([(1, "?")]).search("cat", limit=3) == []
    assert PlainBM25(TEXTS).search("the of and", limit=3) == []
    assert [match.entry_id for match in PlainBM25(TEXTS).search("dog", limit=1)] == [9]


def test_key_and_text_are_one() -> None:
    assert entry_text("", "A cat") == "A cat"
    assert analysed(entry_text("Tom", "A cat")) == ["tom", "cat"]
