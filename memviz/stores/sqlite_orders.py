"""Orders of all entries by a field: indexes that give them, and how they are read.

Most fields have one value in nearly every entry (no owner, enabled, never used …). Their index holds the other entries
alone, so that a million entries cost neither space nor the time of an edit; the others follow by id.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memviz.core.errors import KnownError
from memviz.stores.sqlite_history import head

Ids = NDArray[np.int64]

#: Texts that begin with the same characters stand in the order of ids: an index of whole texts would be a second copy.
SORTED_CHARACTERS = 32
_NO_CASE = "COLLATE NOCASE"
#: Below this largest id a mask of all ids is small; above it, ids are compared.
_LARGEST_MASK = 100_000_000


@dataclass(frozen=True, slots=True)
class Order:
    """How a field is sorted.

    Attributes:
        by: SQL of what is sorted by.
        usual: SQL of the value that is left out of the index; empty where every entry is in it.
        missing: the value that is left out is NULL, which comes last in both directions.
    """

    by: str
    usual: str = ""
    missing: bool = False

    @property
    def unusual(self) -> str:
        """SQL condition of the entries that are in the index."""
        field = self.by.removesuffix(f" {_NO_CASE}")
        return f"{field} IS NOT NULL" if self.missing else f"{field} <> {self.usual}"


#: By name of the field; ``id`` needs no index.
ORDERS = {
    "key": Order(f"key {_NO_CASE}", "''"),
    "text": Order(f"substr(text, 1, {SORTED_CHARACTERS}) {_NO_CASE}"),
    "kind": Order(f"kind {_NO_CASE}", "'fact'"),
    "owner": Order(f"owner {_NO_CASE}", "''"),
    "source": Order(f"source {_NO_CASE}", "''"),
    "tags": Order(f"tags {_NO_CASE}", "'[]'"),
    "created": Order("created"),
    "updated": Order("updated"),
    "last_used": Order("last_used", "NULL", missing=True),
    "used_count": Order("used_count", "0"),
    "confidence": Order("confidence", "1.0"),
    "expires": Order("expires", "NULL", missing=True),
    "private": Order("private", "0"),
    "enabled": Order("enabled", "1"),
    "superseded_by": Order("superseded_by", "NULL", missing=True),
}
#: ``embedded``: whether the entry has vectors, of whatever space.
SORT_FIELDS = ("id", *ORDERS, "embedded")


def order_of(field: str) -> Order | None:
    """None for ``id`` and ``embedded``, which no index of entries orders.

    Raises:
        KnownError: a field that cannot be sorted by.
    """
    if field not in SORT_FIELDS:
        raise KnownError(f"Entries cannot be sorted by “{field}”; use one of {', '.join(SORT_FIELDS)}.")
    return ORDERS.get(field)


def create_indexes(connection: sqlite3.Connection) -> None:
    """One for each field, unless it is there."""
    for field, order in ORDERS.items():
        where = f" WHERE {order.unusual}" if order.usual else ""
        connection.execute(f"CREATE INDEX IF NOT EXISTS order_by_{field} ON entries ({order.by}){where}")


def drop_indexes(connection: sqlite3.Connection) -> None:
    """Before many rows are written: making them anew takes less time than keeping them."""
    for field in ORDERS:
        connection.execute(f"DROP INDEX IF EXISTS order_by_{field}")


def all_ids(connection: sqlite3.Connection) -> Ids:
    """Every id, ascending."""
    # Counted, not read off the history: the copy of a memory on a server may lack entries that the server has lost.
    count = connection.execute("SELECT count(*) FROM entries").fetchone()[0]
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'entries'").fetchone()
    if row is not None and row[0] == count:  # none was ever deleted
        return np.arange(1, count + 1, dtype=np.int64)
    return np.sort(read_ids(connection, "SELECT id FROM main.entries INDEXED BY order_by_updated"))


class OrderReader:
    """Reads ids of the entries of now from a connection; see :class:`PastOrderReader` for those of then."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def all(self) -> Ids:
        """Every id, ascending."""
        return all_ids(self._connection)

    def by(self, order: Order, condition: str) -> Ids:
        """Those that a condition (SQL) holds of, in an order, equal values by id."""
        return read_ids(self._connection, f"SELECT id FROM entries WHERE {condition} ORDER BY {order.by}, id")

    def embedded(self) -> Ids:
        """Entries with vectors."""
        return read_ids(self._connection, "SELECT DISTINCT entry_id AS id FROM vectors WHERE vector IS NOT NULL")

    def ordered(self, field: str, descending: bool) -> Ids:
        """Every id in the order of a field, equal values by id; descending it is the reverse, but missing values are
        last.

        Raises:
            KnownError: a field that cannot be sorted by.
        """
        order = order_of(field)
        if field == "embedded":
            ids = self.all()
            embedded = mask_of(self.embedded(), ids)
            return _turned(np.concatenate([ids[~embedded], ids[embedded]]), descending)
        if order is None:
            return _turned(self.all(), descending)
        if not order.usual:
            return _turned(self.by(order, "1"), descending)
        if order.missing:
            there = self.by(order, order.unusual)
            others = _others(self.all(), there)
            return np.concatenate([_turned(there, descending), _turned(others, descending)])
        below, above = (self.by(order, f"{order.unusual} AND {order.by} {sign} {order.usual}") for sign in ("<", ">"))
        return _turned(np.concatenate([below, _others(self.all(), below, above), above]), descending)


class PastOrderReader(OrderReader):
    """Of a connection that sees the entries of then (see ``sqlite_past``).

    What did not change comes in its order from the indexes of now, and is merged with what did.
    """

    def all(self) -> Ids:
        now = all_ids(self._connection)
        differing = read_ids(self._connection, "SELECT id FROM temp.differing")
        past = read_ids(self._connection, "SELECT id FROM temp.past_entries")
        return np.sort(np.concatenate([_others(now, differing), past]))

    def by(self, order: Order, condition: str) -> Ids:
        collate = order.by[len(order.by.removesuffix(f" {_NO_CASE}")) :]
        # The value as the index has it, collation included: else SQLite would read it from every row.
        return read_ids(
            self._connection,
            f"""SELECT id, {order.by} AS value FROM main.entries
                WHERE {condition} AND id NOT IN (SELECT id FROM temp.differing)
                UNION ALL SELECT id, {order.by} FROM temp.past_entries WHERE {condition}
                ORDER BY 2{collate}, 1""",
        )


def _turned(ids: Ids, descending: bool) -> Ids:
    return ids[::-1] if descending else ids


#: Among so many entries by id those with the usual value are looked for.
_NEAR = 20_000


def first_ids(connection: sqlite3.Connection, field: str, descending: bool, limit: int) -> Ids | None:
    """The first of :meth:`OrderReader.ordered`, where an index gives them at once; else None."""
    order = order_of(field)
    direction = "DESC" if descending else "ASC"
    by = "" if order is None else f"{order.by} {direction}, "
    select, ordered = "SELECT id FROM entries", f"ORDER BY {by}id {direction} LIMIT ?"
    if order is None or not order.usual:
        return read_ids(connection, f"{select} {ordered}", limit)
    sign = ">" if descending else "<"
    before = "" if order.missing else f"AND {order.by} {sign} {order.usual}"
    first = read_ids(connection, f"{select} WHERE {order.unusual} {before} {ordered}", limit)
    if len(first) == limit:
        return first  # they come before all entries with the usual value
    value = order.by.removesuffix(f" {_NO_CASE}")
    near = f"SELECT id, {value} AS value FROM entries ORDER BY id {direction} LIMIT {_NEAR}"
    usual = read_ids(
        connection, f"SELECT id FROM ({near}) WHERE value IS {order.usual} ORDER BY id {direction} LIMIT ?", limit
    )
    if len(first) + len(usual) >= limit:
        return np.concatenate([first, usual])[:limit]
    unusual = connection.execute(f"SELECT count(*) FROM entries WHERE {order.unusual}").fetchone()[0]
    if unusual < head(connection)[1]:
        return None
    return read_ids(connection, f"{select} WHERE {order.unusual} {ordered}", limit)


def read_ids(connection: sqlite3.Connection, select: str, *parameters: Any) -> Ids:
    """The ids that a query gives, in its order.

    SQLite writes them into one text, which is read several times faster than a million rows are fetched; an aggregate
    that depends on the order keeps that of the query inside.
    """
    text = connection.execute(f"SELECT group_concat(id) FROM ({select})", parameters).fetchone()[0]
    if text is None:
        return np.zeros(0, np.int64)
    return _parsed(str(text))


#: Reading so many characters keeps the other threads waiting for some milliseconds.
_PIECE = 400_000


def _parsed(text: str) -> Ids:
    """Numbers with commas between them, piece by piece, so that other threads have their turn in between."""
    pieces, start = [], 0
    while start < len(text):
        end = text.find(",", start + _PIECE)
        end = len(text) if end < 0 else end
        pieces.append(np.fromstring(text[start:end], dtype=np.int64, sep=","))
        start = end + 1
    return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)


def _others(ids: Ids, *without: Ids) -> Ids:
    """``ids`` but for these."""
    out = np.concatenate(without)
    return ids[~mask_of(out, ids)] if out.size else ids


def mask_of(found: Ids, ids: Ids) -> NDArray[np.bool_]:
    """Which of ``ids`` [n] are among ``found``: bool [n]."""
    if not ids.size or not found.size:
        return np.zeros(ids.size, np.bool_)
    largest = int(max(ids.max(), found.max()))
    if largest > _LARGEST_MASK:
        return np.isin(ids, found)
    there = np.zeros(largest + 1, np.bool_)
    there[found] = True
    return there[ids]
