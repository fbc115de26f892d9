"""Opening what a training saved, to measure it."""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_model
from transformers import PreTrainedTokenizerFast, T5Config, T5ForConditionalGeneration

from memviz.core.errors import KnownError
from memviz.models.folders.model_folder import check_model_folder, kind_of

KIND = "seq2seq-lm"


def load_number_words(folder: Path) -> tuple[T5ForConditionalGeneration, PreTrainedTokenizerFast]:
    """Model (float32, on the CPU) and tokenizer. Prints nothing, unlike ``from_pretrained`` of a model.

    Raises:
        KnownError: files are missing or damaged, or are of another model.
    """
    if folder.is_dir() and kind_of(folder) != KIND:
        raise _other(folder)
    if check_model_folder(folder).config.get("model_type") != "t5":
        raise _other(folder)
    try:
        model = T5ForConditionalGeneration(T5Config.from_pretrained(folder, local_files_only=True))
        load_model(model, folder / "model.safetensors", strict=True)
        tokenizer = PreTrainedTokenizerFast.from_pretrained(folder, local_files_only=True)
    except (RuntimeError, TypeError, ValueError, KeyError, OSError, SafetensorError) as error:
        raise KnownError(
            f"The model in “{folder}” cannot be opened; choose another folder, or train it again."
        ) from error
    return model.eval(), tokenizer


def _other(folder: Path) -> KnownError:
    return KnownError(f"“{folder}” holds no model of “memviz train seq2seq”; choose a folder that it wrote.")
