"""What readers of files give: records, and lines that are none."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, Protocol

from memviz.core.errors import KnownError

#: The number of the line where a record begins (from 1), and its values by column.
Record = tuple[int, Mapping[str, Any]]
#: Called with the number of a line and why it is no record; what it raises ends the reading.
Reject = Callable[[int, str], None]
#: What tells whether a file was changed or replaced: device, inode, size and time of change.
Stamp = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that cannot become an entry.

    Attributes:
        file: its name.
        line: its number, from 1; of a Parquet file the row.
        why: ends a sentence that begins with “Line 7 of “x.csv””.
    """

    file: str
    line: int
    why: str

    def words(self) -> str:
        """As a sentence without its full stop."""
        return f"Line {self.line:,} of “{self.file}” {self.why}"


class RecordReader(Protocol):
    """A file, read once from its beginning for each call of :meth:`records`. Any one thread at a time."""

    @property
    def path(self) -> Path: ...
    @property
    def size(self) -> int:
        """Of the file in bytes."""
        ...

    @property
    def position(self) -> int:
        """How many bytes of it are read so far."""
        ...

    @property
    def columns(self) -> Sequence[str]:
        """Names of the columns, as far as they are known from its beginning."""
        ...

    @property
    def own(self) -> bool:
        """True for what memviz wrote itself."""
        ...

    def records(self, reject: Reject) -> Iterator[Record]:
        """All records in their order.

        Raises:
            KnownError: what makes the rest of the file unreadable; the line is named.
        """
        ...


def stamp_of(path: Path) -> Stamp:
    """Of now.

    Raises:
        KnownError: there is no file, or something else than one: reading a pipe would wait for ever, and each file is
            read more than once.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise file_error(path, error) from None
    if stat.S_ISDIR(status.st_mode):
        raise KnownError(f"“{path}” is a folder; choose the files in it.")
    if not stat.S_ISREG(status.st_mode):
        raise KnownError(f"“{path}” is a pipe or a device; save what it gives to a file, and choose that one.")
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def file_error(path: Path, error: OSError) -> KnownError:
    """A file that cannot be read, as a sentence."""
    return KnownError(f"“{path}” cannot be read ({error.strerror or error}); choose another file.")


def unreadable(path: Path, line: int, why: str) -> NoReturn:
    """The rest of a file cannot be read."""
    raise KnownError(f"{BadLine(path.name, line, why).words()}.")
