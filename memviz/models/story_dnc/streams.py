"""Stories as streams of words or sentences, with questions where they are asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from memviz.core.stories import StoryQuestion, answer_word, story_numbers, story_words
from memviz.models.story_dnc.config import ASKS, ENDS, MARKS, StoryDNCConfig
from memviz.models.vocabulary import Vocabulary

Rows = list[list[int]]


class Stream(NamedTuple):
    """``ids`` [T, J] or [T, B, J]; ``answers`` [T] or [T, B]: the id of the answer where one is asked for, else 0."""

    ids: Tensor
    answers: Tensor


class Streams:
    """How stories become streams: words, a mark at the end of each sentence, a mark where an answer is asked for."""

    def __init__(self, config: StoryDNCConfig) -> None:
        self._config = config
        self._vocabulary = Vocabulary(config.vocabulary)
        self._ends = {mark: len(self._vocabulary) + 1 + at for at, mark in enumerate(MARKS)}
        self._marks = {number: mark for mark, number in self._ends.items()}

    def sentence(self, text: str, mark: str) -> Rows:
        """The steps of a sentence and its mark; words that are not known are left out.

        The mark that asks for an answer is always a step of its own: what a step reads reaches its output along one
        matrix, so only a step after the question can compare the one with the other.
        """
        words, end = self._vocabulary.ids(story_words(text)), self._ends[mark]
        if not self._config.sentence:
            return [[word] for word in (*words, end)]
        words = words[: self._config.sentence]
        return [words, [end]] if mark == ASKS else [[*words, end]]

    def text(self, row: Sequence[int]) -> str:
        """What is read in one step, for people."""
        return " ".join(
            self._marks[number] if number in self._marks else self._vocabulary.word(number) for number in row
        )

    def tensor(self, rows: Rows) -> Tensor:
        """[T, J]."""
        ids = torch.zeros(len(rows), self._config.row, dtype=torch.long)
        for at, row in enumerate(rows):
            ids[at, : len(row)] = torch.tensor(row)
        return ids

    def of_question(self, question: StoryQuestion) -> Stream:
        """The story up to a question, and the question."""
        return self.of_story([question], [True])

    def of_story(self, questions: Sequence[StoryQuestion], asked: Sequence[bool]) -> Stream:
        """One story with those of its questions that are ``asked``, each at its place."""
        rows: Rows = []
        answers: dict[int, int] = {}
        told = 0
        for question, wanted in zip(questions, asked, strict=True):
            for sentence in question.sentences[told:]:
                rows += self.sentence(sentence, ENDS)
            told = len(question.sentences)
            if wanted:
                rows += self.sentence(question.question, ASKS)
                answers[len(rows) - 1] = self._vocabulary.id_of(answer_word(question.answer))
        wanted_at = torch.zeros(len(rows), dtype=torch.long)
        wanted_at[list(answers)] = torch.tensor(list(answers.values()), dtype=torch.long)
        return Stream(self.tensor(rows), wanted_at)


def stories_of(questions: Sequence[StoryQuestion]) -> list[list[StoryQuestion]]:
    """The questions of each story."""
    stories: list[list[StoryQuestion]] = []
    for question, number in zip(questions, story_numbers(questions), strict=True):
        if number == len(stories):
            stories.append([])
        stories[number].append(question)
    return stories


def longest_sentence(questions: Sequence[StoryQuestion]) -> int:
    """Words of the longest sentence or question."""
    texts = {text for question in questions for text in (*question.sentences, question.question)}
    return max(len(story_words(text)) for text in texts)


def side_by_side(streams: Sequence[Stream]) -> Stream:
    """[T, B, ...], shorter ones filled up with no word."""
    return Stream(*(torch.nn.utils.rnn.pad_sequence(list(parts)) for parts in zip(*streams, strict=True)))
