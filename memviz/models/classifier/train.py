"""Training of a text classifier: an encoder and a head on its first token, both learning."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import nn

from memviz.core.progress import Progress, no_progress
from memviz.models.classifier.batches import Texts
from memviz.models.classifier.data import Example, Split
from memviz.models.classifier.encoder import Encoder
from memviz.models.classifier.evaluate import judged
from memviz.models.classifier.recipe import ClassifierRecipe
from memviz.models.training.fit import Training

#: Batches after which an epoch is interrupted for figures, so that curves are alive.
_ROUND = 200
_WARM_UP = 1 / 16


class ClassifierTraining(Training):
    """A round is an epoch, or a part of a long one.

    Attributes:
        parts: rounds of an epoch; a round reads no fewer texts than the validation part has, so that figures take the
            lesser part of the time.
        cut: texts that are longer than what is read of them.
        length: tokens that are read of a text.
    """

    def __init__(
        self, data: Split, encoder: Encoder, recipe: ClassifierRecipe, progress: Progress = no_progress
    ) -> None:
        self._encoder, self._recipe = encoder, recipe
        numbers = {label: number for number, label in enumerate(data.labels)}
        self.length = min(recipe.length, encoder.longest)

        def tokenized(examples: Sequence[Example]) -> Texts:
            texts, labels = [each.text for each in examples], [numbers[each.label] for each in examples]
            return Texts.of(texts, labels, encoder.tokenizer, self.length, progress)

        self._training, self._validation = tokenized(data.training), tokenized(data.validation)
        self.cut = self._training.cut + self._validation.cut
        self._batches = -(-len(self._training) // recipe.batch)
        wanted = -(-self._batches // _ROUND)
        self.parts = max(1, min(wanted, len(self._training) // len(self._validation)))
        self._optimizer = _optimizer(encoder.model, recipe)
        self._of = _fingerprint(encoder.name, data, (self._training, self._validation), recipe)
        self._rounds_done = 0

    @property
    def rounds(self) -> int:
        """Of all epochs."""
        return self._recipe.epochs * self.parts

    @property
    def patience(self) -> int | None:
        """Rounds."""
        return self._recipe.patience * self.parts or None

    def round(self) -> float:
        epoch, part = divmod(self._rounds_done, self.parts)
        generator = torch.Generator().manual_seed(self._recipe.seed + 1_000_003 * epoch)
        batches = self._training.shuffled(self._recipe.batch, generator)
        first, end = part * len(batches) // self.parts, (part + 1) * len(batches) // self.parts
        self._encoder.model.train()
        total = 0.0
        for number in range(first, end):
            self._set_rate(epoch * self._batches + number)
            total += self._learn(batches[number]) * len(batches[number])
        self._rounds_done += 1
        return total / sum(len(rows) for rows in batches[first:end])

    def _set_rate(self, step: int) -> None:
        steps = self._recipe.epochs * self._batches
        warm_up = max(1.0, _WARM_UP * steps)
        factor = min((step + 1) / warm_up, (steps - step) / max(1.0, steps - warm_up), 1.0)
        for group in self._optimizer.param_groups:
            group["lr"] = self._recipe.rate_with(bool(self._encoder.name)) * factor

    def _learn(self, rows: list[int]) -> float:
        """One update; returns the batch's mean loss in nats."""
        batch = self._training.batch(rows)
        logits = self._encoder.model(input_ids=batch.ids, attention_mask=batch.mask).logits  # [B, labels]
        loss = nn.functional.cross_entropy(logits, batch.labels)
        self._optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(self._encoder.model.parameters(), self._recipe.clip)
        self._optimizer.step()
        return loss.item()

    def figures(self) -> dict[str, float]:
        """On the validation part: shares of wrong and right labels, macro-F1, loss in nats."""
        found = judged(self._encoder, self._validation)
        return {
            "error": found.confusion.error,
            "accuracy": found.confusion.accuracy,
            "macro_f1": found.confusion.macro_f1,
            "validation_loss": found.loss,
        }

    def weights(self) -> dict[str, Any]:
        return {"network": self._encoder.model.state_dict()}

    def take(self, weights: dict[str, Any]) -> None:
        self._encoder.model.load_state_dict(weights["network"])

    def state(self) -> dict[str, Any]:
        return {
            **self.weights(),
            "optimizer": self._optimizer.state_dict(),
            "dropout": torch.get_rng_state(),
            "rounds": self._rounds_done,
            "of": self._of,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """
        Raises:
            ValueError: the state is of other texts, labels or batches.
        """
        if state["of"] != self._of:
            raise ValueError("of another training")
        self.take(state)
        self._optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["dropout"])
        self._rounds_done = state["rounds"]

    def save(self, folder: Path) -> None:
        """Model, tokenizer, recipe, and the mistakes on the validation part."""
        self._encoder.save(folder)
        recipe = {"model": self._encoder.name, **asdict(self._recipe)}
        (folder / "recipe.json").write_text(json.dumps(recipe, indent=2) + "\n", encoding="utf-8")
        judged(self._encoder, self._validation).confusion.save(folder)


def _optimizer(model: nn.Module, recipe: ClassifierRecipe) -> torch.optim.Optimizer:
    """AdamW; biases and norms don't decay."""
    matrices = [parameter for parameter in model.parameters() if parameter.ndim > 1]
    others = [parameter for parameter in model.parameters() if parameter.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": recipe.weight_decay}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=recipe.rate_with(False), fused=True)


def _fingerprint(base: str, data: Split, parts: Sequence[Texts], recipe: ClassifierRecipe) -> str:
    """Of what a checkpoint must share with the training that goes on from it."""
    examples = [(texts.ids, texts.labels) for texts in parts]
    told = json.dumps([base, data.labels, examples, recipe.batch, recipe.seed])
    return hashlib.sha256(told.encode()).hexdigest()
