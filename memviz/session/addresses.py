"""What a user may call a model or a memory: a bundled name, a path, a hub name, a URL."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from memviz.core.errors import KnownError
from memviz.core.progress import Progress, no_progress
from memviz.models.folders.model_folder import kind_of
from memviz.models.folders.model_hub import local_folder
from memviz.session.bundled import BUNDLED_MEMORIES, BUNDLED_MODELS, data_folder, memory_file, model_folder
from memviz.session.packaged import packaged_folder
from memviz.session.registry import MODELS, STORES
from memviz.session.stories import story_file, story_memory
from memviz.stores.attached.address import Attachment, attachment_of
from memviz.stores.redis.address import SCHEMES as SERVER_SCHEMES
from memviz.stores.redis.address import parse_address, with_password, without_password

__all__ = ["MemoryAddress", "memory_address", "model_address", "with_password", "without_password"]

#: The scheme of a memory that is gone when memviz closes.
IN_MEMORY = "memory"
#: What another program keeps; no scheme of addresses, which name the program, or SQLite.
ATTACHED = "attached"

_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]+)://")


@dataclass(frozen=True, slots=True)
class MemoryAddress:
    """Where a memory is.

    Attributes:
        scheme: key in ``registry.STORES``.
        place: what its ``open`` takes: a file, the address on a server, the name of ``memory://name``, or what of
            another program's is attached.
        name: short words for a title.
        options: what else its ``open`` takes.
        bundled: name of the bundled memory that is unpacked there, or empty.
        stories: the story file of which the memory is made, or None.
    """

    scheme: str
    place: Path | str | Attachment = field(repr=False)  # an address on a server may hold a password
    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    bundled: str = ""
    stories: Path | None = None


def memory_address(memory: str) -> MemoryAddress:
    """Understands a bundled name, ``sqlite:///path`` (three slashes, then the path), ``redis://host:port/name``,
    ``memory://name``, or a path: of a memory, of what another program keeps, or of a ``.txt`` file with stories.
    What other programs keep has addresses too: see :mod:`memviz.stores.attached.address`.

    Raises:
        KnownError: empty, a scheme that no store here has, or a story file that cannot be read.
    """
    if not memory.strip():
        raise KnownError("The memory has no name; give a file’s path, or “movies” for the one that ships.")
    if (stories := story_file(memory)) is not None:
        name = memory if memory in BUNDLED_MEMORIES else stories.stem
        return MemoryAddress("sqlite", story_memory(stories), name, stories=stories)
    if memory in BUNDLED_MEMORIES:
        return MemoryAddress("sqlite", memory_file(memory), memory, bundled=memory)
    if (attachment := attachment_of(memory)) is not None:
        return MemoryAddress(ATTACHED, attachment, attachment.path.stem)
    scheme = _SCHEME.match(memory)
    if scheme is None:
        return _file_address(memory)
    if scheme.group(1) == IN_MEMORY and (name := memory[scheme.end() :]):
        return MemoryAddress(IN_MEMORY, name, name)
    if scheme.group(1) in SERVER_SCHEMES:
        on_server = parse_address(memory)
        return MemoryAddress(scheme.group(1), memory, on_server.name, {"folder": data_folder() / "mirrors"})
    if scheme.group(1) not in STORES or not memory[scheme.end() :].startswith("/"):
        raise KnownError(
            f"“{without_password(memory)}” is no address of a memory; use a file’s path, sqlite:///path,"
            " redis://host:port/name or memory://name."
        )
    return _file_address(memory[scheme.end() + 1 :])


def _file_address(written: str) -> MemoryAddress:
    """Of a memory's file, or of another program's, which its first bytes tell."""
    from memviz.stores.attached.detect import foreign_file

    path = Path(written).expanduser().absolute()
    if foreign_file(path) is not None:
        return MemoryAddress(ATTACHED, Attachment(path), path.stem)
    return MemoryAddress("sqlite", path, path.stem)


def model_address(model: str, progress: Progress = no_progress) -> tuple[str, str]:
    """(kind in ``registry.MODELS``, folder) of what the user called a model; a hub name is downloaded where the local
    cache does not hold it. Blocks.

    Raises:
        KnownError: empty, a bundled model whose files are missing, a hub name that cannot be had, or a kind of model
            that is not known here.
        Cancelled: from ``progress``.
    """
    if not model.strip():
        raise KnownError("The model has no name; give a folder, a hub name, or “movies-reader” for the one that ships.")
    if model in BUNDLED_MODELS:
        return BUNDLED_MODELS[model][0], str(model_folder(model))
    packaged = packaged_folder(model)
    folder = packaged if packaged is not None else local_folder(model, progress).absolute()
    kind = kind_of(folder)
    if kind not in MODELS:
        raise KnownError(f"“{folder}” holds a model of the kind “{kind}”, which this memviz does not know; update it.")
    return kind, str(folder)
