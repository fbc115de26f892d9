"""The figures of ``memviz eval reader``, with a model that copies what its first entry says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from memviz.core.edits import Insert
from memviz.core.entry import Entry
from memviz.core.events import Event, FinishEvent, OutputEvent, RecallEvent
from memviz.core.facts import SENTENCES, Fact, render
from memviz.core.query import Query
from memviz.models.reader.questions import LabelledQuestion
from memviz.session.reader_eval import Score, ask_all, ask_edited, first_answer, kept_out_of_training
from memviz.session.session import Session
from tests.session.scripted import ScriptedModel

FACTS = [
    Fact("Blade Runner", "directed_by", ("Ridley Scott",)),
    Fact("Blade Runner", "release_year", ("1982",)),
    Fact("Inside Out", "written_by", ("Pete Docter", "Meg LeFauve")),
    Fact("The Piano", "directed_by", ("Jane Campion",)),
    Fact("The Piano", "written_by", ("Jane Campion",)),
]
QUESTIONS = [
    LabelledQuestion("who directed Blade Runner", "Blade Runner", ("Ridley Scott",), None),
    LabelledQuestion("who was Inside Out written by", "Inside Out", ("Pete Docter", "Meg LeFauve"), None),
    LabelledQuestion("who directed Nothing At All", "Nothing At All", ("Nobody",), None),
    LabelledQuestion("which films were directed by Jane Campion", "Jane Campion", ("The Piano",), None),
]


class CopyingModel(ScriptedModel):
    """Answers with the objects of the first entry, as the sentences of its relation say."""

    def run(self, query: Query, entries: Sequence[Entry], recall: RecallEvent | None) -> Iterator[Event]:
        answer = objects_of(entries[0].text) if entries else ""
        yield OutputEvent(0, f" {answer}", 0, -0.1)
        yield FinishEvent("end", answer)


class StubbornModel(ScriptedModel):
    """Knows the truth, and reads nothing."""

    def run(self, query: Query, entries: Sequence[Entry], recall: RecallEvent | None) -> Iterator[Event]:
        yield OutputEvent(0, " Ridley Scott", 0, -0.1)
        yield FinishEvent("end", "Ridley Scott")


def objects_of(text: str) -> str:
    for _, sentence in SENTENCES.values():
        middle = sentence.replace("{subject}", "").replace("{objects}.", "")
        if middle in text:
            return text.split(middle, 1)[1].removesuffix(".").replace(", ", "; ")
    return ""


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Session() as session:
        session.open_memory(str(tmp_path / "movies.sqlite"), create=True).result()
        rendered = [render(fact) for fact in FACTS]
        session.edit(*(Insert(key=key, text=text) for key, text in rendered))
        session.use_model(CopyingModel()).result()
        yield session


def test_first_answer():
    assert first_answer("Ridley Scott; Someone Else") == "Ridley Scott"
    assert first_answer(" Ridley Scott ") == "Ridley Scott"
    assert first_answer("") == ""


def test_hits_and_injected(session: Session):
    verdicts, _ = ask_all(session, QUESTIONS)
    assert [verdict.right for verdict in verdicts] == [True, True, False, False]
    assert [verdict.injected for verdict in verdicts] == [True, True, False, True]
    score = Score.of(verdicts, 2.0)
    assert (score.questions, score.hits_at_1, score.injected) == (4, 0.5, 0.75)
    assert score.hits_at_1_where_injected == pytest.approx(2 / 3)


def test_edited_facts_are_followed_and_taken_back(session: Session):
    before = session.entries()
    verdicts, _ = ask_edited(session, QUESTIONS, FACTS)
    assert [verdict.question for verdict in verdicts] == [QUESTIONS[0].text, QUESTIONS[1].text]
    assert all(verdict.right and verdict.injected for verdict in verdicts)
    assert verdicts[0].expected == ("Jane Campion",)
    assert [entry.text for entry in session.entries()] == [entry.text for entry in before]


def test_a_model_that_remembers_fails_on_edited_facts(session: Session):
    session.use_model(StubbornModel()).result()
    assert not any(verdict.right for verdict in ask_edited(session, QUESTIONS, FACTS)[0])


def test_without_brackets_the_subject_is_found_in_the_question(session: Session):
    bare = [LabelledQuestion(question.text, "", question.answers, None) for question in QUESTIONS]
    assert len(ask_edited(session, bare, FACTS)[0]) == 2


def test_kept_out_questions():
    from memviz.models.reader.examples import held_out

    kept = kept_out_of_training(QUESTIONS, FACTS)
    assert kept == [q for q in QUESTIONS if held_out(q.answers[0] if q.entity == "Jane Campion" else q.entity)]


def test_nothing_asked_is_no_division_by_zero():
    assert Score.of([], 0.0).hits_at_1 == 0.0
