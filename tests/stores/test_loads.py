"""A load that can be undone: one step back, one step forth, also after reopening and with its past."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from memviz.core.edits import Insert, Update
from memviz.stores.sqlite import SQLiteStore
from tests.stores.soundness import assert_sound


def _texts(store: SQLiteStore, as_of: int | None = None) -> list[str]:
    snapshot = store.snapshot(as_of)
    try:
        assert snapshot.count == len(list(snapshot.scan()))
        return [entry.text for entry in snapshot.scan()]
    finally:
        snapshot.close()


def test_a_load_is_taken_back_and_done_again(path: Path) -> None:
    store = SQLiteStore.open(path, create=True)
    store.apply([Insert(text="first")])
    change = store.load(({"text": f"row {n}"} for n in range(7_000)), 7_000, undoable=True, initiator="import")
    assert (change.kind, change.initiator, store.count) == ("load", "import", 7_001)
    store.apply([Update(3, text="changed")])
    store.close()

    store = SQLiteStore.open(path)
    store.undo()  # the update
    undone = store.undo()
    assert undone is not None
    assert len(undone.deleted) == 7_000
    assert _texts(store) == ["first"]
    assert list(store.search_ids("row")) == []
    store.close()
    assert_sound(path)

    store = SQLiteStore.open(path)
    redone = store.redo()
    assert redone is not None
    assert len(redone.inserted) == 7_000
    assert _texts(store)[2] == "row 1"
    store.redo()
    assert _texts(store)[2] == "changed"
    assert [len(_texts(store, version)) for version in range(8)] == [0, 1, 7_001, 7_001, 7_001, 1, 7_001, 7_001]
    assert store.undo() is not None
    assert store.undo() is not None
    assert store.undo() is not None
    assert store.undo() is None
    store.close()
    assert_sound(path)


def test_a_load_of_nothing_leaves_nothing_to_undo(path: Path) -> None:
    with closing(SQLiteStore.open(path, create=True)) as store:
        store.apply([Insert(text="kept")])
        assert store.load([], 0, undoable=True).version == 1
        undone = store.undo()
        assert undone is not None
        assert undone.deleted == (1,)
    assert_sound(path)


def test_another_load_cannot_be_undone(path: Path) -> None:
    store = SQLiteStore.open(path, create=True)
    store.load([{"text": "kept"}], 1)
    assert store.undo() is None
    assert _texts(store) == ["kept"]
    store.close()


def test_orders_are_right_after_a_load_that_made_them_anew(path: Path) -> None:
    store = SQLiteStore.open(path, create=True)
    store.apply([Insert(text="m", owner="z")])
    assert list(store.search_ids(sort="owner")) == [1]
    rows = [{"text": f"t{n % 50:02}", "owner": f"o{n % 3}" if n % 2 else ""} for n in range(3_000)]
    store.load(rows, len(rows))
    entries = {entry.id: entry for entry in store.get(store.search_ids())}
    for field in ("owner", "text"):
        expected = sorted(entries, key=lambda entry_id: (getattr(entries[entry_id], field), entry_id))
        assert list(store.search_ids(sort=field)) == expected
        assert list(store.search_ids(sort=field, descending=True)) == expected[::-1]
    store.close()
    assert_sound(path)
