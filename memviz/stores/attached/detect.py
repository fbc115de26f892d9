"""Whether a file is another program's: told by the first bytes, before anything is opened."""

from __future__ import annotations

from pathlib import Path

from memviz.stores.attached.chroma import FILE
from memviz.stores.attached.picture import header_of
from memviz.stores.file_head import Head, head_of
from memviz.stores.sqlite_schema import APPLICATION_ID


def foreign_file(path: Path) -> Path | None:
    """The SQLite file that another program keeps there, in a folder of Chroma’s too; None where there is none.

    Reads a file's header and no more. A SQLite file without any page of content is nobody's.
    """
    if path.is_dir():
        return path / FILE if (path / FILE).is_file() else None
    head = head_of(path) or _head_of_damaged(path)
    if head is None or head.application_id == APPLICATION_ID:
        return None
    return path if _holds_something(path, head) else None


def _head_of_damaged(path: Path) -> Head | None:
    header = header_of(path)
    if not header:
        return None
    application_id, user_version, pages = (int.from_bytes(header[at : at + 4], "big") for at in (68, 60, 28))
    return Head(application_id, user_version, pages)


def _holds_something(path: Path, head: Head) -> bool:
    log = path.with_name(f"{path.name}-wal")
    marked = head.user_version or head.application_id
    return bool(head.pages > 1 or marked or (log.is_file() and log.stat().st_size > 0))
