"""The index over a million vectors of 384 dimensions, against bare faiss with the same lists in the same run.

Made vectors, near each other as those of sentences are: topics of very different sizes, each with a few dozen
directions in which its texts differ, at length 1.
"""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import faiss
import numpy as np
import pytest

from memviz.core.arrays import FloatArray
from memviz.recall.vector_index import VectorIndex
from memviz.recall.vectors.folder import IndexFolder

COUNT, DIMENSION, LIMIT, PROBES = 1_000_000, 384, 10, 32
QUESTIONS, ASKED = 300, 5  # so many, so many times
CHUNK = 50_000
#: What must hold.
MOST_RATIO, LEAST_RECALL, MOST_ADD_MS = 1.2, 0.95, 10.0


class Topics:
    """A mixture of Gaussians with a few strong directions each; draws unit vectors."""

    def __init__(self, topics: int = 4_000, directions: int = 48, bases: int = 16) -> None:
        self._rng = np.random.default_rng(0)
        centres = self._rng.standard_normal((topics, DIMENSION)).astype(np.float32)
        self._centres = centres / np.linalg.norm(centres, axis=1, keepdims=True)
        bases_ = self._rng.standard_normal((bases, directions, DIMENSION)).astype(np.float32)
        strengths = np.arange(1, directions + 1, dtype=np.float32)[:, None] ** -0.5
        self._bases = bases_ / np.sqrt(DIMENSION) * strengths / np.linalg.norm(strengths)
        sizes = self._rng.zipf(1.5, topics).clip(1, 200).astype(np.float64)
        self._sizes = sizes / sizes.sum()

    def draw(self, count: int) -> FloatArray:
        """float32 [count, D]."""
        topics = self._rng.choice(len(self._sizes), count, p=self._sizes)
        vectors = self._centres[topics]
        for basis in range(len(self._bases)):
            own = np.flatnonzero(topics % len(self._bases) == basis)
            weights = self._rng.standard_normal((len(own), self._bases.shape[1])).astype(np.float32)
            vectors[own] += weights @ self._bases[basis]
        unit: FloatArray = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit.astype(np.float32)


def seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def p50s(calls: Sequence[Callable[[FloatArray], object]], questions: FloatArray) -> list[float]:
    """Milliseconds of the median call of each; in turns, each first as often, since a machine has other work, too."""
    times: list[list[float]] = [[] for _ in calls]
    for turn, vector in enumerate(questions):
        for place in range(len(calls)):
            at = (place + turn) % len(calls)
            times[at].append(1e3 * seconds(lambda at=at, vector=vector: calls[at](vector)))
    return [statistics.median(spent) for spent in times]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[IndexFolder]:
    there = IndexFolder(tmp_path / "index")
    yield there
    there.close()


@pytest.mark.benchmark
@pytest.mark.timeout(1_800)
def test_a_million_vectors(folder: IndexFolder) -> None:
    faiss.omp_set_num_threads(1)
    topics = Topics()
    index = folder.new("made", DIMENSION)
    filled = 0.0
    for start in range(0, COUNT, CHUNK):
        ids, vectors = np.arange(start + 1, start + CHUNK + 1), topics.draw(CHUNK)
        filled += seconds(lambda ids=ids, vectors=vectors: index.put(ids, vectors))
    questions = topics.draw(QUESTIONS * ASKED)
    built = seconds(index.make_lists)
    index.stamp = 1
    kept = seconds(lambda: folder.save(index))
    index.close()
    again: list[VectorIndex] = []
    started = seconds(lambda: again.append(folder.load("made", DIMENSION)))
    index = again[0]
    print(f"\n{index.kind} over {index.count:,} x {DIMENSION}: rows {filled:.1f} s, lists {built:.1f} s, kept in "
          f"{kept:.2f} s, started in {started:.2f} s")  # fmt: skip

    bare = index.lists.index
    bare.nprobe = PROBES
    ratios = []
    calls = (
        lambda vector: bare.search(vector[None], LIMIT),
        lambda vector: index.search_vector(vector, limit=LIMIT, probes=PROBES),
    )
    for turn in range(ASKED):
        theirs, ours = p50s(calls, questions[turn * QUESTIONS :][:QUESTIONS])  # no question is asked twice
        ratios.append(ours / theirs)
        print(f"query p50: memviz {ours:.3f} ms, bare faiss {theirs:.3f} ms, ratio {ratios[-1]:.2f}")

    recalls, plain = [], []
    exact_ms = []
    for vector in questions[:100]:
        began = time.perf_counter()
        exact = {match.entry_id for match in index.search_vector(vector, limit=LIMIT, exact=True)}
        exact_ms.append(1e3 * (time.perf_counter() - began))
        found = {match.entry_id for match in index.search_vector(vector, limit=LIMIT, probes=PROBES)}
        recalls.append(len(exact & found) / LIMIT)
        _, rows = bare.search(vector[None], LIMIT)
        plain.append(len(exact & set((rows[0] + 1).tolist())) / LIMIT)
    check = index.recall_check(20)
    print(f"recall@{LIMIT}: memviz {np.mean(recalls):.3f}, bare faiss {np.mean(plain):.3f}; shown to users "
          f"{check.recall:.3f}; exact search p50 {statistics.median(exact_ms):.0f} ms")  # fmt: skip

    new = topics.draw(200)
    times: dict[str, list[float]] = {"add": [], "change": [], "remove": []}
    for number, vector in enumerate(new):
        one = [COUNT + 1 + number]
        times["add"].append(1e3 * seconds(lambda one=one, vector=vector: index.put(one, vector[None])))
        assert index.search_vector(vector, limit=1)[0].entry_id == one[0]
        times["change"].append(1e3 * seconds(lambda one=one, vector=vector: index.put(one, -vector[None])))
        times["remove"].append(1e3 * seconds(lambda one=one: index.remove(one)))
    for what, spent in times.items():
        print(f"{what} one: p50 {statistics.median(spent):.2f} ms, most {max(spent):.2f} ms")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"most memory, the mapped rows included: {peak:.1f} GB")
    index.close()

    assert statistics.median(ratios) <= MOST_RATIO
    assert np.mean(recalls) >= LEAST_RECALL
    assert max(statistics.median(spent) for spent in times.values()) <= MOST_ADD_MS
