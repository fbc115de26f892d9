"""The kinds of model by their names, and which of them a folder in Hugging Face format is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from memviz.models.folders.model_folder import TRANSFORMERS

#: kind in ``registry.MODELS`` -> words for people
KIND_WORDS: Mapping[str, str] = {
    "causal-lm": "causal language model",
    "seq2seq-lm": "encoder-decoder model",
    "encoder": "encoder",
    "kv-memnn": "key-value memory network",
    "kv-ngram": "key-value memory over n-grams, without training",
    "memn2n": "end-to-end memory network",
    "dnc": "differentiable neural computer",
    "story-dnc": "differentiable neural computer over stories",
    "recurrent": "recurrent network",
}


def kind_words(kind: str) -> str:
    return KIND_WORDS.get(kind, kind.replace("-", " "))


def is_transformer(kind: str) -> bool:
    """Whether models of this kind are in Hugging Face format, and so may lie on any device in any dtype."""
    return kind in TRANSFORMERS


def transformer_kind(config: Mapping[str, Any], name: str) -> str:
    """The kind of a model in Hugging Face format. Imports transformers: seconds, the first time.

    Args:
        config: its ``config.json``, or at least ``architectures`` and ``model_type`` of it.
        name: of the model, for messages.

    Raises:
        KnownError: it is none that memviz opens; the sentence says what it is.
    """
    from memviz.models.folders.architecture import check_architecture

    return check_architecture(config, name).kind
