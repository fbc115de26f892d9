"""Stories told again with other names, so that a network cannot learn them by heart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from memviz.core.stories import StoryQuestion, answer_parts, answer_word
from memviz.models.story_names import kinds_of_names
from memviz.models.vocabulary import Vocabulary


class Renaming:
    """Lets the names of a kind (:mod:`memviz.models.story_names`) change places, in a whole story at once."""

    def __init__(self, questions: Sequence[StoryQuestion], vocabulary: Vocabulary) -> None:
        tasks: dict[str, list[StoryQuestion]] = {}
        for question in questions:
            tasks.setdefault(question.task, []).append(question)
        #: Task -> its kinds of names.
        self.kinds = kinds_of_names(tasks)
        self._number = {task: at for at, task in enumerate(self.kinds)}
        self._names = _table(self.kinds, vocabulary)  # [tasks, kinds, names]
        self._words = torch.arange(len(vocabulary) + 1)
        # Answers of several parts, like “apple,milk”, are one word to a network.
        together = {
            vocabulary.id_of(answer_word(answer)): tuple(map(vocabulary.id_of, answer_parts(answer)))
            for answer in {question.answer for question in questions}
            if len(answer_parts(answer)) > 1
        }
        self._parts = together
        self._whole = {parts: answer for answer, parts in together.items() if all(parts)}
        self._several = torch.zeros_like(self._words, dtype=torch.bool)
        self._several[list(self._parts)] = True

    def numbers(self, tasks: Sequence[str]) -> Tensor:
        """What :meth:`drawn` calls tasks."""
        return torch.tensor([self._number[task] for task in tasks])

    def drawn(self, tasks: Tensor, answers: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """New names for B stories.

        Args:
            tasks: of each story, [B].
            answers: to the questions about it, [B, A]; 0 is none.

        Returns:
            What stands for each word in each story, [B, V + 1], and the answers then, [B, A]. A story with an answer
            that would have no word stays as it is.
        """
        names = self._names[tasks]  # [B, kinds, names]
        order = torch.rand(names.shape, generator=generator).masked_fill_(names == 0, 2.0).argsort(-1)
        words = self._words.repeat(len(tasks), 1)
        words.scatter_(1, names.flatten(1), names.gather(-1, order).flatten(1))
        renamed = words.gather(1, answers)
        for at, number in self._several[answers].nonzero().tolist():
            parts = tuple(int(words[at, part]) for part in self._parts[int(answers[at, number])])
            if parts not in self._whole:
                words[at], renamed[at] = self._words, answers[at]
                continue
            renamed[at, number] = self._whole[parts]
        return words, renamed


def _table(kinds: Mapping[str, Sequence[Sequence[str]]], vocabulary: Vocabulary) -> Tensor:
    """Ids of names, [tasks, kinds, names], filled up with 0, which changes places with itself only."""
    most = max((len(of_task) for of_task in kinds.values()), default=0)
    longest = max((len(kind) for of_task in kinds.values() for kind in of_task), default=0)
    table = torch.zeros(len(kinds), most, longest, dtype=torch.long)
    for row, of_task in zip(table, kinds.values(), strict=True):
        for at, kind in enumerate(of_task):
            row[at, : len(kind)] = torch.tensor([vocabulary.id_of(name) for name in kind])
    return table
