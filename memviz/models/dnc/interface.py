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

    def gradient(self, values: Tensor, told: Interface, gradient: Interface) -> Tensor:
        """Of ``values``, what :attr:`linear` gave, [B, S], from the gradients of what it told."""
        rest = 1.0 - self._mask_min
        masks: list[Tensor] = []
        if gradient.read_masks is not None and gradient.write_mask is not None:
            masks = [gradient.read_masks.flatten(1) * rest, gradient.write_mask * rest]
        sharp = [] if gradient.link_strengths is None else [gradient.link_strengths.flatten(1)]
        to_plain = [gradient.read_keys.flatten(1), gradient.write_key, gradient.write_vector]
        gates = [gradient.erase_vector, gradient.free_gates, gradient.allocation_gate, gradient.write_gate]
        _, squashed, strengths, _ = torch.split(values, self._layout.groups, -1)
        squashed = torch.sigmoid(squashed)
        to_squashed = torch.cat([*gates, *masks], -1).mul_(squashed * (1.0 - squashed))
        to_strengths = torch.cat([gradient.read_strengths, gradient.write_strength, *sharp], -1)
        to_strengths.mul_(torch.sigmoid(strengths))
        weighted = gradient.read_modes * told.read_modes
        to_modes = weighted.addcmul_(told.read_modes, weighted.sum(-1, keepdim=True), value=-1.0).flatten(1)
        return torch.cat([*to_plain, to_squashed, to_strengths, to_modes], -1).mul_(values.abs() <= self._clip)
