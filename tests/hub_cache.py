"""A local Hugging Face cache with models in it, laid out as the hub client does."""

from __future__ import annotations

import shutil
from pathlib import Path


def put_into_cache(cache: Path, name: str, folder: Path, *, commit: str = "abc") -> Path:
    """Copies a model folder into the cache as the revision ``main`` of ``name``: files are links into ``blobs``."""
    repository = cache / f"models--{name.replace('/', '--')}"
    snapshot, blobs, refs = repository / "snapshots" / commit, repository / "blobs", repository / "refs"
    for made in (snapshot, blobs, refs):
        made.mkdir(parents=True)
    for file in folder.iterdir():
        shutil.copy(file, blobs / f"blob-{file.name}")
        (snapshot / file.name).symlink_to(Path("..", "..", "blobs", f"blob-{file.name}"))
    (refs / "main").write_text(commit, encoding="utf-8")
    return snapshot
