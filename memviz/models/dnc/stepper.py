"""One sequence, one step at a time, without gradients: how a DNC runs in the window.

The equations are those of :mod:`memviz.models.dnc.network`. Arrays of this size are worked on faster than a tensor
operation is dispatched; so everything small is NumPy over arrays that are made once and overwritten at every step, and
only the N x N linkage is left to torch.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from memviz.core.arrays import FloatArray, frozen_array
from memviz.models.dnc.addressing import EPSILON
from memviz.models.dnc.array_interface import ArrayInterface
from memviz.models.dnc.array_layers import ArrayLayers
from memviz.models.dnc.arrays import Array, batch_of_one, sharpen, softmax
from memviz.models.dnc.linkage import LinkageInPlace
from memviz.models.dnc.state import DNCState, DNCStep


class Record(NamedTuple):
    """What is kept of a step to be shown: copies that do not change. As in :class:`DNCState` and :class:`DNCStep`.

    Attributes:
        usage, retention, allocation, precedence, write_weights: [N].
        read_weights: [R, N].
        erase_vector, write_vector: [W].
        allocation_gate, write_gate: [1].
        free_gates: [R].
        read_modes: [R, 3].
    """

    usage: FloatArray
    retention: FloatArray
    allocation: FloatArray
    precedence: FloatArray
    write_weights: FloatArray
    read_weights: FloatArray
    erase_vector: FloatArray
    write_vector: FloatArray
    allocation_gate: FloatArray
    write_gate: FloatArray
    free_gates: FloatArray
    read_modes: FloatArray


class Stepper:
    """Begins with an empty memory, or goes on from ``state`` [1, ...], which is copied. One thread at a time."""

    def __init__(self, layers: ArrayLayers, state: DNCState | None = None) -> None:
        self._layers, self._config = layers, layers.config
        config, dtype = layers.config, layers.output.dtype
        slots, word, heads, hidden = config.slots, config.word_size, config.read_heads, config.hidden_size
        # What the controller sees and what the output is made of stand side by side: inputs | read vectors | hidden.
        self._told = np.zeros(config.input_size + heads * word + hidden, dtype)
        self._inputs, self._said = self._told[: config.input_size], self._told[config.input_size :]
        self._read_vectors = self._said[: heads * word].reshape(heads, word)
        self._hidden = self._said[heads * word :]
        self._cell = np.zeros(hidden, dtype)
        self._interface = ArrayInterface(layers.interface, config)

        # Transposed, [W, N]: the rows that NumPy goes along are long.
        self._memory, self._change = np.zeros((word, slots), dtype), np.zeros((word, slots), dtype)
        self._squares = np.zeros((word, slots), dtype)  # of the memory, for the norms of its slots
        self._weights = np.zeros((5 + heads, slots), dtype)
        self._usage, self._retention, self._allocation, self._precedence, self._write_weights = self._weights[:5]
        self._read_weights = self._weights[5:]
        self._write_content, self._read_content = np.zeros(slots, dtype), np.zeros((heads, slots), dtype)
        self._linkage = LinkageInPlace(self._write_weights, self._precedence, self._read_weights)
        self._forward, self._backward = self._linkage.forward, self._linkage.backward
        if state is not None:
            for mine, given in zip(self.state, state, strict=True):
                mine.copy_(given)
            np.multiply(self._memory, self._memory, out=self._squares)

    @property
    def state(self) -> DNCState:
        """After the last step, with a batch of 1; the next step overwrites it."""
        return DNCState(
            memory=batch_of_one(self._memory.T),
            usage=batch_of_one(self._usage),
            write_weights=batch_of_one(self._write_weights),
            precedence=batch_of_one(self._precedence),
            linkage=self._linkage.matrix.unsqueeze(0),
            read_weights=batch_of_one(self._read_weights),
            read_vectors=batch_of_one(self._read_vectors),
            hidden=batch_of_one(self._hidden),
            cell=batch_of_one(self._cell),
        )

    @property
    def done(self) -> DNCStep:
        """What the last step did, with a batch of 1; the next step overwrites it."""
        return DNCStep(
            interface=self._interface.told(),
            retention=batch_of_one(self._retention),
            allocation=batch_of_one(self._allocation),
            write_content=batch_of_one(self._write_content),
            read_content=batch_of_one(self._read_content),
            forward_weights=batch_of_one(self._forward),
            backward_weights=batch_of_one(self._backward),
        )

    def record(self) -> Record:
        """What the last step did, copied."""
        told, weights = self._interface, frozen_array(self._weights)
        usage, retention, allocation, precedence, write_weights = weights[:5]
        return Record(
            usage=usage,
            retention=retention,
            allocation=allocation,
            precedence=precedence,
            write_weights=write_weights,
            read_weights=weights[5:],
            erase_vector=frozen_array(told.erase_vector),
            write_vector=frozen_array(told.write_vector),
            allocation_gate=frozen_array(told.allocation_gate),
            write_gate=frozen_array(told.write_gate),
            free_gates=frozen_array(told.free_gates[:, 0]),
            read_modes=frozen_array(told.read_modes),
        )

    def step(self, inputs: Tensor) -> Tensor:
        """Inputs [I] to outputs [O], before the sigmoid."""
        self._inputs[:] = inputs.numpy()
        self._layers.controller(self._told, self._hidden, self._cell)
        self._interface(self._hidden)
        self._allocate()
        self._write()
        self._read()
        return torch.from_numpy(self._layers.output(self._said))

    def _allocate(self) -> None:
        """Retention, usage and allocation weights."""
        told, usage, written = self._interface, self._usage, self._write_weights
        np.multiply.reduce(1.0 - told.free_gates * self._read_weights, axis=0, out=self._retention)
        usage += written * (1.0 - usage)
        usage *= self._retention
        free_list = usage.argsort(kind="stable")
        ordered = usage[free_list] * (1.0 - EPSILON) + EPSILON
        weights = 1.0 - ordered
        weights[1:] *= np.multiply.accumulate(ordered[:-1])
        self._allocation[free_list] = weights

    def _write(self) -> None:
        """Write weights, memory, linkage and precedence."""
        told, written, memory, change = self._interface, self._write_weights, self._memory, self._change
        self._look_up(told.write_key, told.write_strength, told.write_mask, self._write_content)
        np.subtract(self._allocation, self._write_content, out=written)
        written *= told.allocation_gate
        written += self._write_content
        written *= told.write_gate

        np.multiply(told.erase_vector[:, None], written, out=change)
        np.subtract(1.0, change, out=change)
        if self._config.deallocation:
            change *= self._retention
        memory *= change
        np.multiply(told.write_vector[:, None], written, out=change)
        memory += change
        np.multiply(memory, memory, out=self._squares)

        self._linkage.step()
        precedence = self._precedence
        precedence *= 1.0 - np.add.reduce(written)
        precedence += written

    def _read(self) -> None:
        """Read weights and read vectors."""
        told, weights = self._interface, self._read_weights
        if told.link_strengths is not None:
            sharpen(self._backward, told.link_strengths[:, :1])
            sharpen(self._forward, told.link_strengths[:, 1:])
        self._look_up(told.read_keys, told.read_strengths, told.read_masks, self._read_content)
        modes = told.read_modes
        np.multiply(modes[:, :1], self._backward, out=weights)
        weights += modes[:, 1:2] * self._read_content
        weights += modes[:, 2:] * self._forward
        np.dot(weights, self._memory.T, out=self._read_vectors)

    def _look_up(self, keys: Array, strengths: Array, masks: Array | None, weights: Array) -> None:
        """Content weights, [H, N] of keys [H, W] and strengths [H, 1], or [N] of one key [W]."""
        if masks is None:
            slot_norms = np.add.reduce(self._squares, axis=0)
            np.dot(keys, self._memory, out=weights)
        else:
            keys = keys * masks
            slot_norms = np.dot(masks * masks, self._squares)
            np.dot(keys * masks, self._memory, out=weights)
        slot_norms += EPSILON
        np.sqrt(slot_norms, out=slot_norms)
        weights /= slot_norms
        weights *= strengths / np.sqrt(np.add.reduce(keys * keys, axis=-1, keepdims=True) + EPSILON)
        softmax(weights)
