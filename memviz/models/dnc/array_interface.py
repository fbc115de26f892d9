"""What the controller tells the heads, over one NumPy vector."""

from __future__ import annotations

import numpy as np

from memviz.models.dnc.array_layers import ArrayLinear
from memviz.models.dnc.arrays import Array, batch_of_one, clip, sigmoid, softmax
from memviz.models.dnc.config import DNCConfig
from memviz.models.dnc.interface import InterfaceLayout
from memviz.models.dnc.state import Interface


class ArrayInterface:
    """The parts of ξ as views of one vector, which every step overwrites.

    Attributes: as of :class:`~memviz.models.dnc.state.Interface`, without the batch.
        read_keys, read_masks: [R, W]; None without masked look-up.
        write_key, write_vector, erase_vector, write_mask: [W].
        read_strengths, free_gates: [R, 1].
        write_strength, allocation_gate, write_gate: [1].
        read_modes: [R, 3].
        link_strengths: [R, 2]; None without link sharpness.
    """

    def __init__(self, linear: ArrayLinear, config: DNCConfig) -> None:
        heads, word, masked = config.read_heads, config.word_size, config.masked_lookup
        layout = InterfaceLayout.of(config)
        self._linear = linear
        self._clip, self._mask_min = config.clip, config.mask_min
        self._values = np.zeros(linear.size, linear.dtype)
        plain, self._squashed, self._strengths, modes = _split(self._values, layout.groups)
        read_keys, self.write_key, self.write_vector = _split(plain, layout.plain)
        self.erase_vector, free_gates, self.allocation_gate, self.write_gate, read_masks, write_mask = _split(
            self._squashed, layout.squashed
        )
        read_strengths, self.write_strength, link_strengths = _split(self._strengths, layout.strengths)
        self.read_keys, self.read_modes = read_keys.reshape(heads, word), modes.reshape(heads, 3)
        self.read_strengths, self.free_gates = read_strengths[:, None], free_gates[:, None]
        self.read_masks = read_masks.reshape(heads, word) if masked else None
        self.write_mask = write_mask if masked else None
        self.link_strengths = link_strengths.reshape(heads, 2) if config.link_sharpness else None
        self._masks = self._squashed[-(heads + 1) * word :] if masked else None

    def __call__(self, hidden: Array) -> None:
        """``hidden``: [D], the controller's output."""
        self._linear(hidden, self._values)
        clip(self._values, self._clip)
        sigmoid(self._squashed)
        np.logaddexp(self._strengths, 0.0, out=self._strengths)  # oneplus
        self._strengths += 1.0
        softmax(self.read_modes)
        if self._masks is not None:
            self._masks *= 1.0 - self._mask_min
            self._masks += self._mask_min

    def told(self) -> Interface:
        """The parts as tensors with a batch of 1, which change with them."""
        return Interface(
            read_keys=batch_of_one(self.read_keys),
            read_strengths=batch_of_one(self.read_strengths[:, 0]),
            write_key=batch_of_one(self.write_key),
            write_strength=batch_of_one(self.write_strength),
            erase_vector=batch_of_one(self.erase_vector),
            write_vector=batch_of_one(self.write_vector),
            free_gates=batch_of_one(self.free_gates[:, 0]),
            allocation_gate=batch_of_one(self.allocation_gate),
            write_gate=batch_of_one(self.write_gate),
            read_modes=batch_of_one(self.read_modes),
            read_masks=None if self.read_masks is None else batch_of_one(self.read_masks),
            write_mask=None if self.write_mask is None else batch_of_one(self.write_mask),
            link_strengths=None if self.link_strengths is None else batch_of_one(self.link_strengths),
        )


def _split(values: Array, sizes: list[int]) -> list[Array]:
    return np.split(values, np.cumsum(sizes)[:-1])
