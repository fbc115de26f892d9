"""What every store must tell of its changes, a row each, and of the entries of one. A part of the store contract."""

from __future__ import annotations

from memviz.core.edits import Delete, Insert, Update, described, who_and_what
from memviz.core.memory import Store
from tests.contracts.store_fixtures import StoreFixtures


class ChangesContract(StoreFixtures):
    def test_a_row_for_each_change(self, store: Store) -> None:
        one, two = store.apply([Insert(text="1"), Insert(text="2")], initiator="cli").inserted
        store.apply([Update(one, text="1b"), Delete(two), Insert(text="3")], initiator=described("table", "Replace"))
        store.undo(initiator="table")
        rows = store.changes()
        assert [(row.version, row.kind, row.inserted, row.updated, row.deleted, row.undone) for row in rows] == [
            (3, "undo", 1, 1, 1, False),
            (2, "edit", 1, 1, 1, True),
            (1, "edit", 2, 0, 0, False),
        ]
        assert rows[0].target == 2
        assert rows[1].entries == 3
        assert who_and_what(rows[1].initiator) == ("table", "Replace")
        assert [row.time for row in rows] == sorted((row.time for row in rows), reverse=True)

    def test_changes_by_pages_and_filters(self, store: Store) -> None:
        [entry_id] = store.apply([Insert(text="0")], initiator="cli").inserted
        for number in range(1, 6):
            store.apply([Update(entry_id, text=str(number))], initiator="Table" if number % 2 else "cli")
        store.apply([Insert(text="other")])
        assert [row.version for row in store.changes(limit=3)] == [7, 6, 5]
        assert [row.version for row in store.changes(5, limit=3)] == [4, 3, 2]
        assert store.changes(1) == []
        assert [row.version for row in store.changes(entry_id=entry_id, limit=2)] == [6, 5]
        assert [row.version for row in store.changes(initiator="tabl")] == [6, 4, 2]
        assert store.changes(initiator="%") == []
        assert store.changes(entry_id=99) == []

    def test_a_load_is_one_row(self, store: Store) -> None:
        store.apply([Insert(text="first")])
        store.load(({"text": f"entry {number}"} for number in range(3_000)), 3_000)
        row = store.changes()[0]
        assert (row.kind, row.inserted, row.entries, row.undone) == ("load", 3_000, 3_000, False)
        page = store.change_entries(2, offset=2_998, limit=10)
        assert [entry.diff.after.text for entry in page if entry.diff.after] == ["entry 2998", "entry 2999"]
        assert [one.version for one in store.changes(entry_id=page[0].diff.entry_id)] == [2]

    def test_the_entries_of_a_change_as_they_were(self, store: Store) -> None:
        one, two, three = store.apply([Insert(text=text) for text in "123"]).inserted
        store.apply([Update(one, text="1b"), Update(two, owner="ann")])
        store.apply([Update(one, text="1c"), Delete(two)])
        rows = store.change_entries(2)
        assert [(row.diff.entry_id, row.version, row.kind) for row in rows] == [(one, 2, "edit"), (two, 2, "edit")]
        before, after = rows[0].diff.before, rows[0].diff.after
        assert before is not None
        assert after is not None
        assert (before.text, after.text) == ("1", "1b")
        assert rows[1].diff.changed_fields() == ("owner", "updated")
        assert [row.diff.entry_id for row in store.change_entries(1, offset=1, limit=1)] == [two]
        assert [row.diff.entry_id for row in store.change_entries(1)] == [one, two, three]
        assert store.change_entries(99) == []

    def test_what_undo_and_redo_would_do(self, store: Store) -> None:
        assert (store.next_steps().undo, store.next_steps().redo) == (None, None)
        store.apply([Insert(text="1")], initiator="one")
        store.apply([Insert(text="2")], initiator="two")
        store.undo()
        steps = store.next_steps()
        assert steps.undo is not None
        assert steps.redo is not None
        assert (steps.undo.initiator, steps.redo.initiator) == ("one", "two")
        store.undo()
        assert store.next_steps().undo is None
        store.apply([Insert(text="3")])
        assert store.next_steps().redo is None
