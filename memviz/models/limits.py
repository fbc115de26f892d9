"""What a model's configuration and its tokenizer say of lengths and ends."""

from __future__ import annotations

from typing import Any

from transformers import PreTrainedModel


def context_length(model: PreTrainedModel, tokenizer: Any) -> int | None:
    """Tokens that the model can read; None where its configuration sets no limit."""
    config = model.config.get_text_config(decoder=True)
    for name in ("max_position_embeddings", "n_positions", "max_seq_len", "seq_length", "n_ctx"):
        value = getattr(config, name, None)
        if isinstance(value, int) and value > 0:
            return value
    length = getattr(tokenizer, "model_max_length", None)
    return length if isinstance(length, int) and 0 < length < 10**9 else None


def end_token_ids(model: PreTrainedModel, tokenizer: Any) -> frozenset[int]:
    """Tokens that end an answer, as the model's generation configuration and its tokenizer name them."""
    found: set[int] = set()
    generation = getattr(model, "generation_config", None)
    config = model.config.get_text_config(decoder=True)
    for named in (generation, config, tokenizer):
        value = getattr(named, "eos_token_id", None)
        if isinstance(value, int):
            found.add(value)
        elif value is not None:
            found.update(value)
    return frozenset(found)
