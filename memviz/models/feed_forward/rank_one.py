"""A rank-one edit of one fact, after ROME (Meng et al., "Locating and Editing Factual Associations in GPT", 2022).

A layer's down projection W is read as an associative memory of keys (its inputs) and values (its outputs). For the
key k* of the subject's last token a value v* is found that makes the model say the new object, and W is changed so that
it answers k* with v* and other keys as little differently as may be (equation 2 of the paper):

    W' = W + (v* - W k*) (C^-1 k*)^T / ((C^-1 k*)^T k*),    C = E[k k^T]

In a gated layer the key is the input of the down projection as well. Everything runs on the model's device, the solving
in float64 on the CPU. All functions block; they change neither weights nor hooks of the model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from memviz.core.arrays import frozen_array
from memviz.core.errors import KnownError
from memviz.core.neurons import FactEdit, RankOneEdit
from memviz.core.progress import Progress, no_progress
from memviz.models.feed_forward.answers import end_of_answer
from memviz.models.feed_forward.capture import check_neuron
from memviz.models.feed_forward.fact_tokens import FactTokens, fact_tokens, kept_tokens, padded
from memviz.models.feed_forward.hooks import with_outputs
from memviz.models.feed_forward.layers import FeedForwardLayers
from memviz.models.limits import context_length

#: Layers with more neurons are refused: C [F, F] alone would take gigabytes.
MOST_NEURONS = 16_384


@dataclass(frozen=True, slots=True)
class EditSettings:
    """The numbers of an edit.

    Attributes:
        steps: of Adam, at most, for the new value.
        rate: of Adam, as a share of the root mean square of the layer's output for the key.
        enough: the loss at which it ends before.
        keep: weight of the Kullback-Leibler divergence at the prompts that shall be continued as before.
        decay: weight of the length of the change, as a multiple of the length of the layer's output.
        longest: the change is at most so many times as long as the layer's output.
        ridge: added to the diagonal of C, as a share of its mean: stands for the keys that no text showed.
    """

    steps: int = 60
    rate: float = 0.3
    enough: float = 0.02
    keep: float = 1.0
    decay: float = 0.01
    longest: float = 8.0
    ridge: float = 0.1


@torch.no_grad()
def key_moments(
    layers: FeedForwardLayers,
    tokenizer: Any,
    texts: Sequence[str],
    layer: int,
    *,
    progress: Progress = no_progress,
) -> Tensor:
    """C = E[k kᵀ] over all tokens of the texts: [F, F], float64 on the CPU.

    The texts should be of the kind that shall stay as it is; the more tokens, the better (ROME takes 100,000 passages).
    Of a text that is longer than the model reads, the beginning is taken.

    Raises:
        KnownError: no text, no such layer, or more neurons than :data:`MOST_NEURONS`.
        Cancelled: from ``progress``.
    """
    check_neuron(layers, layer)
    if layers.neurons > MOST_NEURONS:
        raise KnownError(
            f"A layer of this model has {layers.neurons:,} neurons, more than the {MOST_NEURONS:,} that an edit can"
            " handle; choose a smaller model."
        )
    longest = context_length(layers.model, tokenizer)
    moments = torch.zeros(layers.neurons, layers.neurons, dtype=torch.float64)
    tokens = 0

    def add(_layer: int, read: Tensor, _output: Tensor) -> None:
        nonlocal tokens
        keys = read.reshape(-1, layers.neurons).float()  # [T, F]
        moments.add_((keys.T @ keys).double().cpu())
        tokens += len(keys)

    with with_outputs([layers.projections[layer]], add):
        for done, text in enumerate(texts):
            progress(done, len(texts), "Reading other texts")
            ids = tokenizer(text, truncation=longest is not None, max_length=longest)["input_ids"]
            if ids:
                row = torch.tensor([ids], device=layers.model.device)
                layers.model(input_ids=row, attention_mask=torch.ones_like(row), use_cache=False)
    if not tokens:
        raise KnownError("An edit needs texts that show which keys shall keep their values; give at least one.")
    return moments / tokens


def rank_one_edit(
    layers: FeedForwardLayers,
    tokenizer: Any,
    fact: FactEdit,
    layer: int,
    moments: Tensor,
    *,
    settings: EditSettings | None = None,
    progress: Progress = no_progress,
) -> RankOneEdit:
    """The edit that makes ``fact`` true in one layer; it is not applied.

    Args:
        moments: of :func:`key_moments` for this layer.

    Raises:
        KnownError: the prompt does not hold the subject, there is no object, no such layer, or numbers are broken.
        Cancelled: from ``progress``, which is told about the steps in which the new value is sought.
    """
    check_neuron(layers, layer)
    settings = settings or EditSettings()
    rows = fact_tokens(tokenizer, fact, end_of_answer(layers.model, tokenizer, fact.prompt))
    key, said = _key_and_output(layers, layer, rows)
    change = _value_change(layers, layer, rows, kept_tokens(tokenizer, fact), said, settings, progress)
    ridge = settings.ridge * moments.diagonal().mean()
    direction = torch.linalg.solve(moments + ridge * torch.eye(len(moments), dtype=torch.float64), key.double())
    direction = direction / (direction @ key.double())
    if not (torch.isfinite(direction).all() and torch.isfinite(change).all()):
        raise KnownError("The edit came out as broken numbers (NaN); load the model as float32 or try another layer.")
    return RankOneEdit(layer, frozen_array(change.numpy()), frozen_array(direction.numpy()))


@torch.no_grad()
def _key_and_output(layers: FeedForwardLayers, layer: int, rows: Sequence[FactTokens]) -> tuple[Tensor, Tensor]:
    """k* [F] and W k* [D] at the subject's last token, means over the rows; float32 on the CPU."""
    seen: list[tuple[Tensor, Tensor]] = []

    def see(_layer: int, read: Tensor, output: Tensor) -> None:
        seen.append((_at_subject(read, rows), _at_subject(output, rows)))

    with with_outputs([layers.projections[layer]], see):
        ids = padded(rows, layers.model.device)
        layers.model(input_ids=ids, attention_mask=torch.ones_like(ids), use_cache=False)
    keys, outputs = seen[0]
    return keys.float().mean(0).cpu(), outputs.float().mean(0).cpu()


def _value_change(
    layers: FeedForwardLayers,
    layer: int,
    rows: Sequence[FactTokens],
    kept: Sequence[FactTokens],
    said: Tensor,
    settings: EditSettings,
    progress: Progress,
) -> Tensor:
    """v* - W k* [D]: what must be added to the layer's output at the subject's last token (section 3.1, step 2)."""
    everything = [*rows, *kept]
    ids = padded(everything, layers.model.device)
    mask = torch.ones_like(ids)  # said, since what is repeated at the end may look like padding
    length = said.norm().clamp_min(1e-6)
    change = torch.zeros(layers.width, device=ids.device, requires_grad=True)
    optimizer = torch.optim.Adam([change], lr=settings.rate * (length / layers.width**0.5).item())

    def add(_layer: int, _read: Tensor, output: Tensor) -> Tensor:
        state = output.reshape(len(everything), -1, layers.width).clone()  # [B, T, D]
        for row, one in enumerate(everything):
            state[row, one.subject] += change.to(state)
        return state.reshape(output.shape)

    with _frozen(layers.model):
        with torch.no_grad():
            before = _ends(layers.model(input_ids=ids, attention_mask=mask, use_cache=False).logits, len(rows), kept)
        with with_outputs([layers.projections[layer]], add), torch.enable_grad():
            for done in range(settings.steps):
                progress(done, settings.steps, "Seeking the new value")
                logits = layers.model(input_ids=ids, attention_mask=mask, use_cache=False).logits.float()  # [B, T, V]
                loss = _loss_of_targets(logits, rows)
                now = _ends(logits, len(rows), kept)
                strayed = nn.functional.kl_div(now, before, log_target=True, reduction="batchmean") if kept else 0.0
                if (loss + settings.keep * strayed).item() < settings.enough:
                    break
                total = loss + settings.keep * strayed + settings.decay * change.norm() / length.to(ids.device)
                (change.grad,) = torch.autograd.grad(total, [change])
                change.grad.nan_to_num_(0.0)  # of the length at zero
                optimizer.step()
                with torch.no_grad():
                    change *= (settings.longest * length / change.norm().cpu().clamp_min(1e-12)).clamp_max(1.0).item()
    return change.detach().cpu()


def _loss_of_targets(logits: Tensor, rows: Sequence[FactTokens]) -> Tensor:
    """Mean over the rows of the mean of -log P over the target's tokens."""
    losses = []
    for row, one in enumerate(rows):
        wanted = torch.tensor(one.ids[one.target :], device=logits.device)
        losses.append(nn.functional.cross_entropy(logits[row, one.target - 1 : len(one.ids) - 1], wanted))
    return torch.stack(losses).mean()


def _ends(logits: Tensor, first: int, kept: Sequence[FactTokens]) -> Tensor:
    """Log probabilities [K, V] of what follows each kept prompt; these are the rows from ``first`` on."""
    ends = [logits[first + row, len(one.ids) - 1] for row, one in enumerate(kept)]
    return torch.stack(ends).float().log_softmax(-1) if ends else logits.new_zeros(0)


def _at_subject(states: Tensor, rows: Sequence[FactTokens]) -> Tensor:
    """[B, size] of states [B, T, size], or [B * T, size] as in OPT."""
    by_row = states.reshape(len(rows), -1, states.shape[-1])
    return torch.stack([by_row[row, one.subject] for row, one in enumerate(rows)])


@contextmanager
def _frozen(model: PreTrainedModel) -> Iterator[None]:
    """While open, no weight asks for a gradient, which saves half of the time."""
    asking = [parameter for parameter in model.parameters() if parameter.requires_grad]
    for parameter in asking:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in asking:
            parameter.requires_grad_(True)
