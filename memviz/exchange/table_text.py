"""CSV and TSV: dialect and header are found, quotes may go over lines."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from memviz.core.errors import KnownError
from memviz.exchange.dialect import LONGEST_CELL, Dialect, find_dialect
from memviz.exchange.own import is_own_table, unescaped
from memviz.exchange.records import Record, Reject, unreadable
from memviz.exchange.text_file import TextFile

#: What the dialect is found by: so many lines, and no more once they have so many characters.
_SAMPLE_LINES, _SAMPLE_CHARACTERS = 400, 1 << 22
#: Spreadsheets write and read this line before a table.
_SAID = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_UNCLOSED = 'begins a record whose quotes are never closed; close them, or double a quote that belongs to the text ("")'


class TextTable:
    """Rows of cells separated by one character.

    Args:
        delimiter: one character; empty: it is found, or said by a first line like ``sep=;``.
        header: whether the first row has the names of the columns; None: it is found.

    Raises:
        KnownError: the file cannot be read, or is empty.
    """

    def __init__(self, path: Path, encoding: str = "", *, delimiter: str = "", header: bool | None = None) -> None:
        self._file = TextFile(path, encoding)
        self.path, self.size = path, self._file.size
        sample = self._sample()
        said = _SAID.fullmatch(sample[0]) if sample else None
        self._before = 1 if said else 0  # lines before the table
        table = sample[self._before :]
        if not any(not line.isspace() for line in table):
            raise KnownError(f"“{path.name}” is empty; choose a file with a row for each entry.")
        usual = said[1] if said else "\t" if path.suffix.lower() == ".tsv" else ""
        self.dialect: Dialect = find_dialect(table, delimiter or usual, header)
        self.columns: Sequence[str] = self.dialect.columns
        self.own = is_own_table(tuple(self.columns))

    def _sample(self) -> list[str]:
        sample, length = [], 0
        for line in islice(self._file.lines(), _SAMPLE_LINES):
            sample.append(line)
            length += len(line)
            if length > _SAMPLE_CHARACTERS:
                break
        return sample

    @property
    def position(self) -> int:
        return self._file.position

    def records(self, reject: Reject) -> Iterator[Record]:
        csv.field_size_limit(LONGEST_CELL)
        lines = islice(self._file.lines(), self._before, None)
        reader = csv.reader(lines, delimiter=self.dialect.delimiter, strict=True)
        columns, begun, width = self.columns, 1 + self._before, len(self.columns)
        skip = self.dialect.header
        while True:
            try:
                cells = next(reader, None)
            except csv.Error as error:
                if "field limit" in str(error) or "unexpected end" in str(error):
                    unreadable(self.path, begun, _UNCLOSED)
                reject(begun, _why(error, reader.line_num + self._before, begun))
                begun, skip = reader.line_num + 1 + self._before, False
                continue
            if cells is None:
                return
            line, begun = begun, reader.line_num + 1 + self._before
            if not cells or (len(cells) == 1 and not cells[0].strip() and width > 1):
                continue
            if skip:
                skip = False
                continue
            if len(cells) > width:
                reject(line, f"has {len(cells)} cells where there are {width} columns; is a quote missing?")
                continue
            if self.own:
                cells = [unescaped(cell) for cell in cells]
            yield line, dict(zip(columns, cells, strict=False))


def _why(error: csv.Error, last: int, begun: int) -> str:
    words = str(error)
    if "expected after" in words:
        where = f" (on line {last:,})" if last != begun else ""
        return f'has something after the end of a quoted cell{where}; double a quote that belongs to the text ("")'
    if "new-line character" in words:
        return "ends with a carriage return alone; save the file with line feeds"
    return f"cannot be read ({words})"
