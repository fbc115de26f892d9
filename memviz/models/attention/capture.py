"""Attention, read while a transformer runs: rows of it, without ever holding a T x T matrix, or all of a short text.

A function registered through transformers' ``AttentionInterface`` computes the output exactly as plain ``sdpa`` does
and hands what each layer attends with to the open recording. A :class:`Recording` computes the softmax of the *last
query row*: ``softmax(q K^T * scaling + mask)`` (Vaswani et al. 2017, equation 1, for one query) and sums it per slot on
the spot; a recording of whole texts is in ``matrices``. The same name is registered in
``AttentionMaskInterface``: without that entry transformers hands over no mask at all.

The model's configuration is switched only while a forward pass runs (:func:`capture_rows`), never across a ``yield``:
a paused, closed or failed run leaves nothing behind. Nothing here knows about causal models or decoding.

Shape letters: B batch, H attention head, G query heads per key head, T keys, D head width, N slots, L layer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, Protocol

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface, PreTrainedConfig, PreTrainedModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

#: Name under which the capturing attention is registered.
ROWS: Final = "memviz_rows"

#: Arguments by which architectures announce a formula that plain SDPA does not compute: soft capping of the logits
#: (Gemma 2), attention sinks as extra logits (GPT-OSS), sparse selection of keys (DeepSeek sparse attention).
_OTHER_FORMULA: Final = {
    "softcap": "soft capping of the attention logits",
    "s_aux": "learned attention sinks",
    "sinks": "learned attention sinks",
    "indices": "sparse attention",
    "block_indices": "sparse attention",
}


class CaptureUnsupported(Exception):  # noqa: N818 - a finding about an architecture, answered by a fallback
    """The architecture computes attention by a formula that row capture does not reproduce; the text names it."""


@dataclass(frozen=True, slots=True)
class Attending:
    """What one layer attends with; everything that its attention follows from.

    Attributes:
        query: [B, H, Q, D].
        key: [B, H / G, T, D]; each key head serves G neighbouring query heads.
        mask: None, or [B or 1, 1 or H, Q, T], bool (True: attend) or added to the logits.
        scaling: of the logits; None: 1 / sqrt(D).
        position_bias: None, or [1 or B, H, Q, T] added to the logits.
        causal: without a mask, a query sees the keys up to its own.
    """

    query: Tensor
    key: Tensor
    mask: Tensor | None = None
    scaling: float | None = None
    position_bias: Tensor | None = None
    causal: bool = True


class Recorder(Protocol):
    """Takes what the layers of one forward pass attend with, in the order in which they attend."""

    def attended(self, module: nn.Module, attending: Attending) -> None: ...


class Recording:
    """Read weights of one forward pass, layer by layer in the order in which the layers attend.

    Args:
        assignment: [capacity, N] float32 on the model's device; row t is the one-hot slot of the token at position t.
            None: every token is a slot of its own.
        total: number of tokens up to and with the last query (the cache included).
        keep_rows: also keep every whole row; for one chosen step, since it holds L * H * T numbers.
        only: ids of the modules that count, where a pass attends to several things; None: all of them.
    """

    def __init__(
        self,
        assignment: Tensor | None,
        total: int,
        *,
        keep_rows: bool = False,
        only: frozenset[int] | None = None,
    ) -> None:
        self._assignment = assignment
        self._total = total
        self._only = only
        self._rows: list[Tensor] | None = [] if keep_rows else None
        self._sums: list[Tensor] = []

    @property
    def layers(self) -> int:
        """Number of layers recorded so far."""
        return len(self._sums)

    def attended(self, module: nn.Module, attending: Attending) -> None:
        if self._only is None or id(module) in self._only:
            self.add_row(attention_row(attending))

    def add_row(self, row: Tensor) -> None:
        """Records one layer's last query row [B, H, T] of attention over its keys.

        A sliding-window cache hands over only the newest keys, a static cache also unused places after them.
        """
        row = row[..., : self._total]
        first = self._total - row.shape[-1]  # position of the first key
        if self._assignment is None:
            self._sums.append(nn.functional.pad(row, (first, 0)))
        else:
            self._sums.append(torch.matmul(row, self._assignment[first : self._total]))  # [B, H, N]
        if self._rows is not None:
            self._rows.append(nn.functional.pad(row, (first, 0)))  # [B, H, total]

    def weights(self) -> Tensor:
        """[L, B, H, N] float32; layers with fewer attention heads than the widest are zero beyond theirs."""
        return stacked(self._sums)

    def rows(self) -> Tensor:
        """[L, B, H, T] float32: the whole rows, where ``keep_rows`` asked for them."""
        return stacked(self._rows or [])


def stacked(layers: Sequence[Tensor]) -> Tensor:
    """[L, B, H, ...] of layers [B, H, ...]; those with fewer heads than the widest are zero beyond theirs."""
    if not layers:
        return torch.zeros(0, 0, 0, 0)
    heads = max(layer.shape[1] for layer in layers)
    return torch.stack([_with_heads(layer, heads) for layer in layers])


def _with_heads(layer: Tensor, heads: int) -> Tensor:
    missing = heads - layer.shape[1]
    if not missing:
        return layer
    return torch.cat([layer, layer.new_zeros(layer.shape[0], missing, *layer.shape[2:])], dim=1)


_recording: ContextVar[Recorder | None] = ContextVar("memviz_recording", default=None)


def attention_row(attending: Attending, position: int = -1) -> Tensor:
    """Attention of one query, the last unless told otherwise, over all keys: [B, H, T] float32."""
    query, key = attending.query, attending.key
    batch, heads, queries, width = query.shape
    if attending.causal and attending.mask is None and queries > 1:
        position %= queries
        key = key[:, :, : position + 1]  # the places after it are later tokens, or empty in a static cache
    keys = key.shape[2]
    scale = width**-0.5 if attending.scaling is None else attending.scaling
    one = (query[:, :, position] * scale).view(batch, key.shape[1], -1, width)  # [B, H / G, G, D]
    # Keys first: their rows lie in memory as they are read, which takes a third less time than one @ keys^T.
    logits = torch.matmul(key, one.transpose(-1, -2)).transpose(-1, -2).reshape(batch, heads, keys)
    if attending.position_bias is not None:
        logits = logits + attending.position_bias[:, :, position, :keys]
    if attending.mask is not None:
        mask = attending.mask[:, :, position, :keys]
        logits = logits.masked_fill(~mask, -torch.inf) if mask.dtype == torch.bool else logits + mask
    return torch.softmax(logits, dim=-1, dtype=torch.float32)


def _attend(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    **kwargs: Any,
) -> tuple[Tensor, None]:
    """Plain ``sdpa`` attention; tells the open recording what it attends with."""
    recording = _recording.get()
    if recording is not None:
        for name, words in _OTHER_FORMULA.items():
            if kwargs.get(name) is not None:
                raise CaptureUnsupported(words)
        causal = kwargs.get("is_causal")
        recording.attended(
            module,
            Attending(
                query,
                key,
                attention_mask,
                scaling,
                kwargs.get("position_bias"),
                bool(getattr(module, "is_causal", True) if causal is None else causal),
            ),
        )
    output: tuple[Tensor, None] = sdpa_attention_forward(
        module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **kwargs
    )
    return output


AttentionInterface.register(ROWS, _attend)
AttentionMaskInterface.register(ROWS, sdpa_mask)


def attention_configs(model: PreTrainedModel) -> tuple[PreTrainedConfig, ...]:
    """The distinct configurations by which the model's modules choose their attention function."""
    found = {id(config): config for module in model.modules() if _is_config(config := getattr(module, "config", None))}
    return tuple(found.values())


def _is_config(value: object) -> bool:
    return isinstance(value, PreTrainedConfig) and hasattr(value, "_attn_implementation_internal")


@contextmanager
def attention_implementation(configs: Sequence[PreTrainedConfig], name: str) -> Iterator[None]:
    """Sets the attention function of these configurations and puts each back as it was, whatever happens.

    Writes the attribute that ``set_attn_implementation`` writes, without its walk over all modules, so that it can
    be done around every forward pass. Nests.
    """
    before = [config._attn_implementation_internal for config in configs]
    try:
        for config in configs:
            config._attn_implementation_internal = name
        yield
    finally:
        for config, implementation in zip(configs, before, strict=True):
            config._attn_implementation_internal = implementation


@contextmanager
def capture_rows(configs: Sequence[PreTrainedConfig], recording: Recorder) -> Iterator[None]:
    """While open, forward passes of the model with these configurations, on this thread, fill ``recording``.

    Keep it around one forward pass and free of ``yield`` in generators.

    Raises:
        CaptureUnsupported: from the forward pass, where the architecture attends by another formula.
    """
    token = _recording.set(recording)
    try:
        with attention_implementation(configs, ROWS):
            yield
    finally:
        _recording.reset(token)
