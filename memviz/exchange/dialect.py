"""What separates the cells of a table, and whether its first row names the columns."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from memviz.core.errors import KnownError
from memviz.exchange.names import field_of
from memviz.exchange.values import time_of

DELIMITERS = (",", "\t", ";", "|")
#: A longer cell is a quote that is never closed; read whole, it would fill the memory.
LONGEST_CELL = 1 << 24
#: Names of columns are short.
_LONGEST_NAME, _MOST_WORDS = 60, 3


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a table is written.

    Attributes:
        delimiter: one character.
        header: the first row has the names.
        columns: names, without doubles; ``column 1`` … where there is no header.
    """

    delimiter: str
    header: bool
    columns: tuple[str, ...]


def find_dialect(sample: Sequence[str], delimiter: str = "", header: bool | None = None) -> Dialect:
    """How the first lines of a file are written; what is given is not sought.

    Raises:
        KnownError: a delimiter that can be none.
    """
    if delimiter and (len(delimiter) > 1 or delimiter in '"\r\n'):
        raise KnownError(f"The cells of a table are separated by one character, for example “;”, not by {delimiter!r}.")
    found = delimiter or max(DELIMITERS, key=lambda mark: _agreement(_rows(sample, mark)))
    rows = _rows(sample, found)
    first = rows[0] if rows else [""]
    named = _is_header(first, rows[1:]) if header is None else header
    width = max((len(row) for row in rows), default=1) if not named else len(first)
    names = first if named else [f"column {number}" for number in range(1, width + 1)]
    return Dialect(found, named, without_doubles(names))


def _rows(sample: Sequence[str], delimiter: str) -> list[list[str]]:
    """Rows of the sample; the last one may be cut off, so it counts only where it is alone."""
    rows: list[list[str]] = []
    csv.field_size_limit(LONGEST_CELL)
    with suppress(csv.Error):
        rows.extend(row for row in csv.reader(sample, delimiter=delimiter) if row)
    return rows[:-1] if len(rows) > 2 else rows


def _agreement(rows: Sequence[Sequence[str]]) -> tuple[float, int]:
    """How many rows have as many cells as most, and how many these are; one cell says nothing."""
    widths = Counter(len(row) for row in rows)
    if not widths:
        return 0.0, 0
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
    return (count / len(rows), width) if width > 1 else (0.0, 1)


def _is_header(first: Sequence[str], rest: Sequence[Sequence[str]]) -> bool:
    names = [cell.strip() for cell in first]
    if not all(names) or any(_is_number(name) or len(name) > _LONGEST_NAME for name in names):
        return len(names) > 1 and sum(field_of(name) is not None for name in names if name) >= 2
    if len(set(names)) < len(names):
        return False
    if any(field_of(name) is not None for name in names):
        return True
    below = [row for row in rest if len(row) == len(first)]
    if not below or any(len(name.split()) > _MOST_WORDS or not name[-1].isalnum() for name in names):
        return False
    columns = [[row[at] for row in below] for at in range(len(first))]
    return any(
        all(map(_is_number, cells)) or sum(map(len, cells)) > 2 * len(name) * len(cells)
        for name, cells in zip(names, columns, strict=True)
    )


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return len(cell) >= 8 and cell[:4].isdigit() and time_of(cell) is not None
    return True


def without_doubles(names: Sequence[str]) -> tuple[str, ...]:
    """Empty names and doubles get a number."""
    known: dict[str, None] = {}
    for number, name in enumerate(names, 1):
        plain, count = name.strip() or f"column {number}", 1
        unique = plain
        while unique in known:
            count += 1
            unique = f"{plain} {count}"
        known[unique] = None
    return tuple(known)
