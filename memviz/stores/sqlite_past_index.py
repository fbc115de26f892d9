"""Full-text search in a memory as it was, where few entries differ from now.

The index of now answers for the entries that are as they were; what differs has small indexes of its own. BM25 needs
how many entries there were, how long, and how many held a word: those numbers of now are corrected by what differs, so
that scores are those that an index of then would give.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from memviz.core.snapshot import Match
from memviz.stores import sqlite_fts as fts
from memviz.stores.sqlite_rows import chunks, places

#: Parameters of BM25 that are written into SQLite's FTS5, and its least weight of a word
#: (https://sqlite.org/fts5.html, "The bm25() function").
_K1, _B, _LEAST_IDF = 1.2, 0.75, 1e-6
#: Scores that differ by less may be equal but for rounding.
_ROUNDING = 1e-9
#: As many entries more than were asked for mostly hold all that may be among the best of then.
_MORE = 2_000


@dataclass(frozen=True, slots=True)
class _Corpus:
    """``rows`` entries with ``tokens`` words together."""

    rows: int
    tokens: int

    @property
    def mean_length(self) -> float:
        return self.tokens / self.rows if self.rows else 1.0

    def idf(self, holders: int) -> float:
        """The weight of a phrase that so many entries hold."""
        return max(math.log((self.rows - holders + 0.5) / (holders + 0.5)), 0.0) or _LEAST_IDF


class PastIndex:
    """Lives in temporary tables of a connection whose ``entries`` are those of then (see ``sqlite_past.lay_over``)."""

    def __init__(self, connection: sqlite3.Connection, weights: Mapping[str, float], hidden: str) -> None:
        """``weights``: of the columns; ``hidden``: SQL for the ids that are not found, with the parameter ``now``."""
        self._connection = connection
        self._weights = weights
        self._hidden = hidden
        self._holders: dict[str, tuple[int, int]] = {}
        for table in ("now_fts", "past_fts", "phrases_fts", "scored_fts"):
            fts.create_index(connection, f"temp.{table}")
        for table in ("phrases", "scored"):
            connection.execute(f"CREATE VIRTUAL TABLE temp.{table}_words USING fts5vocab(temp, {table}_fts, instance)")
        now = "SELECT id, key, text FROM main.entries WHERE id IN (SELECT id FROM temp.differing)"
        fts.add_to_index(connection, connection.execute(now), "temp.now_fts")
        past = "SELECT id, key, text FROM temp.past_entries"
        fts.add_to_index(connection, connection.execute(past), "temp.past_fts")
        self._now = _corpus_of(connection)
        gone, come = self._lengths("now_fts"), self._lengths("past_fts")
        self._then = _Corpus(
            self._now.rows - len(gone) + len(come),
            self._now.tokens - sum(gone.values()) + sum(come.values()),
        )

    def holders(self, query: str) -> int:
        """Number of entries of then that a query finds, hidden ones included."""
        return self._both_holders(query)[1]

    def match(self, any_of: Sequence[str], also_any_of: Sequence[str], limit: int, now: float) -> list[Match]:
        """As ``LexicalIndex.match``."""
        query = fts.any_and_any(any_of, also_any_of)
        if not query:
            return []
        phrases = [*fts.phrases(any_of), *fts.phrases(also_any_of)]
        parameters = {"query": query, "now": now}
        found = [*self._unchanged(parameters, phrases, limit), *self._changed(parameters)]
        scores = self._scores(found, phrases)
        best = sorted(scores, key=lambda entry_id: (-scores[entry_id], entry_id))[:limit]
        return [Match(entry_id, scores[entry_id]) for entry_id in best]

    def match_one(self, any_of: Sequence[str], also_any_of: Sequence[str], entry_id: int) -> list[Match]:
        """The one entry, hidden or not, where it is found."""
        query = fts.any_and_any(any_of, also_any_of)
        differs = self._connection.execute("SELECT 1 FROM temp.differing WHERE id = ?", (entry_id,)).fetchone()
        table = "temp.past_fts" if differs else "main.entries_fts"
        name = table.partition(".")[2]
        if (
            not query
            or not self._connection.execute(
                f"SELECT 1 FROM {table} WHERE {name} MATCH ? AND rowid = ?", (query, entry_id)
            ).fetchone()
        ):
            return []
        scores = self._scores([entry_id], [*fts.phrases(any_of), *fts.phrases(also_any_of)])
        return [Match(entry_id, scores[entry_id])]

    def _unchanged(self, parameters: Mapping[str, object], phrases: Sequence[str], limit: int) -> list[int]:
        """Entries that are as they were, best first by the scores of now, as far as one may be among the best of then.

        A score of then is one of now times a factor from a known span, so the search ends where even the largest factor
        would not lift an entry to what the smallest one leaves of the last within the limit.
        """
        sql = f"""SELECT rowid, -bm25(entries_fts, {", ".join(map(str, self._weights.values()))}) AS score
            FROM main.entries_fts WHERE entries_fts MATCH :query AND rowid NOT IN ({self._hidden})
            AND rowid NOT IN (SELECT id FROM temp.differing) ORDER BY score DESC, rowid LIMIT :most"""
        # SQLite keeps only as many as asked for in order, which is faster than sorting all.
        for most in (limit + _MORE, -1):
            rows = self._connection.execute(sql, {**parameters, "most": most})
            found, ended = self._promising(rows, phrases, limit)
            if ended or len(found) < most:
                break
        return found

    def _promising(
        self, rows: Iterable[tuple[int, float]], phrases: Sequence[str], limit: int
    ) -> tuple[list[int], bool]:
        """Ids of the rows, best first, that may be among the best of then, and whether one came that may not."""
        found: list[int] = []
        least = 0.0
        for entry_id, score in rows:
            if score < least:
                return found, True
            found.append(entry_id)
            if len(found) == limit:
                smallest, largest = self._factors(phrases)
                least = score * smallest / largest * (1 - _ROUNDING)
        return found, False

    def _changed(self, parameters: Mapping[str, object]) -> list[int]:
        rows = self._connection.execute(
            f"SELECT rowid FROM temp.past_fts WHERE past_fts MATCH :query AND rowid NOT IN ({self._hidden})", parameters
        )
        return [entry_id for (entry_id,) in rows]

    def _factors(self, phrases: Sequence[str]) -> tuple[float, float]:
        """The least and the most that a score of an entry that did not change can have changed by.

        A part of a score is the phrase's weight times a share that grows with the mean length, at most in proportion.
        """
        holders = [self._both_holders(phrase) for phrase in phrases]
        weights = [self._then.idf(then) / self._now.idf(now) for now, then in holders if now]
        lengths = self._then.mean_length / self._now.mean_length
        return min(weights, default=1.0) * min(1.0, lengths), max(weights, default=1.0) * max(1.0, lengths)

    def _both_holders(self, query: str) -> tuple[int, int]:
        """How many entries a query finds now, and then."""
        if query not in self._holders:
            now, changed_now, changed_then = (
                self._connection.execute(
                    f"SELECT count(*) FROM {schema}.{table} WHERE {table} MATCH ?", (query,)
                ).fetchone()[0]
                for schema, table in (("main", "entries_fts"), ("temp", "now_fts"), ("temp", "past_fts"))
            )
            self._holders[query] = now, now - changed_now + changed_then
        return self._holders[query]

    def _scores(self, ids: Sequence[int], phrases: Sequence[str]) -> dict[int, float]:
        """BM25 of entries of then, computed as FTS5 does it, in the same order."""
        connection = self._connection
        connection.execute("INSERT INTO temp.scored_fts (scored_fts) VALUES ('delete-all')")
        for chunk in chunks(ids):
            texts = connection.execute(f"SELECT id, key, text FROM entries WHERE id IN ({places(chunk)})", chunk)
            fts.add_to_index(connection, texts, "temp.scored_fts")
        mean = self._then.mean_length
        penalties = {
            entry_id: _K1 * (1 - _B + _B * length / mean) for entry_id, length in self._lengths("scored_fts").items()
        }
        scores = dict.fromkeys(ids, 0.0)
        for phrase, tokens in zip(phrases, self._tokens(phrases), strict=True):
            idf = self._then.idf(self.holders(phrase))
            for entry_id, count in self._counts(tokens).items():
                scores[entry_id] += idf * ((count * (_K1 + 1.0)) / (count + penalties[entry_id]))
        return scores

    def _tokens(self, phrases: Sequence[str]) -> list[list[str]]:
        """The words of each phrase as the index has them."""
        connection = self._connection
        connection.execute("INSERT INTO temp.phrases_fts (phrases_fts) VALUES ('delete-all')")
        connection.executemany("INSERT INTO temp.phrases_fts (rowid, key) VALUES (?, ?)", enumerate(phrases))
        tokens: list[list[str]] = [[] for _ in phrases]
        for number, term in connection.execute("SELECT doc, term FROM temp.phrases_words ORDER BY doc, offset"):
            tokens[number].append(term)
        return tokens

    def _counts(self, tokens: Sequence[str]) -> dict[int, float]:
        """How often the entries being scored hold a phrase, by the weights of the columns."""
        starts: set[tuple[int, str, int]] | None = None
        for place, token in enumerate(tokens):
            rows = self._connection.execute("SELECT doc, col, offset FROM temp.scored_words WHERE term = ?", (token,))
            found = {(entry_id, column, offset - place) for entry_id, column, offset in rows}
            starts = found if starts is None else starts & found
            if not starts:
                return {}
        counts: dict[int, float] = {}
        for entry_id, column, _ in starts or ():
            counts[entry_id] = counts.get(entry_id, 0.0) + self._weights[column]
        return counts

    def _lengths(self, table: str) -> dict[int, int]:
        """Number of words of each entry in a temporary index."""
        rows = self._connection.execute(f"SELECT id, sz FROM temp.{table}_docsize")
        return {entry_id: sum(_integers(sizes)) for entry_id, sizes in rows}


def _corpus_of(connection: sqlite3.Connection) -> _Corpus:
    """What the index of now counts: its record 1 holds the number of rows, then of words in each column."""
    row = connection.execute("SELECT block FROM main.entries_fts_data WHERE id = 1").fetchone()
    rows, *tokens = [*_integers(row[0] if row else b"")] or [0]
    return _Corpus(rows, sum(tokens))


def _integers(record: Iterable[int]) -> Iterator[int]:
    """Integers of variable length: seven bits a byte, the highest first (“varint”, https://sqlite.org/fileformat.html)."""
    value = 0
    for byte in record:
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            yield value
            value = 0
