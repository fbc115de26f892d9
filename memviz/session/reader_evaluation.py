"""How well a model reads a memory: questions with known answers, asked through the whole path."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memviz.core.edits import Update
from memviz.core.protocols import Progress, no_progress
from memviz.core.text import normalised
from memviz.session.addresses import memory_address
from memviz.session.bundled import unpacked_memory
from memviz.session.session import Session
from memviz.stores.copies import copy_file

if TYPE_CHECKING:
    from memviz.models.reader.questions import LabelledQuestion

#: What the reader writes between several answers.
SEPARATOR = ";"


@dataclass(slots=True)
class Evaluation:
    """Counts of one evaluation.

    Attributes:
        questions, right: asked, and first answer among the right ones.
        injected: questions for which an entry that holds a right answer was in the prompt.
        by_type: type of question -> (asked, right).
        edited, followed: facts changed to a false value whose entry was in the prompt, and how often the first answer
            was the false value.
        wrong: some of the questions that were answered wrongly: question, answer, right answers.
    """

    questions: int = 0
    right: int = 0
    injected: int = 0
    by_type: dict[str, tuple[int, int]] = field(default_factory=dict)
    edited: int = 0
    followed: int = 0
    wrong: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """What ``memviz eval reader --json`` prints."""
        result: dict[str, Any] = {
            "questions": self.questions,
            "hits_at_1": _share(self.right, self.questions),
            "answer_injected": _share(self.injected, self.questions),
            "by_type": {
                name: {"questions": asked, "hits_at_1": _share(right, asked)}
                for name, (asked, right) in sorted(self.by_type.items())
            },
        }
        if self.edited:
            result["edited"] = {"cases": self.edited, "followed": _share(self.followed, self.edited)}
        result["wrong"] = [
            {"question": question, "answer": answer, "right": list(right)} for question, answer, right in self.wrong
        ]
        return result


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def first_answer(answer: str) -> str:
    """The first of the answers that a model gave, normalised for comparing."""
    return normalised(answer.split(SEPARATOR, 1)[0])


def about_held_out(questions: Iterable[LabelledQuestion]) -> list[LabelledQuestion]:
    """Questions of which every movie was kept out of the reader's training."""
    from memviz.models.reader.examples import held_out

    return [
        question
        for question in questions
        if question.entity
        and question.asks is not None
        and all(held_out(movie) for movie in (question.answers if question.asks[1] else (question.entity,)))
    ]


def sample(questions: Sequence[LabelledQuestion], limit: int | None, seed: int = 0) -> list[LabelledQuestion]:
    """``limit`` of the questions, the same for the same seed; all of them in order where there is no limit."""
    if limit is None or limit >= len(questions):
        return list(questions)
    return random.Random(seed).sample(list(questions), limit)


def evaluate(
    session: Session, questions: Sequence[LabelledQuestion], *, wrong: int = 20, progress: Progress = no_progress
) -> Evaluation:
    """Asks every question; blocks. At most ``wrong`` wrong answers are kept."""
    result = Evaluation()
    asked: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for done, question in enumerate(questions):
        progress(done, len(questions), "asking")
        run = session.ask(question.text).wait()
        accepted = {normalised(answer) for answer in question.answers}
        name = _type_name(question)
        hit = first_answer(run.answer) in accepted
        asked[name] += 1
        right[name] += hit
        result.injected += any(
            row.status == "injected" and any(answer in row.text for answer in question.answers) for row in run.entries()
        )
        if not hit and len(result.wrong) < wrong:
            result.wrong.append((question.text, run.answer, question.answers))
    result.questions, result.right = asked.total(), right.total()
    result.by_type = {name: (asked[name], right[name]) for name in asked}
    return result


def _type_name(question: LabelledQuestion) -> str:
    if question.asks is None:
        return "unknown"
    relation, inverse = question.asks
    return f"{relation}, inverse" if inverse else relation


def evaluate_edited(
    model: str,
    memory: str,
    questions: Sequence[LabelledQuestion],
    *,
    seed: int = 0,
    progress: Progress = no_progress,
) -> tuple[int, int]:
    """Changes facts to false values in a copy of the memory and asks again; returns (cases, cases followed).

    For each question about a subject: the entry that holds a right answer gets another entry's value of the same
    relation instead, the question is asked, and the edit is undone. Cases in which the changed entry is not in the
    prompt do not count. Blocks.
    """
    from memviz.core.facts import SENTENCES

    generator = random.Random(seed)
    values: dict[str, list[str]] = {}
    for question in questions:
        if question.asks is not None and not question.asks[1]:
            values.setdefault(question.asks[0], []).extend(question.answers)
    cases = followed = 0
    address = memory_address(memory)
    source = unpacked_memory(address.bundled, progress) if address.bundled else Path(address.path)
    with tempfile.TemporaryDirectory() as folder, Session() as session:
        copy_file(source, Path(folder) / "copy.sqlite")
        session.open_memory(str(Path(folder) / "copy.sqlite")).result()
        session.load_model(model).result()
        forward = [question for question in questions if question.asks is not None and not question.asks[1]]
        for done, question in enumerate(forward):
            progress(done, len(forward), "asking about edited facts")
            assert question.asks is not None
            relation = question.asks[0]
            word, sentence = SENTENCES[relation]
            found = [
                row
                for row in session.ask(question.text, max_tokens=1).wait().entries()
                if row.key == f"{question.entity} · {word}"
            ]
            false = generator.choice(values[relation])
            if not found or false in question.answers:
                continue
            text = sentence.replace("{objects}", false).replace("{subject}", question.entity, 1)
            session.edit(Update(found[0].id, text=text), initiator="evaluation")
            run = session.ask(question.text).wait()
            if any(row.id == found[0].id and row.status == "injected" for row in run.entries()):
                cases += 1
                followed += first_answer(run.answer) == normalised(false)
            session.undo("evaluation")
    return cases, followed
