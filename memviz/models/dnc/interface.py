"""From one vector of the controller to what the heads are told: ξ, cut into parts and brought into their ranges."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from memviz.models.dnc.config import DNCConfig
from memviz.models.dnc.state import Interface


class InterfaceLayer(nn.Module):
    """W_ξ of the paper, and the functions that follow it.

    The parts stand in the order of their functions (none, sigmoid, oneplus, softmax), so that each function is called
    once.
    """

    def __init__(self, config: DNCConfig) -> None:
        super().__init__()
        heads, word = config.read_heads, config.word_size
        masked, sharp = int(config.masked_lookup), int(config.link_sharpness)
        self._heads, self._word = heads, word
        self._mask_min = config.mask_min
        self._masked, self._sharp = config.masked_lookup, config.link_sharpness
        self._clip = config.clip
        # read keys, write key, write vector | erase vector, free gates, allocation gate, write gate, read masks, write
        # mask | read strengths, write strength, link strengths | read modes
        self._plain = [heads * word, word, word]
        self._squashed = [word, heads, 1, 1, masked * heads * word, masked * word]
        self._strengths = [heads, 1, sharp * heads * 2]
        self._groups = [sum(self._plain), sum(self._squashed), sum(self._strengths), heads * 3]
        self.linear = nn.Linear(config.hidden_size, sum(self._groups))
        nn.init.xavier_uniform_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, hidden: Tensor) -> Interface:
        """``hidden``: [B, D], the controller's output."""
        batch, heads, word = hidden.shape[0], self._heads, self._word
        values = self.linear(hidden).clamp(-self._clip, self._clip)
        plain, squashed, strengths, modes = torch.split(values, self._groups, -1)
        read_keys, write_key, write_vector = torch.split(plain, self._plain, -1)
        erase_vector, free_gates, allocation_gate, write_gate, read_masks, write_mask = torch.split(
            torch.sigmoid(squashed), self._squashed, -1
        )
        # oneplus(x) = 1 + log(1 + exp x)
        read_strengths, write_strength, link_strengths = torch.split(
            1.0 + nn.functional.softplus(strengths), self._strengths, -1
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
