"""What lies in a model folder, looked at before anything of it is loaded. Needs neither torch nor transformers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from memviz.core.errors import KnownError

#: Kind of every model in the Hugging Face format; which of the three kinds after it is said by its configuration.
TRANSFORMER = "transformer"
CAUSAL_LM, SEQ2SEQ_LM, ENCODER = "causal-lm", "seq2seq-lm", "encoder"
TRANSFORMERS = (TRANSFORMER, CAUSAL_LM, SEQ2SEQ_LM, ENCODER)

_SINGLE = "model.safetensors"
_INDEX = "model.safetensors.index.json"
_PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
_OTHER_FORMATS = {".gguf": "GGUF", ".h5": "TensorFlow", ".msgpack": "Flax", ".onnx": "ONNX"}
_UNFINISHED = (".incomplete", ".part", ".tmp", ".crdownload", ".download")
_TOKENIZER_FILES = ("tokenizer.json", "vocab.json", "vocab.txt", "tokenizer.model", "spiece.model", "tekken.json")
_TOKENIZER_SUFFIXES = (".model", ".tiktoken", ".spm", ".bpe")

#: Bytes of one number, by the names of the safetensors format.
_BYTES = {"F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2, "I16": 2, "U16": 2}
_LARGEST_HEADER = 100_000_000

#: What stands in the configurations of models that see or hear, and in no text model's.
_IMAGE_KEYS = {"vision_config", "image_size", "patch_size", "num_channels"}
_AUDIO_KEYS = {"audio_config", "num_mel_bins", "feat_extract_norm", "sampling_rate"}


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model folder whose files are all there.

    Attributes:
        path: the folder.
        config: its ``config.json``.
        numbers: how many numbers the weights hold, by safetensors type (``F32``, ``BF16`` …).
        options: its ``memviz.json``: ``template``, ``entry``, ``stop``, ``task``, ``recall`` (``none``: it is given no
            entries); empty where there is none.
    """

    path: Path
    config: Mapping[str, Any]
    numbers: Mapping[str, int]
    options: Mapping[str, Any]

    @property
    def name(self) -> str:
        return name_of(self.path)

    def bytes_as(self, float_bytes: int | None) -> int:
        """Bytes of the weights with ``float_bytes`` for each floating-point number; None: as they are stored."""
        return sum(
            count * (float_bytes if float_bytes is not None and "F" in dtype else _BYTES.get(dtype, 1))
            for dtype, count in self.numbers.items()
        )


def name_of(folder: Path) -> str:
    """The folder's name; for a hub model in the local cache, the hub's name."""
    snapshots = folder.parent
    if snapshots.name == "snapshots" and snapshots.parent.name.startswith("models--"):
        return snapshots.parent.name.removeprefix("models--").replace("--", "/")
    return folder.name


def kind_of(folder: Path) -> str:
    """The kind of model that the ``memviz.json`` of a folder names; a transformer needs none."""
    try:
        options = json.loads((folder / "memviz.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return TRANSFORMER
    return str(options.get("kind", TRANSFORMER)) if isinstance(options, dict) else TRANSFORMER


def sense_of(config: Mapping[str, Any]) -> str:
    """Whether a configuration is that of a model that sees or hears, as words: ``an image model``."""
    if _AUDIO_KEYS & config.keys():
        return "an audio model"
    return "an image model" if _IMAGE_KEYS & config.keys() else ""


def check_model_folder(path: Path) -> ModelFolder:
    """Looks at every file that loading would need.

    Raises:
        KnownError: something is missing, broken, half-downloaded or pickled; the sentence says what to do.
    """
    if not path.exists():
        raise KnownError(f"There is no model folder “{path}”; choose another folder or a name on the Hugging Face hub.")
    if not path.is_dir():
        raise KnownError(f"“{path}” is a file; choose the folder that holds config.json and the weights.")
    files = {file.name: file for file in path.iterdir() if file.is_file()}
    if not files:
        raise KnownError(f"The model folder “{path}” is empty; download the model again or choose another folder.")
    weights = _weight_files(path, files)
    numbers: Counter[str] = Counter()
    for file in weights:
        numbers.update(numbers_in(file))
    if "config.json" not in files:
        raise KnownError(f"“{path}” has no config.json, so it is no Hugging Face model folder; choose another one.")
    if not any(name in _TOKENIZER_FILES or name.endswith(_TOKENIZER_SUFFIXES) for name in files):
        if sense := sense_of(read_json(files["config.json"])):
            raise KnownError(f"“{name_of(path)}” is {sense} without a tokenizer; choose a model that reads text.")
        raise KnownError(f"“{path}” has no tokenizer; copy the model’s tokenizer.json into the folder.")
    options = read_json(files["memviz.json"]) if "memviz.json" in files else {}
    _check_options(path, options)
    return ModelFolder(path, read_json(files["config.json"]), numbers, options)


def read_json(file: Path) -> dict[str, Any]:
    """A JSON object from a file.

    Raises:
        KnownError: it cannot be read, or is something else.
    """
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, RecursionError, ValueError) as error:
        raise KnownError(f"“{file}” cannot be read as JSON; download the model again.") from error
    if not isinstance(value, dict):
        raise KnownError(f"“{file}” holds no JSON object; download the model again.")
    return value


def _weight_files(path: Path, files: Mapping[str, Path]) -> list[Path]:
    unfinished = sorted(name for name in files if name.endswith(_UNFINISHED))
    if _INDEX in files:
        mapping = read_json(files[_INDEX]).get("weight_map")
        if not isinstance(mapping, dict) or not mapping:
            raise KnownError(f"“{files[_INDEX]}” names no weights; download the model again.")
        shards = sorted({str(name) for name in mapping.values()})
        missing = [name for name in shards if name not in files]
        if missing:
            raise KnownError(
                f"“{path}” is half-downloaded: {len(missing)} of {len(shards)} weight files are missing"
                f" ({missing[0]}{' …' if len(missing) > 1 else ''}); download the model again."
            )
        return [files[name] for name in shards]
    if _SINGLE in files:
        return [files[_SINGLE]]
    if unfinished:
        raise KnownError(f"“{path}” is half-downloaded ({unfinished[0]}); download the model again.")
    raise KnownError(_why_no_weights(path, files))


def _why_no_weights(path: Path, files: Mapping[str, Path]) -> str:
    pickled = sorted(name for name in files if name.endswith(_PICKLED))
    if pickled:
        return (
            f"“{path}” holds only pickled weights ({pickled[0]}), which can run code when they are loaded; choose a"
            " copy with safetensors weights or convert it with save_pretrained."
        )
    for suffix, words in _OTHER_FORMATS.items():
        if any(name.endswith(suffix) for name in files):
            return f"“{path}” holds {words} weights only; choose a copy with safetensors weights."
    others = sorted(name for name in files if name.endswith(".safetensors"))
    if others:
        return f"“{path}” holds {others[0]} but no {_SINGLE} and no {_INDEX}; download the model again."
    return f"“{path}” holds no weights; download the model again or choose another folder."


def numbers_in(file: Path) -> Counter[str]:
    """How many numbers of each type a safetensors file holds, from its header alone.

    The format: eight bytes with the header's length (little-endian), the header as JSON, the tensors' bytes.

    Raises:
        KnownError: the file is no safetensors file, or is shorter than its header says.
    """
    size = file.stat().st_size
    with file.open("rb") as stream:
        start = stream.read(8)
        if start == b"version ":
            raise KnownError(f"“{file}” is only a Git LFS pointer; fetch the weights with “git lfs pull”.")
        length = int.from_bytes(start, "little")
        if len(start) < 8 or length > _LARGEST_HEADER:
            raise KnownError(f"“{file}” is no safetensors file; download the model again.")
        raw = stream.read(length)
    if len(raw) < length:
        raise _truncated(file, size)
    try:
        tensors = {name: tensor for name, tensor in json.loads(raw).items() if name != "__metadata__"}
        ends = [int(tensor["data_offsets"][1]) for tensor in tensors.values()]
        counts = Counter[str]()
        for tensor in tensors.values():
            if min(tensor["shape"], default=0) < 0:
                raise ValueError("a size below 0")
            counts[str(tensor["dtype"])] += prod(tensor["shape"])
    except (RecursionError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise KnownError(f"“{file}” has a broken header; download the model again.") from error
    if size < 8 + length + max(ends, default=0):
        raise _truncated(file, size)
    return counts


def _truncated(file: Path, size: int) -> KnownError:
    return KnownError(
        f"“{file}” is half-downloaded: it ends after {size:,} bytes, before its last weights; download the model again."
    )


def _check_options(path: Path, options: Mapping[str, Any]) -> None:
    kinds = {"template": str, "entry": str, "task": str, "recall": str, "example": str, "stop": list}
    wrong = [name for name, kind in kinds.items() if name in options and not isinstance(options[name], kind)]
    if wrong or not all(isinstance(stop, str) for stop in options.get("stop", [])):
        raise KnownError(
            f"“{path / 'memviz.json'}” has a wrong “{wrong[0] if wrong else 'stop'}”; template, entry, task,"
            " recall and example are texts, stop is a list of texts."
        )
