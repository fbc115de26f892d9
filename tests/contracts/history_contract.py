"""What every store must undo, do again, and tell of its history. A part of the store contract."""

from __future__ import annotations

from pathlib import Path

from memviz.core.edits import Delete, Insert, Update
from memviz.core.memory import Store
from tests.contracts.store_fixtures import Clock, Make, StoreFixtures


class HistoryContract(StoreFixtures):
    def test_undo_and_redo(self, store: Store) -> None:
        [entry_id] = store.apply([Insert(text="1")]).inserted
        store.apply([Update(entry_id, text="2")])
        two = store.get([entry_id])
        store.apply([Update(entry_id, text="3"), Insert(text="more")])
        undone = store.undo(initiator="table")
        assert undone is not None
        assert (undone.kind, undone.version, undone.initiator) == ("undo", 4, "table")
        assert undone.updated == (entry_id,)
        assert len(undone.deleted) == 1
        assert store.get([entry_id]) == two
        assert store.count == 1
        store.undo()
        store.undo()
        assert store.undo() is None
        assert store.count == 0
        texts = []
        while store.redo() is not None:
            texts.append(store.get([entry_id])[0].text)
        assert texts == ["1", "2", "3"]
        assert store.count == 2

    def test_undo_lives_in_the_memory(self, make: Make, tmp_path: Path, store: Store, clock: Clock) -> None:
        [entry_id] = store.apply([Insert(text="1")]).inserted
        store.apply([Update(entry_id, text="2")])
        store.close()
        reopened = make(tmp_path, clock)
        reopened.undo()
        reopened.close()
        again = make(tmp_path, clock)
        assert again.get([entry_id])[0].text == "1"
        again.redo()
        assert again.get([entry_id])[0].text == "2"
        again.close()

    def test_a_new_edit_ends_redo(self, store: Store) -> None:
        [entry_id] = store.apply([Insert(text="1")]).inserted
        store.apply([Update(entry_id, text="2")])
        store.undo()
        store.apply([Update(entry_id, text="other")])
        assert store.redo() is None
        store.undo()
        assert store.get([entry_id])[0].text == "1"
        store.redo()
        assert store.get([entry_id])[0].text == "other"

    def test_undone_deletion_has_its_id_and_times(self, store: Store) -> None:
        [entry_id] = store.apply([Insert(text="1", key="k", metadata={"a": [1]})]).inserted
        before = store.get([entry_id])
        store.apply([Delete(entry_id)])
        assert store.get([entry_id]) == []
        store.undo()
        assert store.get([entry_id]) == before

    def test_history_tells_everything(self, store: Store) -> None:
        one, two = store.apply([Insert(text="1"), Insert(text="2")], initiator="cli").inserted
        store.apply([Update(one, text="1b")])
        store.undo()
        store.apply([Delete(two)])
        rows = store.history()
        assert [(row.version, row.kind, row.diff.entry_id, row.undone) for row in rows] == [
            (4, "edit", two, False),
            (3, "undo", one, False),
            (2, "edit", one, True),
            (1, "edit", two, False),
            (1, "edit", one, False),
        ]
        update = rows[2].diff
        assert update.before is not None
        assert update.after is not None
        assert (update.before.text, update.after.text) == ("1", "1b")
        assert (rows[0].diff.after, rows[4].diff.before) == (None, None)
        assert rows[4].initiator == "cli"
        assert [row.time for row in rows] == sorted((row.time for row in rows), reverse=True)
        assert [row.version for row in store.history(one)] == [3, 2, 1]
        assert [row.version for row in store.history(limit=2)] == [4, 3]
        assert store.history(999) == []
