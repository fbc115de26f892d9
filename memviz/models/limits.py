"""What a model's configuration and its tokenizer say of lengths and ends."""

from __future__ import annotations

from typing import Any

from transformers import PreTrainedModel

from memviz.core.errors import KnownError
from memviz.core.sizes import size_words
from memviz.models.folders.model_memory import free_memory

#: Name of the table from which T5 and its like take the biases.
_POSITION_BIAS = "relative_attention_bias"
#: Bytes for each two tokens that finding their place in that table takes at its peak, as measured.
_BUCKETS = 48


def context_length(model: PreTrainedModel, tokenizer: Any) -> int | None:
    """Tokens that the model can read; None where its configuration sets no limit."""
    config = model.config.get_text_config(decoder=True)
    for name in ("max_position_embeddings", "n_positions", "max_seq_len", "seq_length", "n_ctx"):
        value = getattr(config, name, None)
        if isinstance(value, int) and value > 0:
            return value
    length = getattr(tokenizer, "model_max_length", None)
    return length if isinstance(length, int) and 0 < length < 10**9 else None


def check_bias_memory(model: PreTrainedModel, tokens: int, name: str) -> None:
    """Refuses a text whose table of position biases does not fit the memory.

    T5 and its like set no limit to a text, and add a number for each head and each two tokens of it to their attention
    (Raffel et al. 2020, section 2.1): at 25,000 tokens and 8 heads that takes 40 GB.

    Args:
        tokens: of the text.
        name: of the model, for the message.

    Raises:
        KnownError: with the figures.
    """
    encoder = model.get_encoder()
    heads = max(
        (module.weight.shape[1] for part, module in encoder.named_modules() if part.endswith(_POSITION_BIAS)), default=0
    )
    needed = max(8 * heads, _BUCKETS) * tokens**2 if heads else 0  # the sum with the mask is a table, too
    if needed > (free := free_memory()):
        raise KnownError(
            f"A text of {tokens:,} tokens takes “{name}” about {size_words(needed)} of memory, but {size_words(free)}"
            " are free; shorten it."
        )


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
