"""Running out of memory in the middle of a run, as a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from memviz.core.errors import KnownError

#: When memory is used up while a model answers, and what to do then.
IN_ANSWER = "in the middle of the answer; ask with fewer entries or a shorter text, or load a smaller model"

#: How torch's allocators say it, where they don't raise ``torch.OutOfMemoryError``: on Linux, elsewhere, on a device.
_WORDS = ("can't allocate memory", "not enough memory", "out of memory")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether this is an error of an allocator."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in _WORDS)


@contextmanager
def memory_known(words: str = IN_ANSWER) -> Iterator[None]:
    """Turns running out of memory into a sentence.

    Args:
        words: when it is used up, and what to do then.

    Raises:
        KnownError: instead.
    """
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if is_out_of_memory(error):
            raise KnownError(f"The memory is used up {words}.") from error
        raise
