"""Memories without a file: who shares them, how long they are there, and what they may be called."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from memviz.core.edits import Insert, Update
from memviz.core.errors import KnownError
from memviz.stores.in_memory import InMemoryStore, forget


@pytest.fixture
def store() -> Iterator[InMemoryStore]:
    store = InMemoryStore.open("scratch")
    yield store
    store.close()
    forget("scratch")


def test_it_is_there_until_it_is_forgotten(store: InMemoryStore) -> None:
    store.apply([Insert(text="kept")])
    store.close()
    again = InMemoryStore.open("scratch")
    assert (again.url, again.count, again.read_only) == ("memory://scratch", 1, False)
    again.close()
    forget("scratch")
    forget("scratch")
    new = InMemoryStore.open("scratch")
    assert (new.count, new.version) == (0, 0)
    new.close()


def test_stores_of_one_name_share_it_and_those_of_another_do_not(store: InMemoryStore) -> None:
    other, third = InMemoryStore.open("scratch"), InMemoryStore.open("Scratch")
    store.apply([Insert(text="one")])
    assert (other.count, third.count) == (1, 0)
    before = store.snapshot()
    other.apply([Update(1, text="two")])
    after = store.snapshot()
    assert [before.get([1])[0].text, after.get([1])[0].text] == ["one", "two"]
    assert [change.updated for change in store.refresh()] == [(1,)]
    for open_thing in (before, after, other, third):
        open_thing.close()
    forget("Scratch")


def test_views_between_two_changes_share_a_copy(store: InMemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.apply([Insert(text="one")])
    first, second = store.snapshot(), store.snapshot()
    copies = [view._connection.execute("PRAGMA database_list").fetchone()[2] for view in (first, second)]
    store.mark_used([1])
    third = store.snapshot()
    copies.append(third._connection.execute("PRAGMA database_list").fetchone()[2])
    assert copies[0] == copies[1] != copies[2]
    assert [view.get([1])[0].used_count for view in (first, second, third)] == [0, 0, 1]
    store.close()
    assert first.get([1])[0].text == "one"  # a paused question outlives the store
    for view in (first, second, third):
        view.close()


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "/scratch", "a b", "a?mode=ro", "a#b", "%41", "a\0b", "x" * 101]
)
def test_odd_names(name: str) -> None:
    with pytest.raises(KnownError, match=r"is no name of a memory; write memory:// and then"):
        InMemoryStore.open(name)


@pytest.mark.parametrize("name", ["银翼", "a.b-c_d", "Zürich", "7"])
def test_names_of_any_script(name: str) -> None:
    store = InMemoryStore.open(name)
    store.apply([Insert(text="here")])
    assert (store.url, store.count) == (f"memory://{name}", 1)
    store.close()
    forget(name)


def test_one_that_is_full(store: InMemoryStore) -> None:
    store.apply([Insert(text="kept")])
    pages = store._db.conn.execute("PRAGMA page_count").fetchone()[0]
    store._db.conn.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(KnownError, match="as large as a memory without a file can be"):
        store.apply([Insert(text="long " * 100_000)])
    assert store.count == 1


def test_what_is_not_ours_passes_through(store: InMemoryStore) -> None:
    store._db.conn.execute("DROP TABLE settings")
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        store.change_settings({"a": 1})
