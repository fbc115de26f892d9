"""Giving memory back when a model is let go."""

from __future__ import annotations

import torch


def release() -> None:
    """Empties what torch keeps of an accelerator's memory."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
