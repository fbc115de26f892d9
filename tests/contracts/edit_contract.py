"""What every store must do with edits. A part of the store contract."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from memviz.core.edits import Delete, Insert, Restore, Update
from memviz.core.entry import EDITABLE_FIELDS, Kind
from memviz.core.errors import KnownError
from memviz.core.memory import Store
from tests.contracts.store_fixtures import Clock, Make, StoreFixtures

ODD_TEXTS = [
    "NUL \0 inside, and at the end\0",
    "control \x01\x07\x1b[31m \x7f \r\n\t",
    "right to left: שלום عليكم \u202eback\u202c",
    "emoji 👩‍👩‍👧 🏳️‍🌈 and 🎬",
    "<img src='https://example.org/x.png'><b>bold</b> &amp;",
    "“quotes” \" ' ` -- ; DROP TABLE entries; %s {x} \\",
    "银翼杀手由雷德利·斯科特执导。",
    "e\u0301 is not \u00e9; \ufeff \ufffe \U0010ffff",
    "  spaces around  ",
    "long " * 200_000,
]


class EditContract(StoreFixtures):
    def test_insert_sets_every_field(self, make: Make, tmp_path: Path, store: Store, clock: Clock) -> None:
        fields = {
            "key": "Ann · favourite film",
            "text": "Ann likes Blade Runner.",
            "kind": Kind.PROFILE,
            "owner": "Ann",
            "source": "dialogue 3",
            "tags": ("film", "银翼"),
            "confidence": 0.25,
            "expires": 2e9,
            "superseded_by": 7,
            "private": True,
            "enabled": False,
            "metadata": {"turn": 3, "nested": {"list": [1, 2.5, None, True, "ü"]}},
        }
        assert set(fields) == EDITABLE_FIELDS
        change = store.apply([Insert(**fields)], initiator="test")
        assert (change.version, change.kind, change.initiator) == (1, "edit", "test")
        [entry_id] = change.inserted
        store.close()
        reopened = make(tmp_path, clock)
        [entry] = reopened.get([entry_id])
        reopened.close()
        assert {name: getattr(entry, name) for name in fields} == fields
        assert entry.created == entry.updated > 1_000.0
        assert (entry.last_used, entry.used_count) == (None, 0)

    @pytest.mark.parametrize("text", ODD_TEXTS, ids=lambda text: ascii(text[:12]))
    def test_any_text_comes_back_exactly(self, store: Store, text: str) -> None:
        change = store.apply([Insert(key=text, text=text, owner=text, source=text, metadata={text: text})])
        [entry] = store.get(change.inserted)
        assert entry.text == entry.key == entry.owner == entry.source == text
        assert entry.metadata == {text: text}
        store.apply([Delete(entry.id)])
        store.undo()
        assert store.get(change.inserted) == [entry]
        assert store.history(limit=1)[0].diff.after == entry

    def test_get_keeps_the_order_and_leaves_out_what_is_not_there(self, store: Store) -> None:
        ids = store.apply([Insert(text=str(n)) for n in range(1_200)]).inserted
        wanted = [ids[7], 10**6, ids[3], -1, 0, 2**70, ids[7], *reversed(ids)]
        assert [entry.id for entry in store.get(wanted)] == [ids[7], ids[3], ids[7], *reversed(ids)]

    def test_an_update_may_keep_the_time(self, store: Store) -> None:
        [entry_id] = store.apply([Insert(text="old")]).inserted
        [before] = store.get([entry_id])
        store.apply([Update(entry_id, keep_time=True, enabled=False)])
        assert store.get([entry_id]) == [replace(before, enabled=False)]
        store.undo()
        store.redo()
        assert store.get([entry_id]) == [replace(before, enabled=False)]

    def test_an_insert_may_supersede_others_in_the_same_change(self, store: Store) -> None:
        old, other = store.apply([Insert(text="old"), Insert(text="other")]).inserted
        change = store.apply([Insert(text="new", supersedes=[old, other]), Insert(text="more")])
        new, _ = change.inserted
        assert change.updated == (old, other)
        assert [entry.superseded_by for entry in store.get([old, other, new])] == [new, new, None]
        store.undo()
        assert [entry.superseded_by for entry in store.get([old, other])] == [None, None]
        store.redo()
        assert store.get([old])[0].superseded_by == new
        with pytest.raises(KnownError, match="no entry 99"):
            store.apply([Insert(text="new", supersedes=[99])])

    def test_update_sets_fields_and_the_time(self, store: Store) -> None:
        [entry_id] = store.apply([Insert(text="old", owner="Ann")]).inserted
        [before] = store.get([entry_id])
        change = store.apply([Update(entry_id, text="new")])
        [after] = store.get([entry_id])
        assert change.updated == (entry_id,)
        assert after == replace(before, text="new", updated=after.updated)
        assert after.updated > before.updated

    def test_an_update_that_changes_nothing_leaves_no_trace(self, store: Store) -> None:
        ids = store.apply([Insert(text="same"), Insert(text="other")]).inserted
        before = store.get(ids)
        change = store.apply([Update(ids[0], text="same", enabled=True)])
        assert (change.version, change.updated) == (1, ())
        assert store.version == 1
        assert store.get(ids) == before
        mixed = store.apply([Update(ids[0], text="same"), Update(ids[1], text="new")])
        assert mixed.updated == (ids[1],)
        assert len(store.history()) == 3

    def test_an_unknown_entry_stops_the_whole_change(self, store: Store) -> None:
        [entry_id] = store.apply([Insert(text="kept")]).inserted
        for edit in (Update(99, text="x"), Delete(99)):
            with pytest.raises(KnownError, match="no entry 99"):
                store.apply([Update(entry_id, text="lost"), Insert(text="lost too"), edit])
        assert [entry.text for entry in store.get(store.search_ids())] == ["kept"]
        assert store.version == 1

    def test_edits_of_one_change_see_each_other(self, store: Store) -> None:
        ids = store.apply([Insert(text="a"), Insert(text="b")]).inserted
        change = store.apply([Update(ids[0], text="x"), Update(ids[0], owner="Ann"), Delete(ids[1])])
        assert (change.inserted, change.updated, change.deleted) == ((), (ids[0],), (ids[1],))
        [entry] = store.get(ids)
        assert (entry.text, entry.owner) == ("x", "Ann")
        with pytest.raises(KnownError):
            store.apply([Delete(ids[0]), Update(ids[0], text="gone")])

    def test_ids_are_never_used_again(self, make: Make, tmp_path: Path, store: Store, clock: Clock) -> None:
        ids = store.apply([Insert(text="a"), Insert(text="b")]).inserted
        store.apply([Delete(entry_id) for entry_id in ids])
        store.close()
        reopened = make(tmp_path, clock)
        [new] = reopened.apply([Insert(text="c")]).inserted
        reopened.close()
        assert new > max(ids)

    def test_restore_puts_the_entry_back_exactly(self, store: Store) -> None:
        [entry_id] = store.apply([Insert(text="a", tags=["x"])]).inserted
        store.mark_used([entry_id])
        [entry] = store.get([entry_id])
        store.apply([Delete(entry_id)])
        assert store.apply([Restore(entry)]).inserted == (entry_id,)
        assert store.get([entry_id]) == [entry]
        with pytest.raises(KnownError, match="id"):
            store.apply([Restore(replace(entry, id=0))])

    def test_mark_used_is_no_edit(self, store: Store) -> None:
        ids = store.apply([Insert(text="a"), Insert(text="b")]).inserted
        store.apply([Update(ids[0], text="aa")])
        store.mark_used(ids[:1])
        store.mark_used(ids[:1])
        used, unused = store.get(ids)
        assert (used.used_count, unused.used_count) == (2, 0)
        assert used.last_used is not None
        assert unused.last_used is None
        assert (store.version, len(store.history())) == (2, 3)
        store.undo()
        [undone] = store.get(ids[:1])
        assert (undone.text, undone.used_count, undone.last_used) == ("a", 2, used.last_used)

    @pytest.mark.parametrize("undoable", [False, True])
    def test_a_load_keeps_uses_times_and_links_of_another_memory(self, store: Store, undoable: bool) -> None:
        store.apply([Insert(text="here before")])
        rows = [
            {"text": "old", "created": 5.0, "updated": 7.0, "superseded_by_row": 2},
            {"text": "hidden", "enabled": False, "used_count": 3, "last_used": 6.0, "superseded_by_row": 0},
            {"text": "new", "created": 8.0},
        ]
        store.load(rows, len(rows), undoable=undoable)
        _, old, hidden, new = store.get(store.search_ids())
        assert (old.created, old.updated, old.superseded_by) == (5.0, 7.0, new.id)
        assert (hidden.used_count, hidden.last_used, hidden.superseded_by) == (3, 6.0, old.id)
        assert (new.created, new.updated, new.superseded_by) == (8.0, 8.0, None)
