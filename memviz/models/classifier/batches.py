"""Texts as token ids, in batches of like lengths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from memviz.core.progress import Progress, no_progress

#: Texts that are tokenized between two calls of ``progress``.
_AT_ONCE = 1_000
#: Batches whose texts are sorted by length together: short enough that their order stays random.
_SORTED = 16


@dataclass(frozen=True, slots=True)
class Batch:
    """``ids`` and ``mask`` [B, T] (T as long as the longest text here), ``labels`` [B]."""

    ids: Tensor
    mask: Tensor
    labels: Tensor


@dataclass(frozen=True, slots=True)
class Texts:
    """Tokenized texts.

    Attributes:
        ids: of each text, special tokens included.
        labels: number of each text's label.
        pad: token that fills a batch up.
        cut: how many texts were longer, and lost their end.
    """

    ids: list[list[int]]
    labels: list[int]
    pad: int
    cut: int

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def of(
        cls,
        texts: Sequence[str],
        labels: Sequence[int],
        tokenizer: Any,
        length: int,
        progress: Progress = no_progress,
    ) -> Texts:
        """At most ``length`` tokens of each text."""
        pad = int(tokenizer.pad_token_id)
        ids: list[list[int]] = []
        cut = 0
        for start in range(0, len(texts), _AT_ONCE):
            progress(start, len(texts), "Tokens")
            part = list(texts[start : start + _AT_ONCE])
            whole = tokenizer(part, verbose=False)["input_ids"]
            for text, tokens in zip(part, whole, strict=True):
                if len(tokens) > length:  # again, since what is cut off stands before the last special token
                    tokens = tokenizer(text, truncation=True, max_length=length)["input_ids"]
                    cut += 1
                ids.append(tokens or [pad])  # a model needs a token to read
        progress(len(texts), len(texts), "Tokens")
        return cls(ids, list(labels), pad, cut)

    def batch(self, rows: Sequence[int]) -> Batch:
        longest = max(len(self.ids[row]) for row in rows)
        ids = torch.full((len(rows), longest), self.pad)
        mask = torch.zeros(len(rows), longest, dtype=torch.long)
        for at, row in enumerate(rows):
            tokens = self.ids[row]
            ids[at, : len(tokens)] = torch.tensor(tokens)
            mask[at, : len(tokens)] = 1
        return Batch(ids, mask, torch.tensor([self.labels[row] for row in rows]))

    def in_order(self, size: int) -> list[list[int]]:
        """Rows of batches, the shortest texts first."""
        rows = sorted(range(len(self)), key=lambda row: len(self.ids[row]))
        return [rows[start : start + size] for start in range(0, len(rows), size)]

    def shuffled(self, size: int, generator: torch.Generator) -> list[list[int]]:
        """Rows of batches in random order; texts of like lengths stand together, which saves padding."""
        drawn: list[int] = torch.randperm(len(self), generator=generator).tolist()
        batches = []
        for start in range(0, len(drawn), _SORTED * size):
            rows = sorted(drawn[start : start + _SORTED * size], key=lambda row: len(self.ids[row]))
            batches += [rows[at : at + size] for at in range(0, len(rows), size)]
        return [batches[at] for at in torch.randperm(len(batches), generator=generator).tolist()]
