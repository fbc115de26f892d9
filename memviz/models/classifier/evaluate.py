"""What a classifier makes of labelled texts."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from memviz.core.confusion import Confusion
from memviz.core.progress import Progress, no_progress
from memviz.models.classifier.batches import Texts
from memviz.models.classifier.encoder import Encoder

_BATCH = 64


@dataclass(frozen=True, slots=True)
class Judgement:
    """``confusion`` of true and given labels, and the mean ``loss`` in nats."""

    confusion: Confusion
    loss: float


@torch.no_grad()
def judged(encoder: Encoder, texts: Texts, progress: Progress = no_progress) -> Judgement:
    """Gives every text the label of the greatest logit. Leaves the model in evaluation mode. Blocks."""
    encoder.model.eval()
    true: list[int] = []
    given: list[int] = []
    loss = 0.0
    for rows in texts.in_order(_BATCH):
        progress(len(true), len(texts), "Texts")
        batch = texts.batch(rows)
        logits = encoder.model(input_ids=batch.ids, attention_mask=batch.mask).logits  # [B, labels]
        loss += nn.functional.cross_entropy(logits, batch.labels, reduction="sum").item()
        true += batch.labels.tolist()
        given += logits.argmax(-1).tolist()
    progress(len(texts), len(texts), "Texts")
    return Judgement(Confusion.of(encoder.labels, true, given), loss / max(1, len(texts)))
