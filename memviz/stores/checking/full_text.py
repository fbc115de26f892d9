"""The full-text index against one that is made anew from the rows, word by word."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any

from memviz.core.progress import Progress
from memviz.stores.checking.finding import Finding, Ids, of_entries
from memviz.stores.sqlite_fts import add_to_index, create_index

_EVERY = 5_000
_TEXTS = "SELECT id, key, text FROM entries ORDER BY id"
#: What decides scores beside the words: the lengths of each entry, and the number of entries with the sums of those.
_LENGTHS = "SELECT id, sz FROM entries_fts_docsize ORDER BY id"
_TOTALS = "SELECT block FROM entries_fts_data WHERE id = 1"


def index_findings(connection: sqlite3.Connection, progress: Progress) -> Iterator[Finding]:
    """What SQLite's own check cannot see: whether the index is of these rows."""
    with closing(sqlite3.connect("", isolation_level=None)) as fresh:  # a file of SQLite's own, gone when it is closed
        fresh.execute("PRAGMA journal_mode = OFF")
        fresh.execute("BEGIN")
        create_index(fresh)
        add_to_index(fresh, _told(connection, progress))
        out = Ids(sorted(set(_differing(_words(connection), _words(fresh)))))
        lengths = (each.execute(_LENGTHS) for each in (connection, fresh))
        same = _same(*lengths) and _totals(connection) == _totals(fresh)
    yield from of_entries("index", "the full-text index is out of step with {}.", out, repairable=True)
    if not out and not same:
        yield Finding("index", "The full-text index has wrong lengths of texts, which scores are made of.", True)


def make_index_anew(connection: sqlite3.Connection, progress: Progress) -> None:
    """The caller holds the transaction."""
    connection.execute("DROP TABLE IF EXISTS entries_fts")
    create_index(connection, typed=True)
    add_to_index(connection, _told(connection, progress))
    connection.execute("INSERT INTO entries_fts (entries_fts) VALUES ('optimize')")


def _told(connection: sqlite3.Connection, progress: Progress) -> Iterator[tuple[int, str, str]]:
    total = connection.execute("SELECT coalesce(max(id), 0) FROM entries").fetchone()[0]
    for number, row in enumerate(connection.execute(_TEXTS)):
        if number % _EVERY == 0:
            progress(row[0], total, "reading the texts")
        yield row


def _words(connection: sqlite3.Connection) -> Iterator[Any]:
    """(Word, entry id, column, position) of everything in the index, in this order."""
    connection.execute("DROP TABLE IF EXISTS temp.vocabulary")
    connection.execute("CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab(main, entries_fts, instance)")
    yield from connection.execute("SELECT term, doc, col, offset FROM temp.vocabulary")


def _totals(connection: sqlite3.Connection) -> bytes:
    """Variable-length numbers, as FTS5 keeps them; none where there never was a row, zeros where all are gone."""
    row = connection.execute(_TOTALS).fetchone()
    return bytes(row[0]).rstrip(b"\0") if row and row[0] else b""


def _same(one: Iterable[Any], other: Iterable[Any]) -> bool:
    return next(_unequal(iter(one), iter(other)), None) is None


def _differing(one: Iterable[Any], other: Iterable[Any]) -> Iterator[int]:
    """Ids of the entries of rows that only one of two sorted streams has."""
    for left, right in _unequal(iter(one), iter(other)):
        if left is not None:
            yield left[1]
        if right is not None:
            yield right[1]


def _unequal(one: Iterator[Any], other: Iterator[Any]) -> Iterator[tuple[Any, Any]]:
    """(Row, None) and (None, row) of what only one of two sorted streams has."""
    left, right = next(one, None), next(other, None)
    while left is not None or right is not None:
        if left == right:
            left, right = next(one, None), next(other, None)
        elif right is None or (left is not None and left < right):
            yield left, None
            left = next(one, None)
        else:
            yield None, right
            right = next(other, None)
