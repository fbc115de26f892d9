"""When a row of the table before and after counts as passed."""

from __future__ import annotations

import pytest

from memviz.core.arrays import frozen_array
from memviz.core.neurons import EditCheck, EditOutcome, NeuronSlot, Promoted, RankOneEdit


@pytest.mark.parametrize(
    ("kind", "expected", "before", "after", "passed"),
    [
        ("edited", "Jane Campion", "Ridley Scott", "Jane Campion", True),
        ("paraphrase", "Jane Campion", "Ridley Scott", "Jane Campion, in 1993", True),
        ("edited", "Jane Campion", "Ridley Scott", "Jane Campions", False),
        ("edited", "Jane Campion", "Ridley Scott", "Ridley Scott", False),
        ("edited", "", "Ridley Scott", "Ridley Scott", False),
        ("neighbour", "", "1979", "1979", True),
        ("neighbour", "", "1979", "1978", False),
    ],
)
def test_a_row_of_the_table(kind: str, expected: str, before: str, after: str, passed: bool) -> None:
    assert EditCheck(kind, "prompt", expected, before, after).passed is passed


def test_shares_by_kind() -> None:
    checks = (
        EditCheck("neighbour", "a", "", "x", "x"),
        EditCheck("neighbour", "b", "", "x", "y"),
        EditCheck("edited", "c", "x", "y", "x"),
    )
    result = EditOutcome(RankOneEdit(0, frozen_array([1.0]), frozen_array([1.0])), checks)
    assert (result.share("neighbour"), result.share("edited"), result.share("paraphrase")) == (0.5, 1.0, 1.0)


def test_a_negative_activation_raises_what_its_value_lowers() -> None:
    up, down = (Promoted("a", 0, 1.0),), (Promoted("b", 1, -1.0),)
    assert NeuronSlot(0, 0, 0.5, 1.0, 0.1, up, down).raised == up
    assert NeuronSlot(0, 0, -0.5, 1.0, 0.1, up, down).raised == down
