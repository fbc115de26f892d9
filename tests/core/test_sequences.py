"""Bits changed in the text of a sequence."""

from __future__ import annotations

import pytest

from memviz.core.sequences import flipped


@pytest.mark.parametrize(
    ("text", "word", "bit", "expected"),
    [
        ("1011 0110", 1, 0, "1011 1110"),
        ("1011 x10", 0, 3, "1010 x10"),
        ("1011 x10", 1, 0, "1011 x10"),
        ("10 11 / 01 00 ? 1", 3, 1, "10 11 / 01 01 ? 1"),
        ("10 11 / 01 00 ? 1", 4, 0, "10 11 / 01 00 ? 1"),
        ("1011", 0, 4, "1011"),
        ("1011", -1, 0, "1011"),
    ],
)
def test_one_bit_changes(text: str, word: int, bit: int, expected: str) -> None:
    assert flipped(text, word, bit) == expected
    assert flipped(flipped(text, word, bit), word, bit) == text
