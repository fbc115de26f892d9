"""The same values set in many entries: as if each had been edited by itself."""

from __future__ import annotations

import random
from contextlib import closing
from pathlib import Path

import pytest

from memviz.core.edits import Insert, Update
from memviz.core.entry import Kind
from memviz.core.errors import KnownError
from memviz.stores import sqlite
from memviz.stores.sqlite import SQLiteStore
from memviz.stores.sqlite_set import same_fields

_VALUES = {
    "kind": [*Kind],
    "owner": ["", "ann", "李雷"],
    "source": ["", "a.md"],
    "confidence": [0.5, 1.0],
    "expires": [None, 2e9],
    "private": [True, False],
    "enabled": [True, False],
    "superseded_by": [None, 1],
}


def _after(path: Path, sets: list[tuple[list[int], dict[str, object]]]) -> object:
    """Everything that stands in a memory after these edits, an undo and a redo."""
    times = iter(range(1_000))
    rng = random.Random(1)
    with closing(SQLiteStore.open(path, create=True, clock=lambda: float(next(times)))) as store:
        store.apply(
            [
                Insert(text=f"row {at}", **{name: rng.choice(values) for name, values in _VALUES.items()})
                for at in range(8)
            ]
        )
        changes = [store.apply([Update(each, **fields) for each in ids]) for ids, fields in sets]
        store.undo()
        undone = store.get(store.search_ids())
        store.redo()
        tables = ("changes", "change_rows", "entries")
        rows = [store._db.conn.execute(f"SELECT * FROM {table}").fetchall() for table in tables]
        orders = [store.search_ids(sort=name) for name in ("id", *_VALUES)]
        return changes, undone, rows, [list(ids) for ids in orders]


def test_what_comes_of_it_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(2)
    sets = [
        (
            rng.sample(range(1, 9), rng.randint(2, 8)),
            {name: rng.choice(_VALUES[name]) for name in rng.sample(sorted(_VALUES), rng.randint(1, 3))},
        )
        for _ in range(60)
    ]
    together = _after(tmp_path / "together.sqlite", sets)
    monkeypatch.setattr(sqlite, "same_fields", lambda _edits: None)
    assert together == _after(tmp_path / "each.sqlite", sets)


def test_what_is_not_alike_goes_another_way() -> None:
    ann = {"owner": "ann"}
    assert same_fields([Update(1, **ann), Update(2, **ann)]) == ann
    for edits in (
        [],
        [Update(1, **ann)],
        [Update(1, **ann), Update(1, **ann)],
        [Update(1, **ann), Update(2, owner="bob")],
        [Update(1, **ann), Update(2, **ann, keep_time=True)],
        [Update(1, **ann), Update(2, **ann, seen={"owner": ""})],
        [Update(1, text="x"), Update(2, text="x")],
        [Update(1, **ann), Insert(text="x", **ann)],
    ):
        assert same_fields(edits) is None


def test_an_entry_that_is_not_there(store: SQLiteStore) -> None:
    store.apply([Insert(text="one")])
    for missing in (2, 2**70):
        with pytest.raises(KnownError, match=f"There is no entry {missing}"):
            store.apply([Update(1, owner="ann"), Update(missing, owner="ann")])
    assert store.get([1])[0].owner == ""
    assert store.version == 1
