"""How many threads torch may use, decided once and said aloud.

Two threads on a busy two-core machine made tiny operations thousands of times slower than one, so small models get one
thread, and larger ones leave a core to the window.
"""

from __future__ import annotations

import os

import torch

#: Below this many parameters a decoding step is too short for a second thread to help.
_SMALL = 50_000_000


def threads_for(parameters: int) -> int:
    """Threads for a model of this size on this machine."""
    return 1 if parameters < _SMALL else max(1, (os.cpu_count() or 1) - 1)


def use_threads(count: int) -> None:
    """Sets torch's thread count for the calling thread; cheap when it is set already."""
    if torch.get_num_threads() != count:
        torch.set_num_threads(count)
