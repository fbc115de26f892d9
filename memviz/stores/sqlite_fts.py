"""The full-text index: what is written to it, and how words become its query language.

The index (SQLite's FTS5) sees key and text with a space around every Chinese character, so that each of them is a word,
and a Chinese word is the phrase of its characters; this needs no extension. The index keeps no copy of the texts
(``content=''``): to change or remove a row it must be given the old key and text, exactly as they went in. So whoever
changes ``spaced_cjk`` adds a migration that builds the index anew.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from memviz.core.text import spaced_cjk, words

#: A phrase longer than this finds nothing more exactly, and only takes time.
_LONGEST_TERM = 2_000

#: Endings that the stemmer takes off. While one of them is being typed, the stem itself must be found too:
#: ``directing`` is indexed as ``direct``, which does not begin with ``directi``.
_ENDINGS = (
    " able ally ances ations ator edly ement ences ency ent ers est fully ible ical ied ies ingly ings ions ism ists"
    " ities ity iveness izations ized izer izes izing less ly ments ness ously ousness s tions"
)
_SHORTEST_STEM = 3

#: English words meet by their stem and without diacritics; Chinese was spaced before it came here.
_TOKENIZER = "porter unicode61 remove_diacritics 2"

_REMOVE = "INSERT INTO entries_fts (entries_fts, rowid, key, text) VALUES ('delete', ?, ?, ?)"
_ADD = "INSERT INTO entries_fts (rowid, key, text) VALUES (?, ?, ?)"


def create_index(connection: sqlite3.Connection, table: str = "entries_fts", *, typed: bool = False) -> None:
    """An empty index of keys and texts.

    Args:
        typed: it is searched while somebody types: first letters are indexed as well. A single letter begins a word of
            nearly every entry, which else takes 60 ms to be put together in a million of them; a third more space.
    """
    prefixes = ", prefix='1'" if typed else ""
    connection.execute(
        f"CREATE VIRTUAL TABLE {table} USING fts5(key, text, content='', tokenize='{_TOKENIZER}'{prefixes})"
    )


def rebuild_index(connection: sqlite3.Connection) -> None:
    """Makes the index of the entries anew from their rows."""
    connection.execute("DROP TABLE entries_fts")
    create_index(connection, typed=True)
    add_to_index(connection, connection.execute("SELECT id, key, text FROM entries ORDER BY id"))
    connection.execute("INSERT INTO entries_fts (entries_fts) VALUES ('optimize')")


def add_to_index(
    connection: sqlite3.Connection, rows: Iterable[tuple[int, str, str]], table: str = "entries_fts"
) -> None:
    """Indexes rows (id, key, text) that are not in the index."""
    connection.executemany(
        f"INSERT INTO {table} (rowid, key, text) VALUES (?, ?, ?)",
        (_spaced(row) for row in rows),
    )


def remove_from_index(connection: sqlite3.Connection, rows: Iterable[tuple[int, str, str]]) -> None:
    """Removes rows (id, key, text) as they were when they were added."""
    connection.executemany(_REMOVE, (_spaced(row) for row in rows))


def change_in_index(
    connection: sqlite3.Connection, rows: Iterable[tuple[tuple[int, str, str], tuple[int, str, str]]]
) -> None:
    """Rows (id, key, text) as they were when they were added, and as they are now, by id.

    One after the other, since FTS5 writes out what it has gathered whenever an id is smaller than the one before: where
    all are removed first, many changes take half as long again.
    """
    for old, now in rows:
        connection.execute(_REMOVE, _spaced(old))
        connection.execute(_ADD, _spaced(now))


def _spaced(row: tuple[int, str, str]) -> tuple[int, str, str]:
    entry_id, key, text = row
    return entry_id, spaced_cjk(key), spaced_cjk(text)


def any_of(terms: Sequence[str]) -> str:
    """A query for rows with at least one of the terms; empty where no term holds a word."""
    return " OR ".join(phrases(terms))


def phrases(terms: Sequence[str]) -> list[str]:
    """The terms that hold a word, each as a query of its own."""
    return [phrase for phrase in map(_phrase, dict.fromkeys(terms)) if phrase]


def any_and_any(any_of_these: Sequence[str], also_any_of: Sequence[str]) -> str:
    """A query for rows as ``LexicalIndex.match`` describes them; empty where no row can be one."""
    query = any_of(any_of_these)
    if not also_any_of:
        return query
    also = any_of(also_any_of)
    return both(query, also) if query and also else ""


def both(first: str, second: str) -> str:
    return f"({first}) AND ({second})"


def as_typed(text: str) -> str:
    """A query for rows with every word of ``text``, the last maybe unfinished; empty where there is no word."""
    pieces = text.split()
    phrases = [phrase for phrase in map(_phrase, dict.fromkeys(pieces[:-1])) if phrase]
    last = next(reversed(pieces), "")
    if phrase := _phrase(last):
        stems = [f'"{stem}"' for stem in _stems_of_unfinished(last)]
        phrases.append(" OR ".join([f"{phrase} *", *stems]))
    return " AND ".join(f"({phrase})" for phrase in phrases)


def _phrase(term: str) -> str:
    if not words(term):
        return ""
    # FTS5 reads its query up to the first NUL.
    inside = spaced_cjk(term[:_LONGEST_TERM]).replace("\0", " ").replace('"', '""')
    return f'"{inside}"'


def _stems_of_unfinished(word: str) -> list[str]:
    if not (word.isascii() and word.isalpha()):
        return []
    cuts = range(_SHORTEST_STEM, len(word))
    return [word[:cut] for cut in cuts if f" {word[cut:].lower()}" in _ENDINGS]
