"""The models and memories that ship with memviz, by name."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import platformdirs

from memviz.core.errors import KnownError
from memviz.core.facts import Fact
from memviz.core.progress import Progress, no_progress
from memviz.core.resources import resource_path

DEFAULT_MODEL = "movies-reader"
DEFAULT_MEMORY = "movies"

#: name -> (kind in ``registry.MODELS``, folder in ``resources/``)
BUNDLED_MODELS: Mapping[str, tuple[str, str]] = {
    "movies-reader": ("causal-lm", "models/movies-reader"),
    "movies-recaller": ("causal-lm", "models/movies-recaller"),
    "kv-movies": ("kv-memnn", "models/kv-movies"),
    "kv-movies-2": ("kv-memnn", "models/kv-movies-2"),
    "kv-movies-3": ("kv-memnn", "models/kv-movies-3"),
    "memn2n-babi": ("memn2n", "models/memn2n-babi"),
    "memn2n-babi-10k": ("memn2n", "models/memn2n-babi-10k"),
    "kv-ngram": ("kv-ngram", "models/kv-ngram"),
    "dnc-copy": ("dnc", "models/dnc-copy"),
    "dnc-repeat-copy": ("dnc", "models/dnc-repeat-copy"),
    "dnc-recall": ("dnc", "models/dnc-recall"),
    "dnc-stories": ("story-dnc", "models/dnc-stories"),
    "number-words": ("seq2seq-lm", "models/number-words"),
    "question-types": ("encoder", "models/question-types"),
}

#: name -> file in ``resources/``: packed facts, a JSON object of each entry on a line, or stories with questions
BUNDLED_MEMORIES: Mapping[str, str] = {
    "movies": "memories/movies.pack",
    "电影": "memories/films-zh.jsonl",
    "stories": "stories/sample.txt",
}


def data_folder() -> Path:
    """Where the user’s memories are kept; the environment variable ``MEMVIZ_DATA_HOME`` overrides it."""
    override = os.environ.get("MEMVIZ_DATA_HOME")
    return Path(override) if override else Path(platformdirs.user_data_dir("memviz", appauthor=False))


def model_folder(name: str) -> Path:
    """Folder of the bundled model ``name``.

    Raises:
        KnownError: the files are missing, as in a checkout where the model was not trained yet.
    """
    folder = resource_path(*BUNDLED_MODELS[name][1].split("/"))
    if not (folder / "config.json").is_file():
        raise KnownError(
            f"The files of the model “{name}” are missing from {folder}; "
            "make them with “memviz train”, or name another model."
        )
    return folder


def shipped_models() -> list[str]:
    """Names of the bundled models whose files are there."""
    folders = {name: resource_path(*folder.split("/")) for name, (_, folder) in BUNDLED_MODELS.items()}
    return [name for name, folder in folders.items() if (folder / "config.json").is_file()]


def memory_file(name: str) -> Path:
    """Where the bundled memory ``name`` is, or will be, unpacked."""
    return data_folder() / "memories" / f"{name}.sqlite"


def unpacked_memory(name: str, progress: Progress = no_progress) -> Path:
    """The bundled memory's file, unpacked with progress where it does not exist yet. Blocks for seconds then.

    Raises:
        KnownError: the packed file is missing, or the data folder cannot be written.
        Cancelled: ``progress`` raised it; no half file stays.
    """
    target = memory_file(name)
    if not target.exists():
        unpack_to(name, target, progress)
    return target


def packed_memory(name: str) -> Path:
    """The file that ships.

    Raises:
        KnownError: it is missing.
    """
    packed = resource_path(*BUNDLED_MEMORIES[name].split("/"))
    if not packed.is_file():
        raise KnownError(f"The packed memory “{name}” is missing from {packed}; install memviz again.")
    return packed


def unpack_to(name: str, target: Path, progress: Progress = no_progress) -> None:
    """Unpacks the bundled memory ``name`` into a new file; errors as :func:`unpacked_memory`."""
    packed = packed_memory(name)
    from memviz.stores.packed import unpack, unpack_lines

    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_name(f".{target.stem}.{os.getpid()}.unpacked")
        try:
            (unpack_lines if packed.suffix == ".jsonl" else unpack)(packed, unfinished, progress)
            _publish(unfinished, target)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise KnownError(
            f"The memory “{name}” cannot be unpacked into {target.parent} ({error.strerror}); "
            "set MEMVIZ_DATA_HOME to a folder that can be written."
        ) from error


def packed_facts(name: str) -> list[Fact]:
    """The facts of a bundled memory, in the order of its entries' ids, which start at 1.

    Raises:
        KnownError: the packed file is missing or damaged.
    """
    from memviz.stores.pack_format import read_pack

    return list(read_pack(packed_memory(name)))


def _publish(unfinished: Path, target: Path) -> None:
    """Gives the file its name, unless another process was faster: that one's file may hold edits by now."""
    if os.name == "nt":
        with suppress(FileExistsError):
            unfinished.rename(target)  # never overwrites on Windows
        return
    with suppress(FileExistsError):
        os.link(unfinished, target)
