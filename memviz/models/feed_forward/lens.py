"""The feed-forward layers read as memory: strongest neurons, what their values promote, the prediction of each layer.

Geva et al. 2021: a neuron's value vector v votes for the tokens of ``E v`` (section 4), and the residual stream after
each layer, ended there, shows how the prediction comes about (section 5). Everything here is a function of a model and
numbers; nothing of the model is changed.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from memviz.core.arrays import frozen_array
from memviz.core.events import Alternative
from memviz.core.neurons import LayerPrediction, NeuronReport, NeuronScale, NeuronSlot, Promoted
from memviz.models.answering.detokenizer import TokenTexts
from memviz.models.feed_forward.capture import Seen, capture, check_neuron, scaled
from memviz.models.feed_forward.layers import FeedForwardLayers

#: Tokens are looked up for so many value vectors at once: [N, V] numbers are held.
_AT_ONCE = 64


@torch.no_grad()
def value_norms(layers: FeedForwardLayers) -> Tensor:
    """Lengths of all value vectors, [L, F]; for a model whose weights stay as they are, once is enough."""
    return torch.stack([layers.weight(layer).float().norm(dim=0).cpu() for layer in range(len(layers))])


def look(
    layers: FeedForwardLayers,
    texts: TokenTexts,
    token_ids: Sequence[int],
    norms: Tensor,
    *,
    scales: Sequence[NeuronScale] = (),
    strongest: int = 10,
    tokens: int = 8,
) -> NeuronReport:
    """What the layers do at the last of these tokens: one forward pass over all of them.

    The pass behind step k of a run is that over its prompt's tokens and the first k answer tokens.

    Args:
        layers: of a decoder-only model; for an encoder-decoder, run it inside ``capture`` and call :func:`report`.
        norms: of :func:`value_norms`.
        scales: neurons that are scaled meanwhile.
        strongest: neurons per layer.
        tokens: that each of them promotes and demotes.

    Raises:
        KnownError: a scale names no neuron of the model.
    """
    ids = torch.tensor([list(token_ids)], device=layers.model.device)  # [1, T]
    with torch.no_grad(), scaled(layers, scales), capture(layers) as seen:
        layers.model(input_ids=ids, use_cache=False)
    return report(layers, texts, seen, norms, strongest=strongest, tokens=tokens)


def report(
    layers: FeedForwardLayers, texts: TokenTexts, seen: Seen, norms: Tensor, *, strongest: int = 10, tokens: int = 8
) -> NeuronReport:
    """As values what a forward pass left; arguments as for :func:`look`."""
    activations = seen.activations
    return NeuronReport(
        slots=strongest_neurons(layers, texts, activations, norms, strongest=strongest, tokens=tokens),
        predictions=layer_predictions(layers, texts, seen.residuals),
        activations=frozen_array(activations.numpy()),
        note=layers.note,
    )


@torch.no_grad()
def strongest_neurons(
    layers: FeedForwardLayers,
    texts: TokenTexts,
    activations: Tensor,
    norms: Tensor,
    *,
    strongest: int = 10,
    tokens: int = 8,
) -> tuple[tuple[NeuronSlot, ...], ...]:
    """For each layer the neurons with the greatest ``|activation| * |value vector|``, strongest first.

    Args:
        activations, norms: [L, F].
    """
    strengths = activations.abs() * norms  # [L, F]
    top = strengths.topk(min(strongest, layers.neurons))
    totals = strengths.sum(-1).clamp_min(torch.finfo(torch.float32).tiny).tolist()
    found = []
    for layer, (neurons, values) in enumerate(zip(top.indices.tolist(), top.values.tolist(), strict=True)):
        words = promoted(layers, texts, layer, neurons, tokens=tokens)
        found.append(
            tuple(
                NeuronSlot(
                    layer,
                    neuron,
                    activations[layer, neuron].item(),
                    strength,
                    strength / totals[layer],
                    raised,
                    lowered,
                )
                for neuron, strength, (raised, lowered) in zip(neurons, values, words, strict=True)
            )
        )
    return tuple(found)


@torch.no_grad()
def promoted(
    layers: FeedForwardLayers, texts: TokenTexts, layer: int, neurons: Sequence[int], *, tokens: int = 8
) -> list[tuple[tuple[Promoted, ...], tuple[Promoted, ...]]]:
    """For each neuron the tokens with the greatest ``E v``, best first, and those with the least, lowest first.

    Computed from the value vector as it stands in the weights: biases, last norm, scales and caps are left out.

    Raises:
        KnownError: the model has no such neuron.
    """
    for neuron in neurons:
        check_neuron(layers, layer, neuron)
    found = []
    for start in range(0, len(neurons), _AT_ONCE):
        values = layers.weight(layer)[:, list(neurons[start : start + _AT_ONCE])].T  # [N, D]
        logits = layers.unembedded(values)  # [N, V]
        ends = [logits.topk(min(tokens, logits.shape[-1]), largest=largest) for largest in (True, False)]
        for row in range(len(values)):
            best, worst = (
                tuple(
                    Promoted(texts[token_id], token_id, logit)
                    for token_id, logit in zip(end.indices[row].tolist(), end.values[row].tolist(), strict=True)
                )
                for end in ends
            )
            found.append((best, worst))
    return found


def layer_predictions(
    layers: FeedForwardLayers, texts: TokenTexts, residuals: Tensor, *, alternatives: int = 5
) -> tuple[LayerPrediction, ...]:
    """What the model would say if it ended after each layer; the last one is what it says.

    Args:
        residuals: [L, D].
        alternatives: runners-up.
    """
    logprobs = layers.ended(residuals).log_softmax(-1)  # [L, V]
    top = logprobs.topk(min(alternatives + 1, logprobs.shape[-1]))
    found = []
    for layer, (ids, values) in enumerate(zip(top.indices.tolist(), top.values.tolist(), strict=True)):
        best, *others = (Alternative(texts[i], i, value) for i, value in zip(ids, values, strict=True))
        found.append(LayerPrediction(layer, best.text, best.token_id, best.logprob, tuple(others)))
    return tuple(found)
