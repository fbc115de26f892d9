"""Stories as streams of words, with questions where they are asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from memviz.core.stories import StoryQuestion, answer_word, story_numbers, story_words
from memviz.models.story_dnc.config import MARKS
from memviz.models.vocabulary import Vocabulary


class Stream(NamedTuple):
    """``ids`` [T] or [T, B]; ``answers`` likewise: the id of the answer where one is asked for, else 0."""

    ids: Tensor
    answers: Tensor


class Streams:
    """How stories become streams: words, a mark at the end of each sentence, a mark where an answer is asked for."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._ends = {mark: len(vocabulary) + 1 + at for at, mark in enumerate(MARKS)}

    def sentence(self, text: str, mark: str) -> list[int]:
        """Ids of a sentence's words and its mark; words that are not known are left out."""
        return [*self._vocabulary.ids(story_words(text)), self._ends[mark]]

    def words(self, ids: Iterable[int]) -> list[str]:
        """What the ids of a stream stand for."""
        marks = {number: mark for mark, number in self._ends.items()}
        return [marks[number] if number in marks else self._vocabulary.word(number) for number in ids]

    def of_question(self, question: StoryQuestion) -> Stream:
        """The story up to a question, and the question."""
        ids = [number for told in question.sentences for number in self.sentence(told, ".")]
        ids += self.sentence(question.question, "?")
        answers = torch.zeros(len(ids), dtype=torch.long)
        answers[-1] = self._vocabulary.id_of(answer_word(question.answer))
        return Stream(torch.tensor(ids), answers)

    def of_story(self, questions: Sequence[StoryQuestion], asked: Sequence[bool]) -> Stream:
        """One story with those of its questions that are ``asked``, each at its place."""
        ids: list[int] = []
        answers: dict[int, int] = {}
        told = 0
        for question, wanted in zip(questions, asked, strict=True):
            for sentence in question.sentences[told:]:
                ids += self.sentence(sentence, ".")
            told = len(question.sentences)
            if wanted:
                ids += self.sentence(question.question, "?")
                answers[len(ids) - 1] = self._vocabulary.id_of(answer_word(question.answer))
        row = torch.zeros(len(ids), dtype=torch.long)
        row[list(answers)] = torch.tensor(list(answers.values()), dtype=torch.long)
        return Stream(torch.tensor(ids), row)


def stories_of(questions: Sequence[StoryQuestion]) -> list[list[StoryQuestion]]:
    """The questions of each story."""
    stories: list[list[StoryQuestion]] = []
    for question, number in zip(questions, story_numbers(questions), strict=True):
        if number == len(stories):
            stories.append([])
        stories[number].append(question)
    return stories


def side_by_side(streams: Sequence[Stream]) -> Stream:
    """[T, B], shorter ones filled up with no word."""
    return Stream(*(torch.nn.utils.rnn.pad_sequence(list(parts)) for parts in zip(*streams, strict=True)))
