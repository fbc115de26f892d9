"""Question templates, learned from labelled questions: ``who directed [Blade Runner]`` is ``movie_to_director``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from memviz.core.errors import KnownError

_ENTITY = re.compile(r"\[(.+)\]")

#: Question type of MetaQA -> (relation, inverse). A forward question names the subject and asks for the objects, an
#: inverse one names an object and asks for the subjects.
QUESTION_TYPES: Mapping[str, tuple[str, bool]] = {
    "movie_to_director": ("directed_by", False),
    "movie_to_writer": ("written_by", False),
    "movie_to_actor": ("starred_actors", False),
    "movie_to_year": ("release_year", False),
    "movie_to_language": ("in_language", False),
    "movie_to_genre": ("has_genre", False),
    "movie_to_tags": ("has_tags", False),
    "movie_to_imdbrating": ("has_imdb_rating", False),
    "movie_to_imdbvotes": ("has_imdb_votes", False),
    "director_to_movie": ("directed_by", True),
    "writer_to_movie": ("written_by", True),
    "actor_to_movie": ("starred_actors", True),
    "tag_to_movie": ("has_tags", True),
}

Templates = Mapping[tuple[str, bool], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class LabelledQuestion:
    """A question with its entity unbracketed, all right answers, and what it asks (None where no type is known).

    ``template`` has ``{entity}`` in the entity's place; it is the whole text where no entity was marked.
    """

    text: str
    entity: str
    answers: tuple[str, ...]
    asks: tuple[str, bool] | None
    template: str = ""


def read_questions(questions: Path, types: Path | None = None) -> list[LabelledQuestion]:
    """Reads ``question with [entity] <tab> answer|answer`` lines, and the type of each line from a second file.

    Raises:
        KnownError: a file that is missing or a line that is not of this form, named by its number.
    """
    lines = _lines(questions)
    labels: list[str | None] = list(_lines(types)) if types is not None else [None] * len(lines)
    if len(labels) != len(lines):
        raise KnownError(
            f"{types} has {len(labels)} lines but {questions} has {len(lines)}; they must belong together."
        )
    result = []
    for number, (line, label) in enumerate(zip(lines, labels, strict=True), 1):
        text, tab, answers = line.partition("\t")
        if not tab or not answers:
            raise KnownError(f"Line {number} of {questions} must hold a question, a tab and its answers; mend it.")
        entity = _ENTITY.search(text)
        result.append(
            LabelledQuestion(
                text=text.replace("[", "").replace("]", "") if entity is None else _ENTITY.sub(r"\1", text),
                entity=entity.group(1) if entity else "",
                answers=tuple(answers.split("|")),
                asks=QUESTION_TYPES.get(label) if label else None,
                template=_ENTITY.sub("{entity}", text),
            )
        )
    return result


def _lines(path: Path) -> list[str]:
    try:
        return [line for line in path.read_text(encoding="utf-8").split("\n") if line]
    except OSError as error:
        raise KnownError(f"{path} cannot be read ({error.strerror}); give a file of questions.") from error


def learn_templates(questions: Iterable[LabelledQuestion], keep: Callable[[LabelledQuestion], bool]) -> Templates:
    """The distinct ways of asking each relation, with ``{entity}`` in place of the entity, in a stable order."""
    found: dict[tuple[str, bool], set[str]] = {}
    for question in questions:
        if question.asks is not None and question.entity and keep(question):
            found.setdefault(question.asks, set()).add(question.template)
    return {asks: tuple(sorted(templates)) for asks, templates in sorted(found.items())}
