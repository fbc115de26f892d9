"""Unpacking a memory that ships with memviz into a SQLite file."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from memviz.core.errors import KnownError
from memviz.core.facts import render
from memviz.core.progress import Progress, no_progress
from memviz.stores.pack_format import read_header, read_pack
from memviz.stores.sqlite_file import new_file
from memviz.stores.sqlite_load import load_rows


def unpack(pack_path: str | Path, target_path: str | Path, progress: Progress = no_progress) -> None:
    """Makes the memory file ``target_path`` from a pack; blocks for seconds.

    The file appears under its name when it is complete; where this fails or is cancelled, nothing is left behind.

    Raises:
        KnownError: the pack cannot be read, or the folder cannot be written.
        Cancelled: by ``progress``.
    """
    header = read_header(pack_path)
    make_memory(Path(target_path), _rows(Path(pack_path), header.source), header.entries, progress)


def unpack_lines(lines_path: str | Path, target_path: str | Path, progress: Progress = no_progress) -> None:
    """Makes a memory file from a small sample: a JSON object with an entry's fields on each line. As :func:`unpack`."""
    rows = [json.loads(line) for line in Path(lines_path).read_text(encoding="utf-8").splitlines()]
    make_memory(Path(target_path), iter(rows), len(rows), progress)


def make_memory(target: Path, rows: Iterator[dict[str, Any]], count: int, progress: Progress) -> None:
    """A new memory file of rows with fields of entries; it appears under its name when it is complete.

    Raises:
        KnownError: the folder cannot be written.
        Cancelled: by ``progress``.
    """
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        with new_file(unfinished) as db:
            load_rows(db, rows, count, time.time(), progress)
        os.replace(unfinished, target)
    except OSError as error:
        raise KnownError(f"“{target}” cannot be made: {error.strerror}; choose another folder.") from None
    finally:
        unfinished.unlink(missing_ok=True)


def _rows(pack_path: Path, source: str) -> Iterator[dict[str, Any]]:
    for fact in read_pack(pack_path):
        key, text = render(fact)
        yield {"key": key, "text": text, "source": source}
