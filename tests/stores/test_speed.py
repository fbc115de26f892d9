"""How fast the store is on the movie memory that ships; prints what it measured."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator

import pytest

from memviz.core.edits import Update
from memviz.core.resources import resource_path
from memviz.stores.packed import unpack
from memviz.stores.sqlite import SQLiteStore
from memviz.stores.sqlite_search import SORT_FIELDS

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


def test_many_edits_at_once(movies: SQLiteStore) -> None:
    ids = list(movies.search_ids())[:20_000]
    times = _milliseconds([lambda: movies.apply([Update(i, owner="Ann") for i in ids]), movies.undo])
    print(f"20,000 edits in one change {times[0]:.0f} ms, undone {times[1]:.0f} ms")
    assert max(times) < 10_000.0
