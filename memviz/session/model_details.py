"""What is known of a model before it is loaded: sizes, memory, and whether it can be opened at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from memviz.core.errors import KnownError
from memviz.core.progress import Progress, no_progress
from memviz.models.folders.hub_cache import cached_folder
from memviz.models.folders.hub_process import looked_up
from memviz.models.folders.model_folder import ModelFolder, check_model_folder, kind_of, numbers_in, read_json
from memviz.models.folders.model_hub import is_hub_name, is_whole
from memviz.models.folders.model_memory import free_memory, needed_memory
from memviz.models.folders.model_shape import ModelShape, model_shape
from memviz.session.bundled import BUNDLED_MODELS, model_folder
from memviz.session.model_kinds import is_transformer, transformer_kind
from memviz.session.registry import MODELS

#: What a user may choose, with the bytes of one number; beside them there is ``auto``.
DTYPES: Mapping[str, int] = {"float32": 4, "bfloat16": 2, "float16": 2}
_STORED = {"F64": "float64", "F32": "float32", "BF16": "bfloat16", "F16": "float16"}
_WITHOUT_WEIGHTS = "kv-ngram"


@dataclass(frozen=True, slots=True)
class MemoryNeed:
    """What a model takes in memory with its weights in ``dtype``: ``bytes``, and whether so many are free now."""

    dtype: str
    bytes: int
    fits: bool


@dataclass(frozen=True, slots=True)
class ModelDetails:
    """A model as it lies on the disk or on the hub. None or empty: not known.

    Attributes:
        name: what the user called it.
        folder: where it lies; None: not on this machine.
        kind: key of ``registry.MODELS``; of a model in Hugging Face format known after :func:`checked`.
        shape: layers, heads … of its configuration.
        parameters: how many numbers its weights hold.
        stored_as: their types, the most frequent first.
        disk: bytes of its files.
        needs: the memory that it takes, by dtype.
        free: bytes of memory that are free now.
        to_download: opening it downloads it, or what is missing of it.
        download: bytes of that; the hub is asked only by :func:`look_up`.
        lacking: one sentence why what lies in the local cache cannot be opened as it is; empty: nothing does.
        problem: one sentence why it cannot be opened; empty: nothing is known against it.
        checked: its architecture was looked at, or needs no look.
    """

    name: str
    folder: Path | None = None
    kind: str = ""
    shape: ModelShape = field(default_factory=ModelShape)
    parameters: int | None = None
    stored_as: tuple[str, ...] = ()
    disk: int | None = None
    needs: tuple[MemoryNeed, ...] = ()
    free: int = 0
    to_download: bool = False
    download: int | None = None
    lacking: str = ""
    problem: str = ""
    checked: bool = True


def model_details(name: str) -> ModelDetails:
    """Everything that can be known without the network and without reading weights. Blocks: transformers is imported.

    Args:
        name: a bundled name, a folder or a hub name.
    """
    return checked(read_details(name))


def read_details(name: str) -> ModelDetails:
    """As :func:`model_details`, but its architecture is not looked at yet. Reads small files only: milliseconds."""
    known = ModelDetails(name, free=free_memory())
    try:
        if not name.strip():
            raise KnownError("Type the name of a model, or choose one of the list.")
        if name in BUNDLED_MODELS:
            return _of_folder(replace(known, folder=model_folder(name)))
        if not is_hub_name(name):
            return _of_folder(replace(known, folder=Path(name).expanduser().absolute()))
        folder = cached_folder(name)
        if folder is None:
            return replace(known, to_download=True)
        return _of_folder(replace(known, folder=folder, to_download=not is_whole(folder)))
    except KnownError as error:
        return replace(known, problem=str(error))


def checked(details: ModelDetails) -> ModelDetails:
    """Looks at the architecture where :func:`read_details` left that. Blocks: transformers is imported."""
    if details.checked or details.folder is None:
        return details
    try:
        config = read_json(details.folder / "config.json")
        return replace(details, checked=True, kind=transformer_kind(config, details.name))
    except KnownError as error:
        return replace(details, checked=True, problem=details.problem or str(error))


def look_up(name: str, progress: Progress = no_progress) -> ModelDetails:
    """Asks the hub about a model: the size of the download, its parameters and its kind, where the hub knows them.

    Blocks, and imports transformers. What goes wrong, also a hub that cannot be reached, is the ``problem``.

    Raises:
        Cancelled: from ``progress``.
    """
    known = read_details(name)
    try:
        found = looked_up(name, progress)
        known = replace(known, to_download=True, download=found.size, problem="")
        if found.numbers:
            known = _with_numbers(known, found.numbers)
        if found.config:
            known = replace(known, shape=model_shape(found.config) if known.folder is None else known.shape)
            known = replace(known, kind=transformer_kind(found.config, name))
    except KnownError as error:
        known = replace(known, problem=str(error))
    return known


def _of_folder(known: ModelDetails) -> ModelDetails:
    """Details of what lies in ``known.folder``; what can be read is told, also where something else is wrong."""
    folder = known.folder
    assert folder is not None
    bundled = BUNDLED_MODELS.get(known.name)
    kind = bundled[0] if bundled is not None else kind_of(folder)
    if folder.is_dir():
        known = replace(known, disk=sum(file.stat().st_size for file in folder.iterdir() if file.is_file()))
    if kind not in MODELS:
        raise KnownError(f"“{folder}” holds a model of the kind “{kind}”, which this memviz does not know; update it.")
    try:
        if not is_transformer(kind):
            return _of_network(known, kind)
        if (folder / "config.json").is_file():
            known = replace(known, shape=model_shape(read_json(folder / "config.json")), checked=False)
        return _with_numbers(known, check_model_folder(folder).numbers)
    except KnownError as error:
        return replace(known, lacking=str(error)) if known.to_download else replace(known, problem=str(error))


def _of_network(known: ModelDetails, kind: str) -> ModelDetails:
    """Networks of this size run on the CPU in float32, whatever is asked for."""
    folder = known.folder
    assert folder is not None
    read_json(folder / "config.json")
    known = replace(known, kind=kind)
    if kind == _WITHOUT_WEIGHTS:
        return known
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise KnownError(f"“{folder}” has no model.safetensors; choose the folder of a trained network.")
    known = _with_numbers(known, numbers_in(weights))
    return replace(known, needs=tuple(need for need in known.needs if need.dtype == "float32"))


def _with_numbers(known: ModelDetails, numbers: Mapping[str, int]) -> ModelDetails:
    weights = ModelFolder(known.folder or Path(), {}, numbers, {})
    needs = [(dtype, needed_memory(weights.bytes_as(size))) for dtype, size in DTYPES.items()]
    types = sorted((kind for kind in numbers), key=lambda kind: -numbers[kind])
    return replace(
        known,
        parameters=sum(numbers.values()),
        stored_as=tuple(_STORED.get(kind, kind.lower()) for kind in types),
        needs=tuple(MemoryNeed(dtype, size, size <= known.free) for dtype, size in needs),
    )
