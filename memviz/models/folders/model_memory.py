"""Whether a model fits the machine's free memory, said before it is loaded."""

from __future__ import annotations

import psutil  # type: ignore[import-untyped]

from memviz.core.errors import KnownError
from memviz.core.sizes import size_words

#: Beside the weights: activations, the key-value cache of a few thousand tokens, buffers. A fraction and a floor.
_OVERHEAD = 0.1
_FLOOR = 100_000_000  # bytes


def free_memory() -> int:
    """Bytes that a program can use now without pushing others out."""
    return int(psutil.virtual_memory().available)


def needed_memory(weight_bytes: int) -> int:
    """Bytes to be free for a model whose weights take ``weight_bytes`` in memory: with what a run needs beside them."""
    return int(weight_bytes * (1 + _OVERHEAD)) + _FLOOR


def check_memory(name: str, weight_bytes: int, *, free: int | None = None, where: str = "memory") -> None:
    """Refuses a model that does not fit.

    Args:
        name: of the model, for the message.
        weight_bytes: of its weights as they will lie in memory.
        free: bytes free there; None: of the machine's main memory.
        where: what memory that is, for the message.

    Raises:
        KnownError: with the figures.
    """
    available = free_memory() if free is None else free
    needed = needed_memory(weight_bytes)
    if needed > available:
        raise KnownError(
            f"“{name}” needs about {size_words(needed)} of {where}, but {size_words(available)} are free; close other"
            " programs, load it with a smaller dtype, or choose a smaller model."
        )
