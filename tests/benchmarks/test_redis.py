"""A memory of 100,000 entries on a Redis server, and on a cluster of three nodes; prints what it measured."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from memviz.core.edits import Update
from memviz.core.vectors import VectorRow
from memviz.stores.redis.store import RedisStore
from tests.redis_servers import cluster, needs_server, server

pytestmark = [pytest.mark.benchmark, needs_server]

ENTRIES = 100_000
PAGE = 50
FIRST_ROWS_SECONDS = 0.300
EDIT_P95_SECONDS = 0.020
CLOSE_SECONDS = 1.0
DIMENSION = 384


@contextmanager
def _one(folder: Path) -> Iterator[str]:
    with server(folder) as started:
        yield f"{started.url}/large"


@contextmanager
def _three(folder: Path) -> Iterator[str]:
    with cluster(folder) as nodes:
        yield f"redis+cluster://{','.join(f'127.0.0.1:{node.port}' for node in nodes)}/large"


def _rows() -> Iterator[dict[str, object]]:
    for number in range(ENTRIES):
        yield {
            "key": f"Film {number} · director",
            "text": f"Film {number} was directed by Person {number % 5_000}, as is told in chapter {number % 97}.",
            "source": "benchmark",
            "tags": ["film", f"year {1920 + number % 100}"],
        }


def _first_page(url: str, folder: Path) -> tuple[RedisStore, float]:
    begun = time.perf_counter()
    store = RedisStore.open(url, folder=folder)
    ids = store.search_ids()
    assert len(ids) == store.count == ENTRIES
    assert len(store.get(ids[:PAGE])) == PAGE
    return store, time.perf_counter() - begun


def _milliseconds(call: Callable[[int], object], times: int) -> list[float]:
    taken = []
    for number in range(times):
        begun = time.perf_counter()
        call(number)
        taken.append((time.perf_counter() - begun) * 1_000)
    return taken


def _report(name: str, times: list[float]) -> float:
    p95 = statistics.quantiles(times, n=20)[-1]
    print(f"{name}: p50 {statistics.median(times):.2f} ms, p95 {p95:.2f} ms, largest {max(times):.2f} ms")
    return p95


def _closed_while_it_fills(url: str, folder: Path) -> float:
    """The longest of five; each goes on where the one before was ended."""
    taken = []
    for _ in range(5):
        leaver = RedisStore.open(url, folder=folder)
        time.sleep(0.3)
        assert leaver.progress_of_copy is not None
        begun = time.perf_counter()
        leaver.close()
        taken.append(time.perf_counter() - begun)
    print(f"closed while the mirror is filled: {', '.join(f'{seconds * 1_000:.0f}' for seconds in taken)} ms")
    return max(taken)


def _vectors(maker: RedisStore, other: RedisStore) -> None:
    rng = np.random.default_rng(0)
    entries = [(entry.id, entry.updated) for entry in maker.get(maker.search_ids())]
    made = rng.standard_normal((len(entries), DIMENSION)).astype(np.float32)
    for begin, end, size in ((0, 10_000, 32), (10_000, ENTRIES, 2_048)):
        begun = time.perf_counter()
        for at in range(begin, end, size):
            rows = [VectorRow(*entries[row], made[row]) for row in range(at, min(at + size, end))]
            assert maker.put_vectors("space", rows) == len(rows)
        print(f"vectors put by {size}: {(end - begin) / (time.perf_counter() - begun):,.0f} a second")
    other.refresh()
    since, taken, longest, begun = 0, 0, 0.0, time.perf_counter()
    more = True
    while more:
        asked = time.perf_counter()
        changes = other.vector_changes("space", since=since, limit=10_000)
        since, more, taken = changes.stamp, changes.more, taken + len(changes.ids)
        longest = max(longest, time.perf_counter() - asked)
    assert taken == ENTRIES
    seconds = time.perf_counter() - begun
    print(f"another mirror took {taken:,} vectors of {DIMENSION} in {seconds:.1f} s, longest call {longest:.2f} s")
    _report("refresh with nothing new", _milliseconds(lambda _: other.refresh(), 200))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("place", [_one, _three], ids=["redis", "redis-cluster"])
def test_a_hundred_thousand_entries(place: Callable[..., object], tmp_path: Path) -> None:
    with place(tmp_path / "server") as url:  # type: ignore[attr-defined]
        maker = RedisStore.open(url, folder=tmp_path / "maker", create=True)
        begun = time.perf_counter()
        phases: dict[str, float] = {}
        maker.load(_rows(), ENTRIES, lambda done, total, words: phases.setdefault(words, time.perf_counter() - begun))
        seconds = time.perf_counter() - begun
        sent = phases["loading entries"] - phases["sending entries"]
        print(f"\nloaded {ENTRIES:,} entries in {seconds:.1f} s; sent {ENTRIES / sent:,.0f} hashes a second")
        empty = []
        for number in range(5):
            store, taken = _first_page(url, tmp_path / f"reader {number}")
            empty.append(taken)
            if number < 4:
                store.close()
        print(f"first rows, empty mirror: {', '.join(f'{taken * 1_000:.0f}' for taken in empty)} ms")
        begun = time.perf_counter()
        found = store.search_ids("directed chapter")
        filled = time.perf_counter() - begun
        assert len(found) == ENTRIES
        print(f"mirror filled in {filled:.1f} s, {ENTRIES / filled:,.0f} entries a second")
        store.close()
        warm = []
        for _ in range(5):
            store, taken = _first_page(url, tmp_path / "reader 4")
            warm.append(taken)
            store.close()
        print(f"first rows, whole mirror: {', '.join(f'{taken * 1_000:.0f}' for taken in warm)} ms")
        edits = _milliseconds(lambda n: maker.apply([Update(n * 7 + 1, text=f"changed {n}")]), 300)
        p95 = _report("one edit, appendfsync always", edits)
        begun = time.perf_counter()
        store = RedisStore.open(url, folder=tmp_path / "reader 4")
        assert store.version == maker.version
        assert store.get([1])[0].text == "changed 0"
        store.search_ids("changed")
        print(f"caught up with 300 edits in {(time.perf_counter() - begun) * 1_000:.0f} ms")
        _report("refresh with nothing new", _milliseconds(lambda _: store.refresh(), 200))
        heard = []
        for number in range(100):
            maker.apply([Update(number + 1, text=f"again {number}")])
            begun = time.perf_counter()
            [change] = store.refresh()
            heard.append((time.perf_counter() - begun) * 1_000)
            assert change.updated == (number + 1,)
        _report("refresh with one edit of another user", heard)
        closing = _closed_while_it_fills(url, tmp_path / "leaver")
        _vectors(maker, store)
        maker.close()
        store.close()
        assert closing <= CLOSE_SECONDS
        assert max(*empty, *warm) <= FIRST_ROWS_SECONDS
        assert p95 <= EDIT_P95_SECONDS * 1_000
