"""Files that this process keeps open as databases, which nothing else here may open for itself.

On Linux and macOS a process that closes any handle of a file loses all its locks on it, those that SQLite holds too:
another process then takes itself for the last user of the memory, and deletes the log that is still written to here.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from threading import Lock

_held: Counter[tuple[int, int]] = Counter()
_lock = Lock()


def hold(identity: tuple[int, int]) -> None:
    """From now on, until :func:`let_go` as often. ``identity``: device and inode. Any thread."""
    with _lock:
        _held[identity] += 1


def let_go(identity: tuple[int, int]) -> None:
    with _lock:
        _held[identity] -= 1


def is_held(path: Path) -> bool:
    """Whether a file, or what a link leads to, is kept open. Does not open it. Any thread."""
    try:
        status = path.stat()
    except OSError:
        return False
    with _lock:
        return _held[status.st_dev, status.st_ino] > 0
