"""Stories with questions, in the format of bAbI (Weston et al. 2015).

Each line is a number, a space and a sentence; a question's line goes on with a tab, the answer, and often another tab
and the numbers of the lines that support it. A line with number 1 begins a new story.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from memviz.core.errors import KnownError
from memviz.core.text import spaced_cjk, words

_LINE = re.compile(r"(\d+) (.*\S)\s*")


@dataclass(frozen=True, slots=True)
class StoryQuestion:
    """One question with all that was told before it.

    Attributes:
        sentences: of the story so far, oldest first, as they were written.
        question, answer: as they were written; an answer of several parts, like ``n,w``, is one string.
        supporting: indices into ``sentences`` that the file names as needed.
        task: the name of the file without its ending.
        line: of the question, 1-based.
        story: number of the story in its file, from 0.
    """

    sentences: tuple[str, ...]
    question: str
    answer: str
    supporting: tuple[int, ...] = ()
    task: str = ""
    line: int = 0
    story: int = 0


@dataclass(frozen=True, slots=True)
class Story:
    """One story with its questions; the sentences of each question are the first ones of the story."""

    sentences: tuple[str, ...]
    questions: tuple[StoryQuestion, ...]


def story_words(text: str) -> list[str]:
    """The words of a sentence: folded as in :func:`memviz.core.text.words`, Chinese character by character."""
    return words(spaced_cjk(text))


def answer_word(answer: str) -> str:
    """An answer as one word of a vocabulary: ``football,apple`` is one, since it is one class to a network."""
    return answer.strip().lower()


def answer_parts(answer: str) -> list[str]:
    """The words that an answer is made of."""
    return [part.strip() for part in answer_word(answer).split(",")]


def story_numbers(questions: Sequence[StoryQuestion]) -> list[int]:
    """For each question the number of its story, from 0; a story's questions follow each other."""
    if not questions:
        return []
    numbers = [0]
    for before, question in pairwise(questions):
        same = (before.task, before.story) == (question.task, question.story)
        goes_on = same and question.sentences[: len(before.sentences)] == before.sentences
        numbers.append(numbers[-1] + (not goes_on))
    return numbers


def read_stories(path: Path) -> list[StoryQuestion]:
    """All questions of one file; errors as :func:`read_story_file`."""
    return [question for story in read_story_file(path) for question in story.questions]


def read_story_file(path: Path) -> list[Story]:
    """All stories of one file, in its order.

    Raises:
        KnownError: no such file, a line that is not of this form (named by its number), or no question at all.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise KnownError(f"{path} cannot be read as text; give a file of stories in bAbI's format.") from error
    stories = list(_stories(text.split("\n"), path))
    if not any(story.questions for story in stories):
        raise KnownError(f"{path} holds no question; a question's line has a tab and its answer behind it.")
    return stories


def read_story_folder(folder: Path, part: str = "train") -> dict[str, list[StoryQuestion]]:
    """Task -> questions, for every ``qaN_..._{part}.txt`` of a folder in the order of N.

    Raises:
        KnownError: there is none, or one cannot be read.
    """
    paths = sorted(folder.glob(f"*_{part}.txt"), key=_task_number)
    if not paths:
        raise KnownError(f"{folder} holds no file that ends in _{part}.txt; give a folder of bAbI tasks.")
    return {path.stem.removesuffix(f"_{part}"): read_stories(path) for path in paths}


def _task_number(path: Path) -> tuple[int, str]:
    number = re.search(r"\d+", path.name)
    return int(number.group()) if number else 0, path.name


def _stories(lines: Iterable[str], path: Path) -> Iterator[Story]:
    sentences: list[str] = []
    questions: list[StoryQuestion] = []
    place: dict[int, int] = {}  # number of a line -> index into sentences
    done = 0
    for at, line in enumerate(lines, 1):
        if not line.strip():
            continue
        said, *more = line.split("\t")
        matched = _LINE.fullmatch(said)
        if matched is None:
            raise _malformed(at, path, "must begin with a number and a space")
        number, sentence = int(matched[1]), matched[2]
        if number == 1:
            if sentences or questions:
                yield Story(tuple(sentences), tuple(questions))
                done += 1
            sentences, questions, place = [], [], {}
        if not more:
            place[number] = len(sentences)
            sentences.append(sentence)
            continue
        answer = more[0].strip()
        if not answer:
            raise _malformed(at, path, "has a tab but no answer behind it")
        supporting = _supporting(more[1] if len(more) > 1 else "", place, at, path)
        questions.append(StoryQuestion(tuple(sentences), sentence, answer, supporting, path.stem, at, done))
    if sentences or questions:
        yield Story(tuple(sentences), tuple(questions))


def _supporting(numbers: str, place: dict[int, int], at: int, path: Path) -> tuple[int, ...]:
    try:
        return tuple(place[int(number)] for number in numbers.split())
    except (KeyError, ValueError):
        raise _malformed(at, path, "names a supporting line that is no sentence before it") from None


def _malformed(at: int, path: Path, what: str) -> KnownError:
    return KnownError(f"Line {at} of {path} {what}; mend it, or leave it out.")
