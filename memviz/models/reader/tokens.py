"""The reader's tokenizer, and examples as token ids.

A prompt is ``<s>Facts:`` and a line ``- text`` for each entry, then ``Question: …`` and ``Answer:``. Lines start with
``- `` so that the first word of an entry has the same leading space, and so the same tokens, as in a question.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from memviz.models.reader.examples import Example

TEMPLATE = "Facts:\n{entries}\nQuestion: {question}\nAnswer:"
PAD, BOS, EOS = 0, 1, 2
IGNORED = -100


def train_tokenizer(texts: Iterable[str], size: int, *, spaced: bool = False) -> PreTrainedTokenizerFast:
    """Byte-level BPE with ``size`` tokens; a prompt starts with ``<s>``, an answer ends with ``</s>``.

    Args:
        spaced: a text that begins with a word gets a space before it, so that the word has the same tokens everywhere.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=spaced)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            vocab_size=size,
            special_tokens=["<pad>", "<s>", "</s>"],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", BOS)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        model_max_length=2048,
        clean_up_tokenization_spaces=False,
    )


@dataclass(frozen=True, slots=True)
class Encoded:
    """One example as arrays of length T.

    Attributes:
        ids: token ids.
        positions: as they are when each question is asked alone, right after the entries.
        segments: 0 for the entries, 1 … for the questions; a question sees the entries and itself.
        targets: the next token within a question and its answer, else :data:`IGNORED`.
        weights: how much each target counts: 1 in answers, more for their first token, less in questions.
        answers: half-open ranges of ``targets`` that are answers.
    """

    ids: np.ndarray
    positions: np.ndarray
    segments: np.ndarray
    targets: np.ndarray
    weights: np.ndarray
    answers: tuple[tuple[int, int], ...]


class Encoder:
    """Turns examples into token ids; remembers the pieces it has seen."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast) -> None:
        self._backend = tokenizer.backend_tokenizer
        self._pieces: dict[str, list[int]] = {}

    def _encode(self, text: str) -> list[int]:
        ids = self._pieces.get(text)
        if ids is None:
            if len(self._pieces) > 400_000:
                self._pieces.clear()
            ids = self._backend.encode(text, add_special_tokens=False).ids
            self._pieces[text] = ids
        return ids

    def encode(
        self, example: Example, *, question_weight: float = 0.0, first_weight: float = 1.0, longest: int = 512
    ) -> Encoded:
        """At most ``longest`` tokens: the last questions are left out where there are too many."""
        context = [BOS, *self._encode("Facts:\n")]
        for text in example.entries:
            context += self._encode(f"- {text}\n")
        if not example.entries:
            context += self._encode("\n")
        ids, segments = list(context), [0] * len(context)
        positions = list(range(len(context)))
        targets, weights = [IGNORED] * len(context), [0.0] * len(context)
        answers = []
        for segment, (question, answer) in enumerate(example.questions, 1):
            asked = self._encode(f"Question: {question}\nAnswer:")
            said = [*self._encode(f" {answer}"), EOS]
            length = len(asked) + len(said) - 1
            if len(ids) + length > longest:
                break
            answers.append((len(ids) + len(asked) - 1, len(ids) + length))
            ids += asked + said[:-1]
            positions += range(len(context), len(context) + length)
            segments += [segment] * length
            targets += asked[1:] + said
            weights += [question_weight] * (len(asked) - 1) + [first_weight] + [1.0] * (len(said) - 1)
        return Encoded(
            np.array(ids[:longest]),
            np.array(positions[:longest]),
            np.array(segments[:longest]),
            np.array(targets[:longest]),
            np.array(weights[:longest], np.float32),
            tuple(answers),
        )


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of examples, one after the other, padded to T.

    Attributes:
        ids, positions, targets: [B, T].
        weights: [B, T], how much each target counts.
        mask: [B, 1, T, T], 0 where a token sees another, minus infinity where not; bfloat16.
        answers: (row, start, stop) of each answer in ``targets``, its end token included.
    """

    ids: torch.Tensor
    positions: torch.Tensor
    targets: torch.Tensor
    weights: torch.Tensor
    mask: torch.Tensor
    answers: tuple[tuple[int, int, int], ...]


class Packer:
    """Fills rows of a fixed length with examples, so that hardly any padding is computed and shapes never change."""

    def __init__(self, examples: Iterator[Encoded], *, rows: int, length: int) -> None:
        self._examples = examples
        self._rows = rows
        self._length = length
        self._waiting: Encoded | None = None

    def _row(self) -> list[Encoded]:
        row: list[Encoded] = []
        room = self._length
        while True:
            item = self._waiting or next(self._examples)
            self._waiting = item
            if len(item.ids) > room:
                return row
            row.append(item)
            room -= len(item.ids)
            self._waiting = None

    def batch(self) -> Batch:
        """The next batch. Examples longer than a row must have been left out before."""
        shape = (self._rows, self._length)
        ids, positions = np.full(shape, PAD), np.zeros(shape, np.int64)
        targets, weights = np.full(shape, IGNORED), np.zeros(shape, np.float32)
        examples, segments = np.full(shape, -1), np.full(shape, -1)
        answers: list[tuple[int, int, int]] = []
        for row in range(self._rows):
            start = 0
            for number, item in enumerate(self._row()):
                span = slice(start, start + len(item.ids))
                ids[row, span], positions[row, span] = item.ids, item.positions
                targets[row, span], weights[row, span] = item.targets, item.weights
                examples[row, span], segments[row, span] = number, item.segments
                answers += [(row, start + first, start + last) for first, last in item.answers]
                start = span.stop
        same_example = examples[:, :, None] == examples[:, None, :]  # [B, T, T]
        visible = (segments[:, :, None] == segments[:, None, :]) | (segments == 0)[:, None, :]
        sees = same_example & visible & np.tri(self._length, dtype=bool)
        mask = torch.where(torch.from_numpy(sees), 0.0, float("-inf")).to(torch.bfloat16)
        return Batch(
            torch.from_numpy(ids),
            torch.from_numpy(positions),
            torch.from_numpy(targets),
            torch.from_numpy(weights),
            mask[:, None],
            tuple(answers),
        )
