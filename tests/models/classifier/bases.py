"""Tiny encoders to fine-tune, and texts that are easily told apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import transformers

from memviz.models.classifier.data import Example
from tests.models.tiny import VOCABULARY, tiny_tokenizer

SIZES: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "max_position_embeddings": 40,
    "pad_token_id": 0,
}


def save_base(
    folder: Path, name: str = "Bert", *, head: str = "Model", dtype: torch.dtype = torch.float32, **changes: Any
) -> Path:
    """A random model of transformers with a tokenizer; ``name`` and ``head`` are parts of its class."""
    torch.manual_seed(0)
    config = getattr(transformers, f"{name}Config")(**(SIZES | changes))
    getattr(transformers, name + head)(config).to(dtype).save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    return folder


def films(count: int) -> list[Example]:
    """Labels that follow from one word."""
    words = {"praise": ("great", "lovely", "superb"), "blame": ("awful", "dull", "weak")}
    return [
        Example(f"film {number} was {words[label][number % 3]}", label, number + 2)
        for number in range(count)
        for label in words
    ]
