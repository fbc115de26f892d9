"""Examples ask only what their entries answer, and answer what the entries say."""

from __future__ import annotations

import random
from collections.abc import Sequence

from memviz.core.facts import Fact
from memviz.models.reader.examples import UNKNOWN, Context, Example, ExampleMaker, held_out
from tests.models.reader.conftest import FACTS, TEMPLATES, context


def examples(maker: ExampleMaker, count: int = 300, facts: Sequence[Fact] = FACTS) -> list[Example]:
    return [maker.make(context(*facts), most_entries=6, questions=8) for _ in range(count)]


def test_every_answer_stands_in_the_entries(maker: ExampleMaker) -> None:
    for example in examples(maker):
        text = "\n".join(example.entries)
        for question, answer in example.questions:
            if answer != UNKNOWN:
                assert all(part in text for part in answer.split("; ")), (question, answer, text)


def test_what_the_entries_do_not_tell_is_unknown(maker: ExampleMaker) -> None:
    unknown = [(e, q) for e in examples(maker) for q, answer in e.questions if answer == UNKNOWN]
    assert unknown
    for example, question in unknown:
        forward = question.replace("?", "").lower().removeprefix("who directed ")
        assert not any(entry.lower().startswith(f"{forward} was directed by") for entry in example.entries)


def test_facts_are_edited_so_that_the_model_must_read(maker: ExampleMaker) -> None:
    directors = {
        entry.removeprefix("Blade Runner was directed by ")
        for example in examples(maker)
        for entry in example.entries
        if entry.startswith("Blade Runner was directed by ")
    }
    assert "Ridley Scott." in directors
    assert len(directors) > 2


def test_a_name_in_several_entries_gets_all_subjects_as_answer() -> None:
    maker = ExampleMaker(FACTS[:3], TEMPLATES, random.Random(1))
    answers = {
        answer for e in examples(maker, facts=FACTS[:3]) for q, answer in e.questions if "Ridley Scott direct" in q
    }
    assert {"Blade Runner; Alien", "Alien; Blade Runner"} <= answers


def test_questions_of_the_recalled_kind_often_use_the_words_that_were_asked(maker: ExampleMaker) -> None:
    asked = [q for e in examples(maker) for q, answer in e.questions if "directed" in q and answer != UNKNOWN]
    share = sum("was directed by who" in question for question in asked) / len(asked)
    assert 0.65 < share < 0.85  # half by intent, and half of the rest by chance


def test_as_asked_keeps_the_order_and_the_question(maker: ExampleMaker) -> None:
    asked = context(*FACTS[:4])
    changed = 0
    for _ in range(50):
        example = maker.make_as_asked(asked, questions=2)
        assert example is not None
        assert example.entries[0].startswith("Blade Runner was directed by ")
        assert [entry.split(" ")[0] for entry in example.entries] == ["Blade", "Blade", "Alien", "Alien"]
        director = example.entries[0].removeprefix("Blade Runner was directed by ").removesuffix(".")
        assert [answer for _, answer in example.questions] == [director] * 2
        assert example.questions[0][0].lower().startswith("blade runner was directed by who")
        changed += director != "Ridley Scott"
    assert 0 < changed < 50


def test_as_asked_from_the_other_side_renames_what_is_answered(maker: ExampleMaker) -> None:
    asked = Context(FACTS[:4], ("directed_by", True), "what films did {entity} direct", "Ridley Scott")
    answers = {maker.make_as_asked(asked, questions=3).questions[0][1] for _ in range(50)}
    assert "Blade Runner; Alien" in answers
    assert len(answers) > 5


def test_as_asked_needs_a_fact_that_tells(maker: ExampleMaker) -> None:
    assert maker.make_as_asked(context(FACTS[1], FACTS[2]), questions=3) is None


def test_the_same_seed_gives_the_same_examples() -> None:
    first, second = (ExampleMaker(FACTS, TEMPLATES, random.Random(7)) for _ in range(2))
    assert examples(first, 20) == examples(second, 20)


def test_one_movie_in_ten_is_held_out() -> None:
    share = sum(held_out(f"Movie {number}") for number in range(5000)) / 5000
    assert 0.08 < share < 0.12
