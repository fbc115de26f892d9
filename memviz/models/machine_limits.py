"""What a machine cannot do in the middle of a forward pass, as a sentence: memory that is used up, missing kernels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from memviz.core.errors import KnownError
from memviz.models.memory_limit import IN_ANSWER, memory_known

_NO_KERNEL = re.compile(r"not implemented for '(Half|BFloat16)'")

#: torch's words for a type in its messages -> its name, and the types to load in instead.
_TYPES = {"Half": ("float16", "float32 or bfloat16"), "BFloat16": ("bfloat16", "float32")}


@contextmanager
def limits_known(used_up: str = IN_ANSWER) -> Iterator[None]:
    """Turns running out of memory, and an operation that a device cannot do in half precision, into a sentence.

    Args:
        used_up: when memory is used up, and what to do then.

    Raises:
        KnownError: instead.
    """
    with memory_known(used_up):
        try:
            yield
        except RuntimeError as error:  # NotImplementedError is one
            found = _NO_KERNEL.search(str(error))
            if found is None:
                raise
            name, others = _TYPES[found.group(1)]
            raise KnownError(
                f"PyTorch cannot compute an operation of this model in {name} on this device; load it as {others}."
            ) from error
