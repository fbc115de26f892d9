"""The layers of a DNC over NumPy vectors."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch import nn

from memviz.models.dnc.arrays import Array, array, clip, sigmoid
from memviz.models.dnc.network import DifferentiableNeuralComputer


class ArrayLinear:
    """y = W x + b, where the first ``rolled`` columns of W belong to the end of x."""

    def __init__(self, layer: nn.Linear, *, rolled: int = 0) -> None:
        self._weight = np.roll(array(layer.weight), -rolled, axis=1)
        self._bias = array(layer.bias)

    @property
    def size(self) -> int:
        """Of what comes out."""
        return len(self._bias)

    @property
    def dtype(self) -> np.dtype[Any]:
        return self._bias.dtype

    def __call__(self, x: Array, out: Array | None = None) -> Array:
        y: Array = np.dot(self._weight, x, out=out)
        y += self._bias
        return y


class ArrayController:
    """Overwrites ``hidden`` and ``cell`` [D].

    Its input stands in one vector with ``hidden`` at the end: the LSTM sees all of it, a feed-forward controller all
    but ``hidden``.
    """

    def __init__(self, network: DifferentiableNeuralComputer) -> None:
        config, layer = network.config, network.controller
        self._clip, self._size = config.clip, config.hidden_size
        self._recurrent = isinstance(layer, nn.LSTMCell)
        if isinstance(layer, nn.LSTMCell):
            weight = np.concatenate([array(layer.weight_ih), array(layer.weight_hh)], axis=1)
            bias = array(layer.bias_ih) + array(layer.bias_hh)
            # torch's order is input, forget, candidate, output; the gates come first here, to call one sigmoid.
            order = np.arange(4 * self._size).reshape(4, -1)[[0, 1, 3, 2]].ravel()
            self._weight, self._bias = weight[order], bias[order]
        else:
            assert isinstance(layer, nn.Sequential)
            linear = layer[0]
            assert isinstance(linear, nn.Linear)
            self._weight, self._bias = array(linear.weight), array(linear.bias)

    def __call__(self, told: Array, hidden: Array, cell: Array) -> None:
        if not self._recurrent:
            np.dot(self._weight, told[: -self._size], out=hidden)
            hidden += self._bias
            np.tanh(hidden, out=hidden)
        else:
            size = self._size
            values = np.dot(self._weight, told)
            values += self._bias
            gates, candidate = values[: 3 * size], values[3 * size :]
            sigmoid(gates)
            np.tanh(candidate, out=candidate)
            candidate *= gates[:size]
            cell *= gates[size : 2 * size]
            cell += candidate
            np.tanh(cell, out=hidden)
            hidden *= gates[2 * size :]
        clip(hidden, self._clip)


class ArrayLayers:
    """The layers of a network, whose weights must not change any more; steps of several sequences may share them.

    Attributes:
        config: of the network.
        controller: the network's.
        interface: the linear part of the network's interface.
        output: the network's; it reads read vectors | hidden.
    """

    def __init__(self, network: DifferentiableNeuralComputer) -> None:
        self.config = network.config
        self.controller = ArrayController(network)
        self.interface = ArrayLinear(network.interface.linear)
        self.output = ArrayLinear(network.output, rolled=network.config.hidden_size)
