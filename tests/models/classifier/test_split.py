"""Labels are numbered, and a part is kept out: of every label, and no text on both sides."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memviz.core.errors import KnownError
from memviz.models.classifier.data import Example, label_table, split


def examples(*pairs: tuple[str, str]) -> list[Example]:
    return [Example(text, label, line) for line, (text, label) in enumerate(pairs, 2)]


def many(count: int, *labels: str) -> list[Example]:
    return examples(*((f"text {number} of {label}", label) for label in labels for number in range(count)))


def test_labels_are_in_order_of_letters_or_of_numbers() -> None:
    assert label_table(many(1, "b", "a", "c")) == ("a", "b", "c")
    assert label_table(many(1, "10", "9", "-1")) == ("-1", "9", "10")


def test_a_share_of_each_label_is_kept_out_and_the_seed_says_which() -> None:
    data = many(20, "a", "b") + many(5, "c")
    parts = split(data, 0.1, 0)
    assert [sum(each.label == label for each in parts.validation) for label in "abc"] == [2, 2, 1]
    assert sorted(parts.training + parts.validation, key=data.index) == data
    assert split(data, 0.1, 0) == parts
    assert split(data, 0.1, 1).validation != parts.validation
    assert len(split(data, 0.99, 0).training) == 3  # one of each stays to be learned from


@given(st.lists(st.tuples(st.sampled_from("uvwxyz"), st.sampled_from("ab")), max_size=30), st.integers(0, 5))
def test_copies_of_a_text_are_on_one_side(drawn: list[tuple[str, str]], seed: int) -> None:
    copies = [(f"  {text.upper()}\t!" if at % 2 else f"{text} !", label) for at, (text, label) in enumerate(drawn)]
    parts = split(many(3, "a", "b") + examples(*copies), 0.4, seed)
    assert not {each.sameness for each in parts.training} & {each.sameness for each in parts.validation}
    for part in (parts.training, parts.validation):
        assert {each.label for each in part} == {"a", "b"}
    assert parts.contradictions == sum({(text, "a"), (text, "b")} <= set(drawn) for text in "uvwxyz")


def test_one_label_is_nothing_to_tell_apart() -> None:
    with pytest.raises(KnownError, match="All 4 examples have the label “a”"):
        split(many(4, "a"), 0.1, 0)


def test_a_label_that_occurs_once_is_named() -> None:
    data = [*many(4, "a", "b"), Example("lonely", "c", 77)]
    with pytest.raises(KnownError, match=r"“c” occurs once, on line 77, so .* add another text") as caught:
        split(data, 0.1, 0)
    assert "so do" not in str(caught.value)
    with pytest.raises(KnownError, match="and so do “d”, “e”, “f” and 2 more"):
        split([*data, *many(1, *"defgh")], 0.1, 0)


def test_a_label_with_copies_of_one_text_is_as_lonely() -> None:
    with pytest.raises(KnownError, match="“c” occurs 2 times, but with one text of its own"):
        split([*many(4, "a", "b"), *examples(("Same", "c"), ("same ", "c"))], 0.1, 0)
