"""From one vector of the controller to what the heads are told: ξ, cut into parts and brought into their ranges."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from memviz.models.dnc.config import DNCConfig
from memviz.models.dnc.state import Interface


class InterfaceLayout(NamedTuple):
    """Sizes of the parts of ξ, in the order of their functions, so that each function is called once.

    Attributes:
        plain: read keys, write key, write vector; no function.
        squashed: erase vector, free gates, allocation gate, write gate, read masks, write mask; sigmoid.
        strengths: read strengths, write strength, link strengths; oneplus.
        modes: read modes; softmax.
    """

    plain: list[int]
    squashed: list[int]
    strengths: list[int]
    modes: list[int]

    @classmethod
    def of(cls, config: DNCConfig) -> InterfaceLayout:
        heads, word = config.read_heads, config.word_size
        masked, sharp = int(config.masked_lookup), int(config.link_sharpness)
        return cls(
            plain=[heads * word, word, word],
            squashed=[word, heads, 1, 1, masked * heads * word, masked * word],
            strengths=[heads, 1, sharp * heads * 2],
            modes=[heads * 3],
        )

    @property
    def groups(self) -> list[int]:
        """How much each function is called on."""
        return [sum(sizes) for sizes in self]


class InterfaceLayer(nn.Module):
    """W_ξ of the paper, and the functions that follow it; the parts stand as :class:`InterfaceLayout` says."""

    def __init__(self, config: DNCConfig) -> None:
        super().__init__()
        self._heads, self._word = config.read_heads, config.word_size
        self._mask_min = config.mask_min
        self._masked, self._sharp = config.masked_lookup, config.link_sharpness
        self._clip = config.clip
        self._layout = InterfaceLayout.of(config)
        self.linear = nn.Linear(config.hidden_size, sum(self._layout.groups))
        nn.init.xavier_uniform_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, hidden: Tensor) -> Interface:
        """``hidden``: [B, D], the controller's output."""
        batch, heads, word, layout = hidden.shape[0], self._heads, self._word, self._layout
        values = self.linear(hidden).clamp(-self._clip, self._clip)
        plain, squashed, strengths, modes = torch.split(values, layout.groups, -1)
        read_keys, write_key, write_vector = torch.split(plain, layout.plain, -1)
        erase_vector, free_gates, allocation_gate, write_gate, read_masks, write_mask = torch.split(
            torch.sigmoid(squashed), layout.squashed, -1
        )
        # oneplus(x) = 1 + log(1 + exp x)
        read_strengths, write_strength, link_strengths = torch.split(
            1.0 + nn.functional.softplus(strengths), layout.strengths, -1
        )
        least, rest = self._mask_min, 1.0 - self._mask_min
        return Interface(
            read_keys=read_keys.view(batch, heads, word),
            read_strengths=read_strengths,
            write_key=write_key,
            write_strength=write_strength,
            erase_vector=erase_vector,
            write_vector=write_vector,
            free_gates=free_gates,
            allocation_gate=allocation_gate,
            write_gate=write_gate,
            read_modes=torch.softmax(modes.view(batch, heads, 3), -1),
            read_masks=least + rest * read_masks.view(batch, heads, word) if self._masked else None,
            write_mask=least + rest * write_mask if self._masked else None,
            link_strengths=link_strengths.view(batch, heads, 2) if self._sharp else None,
        )
