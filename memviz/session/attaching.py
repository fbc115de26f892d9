"""Choosing what of another program's SQLite file is attached, for any front end."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from memviz.core.errors import KnownError
from memviz.core.progress import Progress, no_progress
from memviz.session.addresses import MemoryAddress
from memviz.stores.attached import looking
from memviz.stores.attached.address import Attachment
from memviz.stores.attached.detect import foreign_file
from memviz.stores.attached.looking import FileLook, TableLook
from memviz.stores.attached.tables import FIELDS, GUESSED

__all__ = [
    "ATTACHED_FIELDS",
    "FileLook",
    "TableLook",
    "check_destination",
    "check_no_others_file",
    "look_at",
    "table_address",
]

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


def check_no_others_file(path: Path) -> None:
    """Refuses what another program keeps as a file of entries, and says how to import from it. Any thread; blocks.

    Raises:
        KnownError: it is what another program keeps.
    """
    if foreign_file(path) is not None:
        address = looking.address_in(path.expanduser().absolute())
        raise KnownError(
            f"“{path.name}” is what another program keeps, not a file of entries; open it as a memory at '{address}',"
            f" or import what “memviz export entries.jsonl --memory '{address}'” writes."
        )


def check_destination(address: MemoryAddress) -> None:
    """Refuses what another program keeps as the memory that an import goes into, and says what to do instead, also for
    whoever wanted to import from it. Any thread; blocks.

    Raises:
        KnownError: it is what another program keeps.
    """
    place = address.place
    if not isinstance(place, Attachment):
        return
    name = place.path.name
    into = (
        f"“{name}” is what another program keeps, which memviz only reads; import into a new file of your own, for"
        " example with --memory my-memory.sqlite --create."
    )
    try:
        url = place.url if place.scheme else looking.address_in(place.path)
    except KnownError:  # nothing in it can be imported
        raise KnownError(into) from None
    raise KnownError(
        f"{into} To import from “{name}”, copy it into one with “memviz entries copy '{url}' my-copy.sqlite”."
    )
