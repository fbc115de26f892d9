"""What the local Hugging Face cache holds. Needs no network; light: neither torch nor transformers is imported."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class CachedModel:
    """A model repository in the cache, whole or not.

    Attributes:
        name: on the hub.
        size: bytes on disk, of all its revisions.
        used: when a file of it was read or written last, in seconds since 1970.
    """

    name: str
    size: int
    used: float


def cached_models() -> list[CachedModel]:
    """The models in the cache, by name. Blocks: it looks at every file."""
    from huggingface_hub import constants, scan_cache_dir
    from huggingface_hub.errors import CacheNotFound

    try:
        repositories = scan_cache_dir(constants.HF_HUB_CACHE).repos
    except (CacheNotFound, ValueError, OSError):  # there is none, a file stands in its place, or it cannot be read
        return []
    models = [
        CachedModel(repo.repo_id, int(repo.size_on_disk), max(float(repo.last_accessed), float(repo.last_modified)))
        for repo in repositories
        if repo.repo_type == "model"
    ]
    return sorted(models, key=lambda model: model.name.casefold())


def cached_folder(name: str) -> Path | None:
    """The folder of the newest revision of a hub model in the cache, whole or not; None: it was never asked for."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError, ValueError):
        return None
