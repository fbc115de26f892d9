"""A store against plain dictionaries: random edits, undos, redos, uses and reopenings."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from memviz.core.edits import Change, Delete, Edit, Insert, Update
from memviz.core.entry import Entry, Kind
from memviz.core.memory import Store
from memviz.core.text import words
from tests.contracts.store_contract import Clock, Make

WORDS = ["red", "blue", "银翼"]

TEXTS = st.one_of(st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join), st.text(max_size=20))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "key": TEXTS,
        "text": TEXTS,
        "kind": st.sampled_from(list(Kind)),
        "owner": TEXTS,
        "source": TEXTS,
        "tags": st.lists(TEXTS, max_size=2),
        "confidence": st.floats(0, 1),
        "expires": st.none() | st.floats(-1e12, 1e12),
        "private": st.booleans(),
        "enabled": st.booleans(),
        "metadata": st.dictionaries(TEXTS, JSON, max_size=2),
    },
)
EDITS = st.one_of(
    st.tuples(st.just("insert"), FIELDS, TEXTS.filter(str.strip)),
    st.tuples(st.just("update"), FIELDS.filter(bool), st.integers(0, 5)),
    st.tuples(st.just("delete"), st.none(), st.integers(0, 5)),
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("apply"), st.lists(EDITS, min_size=1, max_size=4)),
        st.sampled_from([("undo", None), ("undo", None), ("redo", None), ("use", None), ("reopen", None)]),
    ),
    max_size=12,
)

State = dict[int, Entry]


class StoreModelContract:
    @settings(max_examples=40, deadline=None)
    @given(steps=STEPS)
    def test_equals_the_model_after_every_step(self, make: Make, steps: list[tuple[str, Any]]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            clock = Clock()
            store = make(Path(folder), clock)
            model = _Model()
            for name, given_edits in steps:
                if name == "reopen":
                    store.close()
                    store = make(Path(folder), clock)
                elif name == "use":
                    store.mark_used(list(model.state)[:2])
                elif name == "apply":
                    model.apply(store, edits_on(given_edits, model.state))
                elif name == "undo":
                    model.undo(store.undo())
                else:
                    model.redo(store.redo())
                _check(store, model)
            _check_the_past(store, model)
            store.close()


class _Model:
    """The states before each edit that stands, and after each edit that was taken back."""

    def __init__(self) -> None:
        self.state: State = {}
        self.versions: list[State] = [{}]
        self.done: list[State] = []
        self.undone: list[State] = []

    def apply(self, store: Store, edits: list[Edit]) -> None:
        expected = dict(self.state)
        new = 0
        for edit in edits:
            match edit:
                case Insert():
                    new -= 1  # the store gives the id
                    expected[new] = Entry(**{"id": new, **edit.fields})
                case Update():
                    expected[edit.entry_id] = replace(expected[edit.entry_id], **edit.fields)
                case Delete():
                    del expected[edit.entry_id]
        change = store.apply(edits)
        for number, entry_id in enumerate(change.inserted, 1):
            expected[entry_id] = replace(expected.pop(-number), id=entry_id)
        after = _state(store)
        assert {entry_id: timeless(entry) for entry_id, entry in after.items()} == {
            entry_id: timeless(entry) for entry_id, entry in expected.items()
        }
        assert set(change.deleted) == self.state.keys() - after.keys()
        assert set(change.updated) == {i for i in self.state.keys() & after.keys() if self.state[i] != after[i]}
        if after != self.state:
            self.done.append(self.state)
            self.undone.clear()
            self.versions.append(after)
        self.state = after

    def undo(self, change: Change | None) -> None:
        assert (change is None) == (not self.done)
        if change is not None:
            self.undone.append(self.state)
            self._move(self.done.pop())

    def redo(self, change: Change | None) -> None:
        assert (change is None) == (not self.undone)
        if change is not None:
            self.done.append(self.state)
            self._move(self.undone.pop())

    def _move(self, state: State) -> None:
        self.state = state
        self.versions.append(state)

    @property
    def version(self) -> int:
        return len(self.versions) - 1


def edits_on(given_edits: list[tuple[str, Any, Any]], state: State) -> list[Edit]:
    """The edits on entries that are there when their turn comes."""
    there = list(state)
    edits: list[Edit] = []
    for name, fields, choice in given_edits:
        if name == "insert":
            edits.append(Insert(**{**fields, "text": choice}))
        elif there and name == "update":
            edits.append(Update(there[choice % len(there)], **fields))
        elif there:
            edits.append(Delete(there.pop(choice % len(there))))
    return edits


def _state(store: Store) -> State:
    return {entry.id: entry for entry in store.get(store.search_ids())}


def timeless(entry: Entry) -> Entry:
    return replace(entry, created=0.0, updated=0.0)


def unused(entry: Entry) -> Entry:
    return replace(entry, last_used=None, used_count=0)


def _check(store: Store, model: _Model) -> None:
    state = _state(store)
    assert {i: unused(entry) for i, entry in state.items()} == {i: unused(e) for i, e in model.state.items()}
    model.state = state  # with the counts of use, which undo and redo leave as they are
    assert (store.version, store.count) == (model.version, len(state))
    replayed: State = {}
    for row in reversed(store.history(limit=10_000)):
        before, after = row.diff.before, row.diff.after
        known = replayed.pop(row.diff.entry_id, None)
        assert (known and unused(known)) == (before and unused(before))
        if after is not None:
            replayed[row.diff.entry_id] = after
    assert {i: unused(entry) for i, entry in replayed.items()} == {i: unused(e) for i, e in state.items()}
    snapshot = store.snapshot()
    for word in WORDS:
        holders = [e for e in state.values() if holds(e.key, word) or holds(e.text, word)]
        assert snapshot.document_frequency(word) == len(holders), word
    snapshot.close()


def _check_the_past(store: Store, model: _Model) -> None:
    for version, state in enumerate(model.versions):
        past = store.snapshot(version)
        seen = {entry.id: entry for entry in past.scan()}
        assert {i: unused(entry) for i, entry in seen.items()} == {i: unused(e) for i, e in state.items()}
        assert all(entry.used_count == model.state[i].used_count for i, entry in seen.items() if i in model.state)
        assert (past.version, past.count, past.get(list(seen))) == (version, len(state), list(seen.values()))
        for word in WORDS:
            holders = [i for i, e in state.items() if holds(e.key, word) or holds(e.text, word)]
            assert past.document_frequency(word) == len(holders), word
            shown = {i for i, _, _ in past.texts()} | {i for i, e in state.items() if e.superseded_by is not None}
            assert {match.entry_id for match in past.match([word], limit=1_000)} == shown.intersection(holders)
        past.close()


def holds(text: str, word: str) -> bool:
    return word in text if word == "银翼" else word in words(text)
