"""Examples as tensors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from memviz.models.number_words.example import Example
from memviz.models.number_words.tokens import PAD

#: Label of a place where nothing is asked for.
IGNORED = -100


@dataclass(frozen=True, slots=True)
class Batch:
    """Sources and targets, padded.

    Attributes:
        sources: [B, S] token ids.
        seen: [B, S], 1 where there is a token.
        labels: [B, T] token ids of the targets, each with ``</s>``; :data:`IGNORED` behind it.
    """

    sources: Tensor
    seen: Tensor
    labels: Tensor

    @classmethod
    def of(cls, examples: Sequence[Example], tokenizer: PreTrainedTokenizerFast) -> Batch:
        sources = _padded(_ids(tokenizer, [example.source for example in examples]), PAD)
        labels = _padded(_ids(tokenizer, [example.target for example in examples]), IGNORED)
        return cls(sources, (sources != PAD).long(), labels)


def _ids(tokenizer: PreTrainedTokenizerFast, texts: list[str]) -> list[list[int]]:
    return [encoding.ids for encoding in tokenizer.backend_tokenizer.encode_batch(texts)]


def _padded(rows: list[list[int]], fill: int) -> Tensor:
    longest = max(len(row) for row in rows)
    return torch.tensor([row + [fill] * (longest - len(row)) for row in rows])


def of_like_length(examples: Sequence[Example], size: int) -> list[list[Example]]:
    """Groups of ``size``, each of examples that are about as long, so that little padding is computed."""
    ordered = sorted(examples, key=lambda example: (len(example.words), len(example.source)))
    return [ordered[start : start + size] for start in range(0, len(ordered), size)]
