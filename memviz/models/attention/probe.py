"""Which kind of attention capture a model allows, found out by a forward pass of a few tokens.

Some architectures never call a registered attention function and would capture nothing, silently (BLOOM, Falcon); some
compute another formula than SDPA (Gemma 2). So row capture is used only where its rows equal those of the
architecture's own eager attention on the probe.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedConfig, PreTrainedModel

from memviz.models.attention.capture import (
    CaptureUnsupported,
    Recording,
    attention_configs,
    attention_implementation,
    capture_rows,
)
from memviz.models.machine_limits import limits_known

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


@dataclass(frozen=True, slots=True)
class Seq2SeqCapture:
    """How the two attentions of an encoder-decoder model are captured that memviz shows.

    Attributes:
        cross: of the decoder over the source.
        encoder: of the encoder within the source.
        cross_modules: ids of the modules that attend over the source.
    """

    cross: CaptureKind
    encoder: CaptureKind
    cross_modules: frozenset[int]


def probe_capture(model: PreTrainedModel) -> CaptureKind:
    """Runs a few tokens through a causal model or an encoder, with row capture and with eager attention, and compares.

    The model is left as it was.

    Raises:
        KnownError: out of memory, or a device that cannot compute in the model’s dtype.
    """
    ids = _probe_ids(model)
    options: dict[str, Any] = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    if "use_cache" in inspect.signature(model.forward).parameters:
        options["use_cache"] = False
    return _probed(model, partial(model, **options), "attentions")


def probe_seq2seq(model: PreTrainedModel) -> Seq2SeqCapture:
    """The same for an encoder-decoder model.

    Raises:
        KnownError: as :func:`probe_capture`.
    """
    ids = _probe_ids(model)
    source = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    told = ids[:, :3]  # the decoder's tokens
    only = cross_attention_modules(model)
    return Seq2SeqCapture(
        _probed(model, partial(model, **source, decoder_input_ids=told, use_cache=False), "cross_attentions", only),
        _probed(model, partial(model.get_encoder(), **source), "attentions"),
        only,
    )


def cross_attention_modules(model: PreTrainedModel) -> frozenset[int]:
    """Ids of the modules by which a decoder attends over the source; architectures agree on how to name them."""
    return frozenset(
        id(module)
        for name, module in model.named_modules()
        if name.rpartition(".")[2] in ("encoder_attn", "EncDecAttention", "crossattention", "cross_attn")
    )


def _probe_ids(model: PreTrainedModel) -> Tensor:
    """Token ids [1, T]."""
    vocabulary = model.get_input_embeddings().weight.shape[0]
    return (torch.arange(_PROBE_TOKENS, device=model.device) * 7 + 3).remainder(vocabulary).unsqueeze(0)


def _probed(
    model: PreTrainedModel, forward: Callable[..., Any], attentions: str, only: frozenset[int] | None = None
) -> CaptureKind:
    configs = attention_configs(model)
    with torch.inference_mode():
        oracle = _eager_rows(model, configs, forward, attentions)
        captured, reason = _captured_rows(configs, forward, only)
        if captured is None and oracle is None:
            with suppress(*_REFUSALS), limits_known():  # the refusals may have been the machine's, not the model's
                forward()
    if captured is not None and (oracle is None or _same(captured, oracle, model.dtype)):
        return CaptureKind("rows", captured.shape[0], captured.shape[2])
    if oracle is None:
        return CaptureKind("none", 0, 0, "it hands out no attention")
    if captured is not None:
        reason = "its attention follows another formula than the captured rows"
    return CaptureKind("eager", oracle.shape[0], oracle.shape[2], reason)


def _captured_rows(
    configs: Sequence[PreTrainedConfig], forward: Callable[..., Any], only: frozenset[int] | None
) -> tuple[Tensor | None, str]:
    """Last rows [L, 1, H, T] by row capture, or None and the reason."""
    recording = Recording(None, _PROBE_TOKENS, only=only)
    try:
        with capture_rows(configs, recording):
            forward()
    except CaptureUnsupported as finding:
        return None, f"it uses {finding}"
    except _REFUSALS:
        return None, "it does not run with a registered attention function"
    if recording.layers == 0:
        return None, "its layers don't call a registered attention function"
    return recording.weights(), ""


def _eager_rows(
    model: PreTrainedModel, configs: Sequence[PreTrainedConfig], forward: Callable[..., Any], attentions: str
) -> Tensor | None:
    """Last rows [L, 1, H, T] by the architecture's eager attention, or None where it hands out none."""
    recording = Recording(None, _PROBE_TOKENS)
    try:
        with eager_attention(model, configs):
            outputs = forward(output_attentions=True)
    except _REFUSALS:
        return None
    record_attentions(recording, outputs, attentions)
    return recording.weights() if recording.layers else None


def record_attentions(recording: Recording, outputs: Any, attentions: str = "attentions") -> None:
    """Records the last query row of every layer that handed out its attention [B, H, Q, T]."""
    for attention in handed_out(outputs, attentions):
        recording.add_row(attention[:, :, -1].float())


def handed_out(outputs: Any, attentions: str = "attentions") -> list[Tensor]:
    """The attention [B, H, Q, T] of every layer that handed it out."""
    given = getattr(outputs, attentions, None) or ()
    return [attention for attention in given if isinstance(attention, Tensor) and attention.ndim == 4]


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
    """While open, the model attends eagerly and ``output_attentions=True`` works; nothing is left behind."""
    with without_hooks_left(model), attention_implementation(configs, "eager"):
        yield


@contextmanager
def without_hooks_left(model: PreTrainedModel) -> Iterator[None]:
    """Takes out again what transformers leaves in a model.

    It installs forward hooks the first time that attentions or hidden states are asked for.
    """
    hooks = [(module, set(module._forward_hooks)) for module in model.modules()]
    marked = {id(module) for module, _ in hooks if hasattr(module, "_output_capturing_hooks_installed")}
    try:
        yield
    finally:
        for module, before in hooks:
            for key in set(module._forward_hooks) - before:
                del module._forward_hooks[key]
            if id(module) not in marked and hasattr(module, "_output_capturing_hooks_installed"):
                delattr(module, "_output_capturing_hooks_installed")
