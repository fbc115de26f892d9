"""What is to be forgotten: entries of now and of the history, and all that they said. Callers hold the transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import closing
from itertools import groupby
from operator import itemgetter
from typing import Any

from memviz.core.errors import KnownError
from memviz.core.forgetting import Found, Wish
from memviz.core.progress import Progress
from memviz.stores.sqlite_fts import add_to_index, as_typed, create_index
from memviz.stores.sqlite_history import head
from memviz.stores.sqlite_parts import damaged
from memviz.stores.sqlite_rows import chunks, places

#: Parts of the history between two reports of progress.
_REPORT = 10_000
_PARTS = 'SELECT entry_id, "before", "after" FROM change_rows'
_NEWEST_FIRST = "ORDER BY entry_id, version DESC, position DESC"


def find(connection: sqlite3.Connection, wish: Wish, progress: Progress) -> Found:
    """See :meth:`memviz.core.forgetting.Forgetting.find`."""
    progress(0, 0, "looking for what is to be forgotten")
    if wish.ids:
        ids = _known(connection, set(wish.ids))
        if missing := set(wish.ids) - ids:
            raise KnownError(
                f"There is no entry {min(missing)} in this memory or its history; look for its id with a search."
            )
    elif wish.owner:
        ids = _of_owner(connection, wish.owner.strip())
        if not ids:
            raise KnownError(f"No entry of this memory or its history is “{wish.owner}”’s; check the owner’s name.")
    else:
        ids = _with_words(connection, wish.search, progress)
        if not ids:
            raise KnownError(f"No entry of this memory or its history holds “{wish.search}”; try other words.")
    return found(connection, ids)


def found(connection: sqlite3.Connection, ids: Collection[int]) -> Found:
    """What there is of these entries."""
    there: list[int] = []
    parts = 0
    texts: dict[str, None] = {}
    fields: dict[str, None] = {}
    owners: dict[str, None] = {}
    for chunk in chunks(sorted(ids)):
        there += [row[0] for row in connection.execute(f"SELECT id FROM entries WHERE id IN ({places(chunk)})", chunk)]
        counted = connection.execute(f"SELECT count(*) FROM change_rows WHERE entry_id IN ({places(chunk)})", chunk)
        parts += counted.fetchone()[0]
        for _, said in _said(connection, chunk):
            texts.update(dict.fromkeys(text for pair in said for text in pair if text))
        for owner, others in _fields(connection, chunk):
            owners.update(dict.fromkeys([owner] if owner else []))
            fields.update(dict.fromkeys(text for text in (owner, *others) if text))
    return Found(
        head(connection)[0],
        tuple(sorted(ids)),
        tuple(sorted(there)),
        parts,
        tuple(texts),
        tuple(text for text in fields if text not in texts),
        tuple(owners),
    )


def each_text(connection: sqlite3.Connection, tell: Callable[[int, str], None]) -> None:
    """Tells of every key and text that rows and history hold, with the entry’s id; some more than once."""
    for entry_id, key, text in connection.execute("SELECT id, key, text FROM entries"):
        tell(entry_id, key)
        tell(entry_id, text)
    for entry_id, said in _said(connection, None):
        for text in dict.fromkeys(text for pair in said for text in pair):
            tell(entry_id, text)


def _known(connection: sqlite3.Connection, ids: set[int]) -> set[int]:
    known: set[int] = set()
    for chunk in chunks(sorted(entry_id for entry_id in ids if 0 < entry_id < 2**63)):
        for table, column in (("entries", "id"), ("change_rows", "entry_id")):
            rows = connection.execute(f"SELECT {column} FROM {table} WHERE {column} IN ({places(chunk)})", chunk)
            known.update(entry_id for (entry_id,) in rows)
    return known


def _of_owner(connection: sqlite3.Connection, owner: str) -> set[int]:
    """Now, or in any part of the history; names differ without regard to the case of A to Z, as in the table."""
    rows = connection.execute(
        """SELECT id FROM entries WHERE owner = :owner COLLATE NOCASE
           UNION SELECT entry_id FROM change_rows
           WHERE CASE WHEN json_valid("before") THEN json_extract("before", '$.owner') END = :owner COLLATE NOCASE
              OR CASE WHEN json_valid("after") THEN json_extract("after", '$.owner') END = :owner COLLATE NOCASE""",
        {"owner": owner},
    )
    return {entry_id for (entry_id,) in rows}


def _with_words(connection: sqlite3.Connection, text: str, progress: Progress) -> set[int]:
    """Found as a search in the table would have found them, at any time. The index of what was is made in memory."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as then:
        create_index(then, "entries_fts")
        then.execute("CREATE TABLE rows (entry_id INTEGER, key TEXT, text TEXT)")
        for said in chunks(_versions(connection, progress)):
            then.executemany("INSERT INTO rows VALUES (?, ?, ?)", said)
        if query := as_typed(text):
            add_to_index(then, then.execute("SELECT rowid, key, text FROM rows"))
            were = "SELECT entry_id FROM rows WHERE rowid IN (SELECT rowid FROM entries_fts WHERE entries_fts MATCH ?)"
            now = "SELECT rowid FROM entries_fts WHERE entries_fts MATCH ?"
        else:
            query = text.strip()
            were = "SELECT entry_id FROM rows WHERE instr(key, ?1) OR instr(text, ?1)"
            now = "SELECT id FROM entries WHERE instr(key, ?1) OR instr(text, ?1)"
        rows = [*then.execute(were, (query,)), *connection.execute(now, (query,))]
        return {entry_id for (entry_id,) in rows}


def _versions(connection: sqlite3.Connection, progress: Progress) -> Iterator[tuple[int, str, str]]:
    """Each entry with each key and text that the history tells of it."""
    total, done = connection.execute("SELECT count(*) FROM change_rows").fetchone()[0], 0
    for entry_id, said in _said(connection, None):
        for key, text in dict.fromkeys(said):
            yield entry_id, key, text
        done += len(said)
        if done % _REPORT < len(said):
            progress(min(done, total), total, "reading the history")


def _said(connection: sqlite3.Connection, ids: list[int] | None) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """Of entries (None: of all that the history tells of) all pairs of key and text, the newest first."""
    some = "" if ids is None else f"WHERE entry_id IN ({places(ids)})"
    rows = connection.execute(f"{_PARTS} {some} {_NEWEST_FIRST}", ids or ())
    told = set()
    for entry_id, parts in groupby(rows, itemgetter(0)):
        told.add(entry_id)
        yield entry_id, _back(_now(connection, entry_id), ((before, after) for _, before, after in parts))
    for entry_id in ids or ():
        if entry_id not in told and (now := _now(connection, entry_id)) is not None:
            yield entry_id, [now]


def _fields(connection: sqlite3.Connection, ids: list[int]) -> Iterator[tuple[str, list[str]]]:
    """Of these entries, now and in each part of their history, the owner and all other fields of words."""
    some = f"IN ({places(ids)})"
    for owner, source, tags, metadata in connection.execute(
        f"SELECT owner, source, tags, metadata FROM entries WHERE id {some}", ids
    ):
        yield owner, [source, *_words_in(json.loads(tags)), *_words_in(json.loads(metadata))]
    for sides in connection.execute(f'SELECT "before", "after" FROM change_rows WHERE entry_id {some}', ids):
        for side in sides:
            values = json.loads(side) if side is not None else {}
            others = [values.get("source", ""), *_words_in([values.get("tags"), values.get("metadata")])]
            yield values.get("owner", ""), others


def _words_in(value: Any) -> list[str]:
    """All texts in a value of JSON, but for the names of fields."""
    if isinstance(value, str):
        return [value]
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for each in inside for text in _words_in(each)]


def _now(connection: sqlite3.Connection, entry_id: int) -> tuple[str, str] | None:
    row = connection.execute("SELECT key, text FROM entries WHERE id = ?", (entry_id,)).fetchone()
    return (row[0], row[1]) if row else None


def _back(now: tuple[str, str] | None, parts: Iterable[tuple[str | None, str | None]]) -> list[tuple[str, str]]:
    """What an entry said after and before each part of it, going back."""
    said = [] if now is None else [now]
    pair = now or ("", "")
    for sides in parts:
        for side in reversed(sides):
            if side is None:
                continue
            try:
                values = json.loads(side)
                pair = values.get("key", pair[0]), values.get("text", pair[1])
            except (ValueError, AttributeError):
                raise damaged() from None
            said.append(pair)
    return said
