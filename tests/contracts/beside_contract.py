"""What every store must do with vectors and settings, and with changes of others. A part of the store contract."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from memviz.core.edits import Change, Delete, Insert, Update
from memviz.core.errors import KnownError
from memviz.core.memory import Store
from memviz.core.vectors import VectorRow
from tests.contracts.store_contract import Clock, Make

SPACE = "mean · 4"


def rows(store: Store, ids: list[int], dimension: int = 4) -> list[VectorRow]:
    """A vector of length 1 for each entry, the place of its id in it."""
    made = []
    for entry in store.get(ids):
        vector = np.zeros(dimension, np.float32)
        vector[entry.id % dimension] = 1.0
        made.append(VectorRow(entry.id, entry.updated, vector))
    return made


def kept(store: Store, space: str = SPACE, piece: int = 100_000) -> dict[int, np.ndarray]:
    """All vectors of a space, replayed from its changes."""
    found: dict[int, np.ndarray] = {}
    since, more = 0, True
    while more:
        changes = store.vector_changes(space, since=since, limit=piece)
        assert changes.ids.dtype == changes.gone.dtype == np.int64
        assert changes.vectors.dtype == np.float32
        assert len(changes.ids) + len(changes.gone) <= piece
        assert len(changes.ids) == len(changes.vectors)
        found.update(zip(changes.ids.tolist(), changes.vectors, strict=True))
        for entry_id in changes.gone.tolist():
            found.pop(entry_id, None)
        since, more = changes.stamp, changes.more
    return found


class BesideContract:
    @pytest.fixture
    def clock(self) -> Clock:
        return Clock()

    @pytest.fixture
    def store(self, make: Make, tmp_path: Path, clock: Clock) -> Iterator[Store]:
        store = make(tmp_path, clock)
        yield store
        store.close()

    @pytest.fixture
    def other(self, make: Make, tmp_path: Path, store: Store, clock: Clock) -> Iterator[Store]:
        """Another one on the same memory."""
        other = make(tmp_path, clock)
        yield other
        other.close()

    @pytest.fixture
    def ids(self, store: Store) -> list[int]:
        return list(store.apply([Insert(key=f"k{n}", text=f"t{n}") for n in range(6)]).inserted)

    # Vectors

    def test_vectors_come_back_also_when_it_is_opened_again(
        self, make: Make, tmp_path: Path, store: Store, clock: Clock, ids: list[int]
    ) -> None:
        assert store.vector_spaces() == {}
        exact = np.array([0.1, -0.25, 1e-4, 0.96], np.float32)
        [entry] = store.get(ids[:1])
        assert store.put_vectors(SPACE, [VectorRow(entry.id, entry.updated, exact)]) == 1
        assert store.put_vectors(SPACE, rows(store, ids[1:3])) == 2
        store.close()
        again = make(tmp_path, clock)
        assert again.vector_spaces() == {SPACE: (4, 3)}
        found = kept(again)
        assert sorted(found) == ids[:3]
        np.testing.assert_allclose(found[ids[0]], exact, atol=1e-3)
        again.close()

    def test_vectors_of_an_entry_that_changed_meanwhile_are_not_kept(self, store: Store, ids: list[int]) -> None:
        made = rows(store, ids)
        store.apply([Update(ids[0], text="new"), Delete(ids[1])])
        assert store.put_vectors(SPACE, [*made, VectorRow(10**6, 1.0, made[0].vector)]) == 4
        assert sorted(kept(store)) == ids[2:]
        assert store.vector_spaces() == {SPACE: (4, 4)}
        assert store.put_vectors(SPACE, []) == 0

    def test_vectors_go_with_what_they_were_made_from(self, store: Store, ids: list[int]) -> None:
        store.put_vectors(SPACE, rows(store, ids))
        store.apply(
            [Update(ids[0], text="new"), Update(ids[1], key="new"), Delete(ids[2]), Update(ids[3], owner="Ann")]
        )
        assert sorted(kept(store)) == ids[3:]
        assert store.vector_spaces() == {SPACE: (4, 3)}
        store.put_vectors(SPACE, rows(store, ids[:2]))
        store.undo()
        assert sorted(kept(store)) == ids[3:]  # the texts that those vectors were made from are gone again
        store.redo()
        assert store.vector_spaces() == {SPACE: (4, 3)}
        assert store.count == 5

    def test_an_edit_that_fails_leaves_vectors(self, store: Store, ids: list[int]) -> None:
        store.put_vectors(SPACE, rows(store, ids))
        with pytest.raises(KnownError):
            store.apply([Update(ids[0], text="new"), Delete(99)])
        assert sorted(kept(store)) == ids

    def test_stamps_tell_what_is_new(self, store: Store, ids: list[int]) -> None:
        assert store.vector_changes(SPACE).ids.size == 0
        store.put_vectors(SPACE, rows(store, ids[:2]))
        first = store.vector_changes(SPACE)
        assert (sorted(first.ids.tolist()), first.gone.tolist(), first.more) == (ids[:2], [], False)
        nothing = store.vector_changes(SPACE, since=first.stamp)
        assert (nothing.ids.size, nothing.gone.size, nothing.vectors.shape[0], nothing.more) == (0, 0, 0, False)
        store.put_vectors(SPACE, rows(store, ids[1:3]))
        store.apply([Delete(ids[0])])
        then = store.vector_changes(SPACE, since=nothing.stamp)
        assert (sorted(then.ids.tolist()), then.gone.tolist()) == (ids[1:3], ids[:1])
        assert store.vector_changes(SPACE, since=then.stamp).ids.size == 0

    def test_changes_come_in_pieces(self, store: Store) -> None:
        ids = list(store.apply([Insert(text=f"t{n}") for n in range(50)]).inserted)
        store.put_vectors(SPACE, rows(store, ids))
        store.apply([Update(entry_id, text="new") for entry_id in ids[::3]])
        store.put_vectors("other", rows(store, ids, 3))
        for piece in (1, 7, 33, 50, 1_000):
            assert sorted(kept(store, piece=piece)) == sorted(set(ids) - set(ids[::3])), piece

    def test_two_spaces_do_not_mix(self, store: Store, ids: list[int]) -> None:
        store.put_vectors(SPACE, rows(store, ids))
        store.put_vectors("other", rows(store, ids[:2], 3))
        assert store.vector_spaces() == {SPACE: (4, 6), "other": (3, 2)}
        assert sorted(kept(store, "other")) == ids[:2]
        assert [entry.id for entry in store.without_vector("other", limit=9)] == ids[2:]
        store.apply([Delete(ids[0])])
        assert store.vector_spaces() == {SPACE: (4, 5), "other": (3, 1)}
        store.drop_vectors(SPACE)
        store.drop_vectors("never there")
        assert store.vector_spaces() == {"other": (3, 1)}
        assert kept(store) == {}
        assert sorted(kept(store, "other")) == ids[1:2]
        assert store.put_vectors(SPACE, rows(store, ids, 7)) == 5
        assert store.vector_spaces()[SPACE] == (7, 5)

    def test_another_dimension_is_refused_and_nothing_is_kept(self, store: Store, ids: list[int]) -> None:
        store.put_vectors(SPACE, rows(store, ids[:1]))
        with pytest.raises(KnownError, match=r"has vectors of 4 numbers, and one of 3"):
            store.put_vectors(SPACE, [*rows(store, ids[1:2]), *rows(store, ids[2:3], 3)])
        [entry] = store.get(ids[1:2])
        for wrong in (np.nan, np.inf):
            with pytest.raises(KnownError, match="not finite"):
                store.put_vectors(SPACE, [VectorRow(entry.id, entry.updated, np.full(4, wrong, np.float32))])
        assert sorted(kept(store)) == ids[:1]

    def test_entries_without_vector_come_by_id(self, store: Store, ids: list[int]) -> None:
        assert [entry.id for entry in store.without_vector(SPACE, limit=2)] == ids[:2]
        assert store.without_vector(SPACE, limit=2) == store.get(ids[:2])
        store.put_vectors(SPACE, rows(store, [ids[0], ids[3]]))
        assert [entry.id for entry in store.without_vector(SPACE, limit=9)] == [ids[1], ids[2], ids[4], ids[5]]
        assert [entry.id for entry in store.without_vector(SPACE, after=ids[2], limit=9)] == ids[4:]
        store.apply([Update(ids[3], text="new")])
        assert [entry.id for entry in store.without_vector(SPACE, after=ids[2], limit=1)] == [ids[3]]

    def test_vectors_are_no_part_of_version_and_history(self, store: Store, ids: list[int]) -> None:
        store.put_vectors(SPACE, rows(store, ids))
        store.drop_vectors(SPACE)
        store.change_settings({"a": 1})
        assert (store.version, len(store.history())) == (1, 6)

    # Settings

    def test_settings_are_kept(self, make: Make, tmp_path: Path, store: Store, clock: Clock) -> None:
        assert store.settings == {}
        values: dict[str, Any] = {"a": [1, 2.5, None, {"ü": "银"}], "b": "text", "c": False, "d": 0}
        store.change_settings(values)
        store.change_settings({"b": None, "never there": None, "c": True})
        store.close()
        again = make(tmp_path, clock)
        assert again.settings == {"a": values["a"], "c": True, "d": 0}
        view = again.snapshot()
        again.change_settings({"a": 2})
        assert view.settings["a"] == values["a"]
        view.close()
        again.close()

    @pytest.mark.parametrize(
        "value",
        [float("nan"), {1, 2}, object(), [float("inf")], b"bytes"],
        ids=["not a number", "a set", "an object", "infinity", "bytes"],
    )
    def test_a_setting_that_json_cannot_hold(self, store: Store, value: Any) -> None:
        store.change_settings({"a": 1})
        with pytest.raises(KnownError, match="cannot keep this setting"):
            store.change_settings({"a": 2, "b": value})
        assert store.settings == {"a": 1}

    # What others did

    def test_changes_of_others_are_told_once_and_own_ones_never(self, store: Store, other: Store) -> None:
        assert store.refresh() == []
        mine = store.apply([Insert(text="mine")])
        assert store.refresh() == []
        changes = [
            other.apply([Insert(text="a"), Update(1, text="b")], initiator="them"),
            other.undo(initiator="them"),
        ]
        store.apply([Insert(text="mine too")])
        changes.append(other.apply([Delete(1)]))
        assert store.refresh() == changes
        assert store.refresh() == []
        assert store.get([1]) == []
        told = other.refresh()
        assert [(change.version, change.inserted) for change in told] == [(mine.version, (1,)), (4, (3,))]

    def test_a_load_of_another_is_told_as_a_load(self, store: Store, other: Store) -> None:
        change = other.load([{"text": "a"}, {"text": "b"}], 2)
        assert store.refresh() == [Change(change.version, "load", initiator=change.initiator)]
        assert len(store.search_ids()) == store.count == 2
        own = store.load([{"text": "c"}], 1)
        assert (own.kind, store.refresh()) == ("load", [])

    def test_what_fails_is_nobodys_change(self, store: Store, other: Store) -> None:
        def broken() -> Iterator[dict[str, str]]:
            yield {"text": "a"}
            raise ValueError("half way")

        with pytest.raises(ValueError, match="half way"):
            store.load(broken(), 2)
        with pytest.raises(KnownError):
            store.apply([Insert(text="lost"), Delete(99)])
        assert (store.version, store.count) == (0, 0)
        theirs = other.apply([Insert(text="first")])
        assert store.refresh() == [theirs]

    def test_uses_settings_and_vectors_are_no_changes(self, store: Store, other: Store, ids: list[int]) -> None:
        other.refresh()
        store.mark_used(ids)
        store.change_settings({"a": 1})
        store.put_vectors(SPACE, rows(store, ids))
        assert other.refresh() == []
        assert (other.settings, other.vector_spaces()) == ({"a": 1}, {SPACE: (4, 6)})
