"""Writing a file beside the one that it replaces at the end, which is as it was until then."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from memviz.core.errors import KnownError
from memviz.core.held_files import is_held

#: First bytes of databases, and of the logs beside them.
_DATABASES = (b"SQLite format 3\0", b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")
#: Of the name of the file beside; names may have 255 bytes.
_NAME = 40


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A new file for ``path``; after an error everything is as it was before.

    A link stays one, and a file that is replaced keeps its permissions: others may not read it afterwards either.

    Raises:
        KnownError: it cannot be written (no such folder, no permission, a full disk), or is not to be replaced: a
            database, a pipe.
    """
    try:
        target = _real(path)
        mode = _mode(path, target)
        beside = target.with_name(f".{target.name[:_NAME]}.{os.getpid()}.part")
        try:
            with beside.open("wb") as file:
                if mode is not None:
                    os.chmod(beside, mode)
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, target)
        except BaseException:
            with suppress(OSError):
                beside.unlink()
            raise
    except FileNotFoundError:
        raise KnownError(
            f"“{path}” cannot be written: there is no folder “{path.parent}”. Make it first, or choose another one."
        ) from None
    except OSError as error:
        raise KnownError(
            f"“{path}” cannot be written ({error.strerror or error}); nothing was changed. Free some space, or choose"
            " another folder."
        ) from None


def _real(path: Path) -> Path:
    """Where a link leads."""
    try:
        return path.resolve()
    except RuntimeError:  # Python's word for links that lead to each other
        raise KnownError(f"“{path}” is a link that leads to itself; choose another name.") from None


def _is_database(target: Path) -> bool:
    with target.open("rb") as file:
        return file.read(16).startswith(_DATABASES)


def _mode(path: Path, target: Path) -> int | None:
    """The permissions of the file that is replaced; None where there is none."""
    try:
        status = target.stat()
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(status.st_mode):
        raise KnownError(f"“{path}” is a folder; choose a name in it.")
    if not stat.S_ISREG(status.st_mode):
        raise KnownError(f"“{path}” is a pipe or a device; choose a file.")
    if not os.access(target, os.W_OK):
        raise KnownError(f"“{path}” is there already and may not be written; choose another name.")
    if is_held(target) or _is_database(target):
        raise KnownError(f"“{path}” is a database, perhaps a memory, which would be lost; choose another name.")
    return stat.S_IMODE(status.st_mode)
