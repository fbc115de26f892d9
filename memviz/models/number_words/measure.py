"""How well a model writes numbers out, and where it looks while it does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from transformers import PreTrainedTokenizerFast

from memviz.models.number_words.batches import IGNORED, Batch, of_like_length
from memviz.models.number_words.example import Example

_BATCH = 100


@torch.inference_mode()
def teacher_forced(
    network: Any, tokenizer: PreTrainedTokenizerFast, examples: Sequence[Example]
) -> list[tuple[bool, float]]:
    """For each example, in no order: whether every token is the likeliest one, given those before it, which is when
    greedy decoding writes the whole target; and the share of such tokens."""
    found = []
    for group in of_like_length(examples, _BATCH):
        batch = Batch.of(group, tokenizer)
        logits = network(input_ids=batch.sources, attention_mask=batch.seen, labels=batch.labels).logits
        asked = batch.labels != IGNORED  # [B, T]
        right = (logits.argmax(-1) == batch.labels) & asked
        for row_right, row_asked in zip(right, asked, strict=True):
            share = float(row_right.sum()) / float(row_asked.sum())
            found.append((share == 1.0, share))
    return found
