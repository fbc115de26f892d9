"""How well a model reads the movie memory: questions through the whole path, as a user asks them."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memviz.core.edits import Update
from memviz.core.facts import Fact, render
from memviz.core.progress import Progress, no_progress
from memviz.core.text import normalised
from memviz.session.run import Run
from memviz.session.session import Session

if TYPE_CHECKING:
    from memviz.models.reader.questions import LabelledQuestion

#: The reader puts this between answers.
SEPARATOR = ";"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One question's outcome.

    Attributes:
        question: as it was asked.
        expected: all right answers.
        given: the first answer that the model gave; empty for none.
        right: whether ``given`` is one of them (words compared, not case or punctuation).
        injected: whether an entry that holds a right answer was in the prompt.
    """

    question: str
    expected: tuple[str, ...]
    given: str
    right: bool
    injected: bool


@dataclass(frozen=True, slots=True)
class Score:
    """Figures over many verdicts; a share over nothing is 0."""

    questions: int
    hits_at_1: float
    injected: float
    hits_at_1_where_injected: float
    seconds: float

    @classmethod
    def of(cls, verdicts: Sequence[Verdict], seconds: float) -> Score:
        reached = [verdict for verdict in verdicts if verdict.injected]
        return cls(
            questions=len(verdicts),
            hits_at_1=_share(verdicts, lambda verdict: verdict.right),
            injected=_share(verdicts, lambda verdict: verdict.injected),
            hits_at_1_where_injected=_share(reached, lambda verdict: verdict.right),
            seconds=seconds,
        )


def ask_all(
    session: Session, questions: Sequence[LabelledQuestion], progress: Progress = no_progress
) -> tuple[list[Verdict], float]:
    """Asks every question; returns the verdicts and the seconds that it took. Blocks.

    Raises:
        KnownError: no model is loaded, or a question cannot be asked.
        Cancelled: from ``progress``.
    """
    started = time.perf_counter()
    verdicts = []
    for done, question in enumerate(questions):
        progress(done, len(questions), "asking")
        run = session.ask(question.text).wait()
        verdicts.append(_verdict(run, question.text, question.answers))
    progress(len(questions), len(questions), "asking")
    return verdicts, time.perf_counter() - started


def ask_edited(
    session: Session,
    questions: Sequence[LabelledQuestion],
    facts: Sequence[Fact],
    *,
    limit: int | None = None,
    seed: int = 0,
    progress: Progress = no_progress,
) -> tuple[list[Verdict], float]:
    """Makes the fact behind each question false, asks, and takes the edit back: does the model follow the memory?

    The right answers are then the false objects. Only questions about one entry are asked: those whose answers are the
    objects of one fact and whose text names its subject. Blocks.

    Args:
        facts: of the memory, the first one with id 1.
        limit: at most this many questions.
    """
    started = time.perf_counter()
    generator = random.Random(seed)
    others: dict[str, list[tuple[str, ...]]] = {}
    for fact in facts:
        others.setdefault(fact.relation, []).append(fact.objects)
    verdicts: list[Verdict] = []
    wanted = len(questions) if limit is None else limit
    for question, entry_id in _single_facts(questions, facts):
        if len(verdicts) >= wanted:
            break
        progress(len(verdicts), wanted, "asking about edited facts")
        fact = facts[entry_id - 1]
        false = _false_objects(fact, others[fact.relation], generator)
        session.edit(Update(entry_id, text=render(Fact(fact.subject, fact.relation, false))[1]), initiator="eval")
        run = session.ask(question.text).wait()
        verdicts.append(_verdict(run, question.text, false, entry_id))
        session.undo("eval")
    progress(1, 1, "asking about edited facts")
    return verdicts, time.perf_counter() - started


def kept_out_of_training(questions: Sequence[LabelledQuestion], facts: Sequence[Fact]) -> list[LabelledQuestion]:
    """The questions whose movies the shipped reader never saw: the entity, or all answers where it is no movie."""
    from memviz.models.reader.examples import held_out

    movies = {fact.subject for fact in facts}

    def unseen(question: LabelledQuestion) -> bool:
        about = (question.entity,) if question.entity in movies else question.answers
        return bool(question.entity) and all(held_out(movie) for movie in about)

    return [question for question in questions if unseen(question)]


def first_answer(answer: str) -> str:
    return answer.split(SEPARATOR, 1)[0].strip()


def _verdict(run: Run, question: str, expected: tuple[str, ...], entry_id: int | None = None) -> Verdict:
    given = first_answer(run.answer)
    accepted = {normalised(answer) for answer in expected}
    rows = [row for row in run.entries() if row.status == "injected"]
    if entry_id is None:
        injected = any(f" {answer} " in f" {normalised(row.text)} " for row in rows for answer in accepted)
    else:
        injected = any(row.id == entry_id for row in rows)
    return Verdict(question, expected, given, normalised(given) in accepted, injected)


def _single_facts(
    questions: Iterable[LabelledQuestion], facts: Sequence[Fact]
) -> Iterator[tuple[LabelledQuestion, int]]:
    by_objects: dict[frozenset[str], list[int]] = {}
    for entry_id, fact in enumerate(facts, 1):
        by_objects.setdefault(frozenset(fact.objects), []).append(entry_id)
    for question in questions:
        text = f" {normalised(question.text)} "
        entry_ids = [
            entry_id
            for entry_id in by_objects.get(frozenset(question.answers), ())
            if _names(question, facts[entry_id - 1], text)
        ]
        if len(entry_ids) == 1:
            yield question, entry_ids[0]


def _names(question: LabelledQuestion, fact: Fact, text: str) -> bool:
    if question.entity:
        return question.entity == fact.subject
    return f" {normalised(fact.subject)} " in text


def _false_objects(fact: Fact, others: Sequence[tuple[str, ...]], generator: random.Random) -> tuple[str, ...]:
    """The objects of another fact of the same relation that shares none with this one."""
    while True:
        false = generator.choice(others)
        if not set(false) & set(fact.objects):
            return false


def _share(verdicts: Sequence[Verdict], counts: Callable[[Verdict], bool]) -> float:
    return sum(map(counts, verdicts)) / len(verdicts) if verdicts else 0.0
