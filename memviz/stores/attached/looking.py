"""What a SQLite file of another program has to offer, before one of its tables is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from memviz.core.errors import KnownError, NeedsTable
from memviz.core.progress import Progress, no_progress
from memviz.stores.attached.address import Attachment
from memviz.stores.attached.catalog import file_of, read
from memviz.stores.attached.columns import listed, quoted, tables_of
from memviz.stores.attached.picture import foreign_errors, looked_into
from memviz.stores.attached.tables import Choice, entry_fields, guess, guess_table
from memviz.stores.sqlite_stop import stoppable

_ROWS = 20


@dataclass(frozen=True, slots=True)
class TableLook:
    """A table with text.

    Attributes:
        columns: names, in the table's order.
        guess: field of an entry -> column, the likeliest.
        count: number of rows.
        rows: the first ones, as they are.
    """

    name: str
    columns: tuple[str, ...]
    guess: Mapping[str, str]
    count: int
    rows: tuple[tuple[Any, ...], ...]

    @property
    def bytes(self) -> tuple[str, ...]:
        """Columns that hold bytes, as the first rows say; they are left out of the entries."""
        return tuple(
            name for at, name in enumerate(self.columns) if any(isinstance(row[at], bytes) for row in self.rows)
        )

    def entries(self, columns: Mapping[str, str]) -> list[dict[str, Any]]:
        """The fields of the entries that the first rows become by such a choice of columns."""
        choice = Choice(self.name, {field: column for field, column in columns.items() if column})
        return [
            entry_fields(choice, f"{at}", dict(zip(self.columns, row, strict=True)))
            for at, row in enumerate(self.rows, 1)
        ]


@dataclass(frozen=True, slots=True)
class FileLook:
    """Tables of a file that have text, and the likeliest of them."""

    path: Path
    tables: tuple[TableLook, ...]
    likeliest: str


def address_in(path: Path, progress: Progress = no_progress) -> str:
    """The address that opens what another program keeps in a file, or in a folder of Chroma's: by the adapter that
    recognises it, else the table that is likeliest meant. Any thread; blocks.

    Raises:
        KnownError: it cannot be read, or holds no text.
        Cancelled: by ``progress``.
    """
    attachment = Attachment(path)
    file = file_of(attachment)
    with looked_into(file, progress) as connection, foreign_errors(file), stoppable(connection, progress):
        try:
            return read(connection, attachment)[0].url
        except NeedsTable as error:
            return error.example


def look_at(path: Path, progress: Progress = no_progress) -> FileLook:
    """Reads names, numbers and first rows; nothing beside the file changes. Any thread; blocks.

    Raises:
        KnownError: no SQLite file, or none of its tables holds text.
        Cancelled: by ``progress``.
    """
    with looked_into(path, progress) as connection, stoppable(connection, progress):
        found = tables_of(connection)
        looks = []
        for at, (table, columns) in enumerate(found.items()):
            progress(at, len(found), f"looking into {path.name}")
            try:
                choice = guess(connection, found, table)
            except KnownError:
                continue  # a table without text
            rows = connection.execute(f"SELECT * FROM {quoted(table)} LIMIT {_ROWS}").fetchall()
            count = connection.execute(f"SELECT count(*) FROM {quoted(table)}").fetchone()[0]
            names = tuple(column.name for column in columns)
            looks.append(TableLook(table, names, choice.columns, count, tuple(rows)))
        if not looks:
            raise KnownError(f"None of the tables of “{path}” ({listed(found)}) holds text; choose another file.")
        return FileLook(path, tuple(looks), guess_table(connection, found) or looks[0].name)
