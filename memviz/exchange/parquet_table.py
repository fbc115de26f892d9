"""Parquet, through pyarrow where that is installed. It is imported on first use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from memviz.core.errors import KnownError
from memviz.exchange.dialect import without_doubles
from memviz.exchange.own import is_own_table
from memviz.exchange.records import Record, Reject, file_error, stamp_of

#: So much of each column is read at once, in bytes; else it is a whole group of rows, and many files are one group.
_BUFFER = 1 << 20
_ROWS = 1_000


def parquet_library() -> Any:
    """``pyarrow.parquet``.

    Raises:
        KnownError: it is not installed.
    """
    try:
        import pyarrow.parquet
    except ImportError:
        raise KnownError(
            "Parquet needs pyarrow, which is not installed; install it with: pip install pyarrow"
        ) from None
    return pyarrow.parquet


class ParquetTable:
    """Rows of a Parquet file, read a batch at a time; its lines are its rows."""

    def __init__(self, path: Path) -> None:
        library = parquet_library()
        self.path, self.position = path, 0
        self._library = library
        self.size = stamp_of(path)[2]
        with self._open() as file:
            self.count: int = file.metadata.num_rows
            self._schema = _without_nanoseconds(file.schema_arrow)
        self.columns: Sequence[str] = self._schema.names
        self.own = is_own_table(tuple(self.columns))

    def _open(self) -> Any:
        from pyarrow import ArrowException

        try:
            return self._library.ParquetFile(self.path, buffer_size=_BUFFER, pre_buffer=False)
        except (ArrowException, UnicodeDecodeError) as error:
            raise KnownError(f"“{self.path.name}” is no Parquet file ({_first(error)}); choose another one.") from None
        except OSError as error:
            raise file_error(self.path, error) from None

    def records(self, reject: Reject) -> Iterator[Record]:  # noqa: ARG002 - its rows are all records
        from pyarrow import ArrowException

        number = 0
        with self._open() as file:
            batches = file.iter_batches(batch_size=_ROWS, use_threads=False)
            while True:
                try:
                    batch = next(batches, None)
                    rows = [] if batch is None else self._rows_of(batch)
                except (ArrowException, OSError, ValueError, OverflowError) as error:
                    raise KnownError(
                        f"“{self.path.name}” cannot be read after row {number:,} ({_first(error)}); it may be damaged:"
                        " take it from a backup."
                    ) from None
                if batch is None:
                    return
                for row in rows:
                    number += 1
                    yield number, row
                self.position = self.size * number // max(1, self.count)

    def _rows_of(self, batch: Any) -> list[dict[str, Any]]:
        batch = batch.rename_columns(self._schema.names)
        if batch.schema.types != self._schema.types:
            batch = batch.cast(self._schema, safe=False)
        rows: list[dict[str, Any]] = batch.to_pylist()
        return rows


def _without_nanoseconds(schema: Any) -> Any:
    """Names without doubles; and Python's times have microseconds, while those of data frames have nanoseconds."""
    import pyarrow as arrow

    def coarser(kind: Any) -> Any:
        if arrow.types.is_timestamp(kind) and kind.unit == "ns":
            return arrow.timestamp("us", kind.tz)
        if arrow.types.is_duration(kind) and kind.unit == "ns":
            return arrow.duration("us")
        return arrow.time64("us") if arrow.types.is_time64(kind) else kind

    names = without_doubles(schema.names)
    return arrow.schema([(name, coarser(kind)) for name, kind in zip(names, schema.types, strict=True)])


def _first(error: Exception) -> str:
    return str(error).split("\n", 1)[0].rstrip(".")
