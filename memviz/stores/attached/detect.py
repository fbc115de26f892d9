"""Whether a file is another program's: told by the first bytes, before anything is opened."""

from __future__ import annotations

from pathlib import Path

from memviz.stores.attached.chroma import FILE
from memviz.stores.attached.picture import header_of
from memviz.stores.sqlite_schema import APPLICATION_ID


def foreign_file(path: Path) -> Path | None:
    """The SQLite file that another program keeps there, in a folder of Chroma’s too; None where there is none.

    Reads a file's header and no more. A SQLite file without any page of content is nobody's.
    """
    if path.is_dir():
        return path / FILE if (path / FILE).is_file() else None
    header = header_of(path)
    if not header or int.from_bytes(header[68:72], "big") == APPLICATION_ID:
        return None
    return path if _holds_something(path, header) else None


def _holds_something(path: Path, header: bytes) -> bool:
    pages = int.from_bytes(header[28:32], "big")
    marked = header[60:64] != bytes(4) or header[68:72] != bytes(4)
    log = path.with_name(f"{path.name}-wal")
    return pages > 1 or marked or (log.is_file() and log.stat().st_size > 0)
