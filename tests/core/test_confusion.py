"""Counts of true and given labels, and the figures that follow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from memviz.core.confusion import CONFUSION, Confusion, read_confusion
from memviz.core.errors import KnownError

#: By hand: a is right twice and once taken for b, b right once, c never occurs and is never given.
MATRIX = Confusion.of(("a", "b", "c"), [0, 0, 0, 1], [0, 0, 1, 1])


def test_figures_are_those_by_hand() -> None:
    assert MATRIX.counts.tolist() == [[2, 1, 0], [0, 1, 0], [0, 0, 0]]
    assert (MATRIX.examples, MATRIX.accuracy, MATRIX.error) == (4, 0.75, 0.25)
    a, b, c = MATRIX.scores().values()
    assert (a.precision, a.recall, a.examples) == (1.0, 2 / 3, 3)
    assert (b.precision, b.recall, b.examples) == (0.5, 1.0, 1)
    assert a.f1 == pytest.approx(0.8)
    assert b.f1 == pytest.approx(2 / 3)
    assert c.f1 == 0.0
    assert MATRIX.macro_f1 == pytest.approx((0.8 + 2 / 3) / 2)  # c does not occur


def test_a_label_that_is_only_given_pulls_the_mean_down() -> None:
    assert Confusion.of(("a", "b"), [0, 0], [0, 1]).macro_f1 == pytest.approx((2 / 3 + 0.0) / 2)


def test_shares_are_of_the_true_label() -> None:
    np.testing.assert_allclose(MATRIX.shares(), [[2 / 3, 1 / 3, 0], [0, 1, 0], [0, 0, 0]], rtol=1e-6)


def test_no_texts_have_no_figures() -> None:
    empty = Confusion.of(("a", "b"), [], [])
    assert (empty.accuracy, empty.error, empty.macro_f1) == (0.0, 0.0, 0.0)


def test_a_file_brings_it_back(tmp_path: Path) -> None:
    matrix = Confusion.of(("ja", "“nein”"), [0, 1, 1], [0, 1, 0])
    matrix.save(tmp_path)
    found = read_confusion(tmp_path)
    assert found.labels == matrix.labels
    assert found.counts.tolist() == matrix.counts.tolist()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"labels": [], "counts": []}',
        '{"labels": ["a"], "counts": [[1, 2]]}',
        '{"labels": ["a"], "counts": [["x"]]}',
        '{"labels": ["a"], "counts": [[-1]]}',
    ],
)
def test_a_broken_file_is_one_sentence(content: str, tmp_path: Path) -> None:
    with pytest.raises(KnownError, match="train the classifier again"):
        read_confusion(tmp_path)
    (tmp_path / CONFUSION).write_text(content, encoding="utf-8")
    with pytest.raises(KnownError, match="no confusion matrix"):
        read_confusion(tmp_path)
