"""Edits on top of somebody else's newer edit. A part of the store contract."""

from __future__ import annotations

from pathlib import Path

import pytest

from memviz.core.edit_conflict import ChangedMeanwhile, EditConflict
from memviz.core.edits import Delete, Insert, Update
from memviz.core.errors import KnownError
from memviz.core.memory import Store
from tests.contracts.store_fixtures import Clock, Make, StoreFixtures


class ConflictContract(StoreFixtures):
    def test_an_edit_on_top_of_a_newer_one_is_refused_with_both_versions(self, store: Store) -> None:
        [entry_id] = store.apply([Insert(text="as it was", tags=["a"])]).inserted
        store.apply([Update(entry_id, text="theirs", seen={"text": "as it was"})])
        before = (store.version, store.get([entry_id]))
        with pytest.raises(EditConflict, match=r"changed entry 1 meanwhile .*now “theirs”, not “as it was”") as caught:
            store.apply([Insert(text="goes with it"), Update(entry_id, text="mine", seen={"text": "as it was"})])
        error = caught.value
        assert (error.entry_id, error.names, dict(error.seen)) == (entry_id, ("text",), {"text": "as it was"})
        assert error.now is not None
        assert error.wanted is not None
        assert (error.now.text, dict(error.wanted)) == ("theirs", {"text": "mine"})
        assert (store.version, store.get([entry_id])) == before
        store.apply([Update(entry_id, text="mine", seen={"text": "theirs"})])
        assert store.get([entry_id])[0].text == "mine"

    def test_two_people_change_different_fields_and_both_succeed(self, store: Store) -> None:
        [entry_id] = store.apply([Insert(text="old", owner="Ann")]).inserted
        store.apply([Update(entry_id, owner="Ben", seen={"owner": "Ann"})])
        store.apply([Update(entry_id, text="new", seen={"text": "old"})])
        [entry] = store.get([entry_id])
        assert (entry.text, entry.owner) == ("new", "Ben")

    def test_two_people_who_mean_the_same_do_not_disagree(self, store: Store) -> None:
        [entry_id] = store.apply([Insert(text="old")]).inserted
        store.apply([Update(entry_id, text="new", seen={"text": "old"})])
        version = store.version
        store.apply([Update(entry_id, text="new", seen={"text": "old"})])
        assert store.version == version

    def test_what_was_deleted_or_is_newer_is_not_deleted_or_edited(self, store: Store) -> None:
        first, second = store.apply([Insert(text="a"), Insert(text="b")]).inserted
        [seen] = store.get([second])
        store.apply([Delete(first), Update(second, text="changed")])
        with pytest.raises(EditConflict, match="was deleted by somebody else meanwhile; nothing was saved") as caught:
            store.apply([Update(first, text="x", seen={"text": "a"})])
        assert caught.value.now is None
        with pytest.raises(EditConflict, match=r"edited later .*it was not deleted") as caught:
            store.apply([Delete(second, {"updated": seen.updated})])
        assert caught.value.wanted is None
        store.apply([Delete(second)])

    def test_every_kind_of_value_is_compared_as_it_is_stored(self, store: Store) -> None:
        fields = {"tags": ["a", " b", "a"], "metadata": {"n": [1, {"x": None}]}, "kind": "profile", "expires": 5}
        [entry_id] = store.apply([Insert(text="t", **fields)]).inserted
        store.apply([Update(entry_id, text="u", seen=fields)])
        with pytest.raises(EditConflict) as caught:
            store.apply([Update(entry_id, text="v", seen={**fields, "metadata": {"n": [1, {}]}, "expires": None})])
        assert set(caught.value.names) == {"metadata", "expires"}
        with pytest.raises(KnownError, match="“used_count” is not a field"):
            Update(entry_id, text="v", seen={"used_count": 1})

    def test_edits_that_were_decided_by_older_entries_are_refused(self, store: Store) -> None:
        first, second = store.apply([Insert(text="a"), Insert(text="b")]).inserted
        decided_at = store.version
        store.apply([Update(second, text="theirs")])
        with pytest.raises(ChangedMeanwhile, match="Somebody else changed some of these entries"):
            store.apply([Update(first, text="mine"), Update(second, text="mine")], decided_at=decided_at)
        assert [entry.text for entry in store.get([first, second])] == ["a", "theirs"]
        store.apply([Update(first, text="mine")], decided_at=decided_at)  # nobody changed this one
        assert store.get([first])[0].text == "mine"

    def test_undo_is_refused_while_somebody_elses_change_is_not_told(
        self, make: Make, tmp_path: Path, store: Store, clock: Clock
    ) -> None:
        store.apply([Insert(text="mine")])
        store.refresh()
        other = make(tmp_path, clock)
        try:
            other.apply([Insert(text="theirs")], initiator="Ben")
        finally:
            other.close()
        with pytest.raises(ChangedMeanwhile, match=r"changed entry 2 a moment ago .*“Ben”"):
            store.undo(if_told=True)
        assert store.count == 2
        store.refresh()
        undone = store.undo(if_told=True)
        assert undone is not None
        assert undone.deleted == (2,)
        assert store.redo(if_told=True) is not None
        store.apply([Insert(text="mine again")])
        assert store.undo(if_told=True) is not None
