"""Arrays as values: any of floats, and a copy that nobody can change."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]


def frozen_array(values: Any, dtype: Any = np.float32) -> NDArray[Any]:
    """A read-only copy of ``values``: later changes to the source cannot reach it."""
    array = np.array(values, dtype=dtype, copy=True)
    array.setflags(write=False)
    return array
