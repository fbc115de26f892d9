"""The numbers of one training run of the reader, all of them, so that a run can be repeated."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a reader is trained.

    Attributes:
        vocabulary: tokens of the BPE tokenizer.
        width, layers, heads, feed_forward: of the Llama-style model.
        rows, length: a batch is ``rows`` rows of ``length`` tokens, filled with examples.
        steps: batches in all.
        warm_up: steps until the full learning rate.
        decay: the last part of the steps, 0..1, in which the learning rate falls linearly to a fiftieth.
        matrix_rate: learning rate of the weight matrices (Muon, scaled to AdamW's size of update).
        rate: learning rate of embeddings and norms (AdamW).
        question_weight: weight of a question's own tokens in the loss (an answer's count 1): their names repeat the
            entries', which makes copying appear earlier.
        first_weight: weight of an answer's first token: it decides which entry is read, the others follow it.
        growth: (step from which, most entries) in rising order.
        questions: most questions about the same entries in one example.
        as_asked_from: step from which examples are as a user meets them: entries in recall's order, and the question
            that recall was asked, in up to ``as_asked_questions`` ways. Before that entries are shuffled, and questions
            are about any of them.
        seed: of weights, examples and order.
    """

    vocabulary: int = 4096
    width: int = 256
    layers: int = 5
    heads: int = 4
    feed_forward: int = 640
    rows: int = 8
    length: int = 512
    steps: int = 7000
    warm_up: int = 100
    decay: float = 0.55
    matrix_rate: float = 2e-3
    rate: float = 2e-3
    question_weight: float = 0.2
    first_weight: float = 3.0
    growth: tuple[tuple[int, int], ...] = ((0, 1), (100, 2), (200, 4), (350, 8), (700, 12))
    questions: int = 12
    as_asked_from: int = 4800
    as_asked_questions: int = 4
    seed: int = 0

    def most_entries(self, step: int) -> int:
        return [entries for start, entries in self.growth if step >= start][-1]

    def rate_factor(self, step: int) -> float:
        """Share of the full learning rate at ``step``."""
        start_of_decay = self.steps * (1.0 - self.decay)
        falling = min(1.0, (self.steps - step) / max(1.0, self.steps - start_of_decay))
        return min(1.0, (step + 1) / self.warm_up) * max(0.02, falling)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
