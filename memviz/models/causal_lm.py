"""Loads a causal language model in the Hugging Face format: safetensors only, no code from the model's folder.

This file is light: torch and transformers are imported by :func:`load_causal_lm`, piece by piece, so that a window can
show what is going on. Everything that can be known about a folder is checked before the weights are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from memviz.core.errors import KnownError
from memviz.core.protocols import NO_RECALL, Progress, RecallNeed, no_progress
from memviz.models.architecture import check_causal_lm
from memviz.models.model_folder import ModelFolder, check_model_folder
from memviz.models.model_hub import local_folder
from memviz.models.model_memory import check_memory, free_memory

if TYPE_CHECKING:
    from memviz.models.causal_model import CausalLanguageModel

_DTYPES = {"float32": 4, "bfloat16": 2, "float16": 2}
_STEPS = 6


def load_causal_lm(
    name_or_path: str,
    *,
    device: str = "cpu",
    dtype: str = "auto",
    progress: Progress = no_progress,
) -> CausalLanguageModel:
    """Loads a model from a folder, the local Hugging Face cache, or the hub.

    Args:
        name_or_path: a folder or a name on the hub.
        device: ``cpu``, ``cuda``, ``cuda:1``, ``mps``.
        dtype: ``auto``, ``float32``, ``bfloat16`` or ``float16``. ``auto`` on the CPU is float32 where it takes at most
            half of the free memory, since CPUs are slow or incomplete in half precision; else as stored.
        progress: called between the parts of the work.

    Raises:
        KnownError: anything about the name, the folder, the device or the memory that the user can mend.
        Cancelled: from ``progress``.
    """
    if dtype != "auto" and dtype not in _DTYPES:
        raise KnownError(f"“{dtype}” is no dtype to load a model in; use auto, {', '.join(_DTYPES)}.")
    folder = check_model_folder(local_folder(name_or_path, progress))
    progress(0, _STEPS, "Importing PyTorch")
    import torch

    _check_device(device)
    progress(1, _STEPS, "Importing transformers")
    import transformers

    check_causal_lm(folder.config, folder.name)
    chosen = _dtype(folder, dtype, device)
    _check_memory(folder, chosen, device)
    progress(2, _STEPS, "Importing the model classes")
    from memviz.models.causal_model import CausalLanguageModel
    from memviz.models.prompt_template import DEFAULT_TEMPLATE, PromptTemplate

    with _quiet_transformers():
        progress(3, _STEPS, "Loading the tokenizer")
        tokenizer = _load_tokenizer(transformers, folder)
        progress(4, _STEPS, f"Loading the weights of {folder.name}")
        model = _load_weights(transformers, folder, getattr(torch, chosen) if chosen else "auto").to(device)
        progress(5, _STEPS, "Looking at how it attends")
        options = folder.options
        template = None
        if "template" in options or "entry" in options:
            template = PromptTemplate(options.get("template", DEFAULT_TEMPLATE), options.get("entry", "- {text}"))
        loaded = CausalLanguageModel(
            model,
            tokenizer,
            name=folder.name,
            template=template,
            stop=options.get("stop", ()),
            recall=RecallNeed(NO_RECALL) if options.get("recall") == NO_RECALL else None,
        )
    progress(_STEPS, _STEPS, f"{folder.name} is ready")
    return loaded


def _check_device(device: str) -> None:
    import torch

    try:
        kind = torch.device(device).type
    except RuntimeError as error:
        raise KnownError(f"“{device}” is no device; use cpu, cuda or mps.") from error
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not there.get(kind, False):
        raise KnownError(f"This machine has no device “{device}” that PyTorch can use; use cpu.")


def _dtype(folder: ModelFolder, dtype: str, device: str) -> str:
    """Name of the torch type to load in; empty: as stored."""
    if dtype != "auto":
        return dtype
    if device == "cpu" and folder.bytes_as(_DTYPES["float32"]) * 2 <= free_memory():
        return "float32"
    return ""


def _check_memory(folder: ModelFolder, dtype: str, device: str) -> None:
    import torch

    needed = folder.bytes_as(_DTYPES.get(dtype))
    check_memory(folder.name, needed)
    if device.startswith("cuda"):
        check_memory(folder.name, needed, free=torch.cuda.mem_get_info(device)[0], where=f"{device} memory")


def _load_tokenizer(transformers: Any, folder: ModelFolder) -> Any:
    try:
        return transformers.AutoTokenizer.from_pretrained(
            folder.path, local_files_only=True, trust_remote_code=False, clean_up_tokenization_spaces=False
        )
    except Exception as error:  # the tokenizers library raises plain Exception for a broken file
        raise KnownError(
            f"The tokenizer of “{folder.name}” cannot be loaded ({_first_line(error)}); download the model again."
        ) from error


def _load_weights(transformers: Any, folder: ModelFolder, dtype: Any) -> Any:
    try:
        model, info = transformers.AutoModelForCausalLM.from_pretrained(
            folder.path,
            dtype=dtype,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            output_loading_info=True,
        )
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, AttributeError, ImportError) as error:
        raise KnownError(
            f"The weights of “{folder.name}” cannot be loaded ({_first_line(error)}); download the model again or"
            " choose another one."
        ) from error
    missing = sorted(info["missing_keys"])
    if missing:
        first = missing[0] + (" …" if len(missing) > 1 else "")
        raise KnownError(
            f"“{folder.name}” lacks {len(missing)} of its weights ({first}), so it would answer at random; download the"
            " model again or choose another one."
        )
    return model


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__


@contextmanager
def _quiet_transformers() -> Iterator[None]:
    """No progress bars and no log lines of transformers on the user's terminal; what matters is an error here."""
    from transformers.utils import logging

    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()
