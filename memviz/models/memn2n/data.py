"""Stories as tensors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from memviz.core.stories import StoryQuestion, answer_word, story_words
from memviz.models.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class StoryTensors:
    """Questions ready for batches.

    Attributes:
        texts: [S, J] word ids of every distinct sentence and question; row 0 is empty.
        stories: [Q, N] rows of ``texts``, the newest sentence first; 0 where the story has no more.
        lengths: [Q] sentences in the story, at most N.
        questions: [Q] rows of ``texts``.
        answers: [Q] ids in the vocabulary; 0 for an answer that it does not hold, which is never right.
    """

    texts: Tensor
    stories: Tensor
    lengths: Tensor
    questions: Tensor
    answers: Tensor

    def __len__(self) -> int:
        return len(self.answers)

    @classmethod
    def of(cls, questions: Sequence[StoryQuestion], vocabulary: Vocabulary, slots: int) -> StoryTensors:
        """Of longer stories the last ``slots`` sentences are kept; unknown words are left out."""
        rows: dict[str, int] = {"": 0}
        stories = torch.zeros(len(questions), slots, dtype=torch.long)
        for at, question in enumerate(questions):
            kept = [rows.setdefault(text, len(rows)) for text in reversed(question.sentences[-slots:])]
            stories[at, : len(kept)] = torch.tensor(kept, dtype=torch.long)
        asked = torch.tensor([rows.setdefault(question.question, len(rows)) for question in questions])
        words = [vocabulary.ids(story_words(text)) for text in rows]
        texts = torch.zeros(len(words), max(map(len, words), default=1) or 1, dtype=torch.long)
        for row, ids in enumerate(words):
            texts[row, : len(ids)] = torch.tensor(ids, dtype=torch.long)
        answers = torch.tensor([vocabulary.id_of(answer_word(question.answer)) for question in questions])
        return cls(texts, stories, (stories > 0).sum(-1), asked, answers)

    def batch(self, rows: Tensor, *, blanks: float = 0.0, generator: torch.Generator | None = None) -> Batch:
        """The questions in ``rows`` [B].

        Args:
            blanks: random noise of the paper: up to this share of empty slots is scattered into each story, so that no
                time is learned by heart.
        """
        stories = self.stories[rows]
        if blanks > 0.0:
            stories = _with_blanks(stories, self.lengths[rows], blanks, generator)
        longest = int((stories > 0).any(0).nonzero().max()) + 1 if (stories > 0).any() else 1
        return Batch(self.texts[stories[:, :longest]], self.texts[self.questions[rows]], self.answers[rows])


@dataclass(frozen=True, slots=True)
class Batch:
    """``sentences`` [B, N, J] (N as large as the longest story here), ``questions`` [B, J], ``answers`` [B]."""

    sentences: Tensor
    questions: Tensor
    answers: Tensor

    def renamed(self, words: Tensor, answers: Tensor) -> Batch:
        """With other words, [B, V + 1], and the answers then, [B]."""
        sentences = words.gather(1, self.sentences.flatten(1)).view_as(self.sentences)
        return Batch(sentences, words.gather(1, self.questions), answers)


def _with_blanks(stories: Tensor, lengths: Tensor, share: float, generator: torch.Generator | None) -> Tensor:
    """[B, N] with 0 … ceil(share * length) empty slots at random places of each story; what falls off is the oldest."""
    batch, slots = stories.shape
    most = torch.ceil(share * lengths).long()  # [B]
    width = math.ceil(share * slots)
    number = (torch.rand(batch, generator=generator) * (most + 1)).long()
    places = (torch.rand(batch, width, generator=generator) * (lengths[:, None] + 1)).long()
    counts = torch.arange(width) < number[:, None]  # which of the drawn places are used
    order = torch.arange(slots)
    before = ((places[:, :, None] <= order) & counts[:, :, None]).sum(1)  # [B, N]: blanks in front of each sentence
    spread = torch.zeros(batch, slots + width, dtype=stories.dtype)
    spread.scatter_(1, order + before, stories)
    return spread[:, :slots]
