"""Entries into files: beside the one that is meant, which they replace at the end."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from memviz.exchange.own import OWN_COLUMNS, to_cell
from memviz.exchange.own_markdown import FIRST_LINE, markdown_of
from memviz.exchange.parquet_table import parquet_library
from memviz.exchange.replacing import replacing

_ROWS = 5_000


class Writer(Protocol):
    """Takes entries as ``own.values_of`` gives them; :meth:`end` must be the last call."""

    def write(self, values: Mapping[str, Any]) -> None: ...
    def end(self) -> None: ...


@contextmanager
def writing(path: Path, name: str) -> Iterator[Writer]:
    """Writes a file in one of ``formats.WRITE_FORMATS``; after an error everything is as it was before.

    Raises:
        KnownError: see :func:`memviz.exchange.replacing.replacing`.
    """
    with replacing(path) as file:
        writer = _WRITERS[name](file)
        yield writer
        writer.end()


class _Lines:
    """JSONL: without what an entry has not."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._encode = json.JSONEncoder(ensure_ascii=False).encode

    def write(self, values: Mapping[str, Any]) -> None:
        line = self._encode({name: value for name, value in values.items() if value is not None})
        self._file.write(f"{line}\n".encode())

    def end(self) -> None:
        pass


class _Table:
    """CSV or TSV, with the mark by which spreadsheets know UTF-8."""

    def __init__(self, file: BinaryIO, delimiter: str) -> None:
        self._text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=False)
        self._write = csv.writer(self._text, delimiter=delimiter).writerow
        self._write(OWN_COLUMNS)

    def write(self, values: Mapping[str, Any]) -> None:
        self._write([to_cell(name, values[name]) for name in OWN_COLUMNS])

    def end(self) -> None:
        self._text.flush()
        self._text.detach()


class _Markdown:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        file.write(f"{FIRST_LINE}\n\n".encode())

    def write(self, values: Mapping[str, Any]) -> None:
        self._file.write(markdown_of(values).encode())

    def end(self) -> None:
        pass


class _Parquet:
    """Metadata as JSON, since its objects have no common form."""

    def __init__(self, file: BinaryIO) -> None:
        library = parquet_library()
        import pyarrow as arrow

        types: dict[str, Any] = {
            **dict.fromkeys(OWN_COLUMNS, arrow.string()),
            **dict.fromkeys(("id", "superseded_by", "used_count"), arrow.int64()),
            **dict.fromkeys(("created", "updated", "last_used", "expires", "confidence"), arrow.float64()),
            **dict.fromkeys(("private", "enabled"), arrow.bool_()),
            "tags": arrow.list_(arrow.string()),
        }
        self._batch_of = arrow.RecordBatch.from_pylist
        self._schema = arrow.schema([(name, types[name]) for name in OWN_COLUMNS])
        self._writer = library.ParquetWriter(file, self._schema, compression="zstd")
        self._rows: list[dict[str, Any]] = []

    def write(self, values: Mapping[str, Any]) -> None:
        self._rows.append({**values, "metadata": json.dumps(values["metadata"], ensure_ascii=False)})
        if len(self._rows) >= _ROWS:
            self._flush()

    def end(self) -> None:
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_batch(self._batch_of(self._rows, schema=self._schema))
            self._rows = []


_WRITERS: dict[str, Callable[[BinaryIO], Writer]] = {
    "jsonl": _Lines,
    "csv": lambda file: _Table(file, ","),
    "tsv": lambda file: _Table(file, "\t"),
    "markdown": _Markdown,
    "parquet": _Parquet,
}
