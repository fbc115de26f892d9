"""Training of the small T5-style model (Raffel et al. 2020) that writes numbers out."""

from __future__ import annotations

import copy
import random
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import T5Config, T5ForConditionalGeneration

from memviz.models.number_words.batches import Batch, of_like_length
from memviz.models.number_words.measure import teacher_forced
from memviz.models.number_words.recipe import NumberWordsRecipe
from memviz.models.number_words.task import KINDS, ExampleMaker
from memviz.models.number_words.tokens import END, PAD, make_tokenizer
from memviz.models.training.network import NetworkTraining

#: Batches of a round; examples of each kind in the validation part.
ROUND, VALIDATION = 100, 100
#: Tokens that ``generate`` writes at most where it is not told; its own default of 20 cuts longer numbers.
LONGEST_ANSWER = 160


class NumberWordsTraining(NetworkTraining[NumberWordsRecipe, Any]):
    """A round is :data:`ROUND` batches of new examples. The same recipe gives the same network, also when it was
    stopped in between."""

    kind = "seq2seq-lm"

    def __init__(self, recipe: NumberWordsRecipe) -> None:
        torch.manual_seed(recipe.seed)
        network = new_model(recipe)
        matrices, others = _parts(network)
        optimizer = torch.optim.AdamW(others, lr=recipe.rate, betas=(0.9, 0.98), weight_decay=0.0)
        super().__init__(recipe, network, optimizer, torch.Generator().manual_seed(recipe.seed))
        self._muon: torch.optim.Optimizer = torch.optim.Muon(
            matrices, lr=recipe.matrix_rate, weight_decay=0.01, adjust_lr_fn="match_rms_adamw"
        )
        self._tokenizer = make_tokenizer()
        held_out = ExampleMaker(random.Random(recipe.seed + 1), "validation")
        self._validation = [held_out.of_kind(kind) for kind in KINDS for _ in range(VALIDATION)]

    def rate(self) -> float:
        """Of AdamW, at the beginning of the round; :meth:`learn_round` changes it batch by batch."""
        return self.recipe.rate * self._share_of_rate(0)

    def _share_of_rate(self, batches: int) -> float:
        """Of the full rates, when ``batches`` of this round are done: 0.01..1."""
        done = self.rounds_done + batches / ROUND
        rising = done + 1 / ROUND
        falling = (self.recipe.rounds - done) / (self.recipe.rounds / 2)
        return max(0.01, min(1.0, rising, falling))

    def learn_round(self) -> float:
        seed = int(torch.randint(2**62, (), generator=self.generator))
        torch.manual_seed(seed)  # of dropout
        drawn = random.Random(seed)
        maker = ExampleMaker(drawn, "training")
        batches = of_like_length([maker.any_kind() for _ in range(ROUND * self.recipe.batch)], self.recipe.batch)
        drawn.shuffle(batches)
        self.network.train()
        losses = 0.0
        for done, batch in enumerate(batches):
            share = self._share_of_rate(done)
            for optimizer, rate in ((self._optimizer, self.recipe.rate), (self._muon, self.recipe.matrix_rate)):
                for group in optimizer.param_groups:
                    group["lr"] = rate * share
            losses += self.descend(self._loss(Batch.of(batch, self._tokenizer)))
        self.network.eval()
        return losses / ROUND

    def descend(self, loss: Tensor) -> float:
        self._muon.zero_grad(set_to_none=True)
        value = super().descend(loss)  # the gradient of both, and the step of AdamW
        self._muon.step()
        return value

    def state(self) -> dict[str, Any]:
        return {**super().state(), "muon": self._muon.state_dict()}

    def restore(self, state: dict[str, Any]) -> None:
        super().restore(state)
        self._muon.load_state_dict(state["muon"])

    def _loss(self, batch: Batch) -> Tensor:
        """Mean over the tokens of the targets, in nats."""
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss: Tensor = self.network(input_ids=batch.sources, attention_mask=batch.seen, labels=batch.labels).loss
        return loss

    def figures(self) -> dict[str, float]:
        """Shares of kept-out targets with a wrong token (``error``, over all kinds alike), and of wrong tokens."""
        right = teacher_forced(self.network, self._tokenizer, self._validation)
        wrong_tokens = 1.0 - sum(share for _, share in right) / len(right)
        return {"error": 1.0 - sum(whole for whole, _ in right) / len(right), "wrong_tokens": wrong_tokens}

    def save_network(self, folder: Path) -> None:
        """In the format of Hugging Face, as float16, with the tokenizer."""
        copy.deepcopy(self.network).half().save_pretrained(folder)
        self._tokenizer.save_pretrained(folder)


def new_model(recipe: NumberWordsRecipe) -> T5ForConditionalGeneration:
    """An untrained model, weights from torch's default generator."""
    config = T5Config(
        vocab_size=len(make_tokenizer()),
        d_model=recipe.width,
        d_kv=recipe.width // recipe.heads,
        d_ff=recipe.feed_forward,
        num_layers=recipe.encoder_layers,
        num_decoder_layers=recipe.decoder_layers,
        num_heads=recipe.heads,
        dropout_rate=recipe.dropout,
        feed_forward_proj="relu",
        pad_token_id=PAD,
        eos_token_id=END,
        decoder_start_token_id=PAD,
        tie_word_embeddings=True,
    )
    model = T5ForConditionalGeneration(config).eval()
    model.generation_config.max_new_tokens = LONGEST_ANSWER
    return model


def _parts(network: nn.Module) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """Matrices for Muon (Jordan et al. 2024), and embeddings, norms and biases by distance for AdamW."""
    matrices: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for name, parameter in network.named_parameters():
        embedding = name.startswith("shared.") or "relative_attention_bias" in name
        (others if parameter.ndim != 2 or embedding else matrices).append(parameter)
    return matrices, others
