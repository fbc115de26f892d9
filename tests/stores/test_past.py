"""Views of the past in a memory file: both ways of searching it, and how they hold against a store made anew."""

from __future__ import annotations

import sqlite3
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from memviz.core.edits import Insert, Update
from memviz.core.errors import KnownError
from memviz.core.memory import Store
from memviz.stores import sqlite_past_index
from memviz.stores.sqlite import SQLiteStore
from memviz.stores.sqlite_past_snapshot import PastSnapshot
from tests.contracts.store_contract import Make
from tests.contracts.time_travel_contract import TimeTravelContract


def sqlite_store(folder: Path, clock: Callable[[], float]) -> Store:
    return SQLiteStore.open(folder / "memory.sqlite", create=True, clock=clock)


@pytest.fixture(scope="session")
def make() -> Make:
    return sqlite_store


@pytest.fixture(scope="class", params=[True, False], ids=["index of what differs", "index of all"])
def way(request: pytest.FixtureRequest) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PastSnapshot, "few_differ", request.param)
        patch.setattr(sqlite_past_index, "_MORE", 1)  # so that also few entries are asked for twice
        yield


@pytest.mark.usefixtures("way")
class TestEitherWayOfSearching(TimeTravelContract):
    pass


def test_scores_are_those_of_an_index_made_anew_to_the_last_bit(store: SQLiteStore, path: Path) -> None:
    colours = ["red", "blue", "green", "directed by 银翼"]
    store.load([{"text": f"{colours[n % 4]} word{n % 9} {'x ' * (n % 5)}"} for n in range(300)], 300)
    store.apply([Update(n, text="red red red word7 银翼", key="x") for n in range(1, 40, 3)])
    store.apply([Insert(text="red x")])
    past = store.snapshot(1)
    fresh = SQLiteStore.open(path.with_name("fresh.sqlite"), create=True)
    fresh.load([{"text": entry.text, "key": entry.key} for entry in past.scan()], 300)
    now = fresh.snapshot()
    for any_of in (["red"], ["x", "银翼", "red"], ["word7", "blue"]):
        assert past.match(any_of, limit=50) == now.match(any_of, limit=50)
    past.close()
    now.close()
    fresh.close()


def test_it_needs_no_place_where_it_can_write(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = SQLiteStore.open(path, create=True)
    store.apply([Insert(text="red"), Insert(text="blue")])
    store.apply([Update(1, text="green")])
    store.close()
    monkeypatch.setattr("memviz.stores.sqlite_file.os.access", lambda path, mode: False)
    store = SQLiteStore.open(path)
    assert store.read_only
    past = store.snapshot(1)
    assert [match.entry_id for match in past.match(["red"], limit=5)] == [1]
    past.close()
    store.close()
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_damaged_history_says_so(store: SQLiteStore) -> None:
    store.apply([Insert(text="red")])
    store.apply([Update(1, text="green")])
    store._db.conn.execute("UPDATE change_rows SET \"before\" = '{' WHERE version = 2")
    with pytest.raises(KnownError, match="history of this memory is damaged"):
        store.snapshot(1)
    assert store.snapshot().count == 1


def test_of_many_changed_entries_little_is_held(store: SQLiteStore) -> None:
    """Neither of a view of then nor of the way back: 40 MB of texts and their history are read."""
    count, text = 4_000, "long " * 1_000
    store.load(({"text": f"{text}{n}"} for n in range(count)), count)
    store.apply([Update(n, text=f"{text}of {n}") for n in range(1, count + 1)])
    tracemalloc.start()
    try:
        with closing(store.snapshot(1)) as past:
            assert past.count == count
        with closing(store.edits_back_to(1)) as back:
            assert sum(len(back[at : at + 500]) for at in range(0, count, 500)) == count
        assert tracemalloc.get_traced_memory()[1] < 2e7
    finally:
        tracemalloc.stop()


def test_the_way_back_keeps_nothing_in_the_log_once_it_is_written(store: SQLiteStore, path: Path) -> None:
    store.apply([Insert(text="red")])
    store.apply([Update(1, text="green")])
    with closing(store.edits_back_to(1)) as back, closing(sqlite3.connect(path)) as other:
        store.apply(back)
        busy, log, moved = other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        assert (busy, log) == (0, moved)


@pytest.mark.parametrize("value", [0, 1, 127, 128, 300, 16_383, 16_384, 2**31, 2**56 - 1])
def test_integers_of_variable_length(value: int) -> None:
    record, rest = bytes([value & 0x7F]), value >> 7
    while rest:
        record, rest = bytes([rest & 0x7F | 0x80]) + record, rest >> 7
    assert list(sqlite_past_index._integers(record + b"\x05")) == [value, 5]
