"""Where an encoder is that a user names: a folder, a hub name, or the package that brings one."""

from __future__ import annotations

from pathlib import Path

from memviz.core.errors import KnownError
from memviz.core.progress import Progress, no_progress
from memviz.models.folders.model_hub import local_folder
from memviz.session.bundled import BUNDLED_MODELS, model_folder
from memviz.session.packaged import packaged_folder


def encoder_folder(model: str, progress: Progress = no_progress) -> Path:
    """The folder of what the user called a model; a hub name is downloaded where the local cache does not hold it.

    ``minilm`` is all-MiniLM-L6-v2, where its package is installed. Blocks. Whether it is an encoder is seen when it
    is loaded.

    Raises:
        KnownError: there is no such folder, name or package.
        Cancelled: from ``progress``.
    """
    if not model.strip():
        raise KnownError("The model has no name; give a folder or a hub name.")
    if model in BUNDLED_MODELS:
        return model_folder(model)
    packaged = packaged_folder(model)
    return packaged if packaged is not None else local_folder(model, progress).absolute()
