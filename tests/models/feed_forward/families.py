"""Tiny random models of every family that is named, each with the names of its feed-forward parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import transformers
from torch import Tensor, nn
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM, PreTrainedModel

VOCABULARY = 97
_SIZES: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "max_position_embeddings": 64,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
_GROUPED = _SIZES | {"num_key_value_heads": 2}
_HEADS = _GROUPED | {"head_dim": 8}
_ENDS = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}
_GPT2 = {"vocab_size": VOCABULARY, "n_embd": 32, "n_layer": 3, "n_head": 4, "n_positions": 64, "n_inner": 48} | _ENDS
_OPT = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "ffn_dim": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "max_position_embeddings": 64,
} | _ENDS

#: name -> (config class, arguments)
DENSE: dict[str, tuple[str, dict[str, Any]]] = {
    "gpt2": ("GPT2Config", _GPT2),
    "gpt_neox": ("GPTNeoXConfig", _SIZES),
    "opt": ("OPTConfig", _OPT),
    "opt projected": ("OPTConfig", _OPT | {"word_embed_proj_dim": 16, "do_layer_norm_before": False}),
    "llama": ("LlamaConfig", _GROUPED),
    "mistral": ("MistralConfig", _GROUPED),
    "qwen2": ("Qwen2Config", _GROUPED),
    "qwen3": ("Qwen3Config", _HEADS),
    "gemma": ("GemmaConfig", _HEADS),
    "gemma2": ("Gemma2Config", _HEADS | {"final_logit_softcapping": 3.0}),
    "gemma3": ("Gemma3TextConfig", _HEADS),
    "phi": ("PhiConfig", _SIZES),
    "phi3": ("Phi3Config", _GROUPED),
    "olmo2": ("Olmo2Config", _GROUPED),
    "falcon": ("FalconConfig", _SIZES | {"ffn_hidden_size": 48}),
    "stablelm": ("StableLmConfig", _GROUPED),
    "smollm3": ("SmolLM3Config", _GROUPED),
    "granite": (
        "GraniteConfig",
        _GROUPED | {"residual_multiplier": 0.5, "logits_scaling": 4.0, "embedding_multiplier": 3.0},
    ),
}
EXPERTS: dict[str, tuple[str, dict[str, Any]]] = {
    "mixtral": ("MixtralConfig", _GROUPED | {"num_local_experts": 2}),
    "gpt_oss": ("GptOssConfig", _HEADS | {"num_local_experts": 2, "num_experts_per_tok": 1}),
}
OTHERS: dict[str, tuple[str, dict[str, Any]]] = {
    "mamba": ("MambaConfig", {"vocab_size": VOCABULARY, "hidden_size": 32, "num_hidden_layers": 2, "state_size": 4})
}
DECODERS: dict[str, tuple[str, dict[str, Any]]] = {
    "t5": (
        "T5Config",
        {"vocab_size": VOCABULARY, "d_model": 32, "d_kv": 8, "d_ff": 48, "num_layers": 3, "num_heads": 4},
    ),
    "bart": (
        "BartConfig",
        {
            "vocab_size": VOCABULARY,
            "d_model": 32,
            "encoder_layers": 2,
            "decoder_layers": 3,
            "encoder_attention_heads": 4,
            "decoder_attention_heads": 4,
            "encoder_ffn_dim": 40,
            "decoder_ffn_dim": 48,
        },
    ),
}

#: name -> F activations of a block's feed-forward layer from its input, by hand, from the weights alone
BY_HAND: dict[str, Callable[[nn.Module, Tensor], Tensor]] = {
    # GPT-2's Conv1D holds its weights transposed; its activation is the tanh form of GELU.
    "gpt2": lambda block, x: _gelu_tanh(x @ block.mlp.c_fc.weight + block.mlp.c_fc.bias),
    "gpt_neox": lambda block, x: nn.functional.gelu(_linear(block.mlp.dense_h_to_4h, x)),
    "opt": lambda block, x: _linear(block.fc1, x).clamp_min(0.0),
    "llama": lambda block, x: _gated(_linear(block.mlp.gate_proj, x).sigmoid(), block, x),
    "qwen2": lambda block, x: _gated(_linear(block.mlp.gate_proj, x).sigmoid(), block, x),
    "gemma2": lambda block, x: _gelu_tanh(_linear(block.mlp.gate_proj, x)) * _linear(block.mlp.up_proj, x),
    "phi": lambda block, x: _gelu_tanh(_linear(block.mlp.fc1, x)),
    "phi3": lambda block, x: _fused(block.mlp.gate_up_proj, x),
}
#: name -> the module of a block whose input the feed-forward layer reads
READS = {"opt": "fc1"}


def tiny(name: str, **changes: Any) -> PreTrainedModel:
    """A random model; weights are wide enough that layers and tokens differ clearly."""
    config_class, arguments = (DENSE | EXPERTS | OTHERS | DECODERS)[name]
    config = getattr(transformers, config_class)(**(arguments | changes))
    config.initializer_range = config.init_std = 0.2
    torch.manual_seed(0)
    auto = AutoModelForSeq2SeqLM if name in DECODERS else AutoModelForCausalLM
    model = auto.from_config(config).eval()
    for parameter in model.parameters():  # biases and norms count as well
        if parameter.ndim == 1:
            parameter.data.add_(0.1 * torch.randn_like(parameter))
    return model


def _linear(module: nn.Module, x: Tensor) -> Tensor:
    y = x @ module.weight.T
    return y if module.bias is None else y + module.bias


def _gelu_tanh(x: Tensor) -> Tensor:
    return 0.5 * x * (1.0 + torch.tanh((2.0 / torch.pi) ** 0.5 * (x + 0.044715 * x**3)))


def _gated(gate: Tensor, block: nn.Module, x: Tensor) -> Tensor:
    """SwiGLU: SiLU(g) = g * sigmoid(g), times up."""
    return _linear(block.mlp.gate_proj, x) * gate * _linear(block.mlp.up_proj, x)


def _fused(module: nn.Module, x: Tensor) -> Tensor:
    gate, up = _linear(module, x).chunk(2, -1)
    return gate * gate.sigmoid() * up
