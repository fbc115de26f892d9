"""The formats that are read and written, and which one a file has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from memviz.core.errors import KnownError
from memviz.core.held_files import is_held
from memviz.exchange.dialect import DELIMITERS
from memviz.exchange.json_lines import JsonLines, first_object
from memviz.exchange.json_list import JsonList
from memviz.exchange.own_markdown import FIRST_LINE, OwnMarkdown
from memviz.exchange.parquet_table import ParquetTable
from memviz.exchange.prose import Prose
from memviz.exchange.records import RecordReader, file_error, stamp_of
from memviz.exchange.table_text import TextTable
from memviz.exchange.text_file import TextFile

READ_FORMATS = ("jsonl", "json", "csv", "tsv", "parquet", "text", "markdown")
WRITE_FORMATS = ("jsonl", "csv", "tsv", "parquet", "markdown")
_SUFFIXES = {
    **dict.fromkeys((".jsonl", ".ndjson"), "jsonl"),
    ".json": "json",
    ".csv": "csv",
    **dict.fromkeys((".tsv", ".tab"), "tsv"),
    **dict.fromkeys((".parquet", ".pq"), "parquet"),
    **dict.fromkeys((".txt", ".text"), "text"),
    **dict.fromkeys((".md", ".markdown"), "markdown"),
}
_PARQUET = b"PAR1"
#: What somebody may take for a file of entries, and what to do instead.
_OTHERS = (
    (b"SQLite format 3", "is a database, not a file of entries; open it as a memory"),
    (b"PK\x03\x04", "is a packed file; unpack it, or save the spreadsheet in it as CSV"),
    (b"\x1f\x8b", "is packed by gzip; unpack it first"),
)
_LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What is known of a file, and is not sought.

    Attributes:
        format: one of :data:`READ_FORMATS`; empty: as its name and its beginning say.
        encoding: of a text; empty: by its mark, else UTF-8.
        delimiter: of a table; empty: it is found.
        header: whether a table's first row names its columns; None: it is found.
        split, longest: of prose, see :class:`~memviz.exchange.prose.Prose`.
    """

    format: str = ""
    encoding: str = ""
    delimiter: str = ""
    header: bool | None = None
    split: str = ""
    longest: int = 0


#: Everything is found.
FOUND = ReadOptions()


def open_reader(path: Path, options: ReadOptions = FOUND) -> RecordReader:
    """The reader of a file; nothing stays open.

    Raises:
        KnownError: it cannot be read, or is not of the format that it is said to be.
    """
    if is_held(path):
        raise KnownError(f"“{path.name}” is a memory that is open here; choose a file with entries in it.")
    if not stamp_of(path)[2]:
        raise KnownError(f"“{path.name}” is empty; choose a file with entries in it.")
    name = options.format or found_format(path, options.encoding)
    match name:
        case "jsonl":
            return JsonLines(path, options.encoding)
        case "json":
            return JsonList(path, options.encoding)
        case "csv" | "tsv":
            delimiter = options.delimiter or ("\t" if name == "tsv" else "")
            return TextTable(path, options.encoding, delimiter=delimiter, header=options.header)
        case "parquet":
            return ParquetTable(path)
        case "markdown" if not options.split and _first_lines(path, options.encoding)[:1] == [FIRST_LINE]:
            return OwnMarkdown(path, options.encoding)
        case "markdown" | "text":
            split = options.split or ("heading" if name == "markdown" else "paragraph")
            return Prose(path, options.encoding, split=split, longest=options.longest)
    raise KnownError(f"There is no format “{name}”; use one of {', '.join(READ_FORMATS)}.")


def found_format(path: Path, encoding: str = "") -> str:
    """By its name; where that says nothing, or JSON of either form, by its beginning."""
    by_name = _SUFFIXES.get(path.suffix.lower(), "")
    if by_name not in ("", "json"):
        return by_name
    try:
        with path.open("rb") as file:
            begin = file.read(16)
    except OSError as error:
        raise file_error(path, error) from None
    if begin.startswith(_PARQUET):
        return "parquet"
    for mark, why in _OTHERS:
        if begin.startswith(mark):
            raise KnownError(f"“{path.name}” {why}.")
    lines = [line for line in _first_lines(path, encoding) if line.strip()]
    if not lines:
        raise KnownError(f"“{path.name}” is empty; choose a file with entries in it.")
    if isinstance(first_object(lines[0]), dict) and (len(lines) > 1 or by_name == ""):
        return "jsonl"
    if by_name or lines[0].lstrip()[0] in "[{":
        return "json"
    counts = [{line.count(mark) for line in lines[:5]} for mark in DELIMITERS]
    return "csv" if len(lines) > 1 and any(len(found) == 1 and found != {0} for found in counts) else "text"


def written_format(path: Path, name: str = "") -> str:
    """The format of a file that is to be written.

    Raises:
        KnownError: there is none of this name.
    """
    found = name or _SUFFIXES.get(path.suffix.lower(), "")
    if found not in WRITE_FORMATS:
        raise KnownError(
            f"“{found or path.name}” says no format that entries can be written in; use one of"
            f" {', '.join(WRITE_FORMATS)}, as the file’s ending or by --format."
        )
    return found


def _first_lines(path: Path, encoding: str) -> list[str]:
    """Of the first 64 KB; the last one may be cut off."""
    begin = next(TextFile(path, encoding).parts(), "")
    return [line.rstrip("\r") for line in begin.split("\n", _LOOKED_AT)[:_LOOKED_AT]]
