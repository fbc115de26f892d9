"""Training of the small model that reads recalled entries and answers by copying from them.

The loop is deterministic for a recipe, a set of contexts and a number of threads. It writes a checkpoint and a line of
figures every ``REPORT_EVERY`` steps, and continues from the checkpoint where there is one.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn
from transformers import LlamaConfig, LlamaForCausalLM

from memviz.core.errors import KnownError
from memviz.core.facts import Fact, render
from memviz.models.reader.examples import Context, Example, ExampleMaker
from memviz.models.reader.initial import plant_induction_heads
from memviz.models.reader.questions import Templates
from memviz.models.reader.recipe import Recipe
from memviz.models.reader.tokens import BOS, EOS, PAD, TEMPLATE, Encoded, Encoder, Packer, train_tokenizer
from memviz.models.training.checkpoint import load_checkpoint, save_checkpoint

REPORT_EVERY = 100
#: Of validation: about 160 contexts. Questions about one context are right or wrong together, so that contexts count.
HELD_OUT_BATCHES = 16


@dataclass(frozen=True, slots=True)
class ReaderData:
    """What a reader is trained and checked on.

    Attributes:
        facts: of training; movies kept out are in none of them.
        contexts: what recall returned, for training questions.
        held_out_facts, held_out_contexts: the same for the movies that are kept out.
        templates: ways of asking.
    """

    facts: Sequence[Fact]
    contexts: Sequence[Context]
    held_out_facts: Sequence[Fact]
    held_out_contexts: Sequence[Context]
    templates: Templates


@dataclass(frozen=True, slots=True)
class Report:
    """Figures of the last steps: mean loss on answers, and shares of held-out answers with a right first token
    (``first_token``) and with every token right (``exact``), under teacher forcing."""

    step: int
    steps: int
    loss: float
    exact: float
    first_token: float
    tokens: int
    seconds: float


def train(
    data: ReaderData,
    folder: Path,
    recipe: Recipe | None = None,
    *,
    threads: int = 1,
    compiled: bool = True,
    report: Callable[[Report], None] = lambda _: None,
) -> Path:
    """Trains a reader and saves it into ``folder`` in Hugging Face format; returns ``folder``.

    Args:
        compiled: let torch compile the model first; a minute, then faster. Needs a C++ compiler.
        report: called every ``REPORT_EVERY`` steps on the calling thread; may raise ``Cancelled``.

    Raises:
        KnownError: the loss is no number any more.
    """
    recipe = recipe or Recipe()
    torch.set_num_threads(threads)
    return _Run(data, folder, recipe, compiled).train(report)


class _Run:
    def __init__(self, data: ReaderData, folder: Path, recipe: Recipe, compiled: bool) -> None:
        self._folder = folder
        self._recipe = recipe
        folder.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(recipe.seed)
        questions = [template for templates in data.templates.values() for template in templates]
        self._tokenizer = train_tokenizer([render(fact)[1] for fact in data.facts] + questions * 20, recipe.vocabulary)
        self._encoder = Encoder(self._tokenizer)
        self._model = new_model(recipe)
        self._optimizers = _optimizers(self._model, recipe)
        self._hidden = torch.compile(self._states) if compiled else self._states
        self._step = 0
        self._tokens = 0
        self._seconds = 0.0
        self._data = data
        self._resume()
        # Examples are drawn anew after a resumption: the generator is seeded with the step.
        self._packer = self._packed(data.facts, data.contexts, recipe.seed + self._step, as_asked=False)
        held_out = self._packed(data.held_out_facts, data.held_out_contexts, recipe.seed, as_asked=True)
        self._held_out = [held_out.batch() for _ in range(HELD_OUT_BATCHES)]

    def _packed(self, facts: Sequence[Fact], contexts: Sequence[Context], seed: int, *, as_asked: bool) -> Packer:
        recipe = self._recipe
        generator = random.Random(seed)
        maker = ExampleMaker(facts, self._data.templates, generator)

        def example() -> Example | None:
            context = generator.choice(contexts)
            if as_asked or self._step >= recipe.as_asked_from:
                return maker.make_as_asked(context, questions=recipe.as_asked_questions)
            return maker.make(context, most_entries=recipe.most_entries(self._step), questions=recipe.questions)

        def examples() -> Iterator[Encoded]:
            in_vain = 0
            while in_vain < 100 * len(contexts):
                in_vain += 1
                made = example()
                if made is None:
                    continue
                encoded = self._encoder.encode(
                    made,
                    question_weight=recipe.question_weight,
                    first_weight=recipe.first_weight,
                    longest=recipe.length,
                )
                if encoded.answers:
                    in_vain = 0
                    yield encoded
            raise KnownError(
                f"None of {len(contexts)} contexts holds a short enough answer to its question. Train with more facts."
            )

        return Packer(examples(), rows=recipe.rows, length=recipe.length)

    def _states(self, ids: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        output = self._model.model(input_ids=ids, position_ids=positions, attention_mask=mask, use_cache=False)
        states: torch.Tensor = output.last_hidden_state  # [B, T, D]
        return states

    def train(self, report: Callable[[Report], None]) -> Path:
        losses: list[float] = []
        started = time.perf_counter()
        while self._step < self._recipe.steps:
            losses.append(self._train_step())
            if losses[-1] != losses[-1]:
                raise KnownError(
                    f"The loss is no number any more at step {self._step}; the last checkpoint in {self._folder} is"
                    " good. Train with a lower rate."
                )
            if self._step % REPORT_EVERY == 0 or self._step == self._recipe.steps:
                self._seconds += time.perf_counter() - started
                started = time.perf_counter()
                exact, first = self.check()
                mean = sum(losses) / len(losses)
                losses.clear()
                line = Report(self._step, self._recipe.steps, mean, exact, first, self._tokens, self._seconds)
                self._save_checkpoint()
                report(line)
        self.save()
        return self._folder

    def _train_step(self) -> float:
        """One update; returns the mean loss over answer tokens."""
        batch = self._packer.batch()
        for optimizer, rate in zip(self._optimizers, (self._recipe.matrix_rate, self._recipe.rate), strict=True):
            for group in optimizer.param_groups:
                group["lr"] = rate * self._recipe.rate_factor(self._step)
        counted = batch.weights > 0
        with torch.autocast("cpu", dtype=torch.bfloat16):
            states = self._hidden(batch.ids, batch.positions, batch.mask)
            logits = self._model.lm_head(states[counted])  # only where something is asked: saves a third of the time
        weights = batch.weights[counted]
        losses = nn.functional.cross_entropy(logits.float(), batch.targets[counted], reduction="none")
        torch.autograd.backward(losses @ weights / weights.sum())
        nn.utils.clip_grad_norm_(self._model.parameters(), 1.0)
        for optimizer in self._optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self._step += 1
        self._tokens += int((batch.ids != PAD).sum())
        return losses.detach()[weights >= 1.0].mean().item()

    @torch.no_grad()
    def check(self) -> tuple[float, float]:
        """Shares of held-out answers that are right in every token, and in the first."""
        exact = first = total = 0
        for batch in self._held_out:
            with torch.autocast("cpu", dtype=torch.bfloat16):
                states = self._states(batch.ids, batch.positions, batch.mask)
                right = self._model.lm_head(states).argmax(-1) == batch.targets
            for row, start, stop in batch.answers:
                total += 1
                exact += bool(right[row, start:stop].all())
                first += bool(right[row, start])
        return exact / total, first / total

    def _save_checkpoint(self) -> None:
        state = {
            "recipe": json.dumps(self._recipe.as_dict()),
            "step": self._step,
            "tokens": self._tokens,
            "seconds": self._seconds,
            "model": self._model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self._optimizers],
        }
        save_checkpoint(self._folder, state)

    def _resume(self) -> None:
        state = load_checkpoint(self._folder)
        if state is None:
            return
        self._model.load_state_dict(state["model"])
        for optimizer, saved in zip(self._optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self._step, self._tokens, self._seconds = state["step"], state["tokens"], state["seconds"]

    def save(self) -> None:
        """Writes model (float16) and tokenizer, with the prompt's template and the recipe beside them."""
        LlamaForCausalLM.from_pretrained(
            None, config=self._model.config, state_dict=self._model.state_dict(), dtype=torch.float16
        ).save_pretrained(self._folder)
        self._tokenizer.save_pretrained(self._folder)
        about = {"template": TEMPLATE, "entry": "- {text}", "stop": ["\n"], "task": "reader"}
        (self._folder / "memviz.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
        (self._folder / "recipe.json").write_text(json.dumps(self._recipe.as_dict(), indent=2) + "\n", encoding="utf-8")


def new_model(recipe: Recipe) -> LlamaForCausalLM:
    """An untrained model of the recipe's size with copying planted, weights from torch's default generator."""
    config = LlamaConfig(
        vocab_size=recipe.vocabulary,
        hidden_size=recipe.width,
        intermediate_size=recipe.feed_forward,
        num_hidden_layers=recipe.layers,
        num_attention_heads=recipe.heads,
        max_position_embeddings=2048,
        rope_theta=100_000.0,
        attention_bias=True,
        tie_word_embeddings=True,
        bos_token_id=BOS,
        eos_token_id=EOS,
        pad_token_id=PAD,
    )
    model = LlamaForCausalLM(config)
    plant_induction_heads(model)
    return model


def _optimizers(model: nn.Module, recipe: Recipe) -> tuple[torch.optim.Optimizer, torch.optim.Optimizer]:
    """Muon (Jordan et al. 2024) for the weight matrices, AdamW for embeddings and norms."""
    matrices: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for name, parameter in model.named_parameters():
        (matrices if parameter.ndim == 2 and "embed" not in name else others).append(parameter)
    return (
        torch.optim.Muon(matrices, lr=recipe.matrix_rate, weight_decay=0.01, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(others, lr=recipe.rate, betas=(0.9, 0.98), weight_decay=0.0),
    )
