"""Snapshots beside edits, and two processes on one file."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from memviz.core.edits import Delete, Insert, Update
from memviz.core.errors import KnownError
from memviz.stores.sqlite import SQLiteStore
from tests.stores.soundness import assert_sound


def test_the_log_does_not_grow_for_ever(path: Path, store: SQLiteStore) -> None:
    [entry_id] = store.apply([Insert(text="start")]).inserted
    log = path.with_name(path.name + "-wal")
    largest = 0
    for n in range(60):
        snapshot = store.snapshot()
        store.apply([Update(entry_id, text=f"{n} " * 100_000)])
        snapshot.close()
        largest = max(largest, log.stat().st_size)
    assert largest < 20_000_000  # of about 60 MB that were written
    store.close()
    assert not log.exists()


def test_a_snapshot_outlives_its_store(store: SQLiteStore) -> None:
    store.apply([Insert(text="red")])
    snapshot = store.snapshot()
    store.apply([Insert(text="blue")])
    store.close()
    assert [entry.text for entry in snapshot.get([1, 2])] == ["red"]
    snapshot.close()


def test_frequencies_are_those_of_the_version(store: SQLiteStore) -> None:
    store.apply([Insert(text="red")])
    old = store.snapshot()
    assert old.document_frequency("red") == 1
    store.apply([Insert(text="red")])
    new = store.snapshot()
    assert (new.document_frequency("red"), old.document_frequency("red")) == (2, 1)
    old.close()
    new.close()


def test_another_stores_changes_are_seen(path: Path, store: SQLiteStore) -> None:
    store.apply([Insert(text="b"), Insert(text="c")])
    assert list(store.search_ids(sort="text")) == [1, 2]
    other = SQLiteStore.open(path)
    other.apply([Insert(text="a")])
    assert list(store.search_ids(sort="text")) == [3, 1, 2]
    assert list(store.search_ids(sort="used_count", descending=True)) == [3, 2, 1]
    other.mark_used([2])
    assert list(store.search_ids(sort="used_count", descending=True)) == [2, 3, 1]
    assert (store.version, store.count) == (2, 3)
    undone = store.undo()
    assert undone is not None
    assert undone.deleted == (3,)
    other.close()


def test_orders_that_are_kept_follow_every_change(path: Path, store: SQLiteStore) -> None:
    store.apply([Insert(text=text, owner="Ann") for text in "bdac"])

    def orders() -> list[list[int]]:
        return [list(store.search_ids(sort=field)) for field in ("id", "text", "owner", "updated")]

    def fresh() -> list[list[int]]:
        with closing(SQLiteStore.open(path)) as other:
            return [list(other.search_ids(sort=field)) for field in ("id", "text", "owner", "updated")]

    assert orders()[1] == [3, 1, 4, 2]
    for edits in ([Update(1, text="z")], [Update(2, owner="Ada"), Delete(4)], [Insert(text="aa")], [Delete(1)]):
        store.apply(edits)
        assert orders() == fresh()
    for _ in range(3):
        store.undo()
        assert orders() == fresh()
    with pytest.raises(KnownError):
        store.apply([Update(1, text="0"), Delete(99)])
    assert orders() == fresh()


_EDITOR = """
import sys
from memviz.core.edits import Insert, Update
from memviz.stores.sqlite import SQLiteStore
store = SQLiteStore.open(sys.argv[1])
own = store.apply([Insert(text=sys.argv[2])]).inserted[0]
for n in range(60):
    store.apply([Update(own, text=f"{sys.argv[2]} {n}")])
    if n % 7 == 3:
        store.undo()
store.close()
"""


def test_two_processes_lose_nothing(path: Path, store: SQLiteStore) -> None:
    editors = [subprocess.Popen([sys.executable, "-c", _EDITOR, path, name]) for name in ("Ann", "Ben")]
    for n in range(30):
        store.apply([Insert(text=f"here {n}")])
    assert [editor.wait(60) for editor in editors] == [0, 0]
    store.close()
    undos = 2 * len([n for n in range(60) if n % 7 == 3])
    assert assert_sound(path) == 30 + 2 * 61 + undos


def test_two_processes_make_one_new_file(path: Path) -> None:
    script = """
import sys
from memviz.core.edits import Insert
from memviz.stores.sqlite import SQLiteStore
store = SQLiteStore.open(sys.argv[1], create=True)
store.apply([Insert(text="mine")])
store.close()
"""
    makers = [subprocess.Popen([sys.executable, "-c", script, path]) for _ in range(3)]
    assert [maker.wait(60) for maker in makers] == [0, 0, 0]
    store = SQLiteStore.open(path)
    assert (store.count, store.version) == (3, 3)
    store.close()
    assert os.listdir(path.parent) == [path.name]
