"""Encoders with a head for labels: a new small one, one made of a base model, or one that was trained."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
import transformers
from torch import nn

from memviz.core.errors import KnownError
from memviz.models.classifier.recipe import ClassifierRecipe
from memviz.models.classifier.word_pieces import word_pieces
from memviz.models.folders.architecture import check_architecture
from memviz.models.folders.model_folder import ENCODER, TRANSFORMERS, ModelFolder, check_model_folder, kind_of
from memviz.models.folders.model_memory import check_memory
from memviz.models.transformer import check_config, load_tokenizer, quiet_transformers, unloadable

#: Kind of what is saved, in its ``memviz.json``.
KIND = ENCODER
_HEAD = "ForSequenceClassification"
#: Tokenizers without a limit say a very large number.
_NO_LIMIT = 10**9
#: While it learns there are weights, gradients, two moments of AdamW, and the best weights so far.
_COPIES = 5


@dataclass(frozen=True, slots=True)
class Encoder:
    """A model with a head for labels, in float32 on the CPU.

    Attributes:
        model: a ``*ForSequenceClassification`` of transformers.
        tokenizer: its own, with a pad token.
        name: of the base model, or empty for a new one.
        longest: tokens that it can read.
    """

    model: Any
    tokenizer: Any
    name: str
    longest: int

    @property
    def labels(self) -> tuple[str, ...]:
        """By their number."""
        names = {int(number): str(name) for number, name in self.model.config.id2label.items()}
        return tuple(names[number] for number in sorted(names))

    def parameters(self) -> int:
        return sum(parameter.numel() for parameter in self.model.parameters())

    def save(self, folder: Path) -> None:
        """Model and tokenizer in Hugging Face format, and ``memviz.json``."""
        with quiet_transformers():
            self.model.save_pretrained(folder)
            self.tokenizer.save_pretrained(folder)
        (folder / "memviz.json").write_text(json.dumps({"kind": KIND}, indent=2) + "\n", encoding="utf-8")


def new_encoder(texts: Iterable[str], labels: Sequence[str], recipe: ClassifierRecipe) -> Encoder:
    """A small BERT (Devlin et al. 2019) with random weights, and word pieces learned from ``texts``."""
    tokenizer = word_pieces(texts, recipe.vocabulary, recipe.length)
    torch.manual_seed(recipe.seed)
    config = transformers.BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=recipe.width,
        num_hidden_layers=recipe.layers,
        num_attention_heads=recipe.heads,
        intermediate_size=recipe.feed_forward,
        max_position_embeddings=recipe.length,
        pad_token_id=tokenizer.pad_token_id,
        **_label_settings(labels),
    )
    return Encoder(transformers.BertForSequenceClassification(config), tokenizer, "", recipe.length)


def encoder_of(folder: Path, labels: Sequence[str], seed: int, *, name: str = "") -> Encoder:
    """The model in ``folder`` with a new head; half-precision weights become float32.

    ``name`` is what it is called; empty for the folder's.

    Raises:
        KnownError: it is no encoder, its tokenizer has no pad token, or files or memory are missing.
    """
    checked = _checked(folder)
    check_memory(checked.name, _COPIES * checked.bytes_as(4))
    torch.manual_seed(seed)  # of the head's weights
    loaded = _loaded(checked, **_label_settings(labels), ignore_mismatched_sizes=True)
    return replace(loaded, name=name or loaded.name)


def trained_classifier(folder: Path) -> Encoder:
    """What :meth:`Encoder.save` wrote, or another classifier in Hugging Face format.

    Raises:
        KnownError: there is none, or it gives several labels at once.
    """
    checked = _checked(folder)
    named = [str(name) for name in checked.config.get("architectures") or []]
    if not any(name.endswith(_HEAD) for name in named):
        words = named[0] if named else "no architecture"
        raise KnownError(
            f"“{checked.name}” is no classifier ({words}); make one of it with “memviz train classifier --model”."
        )
    check_memory(checked.name, checked.bytes_as(4))
    encoder = _loaded(checked)
    if len(encoder.labels) < 2 or encoder.model.config.problem_type not in (None, "single_label_classification"):
        raise KnownError(f"“{checked.name}” does not choose one of several labels; choose a classifier that does.")
    encoder.model.eval()
    return encoder


def _label_settings(labels: Sequence[str]) -> dict[str, Any]:
    return {
        "num_labels": len(labels),
        "id2label": dict(enumerate(labels)),
        "label2id": {label: number for number, label in enumerate(labels)},
        "problem_type": "single_label_classification",
    }


def _checked(folder: Path) -> ModelFolder:
    kind = kind_of(folder)
    if kind not in TRANSFORMERS:
        raise KnownError(f"“{folder.name}” is a memory network ({kind}), no encoder; choose a model like BERT.")
    checked = check_model_folder(folder)
    named = checked.config.get("architectures") or [checked.config.get("model_type")]
    if check_architecture(checked.config, checked.name).kind != ENCODER:
        raise KnownError(
            f"“{checked.name}” is no encoder ({named[0]}); choose a model like BERT, RoBERTa or ModernBERT."
        )
    return checked


def _loaded(folder: ModelFolder, **settings: Any) -> Encoder:
    with quiet_transformers():
        check_config(transformers, folder)
        tokenizer = load_tokenizer(transformers, folder)
        if tokenizer.pad_token_id is None:
            raise KnownError(
                f"The tokenizer of “{folder.name}” has no pad token, which batches of texts need; name one as pad_token"
                " in its tokenizer_config.json, or choose another encoder."
            )
        model = _weights(folder, settings)
    known = model.get_input_embeddings().num_embeddings
    if len(tokenizer) > known:
        raise KnownError(
            f"The tokenizer of “{folder.name}” has {len(tokenizer):,} tokens, and the model knows {known:,}; copy the"
            " tokenizer that belongs to it into the folder."
        )
    return Encoder(model, tokenizer, folder.name, _longest(model, tokenizer))


def _weights(folder: ModelFolder, settings: dict[str, Any]) -> Any:
    try:
        model, info = transformers.AutoModelForSequenceClassification.from_pretrained(
            folder.path,
            dtype=torch.float32,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            output_loading_info=True,
            **settings,
        )
    except Exception as error:  # safetensors has an error of its own, and so has every architecture
        raise unloadable(folder, error) from error
    # The head is new where labels are given; and a pooler is new in models that were trained without one.
    body = model.base_model_prefix + "."
    missing = {str(name) for name in info["missing_keys"]} | {str(key[0]) for key in info["mismatched_keys"]}
    if settings:
        missing = {name for name in missing if name.startswith(body) and ".pooler." not in name}
    if missing:
        raise KnownError(
            f"“{folder.name}” lacks {len(missing)} of its weights ({min(missing)}), so it would answer at random;"
            " download the model again or choose another one."
        )
    return model


def _longest(model: Any, tokenizer: Any) -> int:
    """Tokens, special ones included, that have a position; RoBERTa's positions begin behind its padding's."""
    limits = [int(tokenizer.model_max_length), int(getattr(model.config, "max_position_embeddings", 0) or 0)]
    for name, part in model.named_modules():
        if isinstance(part, nn.Embedding) and name.endswith("position_embeddings"):
            limits.append(part.num_embeddings - (0 if part.padding_idx is None else part.padding_idx + 1))
    return min(limit for limit in [*limits, _NO_LIMIT] if limit > 0)
