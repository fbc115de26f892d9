"""From what a user calls a model to a folder on this machine: a path, the local Hugging Face cache, or a download."""

from __future__ import annotations

import re
from pathlib import Path

from memviz.core.errors import KnownError
from memviz.core.progress import Progress
from memviz.models.folders.hub_cache import cached_folder
from memviz.models.folders.hub_process import downloaded
from memviz.models.folders.model_folder import TRANSFORMERS, check_model_folder, kind_of

#: ``owner/name`` or an old name without owner, as the hub spells them.
_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)?")


def is_hub_name(name: str) -> bool:
    """Whether this is how the hub spells names, and no file or folder here is called so."""
    return _HUB_NAME.fullmatch(name) is not None and not Path(name).expanduser().exists()


def local_folder(name_or_path: str, progress: Progress) -> Path:
    """The folder of the model; a hub name is looked up in the local cache first and downloaded if it is not there.

    Raises:
        KnownError: no such folder, no such name, no network, no permission, or nothing that memviz would load.
        Cancelled: from ``progress``.
    """
    if not is_hub_name(name_or_path):
        return Path(name_or_path).expanduser()
    cached = cached_folder(name_or_path)
    if cached is not None and is_whole(cached):
        return cached
    return downloaded(name_or_path, progress)


def is_whole(folder: Path) -> bool:
    """Whether every file that loading needs is there."""
    if kind_of(folder) not in TRANSFORMERS:  # a memory network needs no tokenizer; kv-ngram is no network, and ships
        return (folder / "config.json").is_file() and (folder / "model.safetensors").is_file()
    try:
        check_model_folder(folder)
    except KnownError:
        return False
    return True
