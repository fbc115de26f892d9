"""How fast the store is on the movie memory that ships; prints what it measured."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from memviz.core.edits import Update
from memviz.core.resources import resource_path
from memviz.core.vectors import VectorRow
from memviz.stores.packed import unpack
from memviz.stores.sqlite import SQLiteStore
from memviz.stores.sqlite_orders import SORT_FIELDS

pytestmark = pytest.mark.benchmark

_TYPED = "blade runner was directed by ridley scott"


@pytest.fixture(scope="module")
def movies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SQLiteStore]:
    path = tmp_path_factory.mktemp("movies") / "movies.sqlite"
    started = time.perf_counter()
    unpack(resource_path("memories", "movies.pack"), path)
    seconds = time.perf_counter() - started
    print(f"\nunpacked in {seconds:.1f} s, {path.stat().st_size / 2**20:.1f} MB")
    assert seconds < 6.0
    store = SQLiteStore.open(path)
    yield store
    store.close()


def _milliseconds(calls: list[Callable[[], object]]) -> list[float]:
    times = []
    for call in calls:
        started = time.perf_counter()
        call()
        times.append((time.perf_counter() - started) * 1_000)
    return times


def _report(name: str, times: list[float]) -> float:
    """Prints and returns the 95th percentile."""
    p95 = statistics.quantiles(times, n=20)[-1]
    print(f"{name}: median {statistics.median(times):.2f} ms, p95 {p95:.2f} ms, largest {max(times):.2f} ms")
    return p95


def test_search_as_you_type(movies: SQLiteStore) -> None:
    prefixes = [_TYPED[:length] for length in range(1, len(_TYPED) + 1)]
    times = _milliseconds([lambda text=text: movies.search_ids(text, sort="key") for text in [""] + prefixes * 3])
    assert _report("search as you type, sorted by key", times) <= 50.0


def test_sorting(movies: SQLiteStore) -> None:
    calls = [lambda field=field: movies.search_ids(sort=field, descending=True) for field in SORT_FIELDS]
    _report("first sort by each field", _milliseconds(calls))
    movies.apply([Update(1, confidence=0.5)])
    others = [call for call, field in zip(calls, SORT_FIELDS, strict=True) if field not in ("confidence", "updated")]
    assert _report("sorts by other fields after an edit", _milliseconds(others)) <= 10.0


def test_recall(movies: SQLiteStore) -> None:
    snapshot = movies.snapshot()
    rare = _milliseconds([lambda: snapshot.match(["blade", "runner"], limit=50)] * 30)
    both = _milliseconds([lambda: snapshot.match(["blade", "runner"], ["directed", "director"], limit=50)] * 30)
    common = _milliseconds([lambda: snapshot.match(["directed", "written", "starred"], limit=50)] * 10)
    words = ("the", "was", "by", "directed", "film", "blade", "runner")
    frequencies = _milliseconds([lambda word=word: snapshot.document_frequency(word) for word in words])
    snapshot.close()
    assert _report("two rare words, one of them", rare) <= 5.0
    assert _report("(two rare words) and (two common words)", both) <= 10.0
    _report("three common words, one of them", common)
    _report("document frequency, first time", frequencies)


def test_editing(movies: SQLiteStore) -> None:
    edits = [lambda n=n: movies.apply([Update(8611, text=f"Blade Runner was directed by {n}.")]) for n in range(60)]
    assert _report("one durable edit", _milliseconds(edits)) <= 50.0
    assert _report("undo", _milliseconds([movies.undo] * 60)) <= 50.0
    _report("snapshot", _milliseconds([lambda: movies.snapshot().close()] * 30))


@pytest.mark.parametrize("differing", [10, 1_000])
def test_recall_from_the_past_takes_twice_as_long_at_most(movies: SQLiteStore, differing: int) -> None:
    version = movies.version
    movies.apply([Update(70 * n + 1, text=f"Something else was written by {n}.") for n in range(differing)])
    words = [entry.subject.split() for entry in movies.get(range(5, 60_000, 2_000))]
    seconds = {}
    for name, as_of in (("now", None), ("then", version)):
        started = time.perf_counter()
        view = movies.snapshot(as_of)
        made = time.perf_counter() - started
        view.match(["blade"], limit=5)
        indexed = time.perf_counter() - started - made
        print(f"{differing:,} differ, a view of {name}: made in {1e3 * made:.1f} ms, index {1e3 * indexed:.1f} ms")
        calls = [
            lambda view=view, any_of=any_of: view.match(any_of, ["directed", "film"], limit=50) for any_of in words
        ]
        calls += [lambda view=view, any_of=any_of: view.match(any_of, limit=50) for any_of in words]
        seconds[name] = _milliseconds(calls * 3)
        _report(f"matches in a view of {name}", seconds[name])
        view.close()
    movies.undo()
    # Each takes a fraction of a millisecond more for what BM25 is computed anew.
    assert statistics.fmean(seconds["then"]) <= 2.0 * statistics.fmean(seconds["now"]) + 1.0


def test_vectors_of_a_large_memory(movies: SQLiteStore) -> None:
    made = np.random.default_rng(0).standard_normal((1_000, 384)).astype(np.float32) / 20
    asked, put, after = [], [], 0
    while True:
        started = time.perf_counter()
        entries = movies.without_vector("space", after=after, limit=1_000)
        asked.append(1e3 * (time.perf_counter() - started))
        if not entries:
            break
        rows = [VectorRow(entry.id, entry.updated, vector) for entry, vector in zip(entries, made, strict=False)]
        put += _milliseconds([lambda rows=rows: movies.put_vectors("space", rows)])
        after = entries[-1].id
    _report("1,000 entries without a vector", asked)
    _report("1,000 vectors put", put)
    assert statistics.median(put[-10:]) <= 3.0 * statistics.median(put[:10]) + 5.0, "each batch takes longer"
    times = _milliseconds([lambda: movies.vector_changes("space"), lambda: movies.drop_vectors("space")])
    print(f"{movies.count:,} vectors read in {times[0]:.0f} ms, dropped in {times[1]:.0f} ms")
    assert times[0] < 3_000.0


def test_many_edits_at_once(movies: SQLiteStore) -> None:
    ids = list(movies.search_ids())[:20_000]
    times = _milliseconds([lambda: movies.apply([Update(i, owner="Ann") for i in ids]), movies.undo])
    print(f"20,000 edits in one change {times[0]:.0f} ms, undone {times[1]:.0f} ms")
    assert max(times) < 10_000.0
