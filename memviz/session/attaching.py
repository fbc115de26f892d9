"""Choosing what of another program's SQLite file is attached, for any front end."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from memviz.core.progress import Progress, no_progress
from memviz.stores.attached import looking
from memviz.stores.attached.address import Attachment
from memviz.stores.attached.looking import FileLook, TableLook
from memviz.stores.attached.tables import FIELDS, GUESSED

__all__ = ["ATTACHED_FIELDS", "FileLook", "TableLook", "look_at", "table_address"]

#: Fields of an entry that a column can be chosen for; the first one must be.
ATTACHED_FIELDS = FIELDS


def look_at(path: str, progress: Progress = no_progress) -> FileLook:
    """The tables of a file, with their first rows and guesses. Any thread; blocks.

    Raises:
        KnownError: it cannot be read, or holds no text.
        Cancelled: by ``progress``.
    """
    return looking.look_at(Path(path).expanduser().absolute(), progress)


def table_address(path: str | Path, table: str, columns: Mapping[str, str]) -> str:
    """The address that opens a table as a memory; for a field with an empty column none is guessed.

    Args:
        columns: field of an entry (see :data:`ATTACHED_FIELDS`) -> column.
    """
    told = [field for field in FIELDS if columns.get(field) or (field in columns and field in GUESSED)]
    chosen = {"table": table, **{field: columns[field] for field in told}}
    return Attachment(Path(path).expanduser().absolute()).with_columns(chosen).url
