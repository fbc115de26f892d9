"""Loads a transformer in the Hugging Face format: safetensors only, no code from the model's folder.

This file is light: torch and transformers are imported by :func:`load_transformer`, piece by piece, so that a window
can show what is going on. Everything that can be known about a folder is checked before the weights are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from memviz.core.errors import KnownError
from memviz.core.progress import Progress, no_progress
from memviz.core.protocols import MemoryModel
from memviz.models.folders.architecture import Architecture, check_architecture
from memviz.models.folders.model_folder import CAUSAL_LM, SEQ2SEQ_LM, ModelFolder, check_model_folder
from memviz.models.folders.model_hub import local_folder
from memviz.models.folders.model_memory import check_memory, free_memory

_DTYPES = {"float32": 4, "bfloat16": 2, "float16": 2}
_STEPS = 6

#: Characters of another library's message that are shown.
_MOST_WORDS = 200


def load_transformer(
    name_or_path: str,
    *,
    device: str = "cpu",
    dtype: str = "auto",
    progress: Progress = no_progress,
) -> MemoryModel:
    """Loads a model from a folder, the local Hugging Face cache, or the hub.

    What it becomes follows from its architecture: a ``CausalLanguageModel``, a ``Seq2SeqModel`` or an ``EncoderModel``.

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
    return load_with(_maker, name_or_path, device=device, dtype=dtype, progress=progress)


Made = TypeVar("Made")
#: Makes what is wanted of a loaded model, its tokenizer, its folder and its architecture.
Maker = Callable[[Any, Any, ModelFolder, Architecture], Made]


def load_with(
    choose: Callable[[Architecture, str], Maker[Made]],
    name_or_path: str,
    *,
    device: str = "cpu",
    dtype: str = "auto",
    progress: Progress = no_progress,
) -> Made:
    """Loads what :func:`load_transformer` describes, and makes something of it.

    Args:
        choose: says what, given the architecture and the model's name, before the weights are read; may refuse.

    Raises:
        KnownError: as there, and from ``choose``.
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

    architecture = check_architecture(folder.config, folder.name)
    chosen = _dtype(folder, dtype, device)
    _check_memory(folder, chosen, device)
    progress(2, _STEPS, "Importing the model classes")
    make = choose(architecture, folder.name)
    with quiet_transformers():
        check_config(transformers, folder)
        progress(3, _STEPS, "Loading the tokenizer")
        tokenizer = load_tokenizer(transformers, folder)
        progress(4, _STEPS, f"Loading the weights of {folder.name}")
        loader = getattr(transformers, architecture.loader)
        model = _load_weights(loader, folder, getattr(torch, chosen) if chosen else "auto").to(device)
        progress(5, _STEPS, "Looking at how it attends")
        loaded = make(model, tokenizer, folder, architecture)
    progress(_STEPS, _STEPS, f"{folder.name} is ready")
    return loaded


def _maker(architecture: Architecture, name: str) -> Maker[MemoryModel]:
    del name  # every kind is welcome
    if architecture.kind == CAUSAL_LM:
        from memviz.models.causal.model import causal_model_of

        return causal_model_of
    if architecture.kind == SEQ2SEQ_LM:
        from memviz.models.seq2seq.model import seq2seq_model_of

        return seq2seq_model_of
    from memviz.models.encoder.model import encoder_model_of

    return encoder_model_of


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


def check_config(transformers: Any, folder: ModelFolder) -> None:
    """Whether transformers can make something of the folder's ``config.json``.

    Raises:
        KnownError: a value in it is wrong.
    """
    try:
        config = transformers.AutoConfig.from_pretrained(folder.path, local_files_only=True, trust_remote_code=False)
        layers = getattr(config, "num_hidden_layers", 1)
        if isinstance(layers, int) and layers < 1:  # transformers itself lets it pass
            raise ValueError(f"num_hidden_layers is {layers}")
    except Exception as error:  # each class of configuration checks its values in its own way
        raise KnownError(
            f"The config.json of “{folder.name}” cannot be used ({one_line(error)}); correct it or download the model"
            " again."
        ) from error


def load_tokenizer(transformers: Any, folder: ModelFolder) -> Any:
    """The tokenizer of a folder; code from the folder is not run.

    Raises:
        KnownError: its files are broken.
    """
    try:
        return transformers.AutoTokenizer.from_pretrained(
            folder.path, local_files_only=True, trust_remote_code=False, clean_up_tokenization_spaces=False
        )
    except Exception as error:  # the tokenizers library raises plain Exception for a broken file
        if "trust_remote_code" in str(error):
            raise KnownError(
                f"The tokenizer of “{folder.name}” needs program code of its own, which memviz does not run; choose a"
                f" model whose tokenizer transformers {transformers.__version__} knows."
            ) from error
        raise KnownError(
            f"The tokenizer of “{folder.name}” cannot be loaded ({one_line(error)}); download the model again."
        ) from error


def _load_weights(loader: Any, folder: ModelFolder, dtype: Any) -> Any:
    try:
        model, info = loader.from_pretrained(
            folder.path,
            dtype=dtype,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            ignore_mismatched_sizes=True,  # they are told below, in a sentence
            output_loading_info=True,
        )
    except Exception as error:  # safetensors has an error of its own, and so has every architecture
        raise unloadable(folder, error) from error
    if other := sorted(info["mismatched_keys"]):
        name, stored, expected = other[0]
        raise KnownError(
            f"The weights of “{folder.name}” cannot be loaded, because {len(other)} of them have other sizes than its"
            f" config.json says ({name}: {_sizes(stored)} instead of {_sizes(expected)}); download the model again or"
            " choose another one."
        )
    # Heads that are left out leave a pooler without weights, of which nothing is shown.
    missing = sorted(
        key for key in info["missing_keys"] if loader.__name__ != "AutoModel" or ".pooler." not in f".{key}"
    )
    if missing:
        first = missing[0] + (" …" if len(missing) > 1 else "")
        raise KnownError(
            f"“{folder.name}” lacks {len(missing)} of its weights ({first}), so it would answer at random; download the"
            " model again or choose another one."
        )
    return model


def unloadable(folder: ModelFolder, error: Exception) -> KnownError:
    """What is said of weights that another library could not load."""
    from memviz.models.memory_limit import is_out_of_memory

    if is_out_of_memory(error):
        return KnownError(
            f"The memory was used up while “{folder.name}” was loaded; close other programs, load it as bfloat16 or"
            " choose a smaller model."
        )
    return KnownError(
        f"The weights of “{folder.name}” cannot be loaded ({one_line(error)}); download the model again or choose"
        " another one."
    )


def _sizes(shape: Any) -> str:
    return " × ".join(f"{size:,}" for size in shape) or "one number"


def one_line(error: BaseException) -> str:
    """What an error of another library says, on one line and with its kind where it says only a name."""
    words = " ".join(str(error).split()).rstrip(".")
    if len(words) > _MOST_WORDS:
        words = words[: _MOST_WORDS - 1] + "…"
    return words if " " in words else f"{type(error).__name__} {words}".strip()


@contextmanager
def quiet_transformers() -> Iterator[None]:
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
