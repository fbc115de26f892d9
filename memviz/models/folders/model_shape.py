"""The sizes of a transformer, from its ``config.json``: every architecture has names of its own for the same thing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_LAYERS = ("num_hidden_layers", "n_layer", "n_layers", "num_layers", "decoder_layers")
_HEADS = ("num_attention_heads", "n_head", "n_heads", "num_heads", "decoder_attention_heads")
_WIDTH = ("hidden_size", "d_model", "n_embd", "dim")
_VOCABULARY = ("vocab_size",)
_CONTEXT = ("max_position_embeddings", "n_positions", "n_ctx", "max_seq_len", "seq_length", "max_sequence_length")
#: Where the configuration of a model of several parts has the one that reads text.
_TEXT_PARTS = ("text_config", "language_config", "llm_config", "decoder")


@dataclass(frozen=True, slots=True)
class ModelShape:
    """None: the configuration does not say.

    Attributes:
        architecture: the class that it names, or its model type; empty where there is neither.
        encoder_layers: of a model that has an encoder beside the ``layers`` of its decoder.
        context: the longest input in tokens.
    """

    architecture: str = ""
    layers: int | None = None
    encoder_layers: int | None = None
    heads: int | None = None
    width: int | None = None
    vocabulary: int | None = None
    context: int | None = None


def model_shape(config: Mapping[str, Any]) -> ModelShape:
    """Reads what is there; nothing is guessed."""
    named = config.get("architectures")
    first = named[0] if isinstance(named, list) and named else config.get("model_type", "")
    parts = [config, *(part for name in _TEXT_PARTS if isinstance(part := config.get(name), Mapping))]

    def number(names: tuple[str, ...]) -> int | None:
        found = (part[name] for part in parts for name in names if name in part)
        return next((value for value in found if isinstance(value, int) and value > 0), None)

    layers = number(("num_decoder_layers", *_LAYERS))
    encoder = number(("encoder_layers", "num_layers")) if config.get("is_encoder_decoder") else None
    return ModelShape(
        str(first), layers, encoder, number(_HEADS), number(_WIDTH), number(_VOCABULARY), number(_CONTEXT)
    )
