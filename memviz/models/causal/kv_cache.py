"""A key-value cache with room: tokens are written into place instead of copying the whole cache for each.

transformers' dynamic layer concatenates: at 2,048 tokens of a GPT-2-sized model that moved 150 MB per token and took
most of a decoding step.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache, PreTrainedModel
from transformers.cache_utils import DynamicLayer, DynamicSlidingWindowLayer


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

    @contextmanager
    def rewound(self, length: int) -> Iterator[None]:
        """While open, the layer holds only its first ``length`` tokens; afterwards it is as it was, bit by bit."""
        keys, values, room = self.keys, self.values, self._room
        after = slice(length, length + 1)
        kept = keys[:, :, after].clone(), values[:, :, after].clone()
        self.keys, self.values = keys[:, :, :length], values[:, :, :length]
        try:
            yield
        finally:
            keys[:, :, after], values[:, :, after] = kept
            self.keys, self.values, self._room = keys, values, room


@contextmanager
def rewound(cache: DynamicCache, length: int) -> Iterator[None]:
    """While open, the cache holds only its first ``length`` tokens, and one token may be read; then it is as it was."""
    with ExitStack() as stack:
        for layer in cache.layers:
            stack.enter_context(layer.rewound(length))
        yield


def can_rewind(cache: Any) -> bool:
    """Whether every layer keeps all of its tokens."""
    return isinstance(cache, DynamicCache) and all(isinstance(layer, RoomyLayer) for layer in cache.layers)


def cache_bytes(cache: Any) -> tuple[int, ...]:
    """Bytes that keys and values take in each layer, the room that is not used yet left out."""
    layers = cache.layers if isinstance(cache, DynamicCache) else ()
    return tuple(
        sum(
            tensor.numel() * tensor.element_size()
            for tensor in (getattr(layer, "keys", None), getattr(layer, "values", None))
            if isinstance(tensor, Tensor)
        )
        for layer in layers
    )


def roomy_cache(model: PreTrainedModel, tokens: int) -> DynamicCache | None:
    """A cache for ``model`` with room for ``tokens``; None where the architecture must make its own.

    Layers with a sliding window keep all of their tokens, too, so that any step can be looked at again; their mask
    lets the model see the window. Linear and other layers stay transformers' own.
    """
    if not model._supports_default_dynamic_cache() or "mamba" in type(model).__name__.lower():
        return None
    cache = DynamicCache(config=model.config.get_text_config(decoder=True))
    cache.layers = [
        RoomyLayer(tokens) if type(layer) in (DynamicLayer, DynamicSlidingWindowLayer) else layer
        for layer in cache.layers
    ]
    return cache
