"""A key-value cache with room: tokens are written into place instead of copying the whole cache for each.

transformers' dynamic layer concatenates: at 2,048 tokens of a GPT-2-sized model that moved 150 MB per token and took
most of a decoding step.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache, PreTrainedModel
from transformers.cache_utils import DynamicLayer


class RoomyLayer(DynamicLayer):  # type: ignore[misc]  # transformers is untyped here
    """A dynamic cache layer whose keys [B, H, T, D] and values are views of buffers with ``room`` tokens.

    Equal to its base class in what it returns; beyond its room it grows by half.
    """

    keys: Tensor
    values: Tensor

    def __init__(self, room: int) -> None:
        super().__init__()
        self._room = room
        self._key_buffer: Tensor | None = None
        self._value_buffer: Tensor | None = None

    def update(self, key_states: Tensor, value_states: Tensor, *_: Any, **__: Any) -> tuple[Tensor, Tensor]:
        """Appends the new tokens' keys and values and returns all."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        length = self.get_seq_length()
        self._key_buffer = self._with_room(self._key_buffer, self.keys, length, key_states)
        self._value_buffer = self._with_room(self._value_buffer, self.values, length, value_states)
        total = length + key_states.shape[-2]
        self._key_buffer[:, :, length:total] = key_states
        self._value_buffer[:, :, length:total] = value_states
        self.keys = self._key_buffer[:, :, :total]
        self.values = self._value_buffer[:, :, :total]
        return self.keys, self.values

    def _with_room(self, buffer: Tensor | None, stored: Tensor, length: int, new: Tensor) -> Tensor:
        """``buffer`` where ``stored`` lies in it and ``new`` fits behind, else a new one that holds ``stored``."""
        total = length + new.shape[-2]
        if buffer is not None and total <= buffer.shape[-2] and stored.data_ptr() == buffer.data_ptr():
            return buffer
        self._room = max(self._room, total if buffer is None else total + total // 2)
        batch, heads, _, width = new.shape
        grown = torch.empty(batch, heads, self._room, width, dtype=new.dtype, device=new.device)
        if length:
            grown[:, :, :length] = stored
        return grown


def roomy_cache(model: PreTrainedModel, tokens: int) -> DynamicCache | None:
    """A cache for ``model`` with room for ``tokens``; None where the architecture must make its own.

    Sliding-window, linear and other layers stay transformers' own.
    """
    if not model._supports_default_dynamic_cache() or "mamba" in type(model).__name__.lower():
        return None
    cache = DynamicCache(config=model.config.get_text_config(decoder=True))
    cache.layers = [RoomyLayer(tokens) if type(layer) is DynamicLayer else layer for layer in cache.layers]
    return cache
