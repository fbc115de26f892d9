"""Which kind of attention capture a model allows, found out by a forward pass of a few tokens.

Some architectures never call a registered attention function and would capture nothing, silently (BLOOM, Falcon); some
compute another formula than SDPA (Gemma 2). So row capture is used only where its rows equal those of the
architecture's own eager attention on the probe.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedConfig, PreTrainedModel

from memviz.models.attention_capture import (
    CaptureUnsupported,
    Recording,
    attention_configs,
    attention_implementation,
    capture_rows,
)

_PROBE_TOKENS = 8

#: What architectures raise when they are asked for a way of attending that they don't have.
_REFUSALS = (AttributeError, KeyError, NotImplementedError, RuntimeError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class CaptureKind:
    """How a model's attention is captured.

    Attributes:
        name: ``rows`` (live, by the registered function), ``eager`` (the architecture's own attention with
            ``output_attentions``), ``none`` (the model hands out no attention).
        layers, heads: L and H of its read weights.
        reason: why it is not ``rows``, as the end of a sentence; empty for ``rows``.
    """

    name: str
    layers: int
    heads: int
    reason: str = ""


def probe_capture(model: PreTrainedModel) -> CaptureKind:
    """Runs a few tokens through the model, with row capture and with eager attention, and compares.

    The model is left as it was.
    """
    configs = attention_configs(model)
    vocabulary = model.get_input_embeddings().weight.shape[0]
    ids = (torch.arange(_PROBE_TOKENS, device=model.device) * 7 + 3).remainder(vocabulary).unsqueeze(0)  # [1, T]
    with torch.inference_mode():
        oracle = _eager_rows(model, configs, ids)
        captured, reason = _captured_rows(model, configs, ids)
    if captured is not None and (oracle is None or _same(captured, oracle, model.dtype)):
        return CaptureKind("rows", captured.shape[0], captured.shape[2])
    if oracle is None:
        return CaptureKind("none", 0, 0, "it hands out no attention")
    if captured is not None:
        reason = "its attention follows another formula than the captured rows"
    return CaptureKind("eager", oracle.shape[0], oracle.shape[2], reason)


def _captured_rows(
    model: PreTrainedModel, configs: Sequence[PreTrainedConfig], ids: Tensor
) -> tuple[Tensor | None, str]:
    """Last rows [L, 1, H, T] by row capture, or None and the reason."""
    tokens = ids.shape[1]
    recording = Recording(torch.ones(tokens, 1, device=ids.device), tokens, keep_rows=True)
    try:
        with capture_rows(configs, recording):
            model(input_ids=ids, attention_mask=torch.ones_like(ids), use_cache=False)
    except CaptureUnsupported as finding:
        return None, f"it uses {finding}"
    except _REFUSALS:
        return None, "it does not run with a registered attention function"
    if recording.layers == 0:
        return None, "its layers don't call a registered attention function"
    return recording.rows(), ""


def _eager_rows(model: PreTrainedModel, configs: Sequence[PreTrainedConfig], ids: Tensor) -> Tensor | None:
    """Last rows [L, 1, H, T] by the architecture's eager attention, or None where it hands out none."""
    tokens = ids.shape[1]
    recording = Recording(torch.ones(tokens, 1, device=ids.device), tokens, keep_rows=True)
    try:
        with eager_attention(model, configs):
            outputs = model(input_ids=ids, attention_mask=torch.ones_like(ids), use_cache=False, output_attentions=True)
    except _REFUSALS:
        return None
    record_attentions(recording, outputs)
    return recording.rows() if recording.layers else None


def record_attentions(recording: Recording, outputs: Any) -> None:
    """Records the last query row of every layer that handed out its attention [B, H, Q, T]."""
    for attention in getattr(outputs, "attentions", None) or ():
        if isinstance(attention, Tensor) and attention.ndim == 4:
            recording.add_row(attention[:, :, -1].float())


def _same(captured: Tensor, oracle: Tensor, dtype: torch.dtype) -> bool:
    """Whether both are the same attention up to rounding.

    In half precision the two ways of computing an output differ enough that deeper layers see other inputs; so there
    only the first layer is compared number by number, and all of them on average.
    """
    if captured.shape != oracle.shape:
        return False
    difference = (captured - oracle).abs().nan_to_num(0.0)  # broken weights are told by the first run
    if dtype in (torch.float32, torch.float64):
        return bool(difference.max() < 1e-3)
    return bool(difference[0].max() < 3e-2 and difference.mean() < 3e-2)


@contextmanager
def eager_attention(model: PreTrainedModel, configs: Sequence[PreTrainedConfig]) -> Iterator[None]:
    """While open, the model attends eagerly and ``output_attentions=True`` works.

    transformers installs forward hooks the first time that attentions are asked for and leaves them; here they are
    taken out again, so that the model is as it was.
    """
    hooks = [(module, set(module._forward_hooks)) for module in model.modules()]
    marked = {id(module) for module, _ in hooks if hasattr(module, "_output_capturing_hooks_installed")}
    try:
        with attention_implementation(configs, "eager"):
            yield
    finally:
        for module, before in hooks:
            for key in set(module._forward_hooks) - before:
                del module._forward_hooks[key]
            if id(module) not in marked and hasattr(module, "_output_capturing_hooks_installed"):
                delattr(module, "_output_capturing_hooks_installed")
