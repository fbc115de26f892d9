"""Reading labelled texts from CSV, TSV and JSONL files; whatever is wrong is named by its line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from memviz.core.errors import KnownError
from memviz.models.classifier.data import Example

#: Names of the columns where none are given.
TEXT, LABEL = "text", "label"

_SHOWN = 12


def read_examples(path: Path, text: str = "", label: str = "") -> list[Example]:
    """The examples of a file, in its order.

    CSV is as spreadsheets write it: quotation marks around what holds a comma, and a semicolon instead of the comma
    where the first line has no comma. TSV has no quotation: a line is a row. JSONL has an object on each line; its
    labels may be numbers or true and false.

    Args:
        text, label: names of the columns; empty for ``text`` and ``label``, in any case.

    Raises:
        KnownError: the file cannot be read, has another ending, no such column, or a line that is malformed or empty.
    """
    readers = {".csv": _csv_rows, ".tsv": _tsv_rows, ".tab": _tsv_rows, ".jsonl": _json_rows, ".ndjson": _json_rows}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise KnownError(f"“{path.name}” must end in .csv, .tsv or .jsonl, so that its form is known; rename it.")
    examples = [_example(path, line, row) for line, row in reader(path, _decoded(path), (text, label))]
    if not examples:
        raise KnownError(f"“{path}” holds no examples; give a file with a text and its label on each line.")
    return examples


def _decoded(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise KnownError(f"“{path}” cannot be read ({error.strerror}); give a file of labelled texts.") from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise KnownError(f"Line {line:,} of “{path}” is not UTF-8; save the file as UTF-8.") from error


def _example(path: Path, line: int, row: tuple[str, str]) -> Example:
    text, label = row[0].strip(), row[1].strip()
    for words, what in ((text, "text"), (label, "label")):
        if not words:
            raise KnownError(f"Line {line:,} of “{path}” has an empty {what}; fill it in or take the line out.")
        try:
            words.encode("utf-8")
        except UnicodeEncodeError:
            raise KnownError(
                f"Line {line:,} of “{path}” holds half of a character (a lone surrogate); remove it."
            ) from None
    return Example(text, label, line)


_Rows = Iterator[tuple[int, tuple[str, str]]]


def _csv_rows(path: Path, content: str, names: tuple[str, str]) -> _Rows:
    header = content.partition("\n")[0]
    delimiter = ";" if ";" in header and "," not in header else ","
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True)
    columns: tuple[int, int] | None = None
    width = 0
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise KnownError(
                f"The row that begins on line {line:,} of “{path}” has wrong quotation marks or a field without end"
                f" ({error}); write a mark inside a text twice, and one at each end."
            ) from error
        if row is None:
            return
        if not row:
            continue
        if columns is None:
            columns, width = _columns(path, row, names), len(row)
            continue
        if len(row) != width:
            raise _wrong_width(path, line, len(row), width, "put texts that hold a comma between quotation marks")
        yield line, (row[columns[0]], row[columns[1]])


def _tsv_rows(path: Path, content: str, names: tuple[str, str]) -> _Rows:
    columns: tuple[int, int] | None = None
    width = 0
    for line, words in enumerate(content.split("\n"), 1):
        words = words.removesuffix("\r")
        if not words:
            continue
        row = words.split("\t")
        if columns is None:
            columns, width = _columns(path, row, names), len(row)
            continue
        if len(row) != width:
            raise _wrong_width(path, line, len(row), width, "a text must hold no tab and no line break")
        yield line, (row[columns[0]], row[columns[1]])


def _json_rows(path: Path, content: str, names: tuple[str, str]) -> _Rows:
    for line, words in enumerate(content.split("\n"), 1):
        if not words.strip():
            continue
        try:
            row = json.loads(words)
        except (ValueError, RecursionError):
            row = None
        if not isinstance(row, dict):
            raise KnownError(f"Line {line:,} of “{path}” is no JSON object; write one object on each line.")
        keys = list(row)
        try:
            columns = _columns(path, keys, names)
        except KnownError as error:
            raise KnownError(f"Line {line:,}: {error}") from None
        text, label = (row[keys[at]] for at in columns)
        if not isinstance(text, str):
            raise KnownError(f"Line {line:,} of “{path}” has a text that is no string; put it between quotation marks.")
        yield line, (text, _label_words(path, line, label))


def _label_words(path: Path, line: int, label: Any) -> str:
    if isinstance(label, str):
        return label
    if isinstance(label, (bool, int, float)):
        return json.dumps(label)
    raise KnownError(
        f"Line {line:,} of “{path}” has a label that is neither text nor number; give each text one label."
    )


def _columns(path: Path, header: Sequence[str], names: tuple[str, str]) -> tuple[int, int]:
    """Places of text and label."""
    stripped = [name.strip() for name in header]
    text = _column(path, stripped, names[0], TEXT)
    label = _column(path, stripped, names[1], LABEL)
    if text == label:
        raise KnownError(f"The column “{stripped[text]}” cannot be text and label at once; name two columns.")
    return text, label


def _column(path: Path, header: list[str], asked: str, usual: str) -> int:
    name = asked or usual
    if name in header:
        return header.index(name)
    folded = [each.casefold() for each in header]
    if not asked and usual in folded:
        return folded.index(usual)
    there = ", ".join(f"“{each}”" for each in header[:_SHOWN]) + (" …" if len(header) > _SHOWN else "")
    raise KnownError(f"“{path}” has no column “{name}” but {there}; say with --{usual} which one holds the {usual}.")


def _wrong_width(path: Path, line: int, found: int, width: int, advice: str) -> KnownError:
    fields = "one field" if found == 1 else f"{found} fields"
    return KnownError(f"Line {line:,} of “{path}” has {fields}, and the first line {width}; {advice}.")
