"""The files of a memory after a forgetting: log and free pages emptied, backups gone, and every byte searched."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from memviz.core.errors import KnownError
from memviz.core.forgetting import Held, Searched
from memviz.core.progress import Progress
from memviz.core.sizes import size_words
from memviz.stores.byte_search import ByteSearch, pieces_of
from memviz.stores.file_search import search_files
from memviz.stores.sqlite_fts import as_typed
from memviz.stores.sqlite_place import Place

#: Rows that are searched at once.
_ROWS = 20_000
#: Ids that are named for one text.
_NAMED = 100
_BUSY = (
    "“{name}” is being read by another program, by a question that is not answered yet, or by a table that shows the"
    " past, so that its log cannot be emptied; wait for that or close it, and try again."
)
#: What was kept: where -> SQL of a row’s place, the id that is named, and all its texts.
_KEPT = {
    "entries": """SELECT id, id, CAST(key || char(10) || text || char(10) || owner || char(10) || source || char(10)
        || tags || char(10) || metadata || char(10) || kind AS BLOB) FROM entries WHERE id > ? ORDER BY id LIMIT ?""",
    "history": """SELECT rowid, entry_id, CAST(coalesce("before", '') || char(10) || coalesce("after", '') AS BLOB)
        FROM change_rows WHERE rowid > ? ORDER BY rowid LIMIT ?""",
    "settings": """SELECT rowid, name, CAST(name || char(10) || value AS BLOB)
        FROM settings WHERE rowid > ? ORDER BY rowid LIMIT ?""",
    "names": """SELECT rowid, name, CAST(said AS BLOB) FROM (
            SELECT rowid, 'tables' AS name, name || char(10) || sql || char(10) || 'SQLite format 3' AS said
            FROM sqlite_master WHERE sql IS NOT NULL
            UNION ALL SELECT version + (1 << 40), 'changes', kind || char(10) || initiator || char(10) || status
            FROM changes
            UNION ALL SELECT id + (1 << 62), 'spaces of vectors', name FROM vector_spaces)
        WHERE rowid > ? ORDER BY rowid LIMIT ?""",
}


def check_room(place: Place) -> None:
    """Raises a KnownError where the file cannot be written anew: for a while that takes as much space again, on its
    disk and on that of temporary files."""
    files = place.files()
    if not files:
        return
    needed = sum(file.stat().st_size for file in files)
    for folder in (files[0].parent, _temporary_files()):
        free = shutil.disk_usage(folder).free
        if free < needed:
            raise KnownError(
                f"Forgetting writes “{place.name}” anew, which takes {size_words(needed)} for a while, and the disk of"
                f" “{folder}” has {size_words(free)} left; free some space there and try again."
            )


def _temporary_files() -> Path:
    """The folder that SQLite chooses for them."""
    named = (os.environ.get("SQLITE_TMPDIR"), os.environ.get("TMPDIR"), "/var/tmp", "/usr/tmp")
    there = (Path(name) for name in named if name and os.access(name, os.W_OK | os.X_OK))
    return next(there, Path(tempfile.gettempdir()))


def empty_log(connection: sqlite3.Connection, place: Place) -> None:
    """Moves the log into the file and cuts it to nothing.

    Raises:
        KnownError: somebody reads the memory as it was.
    """
    busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise KnownError(_BUSY.format(name=place.name))


def clean(connection: sqlite3.Connection, place: Place, progress: Progress) -> tuple[str, ...]:
    """See :meth:`memviz.core.forgetting.Forgetting.clean`."""
    progress(0, 0, "emptying the log")
    empty_log(connection, place)
    progress(0, 0, "writing the file anew")
    connection.execute("VACUUM")
    empty_log(connection, place)
    removed = []
    for backup in place.backups():
        try:
            backup.unlink()
        except OSError as error:
            raise KnownError(
                f"The backup “{backup}” cannot be removed ({error.strerror}), and may hold what is to be forgotten;"
                " remove it, and forget again."
            ) from None
        removed.append(backup.name)
    return tuple(removed)


def untidy(connection: sqlite3.Connection, place: Place) -> tuple[str, ...]:
    """See :meth:`memviz.core.forgetting.Forgetting.untidy`."""
    told = []
    free = connection.execute("PRAGMA freelist_count").fetchone()[0]
    if free:
        told.append(f"The file has {free:,} free page{'' if free == 1 else 's'}.")
    for file in place.files()[1:]:
        if not file.name.endswith("-shm") and file.stat().st_size:
            told.append(f"“{file.name}” is not empty.")
    told += [f"There is a backup, “{backup.name}”." for backup in place.backups()]
    return tuple(told)


def search(connection: sqlite3.Connection, place: Place, texts: Sequence[str], progress: Progress) -> Searched:
    """See :meth:`memviz.core.forgetting.Forgetting.search`. The caller holds a transaction that reads."""
    strings, of, short = _strings(texts)
    progress(0, 0, "reading what was kept")
    held, met = _held(connection, strings, of)
    sought = [(string, at) for number, (string, at) in enumerate(zip(strings, of, strict=True)) if number not in met]
    files = [*place.files(), *place.backups()]
    sizes, found_in = search_files(files, [string for string, _ in sought], progress) if files else ([], [])
    found: dict[int, list[str]] = defaultdict(list)
    for file, numbers in zip(files, found_in, strict=True):
        for at in sorted({sought[number][1] for number in numbers}):
            found[at].append(file.name)
    for at in list(found):
        if entries := _in_index(connection, texts[at]):
            held[at] = replace(held.get(at, Held()), entries=entries)
            del found[at]
    return Searched(
        {file.name: size for file, size in zip(files, sizes, strict=True)},
        short,
        dict(sorted(held.items())),
        {at: tuple(names) for at, names in sorted(found.items())},
    )


def _strings(texts: Sequence[str]) -> tuple[list[bytes], list[int], tuple[int, ...]]:
    """What to look for, the text that each belongs to, and which texts are too short for it."""
    strings: dict[bytes, int] = {}
    short: list[int] = []
    for at, text in enumerate(texts):
        ways = dict.fromkeys((text, json.dumps(text, ensure_ascii=False)[1:-1], json.dumps(text)[1:-1]))
        pieces = [piece for way in ways for piece in pieces_of(way.encode("utf-8", "surrogatepass"))]
        if not pieces:
            short.append(at)
        for piece in pieces:
            strings.setdefault(piece, at)
    return list(strings), list(strings.values()), tuple(short)


def _held(
    connection: sqlite3.Connection, strings: Sequence[bytes], of: Sequence[int]
) -> tuple[dict[int, Held], set[int]]:
    """What was kept and says one of the texts, or a piece of it, too; and which of the strings it says."""
    met: set[int] = set()
    held: dict[int, dict[str, dict[Any, None]]] = defaultdict(lambda: {where: {} for where in _KEPT})
    search: ByteSearch | None = None
    for where, names, rows in _kept(connection):
        joined = b"\0".join(rows)
        starts = np.cumsum([0, *(len(row) + 1 for row in rows[:-1])])
        if search is None:
            search = ByteSearch(strings, joined)
        for number, begin in search.find(joined):
            met.add(number)
            named = held[of[number]][where]
            if len(named) < _NAMED:
                named[names[int(np.searchsorted(starts, begin, "right")) - 1]] = None
    told = {at: {where: tuple(sorted(names)) for where, names in found.items()} for at, found in held.items()}
    return {at: Held(**found) for at, found in told.items()}, met


def _kept(connection: sqlite3.Connection) -> Iterator[tuple[str, list[Any], list[bytes]]]:
    """Where, the names of rows, and their bytes; so many rows at a time."""
    for where, select in _KEPT.items():
        after = -1
        while rows := connection.execute(select, (after, _ROWS)).fetchall():
            after = rows[-1][0]
            yield where, [row[1] for row in rows], [row[2] for row in rows]


def _in_index(connection: sqlite3.Connection, text: str) -> tuple[int, ...]:
    """Kept entries for which the index holds this text: it knows words without capitals and accents."""
    query = as_typed(text)
    if not query or len(text.split()) > 1:
        return ()
    rows = connection.execute(
        """SELECT rowid FROM entries_fts WHERE entries_fts MATCH ?1
           UNION SELECT id FROM entries WHERE instr(lower(key || char(10) || text), lower(?2)) LIMIT ?3""",
        (query, text, _NAMED),
    )
    return tuple(entry_id for (entry_id,) in rows)
