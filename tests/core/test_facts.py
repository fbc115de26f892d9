"""Facts as sentences, and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memviz.core.facts import Fact, parsed, render

NAME = st.text("ab ,;.éç电影-\n", min_size=1, max_size=8).filter(lambda name: name == name.strip(" ,;.\n"))


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        (Fact("Alien", "directed_by", ("Ridley Scott",)), "Alien was directed by Ridley Scott."),
        (Fact("Wenders", "directed", ("Paris, Texas", "Alice")), "Wenders – directed: “Paris, Texas”, Alice."),
        (Fact("Poe", "wrote", ("“Ligeia”", "Eureka")), "Poe – wrote: “Ligeia”, Eureka."),
        (Fact("教父", "导演", ("科波拉",)), "教父 – 导演: 科波拉."),
    ],
)
def test_a_fact_is_a_sentence_and_back(fact: Fact, text: str) -> None:
    key, told = render(fact)
    assert told == text
    assert parsed(key, told) == fact


@given(st.lists(NAME, min_size=1, max_size=4))
def test_objects_do_not_fall_apart(objects: list[str]) -> None:
    fact = Fact("S", "likes", tuple(objects))
    assert parsed(*render(fact)) == fact


def test_an_entry_that_was_edited_over_two_lines_keeps_its_objects() -> None:
    fact = parsed("Alien · director", "Alien was directed by Ridley Scott,\nTony Scott.")
    assert fact is not None
    assert " ".join(fact.objects).split() == ["Ridley", "Scott,", "Tony", "Scott"]
