"""Running out of memory in the middle of a run, as a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from memviz.core.errors import KnownError


@contextmanager
def memory_known(
    words: str = "in the middle of the answer; ask with fewer entries or a shorter text, or load a smaller model",
) -> Iterator[None]:
    """Turns running out of memory, which torch reports in two ways, into a sentence.

    Args:
        words: when it is used up, and what to do then.

    Raises:
        KnownError: instead.
    """
    try:
        yield
    except RuntimeError as error:  # torch.OutOfMemoryError is one
        if isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error):
            raise KnownError(f"The memory is used up {words}.") from error
        raise
