"""A read-only view of a memory file at one version."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from memviz.core.entry import Entry
from memviz.core.filters import Filter
from memviz.core.past import NOTHING_SINCE, Since
from memviz.core.progress import Progress, no_progress
from memviz.core.snapshot import Match
from memviz.stores import sqlite_fts as fts
from memviz.stores.sqlite_history import head, time_of
from memviz.stores.sqlite_place import Place
from memviz.stores.sqlite_rows import chunks, places, read_after, read_in_order
from memviz.stores.sqlite_search import Searcher
from memviz.stores.sqlite_settings import read
from memviz.stores.sqlite_vectors import with_vectors

#: Weights of key and text in BM25. They multiply the term's count, so larger ones lessen what repetition adds. An entry
#: with the answer was among the first 1 / 4 / 12 for this part of 500 questions about movies (stop words left out):
#: 1:1 .70 / .89 / .978, 2:1 .69 / .87 / .972, 1:2 .74 / .91 / .982, 2:4 .78 / .92 / .986. More than 1:2 would nearly
#: ignore repetition, which counts in longer texts.
WEIGHTS = {"key": 1.0, "text": 2.0}

HIDDEN = """SELECT id FROM entries
    WHERE (enabled = 0 OR expires IS NOT NULL) AND (enabled = 0 OR expires <= :now)"""

_MATCH = f"""SELECT rowid, -bm25(entries_fts, {WEIGHTS["key"]}, {WEIGHTS["text"]}) AS score FROM entries_fts
    WHERE entries_fts MATCH :query AND rowid NOT IN ({HIDDEN})
    ORDER BY score DESC, rowid LIMIT :limit"""

_MATCH_ONE = f"""SELECT rowid, -bm25(entries_fts, {WEIGHTS["key"]}, {WEIGHTS["text"]}) FROM entries_fts
    WHERE entries_fts MATCH :query AND rowid = :id"""


class SQLiteSnapshot:
    """Holds a read transaction on a connection of its own: edits go on beside it, and it never sees them.

    Made on the store thread, then used by one other thread; ``close`` it soon, since the write-ahead log keeps growing
    while the oldest view on it is open.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        place: Place,
        now: float,
        frequencies: dict[int, dict[str, int]],
    ) -> None:
        """``connection`` is in a transaction, and closed with this. ``now`` decides what has expired. ``frequencies``
        (version -> term -> count) is shared by snapshots.
        """
        self._connection = connection
        self._place = place
        self.now = now
        self.url = place.url
        with self._place.errors():
            self.version, self.count = head(connection)
        self._frequencies = frequencies.setdefault(self.version, {})
        self._searcher = Searcher(connection)

    def get(self, ids: Sequence[int]) -> list[Entry]:
        with self._place.errors():
            return read_in_order(self._connection, ids)

    def search_ids(
        self,
        text: str = "",
        *,
        sort: str = "id",
        descending: bool = False,
        where: Filter = (),
        limit: int | None = None,
        progress: Progress = no_progress,
    ) -> Sequence[int]:
        with self._place.errors():
            return self._searcher.ids(text, sort, descending, where, now=self.now, limit=limit, progress=progress)

    def embedded(self, ids: Sequence[int]) -> frozenset[int]:
        with self._place.errors():
            return with_vectors(self._connection, ids)

    def document_frequency(self, term: str) -> int:
        if term not in self._frequencies:
            self._frequencies[term] = self._count(fts.any_of([term]))
        return self._frequencies[term]

    def _count(self, query: str) -> int:
        if not query:
            return 0
        with self._place.errors():
            row = self._connection.execute("SELECT count(*) FROM entries_fts WHERE entries_fts MATCH ?", (query,))
            return int(row.fetchone()[0])

    def match(
        self, any_of: Sequence[str], also_any_of: Sequence[str] = (), *, limit: int, only: int | None = None
    ) -> list[Match]:
        query = fts.any_and_any(any_of, also_any_of)
        if not query:
            return []
        with self._place.errors():
            if only is not None:
                rows = self._connection.execute(_MATCH_ONE, {"query": query, "id": only})
            else:
                rows = self._connection.execute(_MATCH, {"query": query, "now": self.now, "limit": limit})
            return [Match(entry_id, score) for entry_id, score in rows]

    def with_subject(self, subjects: Sequence[str]) -> dict[int, str]:
        found: dict[int, str] = {}
        with self._place.errors():
            for chunk in chunks(dict.fromkeys(subject for subject in subjects if subject)):
                rows = self._connection.execute(
                    f"""SELECT id, subject FROM entries WHERE subject IN ({places(chunk)})
                        AND enabled AND (expires IS NULL OR expires > ?) ORDER BY id""",
                    (*chunk, self.now),
                )
                found.update(rows)
        return found

    def with_key(self, keys: Sequence[str]) -> list[int]:
        found: set[int] = set()
        with self._place.errors():
            for chunk in chunks(dict.fromkeys(keys)):
                rows = self._connection.execute(
                    f"""SELECT id FROM entries WHERE key IN ({places(chunk)})
                        AND enabled AND (expires IS NULL OR expires > ?)""",
                    (*chunk, self.now),
                )
                found.update(entry_id for (entry_id,) in rows)
        return sorted(found)

    def newest(self, *, limit: int, source: str = "", before: int | None = None) -> list[int]:
        with self._place.errors():
            rows = self._connection.execute(
                """SELECT id FROM entries
                    WHERE enabled AND (expires IS NULL OR expires > :now) AND superseded_by IS NULL
                    AND (:source = '' OR source = :source) AND (:before IS NULL OR id < :before)
                    ORDER BY id DESC LIMIT :limit""",
                {"now": self.now, "source": source, "before": before, "limit": limit},
            )
            return [entry_id for (entry_id,) in rows]

    def texts(self) -> Iterator[tuple[int, str, str]]:
        with self._place.errors():
            yield from self._connection.execute(
                """SELECT id, key, text FROM entries
                    WHERE enabled AND (expires IS NULL OR expires > ?) AND superseded_by IS NULL ORDER BY id""",
                (self.now,),
            )

    def unchanged_between(self) -> tuple[float, float]:
        with self._place.errors():
            last, following = self._connection.execute(
                """SELECT max(expires) FILTER (WHERE expires <= :now), min(expires) FILTER (WHERE expires > :now)
                    FROM entries WHERE (enabled = 0 OR expires IS NOT NULL) AND enabled = 1""",
                {"now": self.now},
            ).fetchone()
        return (-math.inf if last is None else last, math.inf if following is None else following)

    @property
    def settings(self) -> Mapping[str, Any]:
        with self._place.errors():
            return read(self._connection)

    def scan(self, *, after: int = 0) -> Iterator[Entry]:
        with self._place.errors():
            yield from read_after(self._connection, after)

    def differing(self) -> frozenset[int]:
        return frozenset()

    @property
    def made(self) -> float | None:
        with self._place.errors():
            return time_of(self._connection, self.version)

    def since(self) -> Since:
        return NOTHING_SINCE

    def close(self) -> None:
        """Ends the read transaction; nothing happens the second time."""
        self._connection.close()
