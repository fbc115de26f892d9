"""A store against plain dictionaries, by a machine that chooses what happens next.

After every step the store holds what the model holds: entries, version, count, settings, the word index, and whatever
filter and order the machine thinks of. Time travel to any earlier version finds what the model remembers of it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from memviz.core.edit_conflict import EditConflict
from memviz.core.edits import Delete, Edit, Insert, Update
from memviz.core.entry import EDITABLE_FIELDS, Entry
from memviz.core.filters import Comparison, Condition, folded
from memviz.core.memory import Store
from memviz.stores import sqlite_edits, sqlite_load, sqlite_steps
from memviz.stores.checking.report import check
from tests.contracts.store_fixtures import Clock, Make
from tests.contracts.store_model import EDITS, FIELDS, JSON, TEXTS, WORDS, State, edits_on, holds, timeless, unused

#: Batches happen with a handful of entries.
_BATCH = 3
_SETTINGS = st.dictionaries(st.sampled_from(["a", "b", "银"]), JSON, max_size=2)
#: Time that the orders of a memory compare as they are; texts with a NUL are compared up to it.
_SORTED = ("id", "key", "text", "owner", "kind", "confidence", "expires", "enabled", "used_count", "superseded_by")
_LENGTH_SORTED = 32
_CONDITIONS = st.one_of(
    st.builds(
        Condition, st.sampled_from(["key", "text", "owner"]), st.just(Comparison.CONTAINS), st.sampled_from(WORDS)
    ),
    st.builds(Condition, st.just("confidence"), st.just(Comparison.AT_LEAST), st.floats(0, 1), st.booleans()),
    st.builds(Condition, st.just("enabled"), st.just(Comparison.IS), st.booleans(), st.booleans()),
    st.builds(Condition, st.just("tags"), st.just(Comparison.IS), st.sampled_from(WORDS), st.booleans()),
    st.builds(
        Condition,
        st.sampled_from(["expires", "superseded_by", "last_used"]),
        st.just(Comparison.MISSING),
        negated=st.booleans(),
    ),
)


class StoreMachine(RuleBasedStateMachine):
    """Subclasses set ``make``. The states before each step that stands, and after each that was taken back."""

    make: Make

    @initialize()
    def open(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._clock = Clock()
        self.store: Store = type(self).make(Path(self._folder.name), self._clock)
        self.state: State = {}
        self.versions: list[State] = [{}]
        self.done: list[State] = []
        self.undone: list[State] = []
        self.settings: dict[str, Any] = {}
        #: What a user saw at some time, by id: edits are made on top of it.
        self.seen: State = {}

    def teardown(self) -> None:
        if hasattr(self, "store"):
            url = self.store.url
            self.store.close()
            if url.startswith("sqlite:"):
                assert check(url.removeprefix("sqlite:///")).findings == ()
            self._folder.cleanup()

    # -- steps -------------------------------------------------------------------------------------------------------

    @rule(given_edits=st.lists(EDITS, min_size=1, max_size=8))
    def apply(self, given_edits: list[Any]) -> None:
        self._apply(edits_on(given_edits, self.state))

    @precondition(lambda self: self.state)
    @rule(fields=FIELDS.filter(bool), keep_time=st.booleans())
    def change_all(self, fields: dict[str, Any], keep_time: bool) -> None:
        """A bulk change, over the size of a batch."""
        self._apply([Update(i, keep_time=keep_time, **fields) for i in self.state])

    @precondition(lambda self: self.state)
    @rule(step=st.integers(1, 3))
    def delete_many(self, step: int) -> None:
        self._apply([Delete(entry_id) for entry_id in list(self.state)[::step]])

    @precondition(lambda self: self.state)
    @rule(text=TEXTS.filter(str.strip), choice=st.integers(0, 9))
    def supersede(self, text: str, choice: int) -> None:
        self._apply([Insert(text=text, supersedes=[list(self.state)[choice % len(self.state)]])])

    @rule(rows=st.lists(TEXTS.filter(str.strip), max_size=9), undoable=st.booleans())
    def load(self, rows: list[str], undoable: bool) -> None:
        before = self.state
        self.store.load(({"text": text, "owner": "load"} for text in rows), len(rows), undoable=undoable)
        self.state = _read(self.store)
        new = [entry for entry_id, entry in self.state.items() if entry_id not in before]
        assert [(entry.text, entry.owner) for entry in new] == [(text, "load") for text in rows]
        assert {i: self.state[i] for i in before} == before
        if undoable and not rows:
            return
        if undoable:
            self.done.append(before)
            self.undone.clear()
        else:  # it stays, whatever is undone
            added = {entry.id: entry for entry in new}
            self.done = [{**state, **added} for state in self.done]
            self.undone = [{**state, **added} for state in self.undone]
        self.versions.append(self.state)

    @rule()
    def undo(self) -> None:
        change = self.store.undo()
        assert (change is None) == (not self.done)
        if self.done:
            self.undone.append(self.state)
            self._move(self.done.pop())

    @rule()
    def redo(self) -> None:
        change = self.store.redo()
        assert (change is None) == (not self.undone)
        if self.undone:
            self.done.append(self.state)
            self._move(self.undone.pop())

    @rule(choice=st.integers(0, 5))
    def use(self, choice: int) -> None:
        used = list(self.state)[choice : choice + 2]
        self.store.mark_used(used)
        for entry in self.store.get(used):
            assert entry.used_count == self.state[entry.id].used_count + 1
            self.state = {**self.state, entry.id: entry}

    @rule(values=_SETTINGS)
    def change_settings(self, values: dict[str, Any]) -> None:
        self.store.change_settings(values)
        together = {**self.settings, **values}
        self.settings = {name: value for name, value in together.items() if value is not None}

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = type(self).make(Path(self._folder.name), self._clock)

    @rule()
    def look(self) -> None:
        """A user looks; what is edited next may be on top of this."""
        self.seen = dict(self.state)

    @precondition(lambda self: self.seen)
    @rule(fields=FIELDS.filter(bool), choice=st.integers(0, 9), delete=st.booleans())
    def edit_what_was_seen(self, fields: dict[str, Any], choice: int, delete: bool) -> None:
        seen = list(self.seen.values())[choice % len(self.seen)]
        names = EDITABLE_FIELDS if delete else fields
        said = {name: getattr(seen, name) for name in names}
        edit: Edit = Delete(seen.id, said) if delete else Update(seen.id, seen=said, **fields)
        now = self.state.get(seen.id)
        wanted = {} if isinstance(edit, Delete) else edit.fields
        same = now is not None and all(
            getattr(now, name) in (getattr(seen, name), wanted.get(name, getattr(seen, name))) for name in names
        )
        if same:
            self._apply([edit])
            return
        with pytest.raises(EditConflict) as caught:
            self.store.apply([Insert(text="goes with it"), edit])
        assert (caught.value.entry_id, caught.value.now and unused(caught.value.now)) == (seen.id, now and unused(now))

    # -- what must be so ---------------------------------------------------------------------------------------------

    @invariant()
    def entries_are_those_of_the_model(self) -> None:
        if not hasattr(self, "store"):
            return
        state = _read(self.store)
        assert {i: unused(entry) for i, entry in state.items()} == {i: unused(e) for i, e in self.state.items()}
        self.state = state
        assert (self.store.version, self.store.count) == (len(self.versions) - 1, len(state))
        assert dict(self.store.settings) == self.settings
        snapshot = self.store.snapshot()
        try:
            for word in WORDS:
                holders = [e for e in state.values() if holds(e.key, word) or holds(e.text, word)]
                assert snapshot.document_frequency(word) == len(holders), word
        finally:
            snapshot.close()

    @rule(choice=st.integers(0, 1_000))
    def travel(self, choice: int) -> None:
        version = choice % len(self.versions)
        then, past = self.versions[version], self.store.snapshot(version)
        try:
            seen = {entry.id: entry for entry in past.scan()}
            assert {i: unused(entry) for i, entry in seen.items()} == {i: unused(e) for i, e in then.items()}
            assert (past.version, past.count) == (version, len(then))
            for word in WORDS:
                holders = [e for e in then.values() if holds(e.key, word) or holds(e.text, word)]
                assert past.document_frequency(word) == len(holders), word
        finally:
            past.close()

    @rule(field=st.sampled_from(_SORTED), descending=st.booleans(), limit=st.none() | st.integers(1, 4))
    def sort(self, field: str, descending: bool, limit: int | None) -> None:
        found = list(self.store.search_ids(sort=field, descending=descending, limit=limit))
        assert found == _ordered(self.state, field, descending)[:limit]

    @rule(where=st.lists(_CONDITIONS, min_size=1, max_size=2), field=st.sampled_from(_SORTED), descending=st.booleans())
    def filter(self, where: list[Condition], field: str, descending: bool) -> None:
        found = list(self.store.search_ids(where=tuple(where), sort=field, descending=descending))
        right = {i for i, e in self.state.items() if all(each.holds(e, now=self._clock.now) for each in where)}
        assert found == [i for i in _ordered(self.state, field, descending) if i in right]

    # -- the model ---------------------------------------------------------------------------------------------------

    def _apply(self, edits: list[Edit]) -> None:
        expected, new = dict(self.state), 0
        for edit in edits:
            match edit:
                case Insert():
                    new -= 1  # the store gives the id
                    expected[new] = Entry(**{"id": new, **edit.fields})
                    for old in edit.supersedes:
                        expected[old] = replace(expected[old], superseded_by=new)
                case Update():
                    expected[edit.entry_id] = replace(expected[edit.entry_id], **edit.fields)
                case Delete():
                    del expected[edit.entry_id]
        change = self.store.apply(edits)
        for number, entry_id in enumerate(change.inserted, 1):
            expected = {
                i: replace(e, superseded_by=entry_id) if e.superseded_by == -number else e for i, e in expected.items()
            }
            expected[entry_id] = replace(expected.pop(-number), id=entry_id)
        after = _read(self.store)
        assert {i: timeless(e) for i, e in after.items()} == {i: timeless(e) for i, e in expected.items()}
        assert set(change.deleted) == self.state.keys() - after.keys()
        assert set(change.updated) == {i for i in self.state.keys() & after.keys() if self.state[i] != after[i]}
        if after != self.state:
            self.done.append(self.state)
            self.undone.clear()
            self.versions.append(after)
        self.state = after

    def _move(self, state: State) -> None:
        self.state = state
        self.versions.append(state)


def run_machine(make: Make, *, examples: int, steps: int) -> None:
    """Plays it so many times, each with at most so many steps."""

    class Machine(StoreMachine):
        pass

    Machine.make = staticmethod(make)  # type: ignore[assignment]
    with pytest.MonkeyPatch.context() as patch:
        for module, name in ((sqlite_edits, "BATCH"), (sqlite_steps, "BATCH"), (sqlite_load, "_BATCH")):
            patch.setattr(module, name, _BATCH)
        run_state_machine_as_test(
            Machine, settings=settings(max_examples=examples, stateful_step_count=steps, deadline=None)
        )


def _read(store: Store) -> State:
    return {entry.id: entry for entry in store.get(store.search_ids())}


def _ordered(state: State, field: str, descending: bool) -> list[int]:
    """Equal values by id, missing values last."""
    value: Callable[[Entry], Any] = _compared_by(field)
    there = sorted((e for e in state.values() if getattr(e, field) is not None), key=lambda e: (value(e), e.id))
    missing = sorted(i for i, e in state.items() if getattr(e, field) is None)
    ids = [entry.id for entry in there]
    return [*ids[::-1], *missing[::-1]] if descending else [*ids, *missing]


def _compared_by(field: str) -> Callable[[Entry], Any]:
    if field == "text":
        return lambda entry: folded(entry.text[:_LENGTH_SORTED]).encode()
    if field in ("key", "owner", "kind"):
        return lambda entry: folded(str(getattr(entry, field))).encode()
    return lambda entry: getattr(entry, field)
