"""Rows of a load on their way to the server: checked and counted before anything is sent, and kept in a file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from memviz.core.edits import Insert
from memviz.core.entry import Entry
from memviz.core.errors import Cancelled
from memviz.core.progress import Progress
from memviz.stores.sqlite_edits import new_entry
from memviz.stores.sqlite_load import successor_of
from memviz.stores.sqlite_rows import from_json, to_json

_TOLD_EVERY = 2_000


class Spool:
    """Entries of which the ids are not known yet. Use it as a context manager: its file goes with it."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n")  # noqa: SIM115 - closed by close
        self._places: list[int] = []  # where each _TOLD_EVERY-th line begins
        self.count = 0

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def fill(self, rows: Iterable[Mapping[str, Any]], total: int, now: float, progress: Progress) -> None:
        """Takes rows (the fields of an ``Insert`` each).

        Raises:
            KnownError: a row that cannot be an entry.
            Cancelled: by ``progress``.
        """
        for row in rows:
            if self.count % _TOLD_EVERY == 0:
                self._places.append(self._file.tell())
                progress(self.count, 2 * total, "reading entries")
            successor, fields = successor_of(row)
            entry = new_entry(Insert(**fields), 1, now)
            if successor is not None:
                entry = replace(entry, superseded_by=-1 - successor)  # its id is not known yet
            self._file.write(f"{to_json(entry)}\n")
            self.count += 1

    def entries(self, first_id: int, begin: int, end: int) -> Sequence[Entry]:
        """The entries with the ids from ``begin`` to ``end``, where the first of all gets ``first_id``."""
        skipped, within = divmod(begin - first_id, _TOLD_EVERY)
        self._file.seek(self._places[skipped])
        for _ in range(within):
            self._file.readline()
        return list(self._read(first_id, begin, end))

    def told(self, first: int, begin: int, end: int, last: int, progress: Progress) -> Sequence[Entry]:
        """Like :meth:`entries`, and tells that those before are on the server; too late to be cancelled."""
        with suppress(Cancelled):
            progress(begin - first, last - first + 1, "loading entries")
        return self.entries(first, begin, end) if end >= begin else []

    def _read(self, first_id: int, begin: int, end: int) -> Iterator[Entry]:
        for entry_id in range(begin, end + 1):
            entry = from_json(self._file.readline())
            assert entry is not None
            successor = entry.superseded_by
            if successor is not None and successor < 0:
                successor = first_id - 1 - successor
            yield replace(entry, id=entry_id, superseded_by=successor)
