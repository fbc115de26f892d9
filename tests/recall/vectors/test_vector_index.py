"""The index of vectors finds what comparing with every vector finds, whatever was done to it before."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memviz.core.errors import Cancelled, KnownError
from memviz.core.vectors import VectorChanges
from memviz.recall.vector_index import VectorIndex
from memviz.recall.vectors.folder import IndexFolder
from tests.recall.vectors.brute_force import BruteForce, random_vectors

D = 8
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.lists(st.integers(1, 60), min_size=1, max_size=30, unique=True)),
        st.tuples(st.just("remove"), st.lists(st.integers(1, 60), max_size=20)),
        st.tuples(st.sampled_from(["lists", "reload", "crash"]), st.just([])),
    ),
    min_size=1,
    max_size=12,
)


def same(index: VectorIndex, truth: BruteForce, seed: int = 99) -> None:
    """Every way of searching agrees with the oracle."""
    assert index.count == len(truth.vectors)
    for vector in random_vectors(3, D, seed):
        ranking = truth.ranking(vector)
        for limit, exact in ((5, True), (5, False), (1000, True), (1000, False)):
            found = index.search_vector(vector, limit=limit, exact=exact, probes=10_000)
            assert [match.entry_id for match in found] == [entry_id for entry_id, _ in ranking[:limit]]
            np.testing.assert_allclose([m.score for m in found], [score for _, score in ranking[:limit]], atol=1e-6)
        ranks = index.ranks_of(vector, [*truth.vectors, 777])
        assert {entry_id: rank for entry_id, (rank, _) in ranks.items()} == {
            entry_id: rank for rank, (entry_id, _) in enumerate(ranking, 1)
        }


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_it_equals_brute_force_after_any_changes(steps, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = IndexFolder(tmp_path_factory.mktemp("index") / "one")
    index, truth = folder.new("space", D, exact_up_to=20), BruteForce()
    log: list[tuple[str, list[int], np.ndarray]] = []  # what the store would say since the index was kept
    for number, (what, ids) in enumerate(steps):
        vectors = random_vectors(len(ids), D, number)
        if what == "put":
            index.put(ids, vectors)
            truth.put(ids, vectors)
            log.append((what, ids, vectors))
        elif what == "remove":
            index.remove(ids)
            truth.remove(ids)
            log.append((what, ids, vectors))
        elif what == "lists":
            index.make_lists()
        else:
            if what == "reload":
                index.stamp = number
                folder.save(index)
                log.clear()
            index.close()
            folder.close()
            folder = IndexFolder(folder.folder)
            index = folder.load("space", D, exact_up_to=20) or folder.new("space", D, exact_up_to=20)
            if what == "crash" and index.stamp == 0:
                index.remove(range(1, 61))  # nothing was kept: all of it comes once more
                index.put(list(truth.vectors), np.array(list(truth.vectors.values())).reshape(-1, D))
            for done, again, values in log:
                index.put(again, values) if done == "put" else index.remove(again)
    same(index, truth)
    index.close()
    folder.close()


def test_few_of_many_probes_find_most_and_never_too_few() -> None:
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((40, 32))
    vectors = (centres[rng.integers(40, size=3000)] + 0.3 * rng.standard_normal((3000, 32))).astype(np.float32)
    index = VectorIndex("space", 32, exact_up_to=1000)
    index.put(np.arange(1, 3001), vectors)
    assert (index.exact, index.kind, index.lists_due) == (True, "Flat", True)
    index.make_lists()
    assert (index.exact, index.kind, index.lists_due) == (False, "IVF34,SQ8", False)
    check = index.recall_check(50, probes=8)
    assert (check.limit, check.sample, check.probes) == (10, 50, 8)
    assert 0.9 <= check.recall <= 1.0
    assert index.recall_check(50, probes=1).recall < index.recall_check(50, probes=34).recall
    assert index.recall_check(50, probes=34).recall >= 0.95
    assert len(index.search_vector(vectors[0], limit=2500, probes=1)) == 2500
    index.remove(np.arange(1, 2800))
    assert index.lists_due
    index.make_lists()
    assert (index.kind, index.count) == ("Flat", 201)


def test_a_check_can_be_stopped_and_lets_others_change_the_index_in_between() -> None:
    index = VectorIndex("space", D, exact_up_to=100)
    index.put(np.arange(1, 401), random_vectors(400, D, 3))
    index.make_lists()
    told: list[tuple[int, int]] = []

    def change(done: int, total: int, words: str) -> None:
        told.append((done, total))
        index.remove(np.arange(1, 4 * done + 1))

    assert index.recall_check(100, progress=change).recall > 0.8
    assert told == [(0, 100), (20, 100), (40, 100), (60, 100), (80, 100)]
    index.close()
    assert index.recall_check(100).recall == 1.0

    def stop(done: int, total: int, words: str) -> None:
        raise Cancelled

    index.put(np.arange(1, 401), random_vectors(400, D, 3))
    with pytest.raises(Cancelled):
        index.recall_check(100, progress=stop)


def test_ties_are_ordered_by_id_in_every_search() -> None:
    vector = random_vectors(1, D, 0)[0]
    index = VectorIndex("space", D, exact_up_to=10)
    index.put([9, 4, 7, 2, 30], np.stack([vector] * 5))
    index.put(list(range(40, 80)), random_vectors(40, D, 1) - 3 * vector)
    for _ in range(2):
        for exact in (True, False):
            assert [m.entry_id for m in index.search_vector(vector, limit=3, exact=exact, probes=99)] == [2, 4, 7]
        assert [index.ranks_of(vector, [9])[9][0], index.ranks_of(vector, [2])[2][0]] == [4, 1]
        index.make_lists()


def test_an_empty_memory_and_a_limit_beyond_it() -> None:
    index = VectorIndex("space", D)
    vector = random_vectors(1, D, 0)[0]
    assert index.search_vector(vector, limit=5) == []
    assert index.ranks_of(vector, [1, 2]) == {}
    assert index.recall_check().recall == 1.0
    index.put([3], vector[None])
    assert [m.entry_id for m in index.search_vector(vector, limit=50)] == [3]
    assert index.search_vector(vector, limit=0) == []
    assert index.search_vector(np.zeros(D, np.float32), limit=5) == []


def test_vectors_that_cannot_be_compared_are_refused() -> None:
    index = VectorIndex("space", D)
    with pytest.raises(KnownError, match="8 numbers"):
        index.put([1], np.ones((1, D + 1), np.float32))
    with pytest.raises(KnownError, match="8 numbers"):
        index.search_vector(np.ones(D + 1, np.float32), limit=1)
    broken = np.ones((2, D), np.float32)
    broken[1, 3] = np.nan
    with pytest.raises(KnownError, match="not finite"):
        index.put([1, 2], broken)
    with pytest.raises(KnownError, match="not finite"):
        index.search_vector(broken[1], limit=1)
    assert index.count == 0


def test_changes_of_a_store_are_followed() -> None:
    index = VectorIndex("space", D)
    vectors = random_vectors(3, D, 0)
    none = np.zeros(0, np.int64)
    index.follow(VectorChanges(7, np.array([1, 2, 3]), vectors, none, False))
    index.follow(VectorChanges(9, none, np.zeros((0, D), np.float32), np.array([2]), False))
    assert (index.stamp, index.count) == (9, 2)
    assert [m.entry_id for m in index.search_vector(vectors[0], limit=1)] == [1]


def test_making_lists_can_be_cancelled() -> None:
    index = VectorIndex("space", D, exact_up_to=10)
    index.put(list(range(1, 101)), random_vectors(100, D, 0))

    def stop(done: int, total: int, words: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        index.make_lists(stop)
    assert index.exact
    assert index.count == 100


def test_searches_go_on_while_it_changes(tmp_path: Path) -> None:
    index = VectorIndex("space", D, exact_up_to=200)
    fixed = random_vectors(1, D, 5)[0]
    index.put([1], fixed[None])
    missed: list[int] = []
    done = threading.Event()

    def search() -> None:
        while not done.is_set():
            if [m.entry_id for m in index.search_vector(fixed, limit=1, probes=99)] != [1]:
                missed.append(1)

    thread = threading.Thread(target=search)
    thread.start()
    for number in range(60):
        ids = list(range(2 + number * 20, 22 + number * 20))
        index.put(ids, random_vectors(20, D, number) - 2 * fixed)
        index.remove(ids[::3])
        if index.lists_due:
            index.make_lists()
    done.set()
    thread.join()
    assert not missed
    assert not index.exact
