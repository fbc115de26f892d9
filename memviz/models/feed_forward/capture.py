"""What the feed-forward layers do in a forward pass, and passes in which neurons are scaled.

Hooks live only inside the context managers; the weights are never touched.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from memviz.core.errors import BugError, KnownError
from memviz.core.neurons import NeuronScale
from memviz.models.feed_forward.hooks import with_outputs, with_scaled_inputs
from memviz.models.feed_forward.layers import FeedForwardLayers, hidden


class Seen:
    """What the last forward pass left at the last position of its first sequence: float32 copies on the CPU."""

    def __init__(self, layers: int) -> None:
        self._activations: list[Tensor | None] = [None] * layers
        self._residuals: list[Tensor | None] = [None] * layers

    @property
    def activations(self) -> Tensor:
        """[L, F], what the value vectors were multiplied by (scaled, inside :func:`scaled`).

        Raises:
            BugError: no forward pass was seen.
        """
        return _stacked(self._activations)

    @property
    def residuals(self) -> Tensor:
        """[L, D], the residual stream after each block. Raises as :attr:`activations`."""
        return _stacked(self._residuals)

    def see_activations(self, layer: int, projected: Tensor) -> None:
        self._activations[layer] = _copied(projected)

    def see_residual(self, layer: int, stream: Tensor) -> None:
        self._residuals[layer] = _copied(stream)


@contextmanager
def capture(layers: FeedForwardLayers) -> Iterator[Seen]:
    """While open, every forward pass of the model is seen; the last one counts, be it with a cache or without.

    Not for batches of several sequences: only the first one is seen.
    """
    seen = Seen(len(layers))

    def activations(layer: int, read: Any, _: Any) -> None:
        seen.see_activations(layer, read)

    def residual(layer: int, _: Any, output: Any) -> None:
        seen.see_residual(layer, hidden(output))

    with with_outputs(layers.projections, activations), with_outputs(layers.blocks, residual):
        yield seen


@contextmanager
def scaled(layers: FeedForwardLayers, scales: Sequence[NeuronScale]) -> Iterator[None]:
    """While open, the neurons' activations are multiplied at every position; one that is named twice, twice.

    The same as multiplying the neurons' columns in the weights.

    Raises:
        KnownError: a layer, neuron or factor that the model does not have.
    """
    factors = factors_of(layers, scales)

    with with_scaled_inputs([(layers.projections[layer], factor) for layer, factor in factors.items()]):
        yield


def factors_of(layers: FeedForwardLayers, scales: Sequence[NeuronScale]) -> dict[int, Tensor]:
    """Layer -> [F], for the layers that are scaled. Raises as :func:`scaled`."""
    factors: dict[int, Tensor] = {}
    for scale in scales:
        check_neuron(layers, scale.layer, scale.neuron)
        if not math.isfinite(scale.factor):
            raise KnownError(f"A neuron cannot be multiplied by {scale.factor}; use a finite number.")
        factors.setdefault(scale.layer, torch.ones(layers.neurons))[scale.neuron] *= scale.factor
    return factors


def check_neuron(layers: FeedForwardLayers, layer: int, neuron: int = 0) -> None:
    """Raises ``KnownError`` where there is no such neuron."""
    if not 0 <= layer < len(layers):
        raise KnownError(f"The model has no layer {layer + 1}; its layers are 1 to {len(layers)}.")
    if not 0 <= neuron < layers.neurons:
        raise KnownError(f"Layer {layer + 1} has no neuron {neuron}; its neurons are 0 to {layers.neurons - 1:,}.")


def _copied(state: Tensor) -> Tensor:
    """The last position of the first sequence; OPT projects all positions as one list, [B * T, F]."""
    last = state[-1] if state.ndim == 2 else state[0, -1]
    return last.detach().to("cpu", torch.float32, copy=True)


def _stacked(rows: Sequence[Tensor | None]) -> Tensor:
    there = [row for row in rows if row is not None]
    if len(there) < len(rows):
        raise BugError("no forward pass was seen")
    return torch.stack(there)
