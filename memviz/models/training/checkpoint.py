"""The file from which a training that was stopped goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

CHECKPOINT = "checkpoint.pt"


def save_checkpoint(folder: Path, state: dict[str, Any]) -> None:
    """Writes ``state`` (tensors, numbers, strings and what holds them); a kill leaves the old file or the new one."""
    unfinished = folder / (CHECKPOINT + ".new")
    torch.save(state, unfinished)
    unfinished.replace(folder / CHECKPOINT)


def load_checkpoint(folder: Path) -> dict[str, Any] | None:
    """What was saved last; None where nothing was."""
    path = folder / CHECKPOINT
    if not path.exists():
        return None
    state: dict[str, Any] = torch.load(path, weights_only=True)
    return state
