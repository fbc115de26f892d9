"""Training of a small GPT-2 that recalls facts from its weights alone: feed-forward layers as the only memory."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import GPT2Config, GPT2LMHeadModel

from memviz.core.errors import KnownError
from memviz.core.protocols import NO_RECALL
from memviz.models.feed_forward.layers import hidden
from memviz.models.reader.tokens import BOS, EOS, IGNORED, PAD, train_tokenizer
from memviz.models.recaller.examples import Batch, ExampleMaker
from memviz.models.recaller.phrasings import LearnedFact, texts
from memviz.models.recaller.recipe import RecallerRecipe
from memviz.models.training.fit import Training

#: The question itself is the prompt: nothing else is to be read.
TEMPLATE = "{entries}{question}"


class RecallerTraining(Training):
    """A round asks every fact once in each of its trained phrasings.

    Raises:
        KnownError: there is no fact, or one that is longer than the model can read, or too few layers.
    """

    def __init__(self, facts: Sequence[LearnedFact], recipe: RecallerRecipe) -> None:
        if not facts:
            raise KnownError("No movie has one director and one year, so there is no fact to learn; give other facts.")
        if recipe.gathering >= recipe.layers:
            raise KnownError(
                f"With {recipe.gathering} of {recipe.layers} layers for gathering none is left to read;"
                " use a smaller --gathering."
            )
        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.tokenizer = train_tokenizer(texts(facts), recipe.vocabulary, spaced=True)
        self.model = new_model(recipe, len(self.tokenizer))
        self._random = random.Random(recipe.seed)
        self._examples = ExampleMaker(
            facts, self.tokenizer, self._random, before=recipe.before, gathered=recipe.gathered
        )
        self._trained = self._examples.checks(held_out=False)
        self._held_out = self._examples.checks(held_out=True)
        self._matrices, self._others = _optimizers(self.model, recipe)
        self._rounds_done = 0

    def round(self) -> float:
        self.model.train()
        total = count = 0.0
        batches = list(self._examples.training(self.recipe.batch))
        for number, batch in enumerate(batches):
            factor = self.recipe.rate_factor(self._rounds_done + number / len(batches))
            for optimizer, rate in ((self._matrices, self.recipe.matrix_rate), (self._others, self.recipe.rate)):
                for group in optimizer.param_groups:
                    group["lr"] = rate * factor
            total += self._descend(batch) * len(batch.ids)
            count += len(batch.ids)
        self._rounds_done += 1
        return total / count

    def _descend(self, batch: Batch) -> float:
        """One update; returns the mean loss over the answers' tokens."""
        if batch.ids.shape[1] > self.recipe.length:
            raise KnownError(
                f"A sentence has {batch.ids.shape[1]} tokens, but the model reads {self.recipe.length};"
                " train with a greater --length."
            )
        logits, targets = self._logits(batch)
        loss = nn.functional.cross_entropy(logits, targets)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.clip)
        for optimizer in (self._matrices, self._others):
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        return loss.item()

    def _logits(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits [N, V] and targets [N] of the N tokens of all answers.

        Padding stands on the right, where no token of a sentence sees it.
        """
        asked = batch.targets != IGNORED
        body = self.model.transformer
        states = body.wte(batch.ids) + body.wpe(torch.arange(batch.ids.shape[1]))  # [B, T, D]
        for number, block in enumerate(body.h):
            mask = batch.early if number < self.recipe.gathering else batch.late
            states = hidden(block(states, attention_mask=mask))
        return self.model.lm_head(body.ln_f(states[asked])), batch.targets[asked]

    def figures(self) -> dict[str, float]:
        """Shares of answers with a wrong token: ``error`` in the phrasings that were trained, ``error_held_out`` in the
        one that was not."""
        return {"error": self._wrong(self._trained), "error_held_out": self._wrong(self._held_out)}

    @torch.no_grad()
    def _wrong(self, batches: Sequence[Batch]) -> float:
        self.model.eval()
        right = total = 0
        for batch in batches:
            logits, targets = self._logits(batch)
            row = (batch.targets != IGNORED).nonzero()[:, 0]  # of each token
            wrong = torch.zeros(len(batch.ids)).index_add(0, row, (logits.argmax(-1) != targets).float())
            right += int((wrong == 0).sum())
            total += len(batch.ids)
        return 1.0 - right / total

    def state(self) -> dict[str, Any]:
        version, numbers, gauss = self._random.getstate()
        return {
            "network": self.model.state_dict(),
            "optimizers": [self._matrices.state_dict(), self._others.state_dict()],
            "random": [version, list(numbers), gauss],
            "torch": torch.get_rng_state(),
            "rounds": self._rounds_done,
        }

    def restore(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["network"])
        for optimizer, saved in zip((self._matrices, self._others), state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        version, numbers, gauss = state["random"]
        self._random.setstate((version, tuple(numbers), gauss))
        torch.set_rng_state(state["torch"])
        self._rounds_done = state["rounds"]

    def save(self, folder: Path) -> None:
        """Writes model (float16) and tokenizer, with the prompt's template and the recipe beside them."""
        copy.deepcopy(self.model).half().save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)
        about = {"template": TEMPLATE, "stop": ["\n"], "task": "recaller", "recall": NO_RECALL}
        (folder / "memviz.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
        (folder / "recipe.json").write_text(json.dumps(asdict(self.recipe), indent=2) + "\n", encoding="utf-8")


def new_model(recipe: RecallerRecipe, vocabulary: int) -> GPT2LMHeadModel:
    """An untrained model of the recipe's size, weights from torch's default generator."""
    config = GPT2Config(
        vocab_size=vocabulary,
        n_positions=recipe.length,
        n_embd=recipe.width,
        n_layer=recipe.layers,
        n_head=recipe.heads,
        n_inner=recipe.feed_forward,
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        bos_token_id=BOS,
        eos_token_id=EOS,
        pad_token_id=PAD,
    )
    return GPT2LMHeadModel(config)


def _optimizers(model: nn.Module, recipe: RecallerRecipe) -> tuple[torch.optim.Optimizer, torch.optim.Optimizer]:
    """Muon (Jordan et al. 2024) for the weight matrices, AdamW for embeddings, norms and biases."""
    matrices: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for name, parameter in model.named_parameters():
        (matrices if parameter.ndim == 2 and ".h." in name else others).append(parameter)
    return (
        torch.optim.Muon(matrices, lr=recipe.matrix_rate, weight_decay=0.01, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(others, lr=recipe.rate, betas=(0.9, 0.98), weight_decay=0.0),
    )
