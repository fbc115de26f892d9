"""What a step over NumPy arrays is made of; everything works in place."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from memviz.models.dnc.addressing import EPSILON

Array = NDArray[Any]


def array(weights: Tensor) -> Array:
    """The numbers of a tensor, not copied."""
    return weights.detach().numpy()


def batch_of_one(values: Array) -> Tensor:
    """The array as a tensor [1, ...], not copied."""
    return torch.from_numpy(values).unsqueeze(0)


def clip(values: Array, most: float) -> None:
    """Keeps all values within ± ``most``."""
    np.minimum(values, most, out=values)
    np.maximum(values, -most, out=values)


def sigmoid(values: Array) -> None:
    """By the hyperbolic tangent, which does not overflow."""
    values *= 0.5
    np.tanh(values, out=values)
    values *= 0.5
    values += 0.5


def softmax(values: Array) -> None:
    """Over the last axis."""
    values -= np.maximum.reduce(values, axis=-1, keepdims=True)
    np.exp(values, out=values)
    values /= np.add.reduce(values, axis=-1, keepdims=True)


def sharpen(weights: Array, strengths: Array) -> None:
    """:func:`~memviz.models.dnc.addressing.sharpened`: [R, N] and [R, 1]."""
    weights += EPSILON
    weights /= np.maximum.reduce(weights, axis=-1, keepdims=True)
    np.power(weights, strengths, out=weights)
    weights /= np.add.reduce(weights, axis=-1, keepdims=True)
