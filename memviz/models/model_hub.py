"""From what a user calls a model to a folder on this machine: a path, the local Hugging Face cache, or a download."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from memviz.core.errors import KnownError
from memviz.core.protocols import Progress
from memviz.models.model_folder import TRANSFORMERS, check_model_folder, kind_of
from memviz.models.model_memory import check_memory

#: ``owner/name`` or an old name without owner, as the hub spells them.
_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)?")
_WANTED = re.compile(r"model[\w.-]*\.safetensors|[\w.-]+\.(json|txt|model|jinja|tiktoken|spm|bpe)")
_PICKLED = re.compile(r"[\w.-]+\.(bin|pt|pth|ckpt)")
_TIMEOUT = 10.0  # seconds


def local_folder(name_or_path: str, progress: Progress) -> Path:
    """The folder of the model; a hub name is looked up in the local cache first and downloaded if it is not there.

    Raises:
        KnownError: no such folder, no such name, no network, no permission, or nothing that memviz would load.
        Cancelled: from ``progress``.
    """
    path = Path(name_or_path).expanduser()
    if path.exists() or not _HUB_NAME.fullmatch(name_or_path) or name_or_path.startswith("."):
        return path
    cached = _cached(name_or_path)
    if cached is not None and _complete(cached):
        return cached
    return _downloaded(name_or_path, progress)


def _cached(name: str) -> Path | None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError, ValueError):
        return None


def _complete(folder: Path) -> bool:
    if kind_of(folder) not in TRANSFORMERS:  # a memory network needs no tokenizer; kv-ngram is no network, and ships
        return (folder / "config.json").is_file() and (folder / "model.safetensors").is_file()
    try:
        check_model_folder(folder)
    except KnownError:
        return False
    return True


def cached_models() -> list[str]:
    """Names of the models in the local Hugging Face cache."""
    from huggingface_hub import scan_cache_dir
    from huggingface_hub.errors import CacheNotFound

    try:
        return sorted(repo.repo_id for repo in scan_cache_dir().repos if repo.repo_type == "model")
    except CacheNotFound:
        return []


def _downloaded(name: str, progress: Progress) -> Path:
    from huggingface_hub import HfApi, hf_hub_download
    from huggingface_hub.errors import GatedRepoError, HFValidationError, RepositoryNotFoundError

    progress(0, 0, f"Looking for {name} on the Hugging Face hub")
    try:
        info = HfApi().model_info(name, files_metadata=True, timeout=_TIMEOUT)
        files = _wanted_files(name, info)
        total = sum(size for _, size in files)
        done = 0
        folder: Path | None = None
        for file, size in files:
            progress(done, total, f"Downloading {name}: {file}")
            folder = Path(hf_hub_download(name, file, revision=info.sha, etag_timeout=_TIMEOUT)).parent
            done += size
    except GatedRepoError as error:
        raise KnownError(
            f"“{name}” is given only to those its owner admits; ask on its hub page and log in."
        ) from error
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise KnownError(
            f"There is no folder “{name}” and no such model on the Hugging Face hub; check the name."
        ) from error
    except _network_errors() as error:
        raise KnownError(
            f"“{name}” is neither a folder nor in the local cache, and the Hugging Face hub cannot be reached;"
            f" {_offline_advice()}."
        ) from error
    if folder is None:
        raise KnownError(f"“{name}” has no files on the Hugging Face hub; choose another model.")
    return folder


def _network_errors() -> tuple[type[BaseException], ...]:
    """Which library speaks HTTP differs between versions of the hub client; all its errors have a common base."""
    from huggingface_hub.errors import HfHubHTTPError

    return (*HfHubHTTPError.__bases__, OSError)


def _wanted_files(name: str, info: Any) -> list[tuple[str, int]]:
    """(file, bytes) of what loading needs, small files first."""
    siblings = {str(file.rfilename): int(file.size or 0) for file in info.siblings or []}
    wanted = [(file, size) for file, size in siblings.items() if _WANTED.fullmatch(file)]
    weights = [size for file, size in wanted if file.endswith(".safetensors")]
    if not weights:
        held = (
            "only pickled weights, which can run code" if any(map(_PICKLED.fullmatch, siblings)) else "no safetensors"
        )
        raise KnownError(f"“{name}” has {held} on the Hugging Face hub; choose a model with safetensors weights.")
    check_memory(name, sum(weights))
    return sorted(wanted, key=lambda pair: (pair[0].endswith(".safetensors"), pair[0]))


def _offline_advice() -> str:
    cached = cached_models()
    if not cached:
        return "check the network, or choose a model folder"
    shown = ", ".join(cached[:5]) + (" …" if len(cached) > 5 else "")
    return f"check the network, or choose a model folder or one from the local cache ({shown})"
