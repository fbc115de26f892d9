"""Plain BM25 over all entries: what every way of recall is measured against.

Robertson and Zaragoza, “The Probabilistic Relevance Framework: BM25 and Beyond”, 2009, equation 3.15, with an inverse
document frequency that is never negative, ``ln(1 + (N - n + 0.5) / (n + 0.5))``.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from memviz.core.snapshot import Match
from memviz.recall.analysis import analysed

#: How soon repetition stops to count, and how much longer texts are held against.
K1, B = 1.2, 0.75


class PlainBM25:
    """An index in memory over texts that do not change; any thread may search it.

    Args:
        texts: (id, text) of every entry.
    """

    def __init__(self, texts: Iterable[tuple[int, str]]) -> None:
        ids: list[int] = []
        lengths: list[int] = []
        holders: dict[str, tuple[list[int], list[int]]] = {}  # term -> (rows, how often it stands there)
        for row, (entry_id, text) in enumerate(texts):
            terms = analysed(text)
            ids.append(entry_id)
            lengths.append(len(terms))
            for term, count in Counter(terms).items():
                rows, counts = holders.setdefault(term, ([], []))
                rows.append(row)
                counts.append(count)
        self.ids: NDArray[np.int64] = np.array(ids, dtype=np.int64)  # [N]
        length = np.array(lengths, dtype=np.float64)  # [N]
        mean = length.mean() if ids and length.any() else 1.0
        self._norms = K1 * (1.0 - B + B * length / mean)  # [N]
        self._holders = {
            term: (np.array(rows, dtype=np.int64), np.array(counts, dtype=np.float64))
            for term, (rows, counts) in holders.items()
        }

    def scores(self, question: str) -> NDArray[np.float64]:
        """Score of every entry [N], in the order of :attr:`ids`; 0 where none of the question's terms stands."""
        scores = np.zeros(len(self.ids))
        for term, asked in Counter(analysed(question)).items():
            if term in self._holders:
                rows, counts = self._holders[term]
                inverse = math.log(1.0 + (len(self.ids) - len(rows) + 0.5) / (len(rows) + 0.5))
                scores[rows] += asked * inverse * counts * (K1 + 1.0) / (counts + self._norms[rows])
        return scores

    def search(self, question: str, *, limit: int) -> list[Match]:
        """Entries that share a term with the question, best first, ties by id."""
        scores = self.scores(question)
        order = np.lexsort((self.ids, -scores))[:limit]
        return [Match(int(self.ids[row]), float(scores[row])) for row in order if scores[row] > 0.0]


def entry_text(key: str, text: str) -> str:
    """What of an entry is searched: its key and its text."""
    return f"{key}\n{text}" if key else text
