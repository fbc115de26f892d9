"""Only one program at a time writes into a folder."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO


class FolderLock:
    """Held until :meth:`release`, or until the program ends, however it ends.

    Args:
        folder: made where it does not exist.

    Raises:
        OSError: the folder cannot be written.
        BlockingIOError: another one has it.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file: IO[bytes] | None = (folder / "lock").open("a+b")
        try:
            _lock(self._file)
        except OSError:
            self.release()
            raise

    def release(self) -> None:
        """May be called twice."""
        if self._file is not None:
            self._file.close()
        self._file = None


def _lock(file: IO[bytes]) -> None:
    if sys.platform == "win32":
        import msvcrt

        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise BlockingIOError(*error.args) from None
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
