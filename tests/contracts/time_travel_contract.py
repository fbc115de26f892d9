"""What every store must do about the past: views of earlier versions and of times. A part of the store contract."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memviz.core.edits import Delete, Edit, Insert, Restore, Update
from memviz.core.entry import Entry
from memviz.core.errors import Cancelled, KnownError
from memviz.core.filters import Comparison, Condition
from memviz.core.memory import Store
from memviz.core.progress import no_progress
from memviz.core.snapshot import TableSnapshot as Snapshot
from memviz.core.vectors import VectorRow
from tests.contracts.store_contract import Clock, Make

WORDS = ["red", "blue", "directed", "directing", "银翼", "银", "杀手", "red red"]
TEXTS = st.lists(st.sampled_from([*WORDS, "the", "of"]), min_size=1, max_size=6).map(" ".join)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "key": TEXTS,
        "text": TEXTS,
        "enabled": st.booleans(),
        "source": st.sampled_from(["a", "b"]),
        "expires": st.sampled_from([None, 1_010.0, 1e9]),
        "superseded_by": st.sampled_from([None, 1]),
    },
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("load"), st.lists(TEXTS, max_size=8)),
        st.tuples(st.just("insert"), st.lists(TEXTS, min_size=1, max_size=3)),
        st.tuples(st.just("update"), st.tuples(st.integers(0, 30), FIELDS.filter(bool))),
        st.tuples(st.just("delete"), st.integers(0, 30)),
        st.sampled_from([("undo", None), ("undo", None), ("redo", None), ("use", None)]),
    ),
    min_size=1,
    max_size=12,
)
QUESTIONS: list[tuple[list[str], list[str]]] = [
    (["red"], []),
    (["red", "blue", "absent"], []),
    (["银翼", "directed"], []),
    (["red", "the"], ["directing", "银", "red"]),
    (["red red", "杀手"], ["!"]),
]


def entries(view: Snapshot) -> dict[int, Entry]:
    return {entry.id: entry for entry in view.scan()}


def unused(found: dict[int, Entry]) -> dict[int, Entry]:
    return {entry_id: replace(entry, last_used=None, used_count=0) for entry_id, entry in found.items()}


class TimeTravelContract:
    @pytest.fixture
    def clock(self) -> Clock:
        return Clock()

    @pytest.fixture
    def store(self, make: Make, tmp_path: Path, clock: Clock) -> Iterator[Store]:
        store = make(tmp_path, clock)
        yield store
        store.close()

    @pytest.fixture
    def view(self, store: Store) -> Iterator[Callable[[int | float | None], Snapshot]]:
        made: list[Snapshot] = []

        def take(as_of: int | float | None = None) -> Snapshot:
            made.append(store.snapshot(as_of))
            return made[-1]

        yield take
        for snapshot in made:
            snapshot.close()

    def test_every_version_can_be_seen(self, store: Store, view: Callable[..., Snapshot]) -> None:
        one, two = store.apply([Insert(key="Film · a", text="red"), Insert(text="blue")]).inserted
        store.apply([Update(one, key="Tree · a", text="green"), Delete(two)])
        store.load([{"text": "loaded red"}, {"text": "loaded"}], 2)
        texts = [[entry.text for entry in view(version).scan()] for version in range(4)]
        assert texts == [[], ["red", "blue"], ["green"], ["green", "loaded red", "loaded"]]
        first = view(1)
        assert (first.version, first.count, first.url) == (1, 2, store.url)
        assert [entry.text for entry in first.get([two, one, 3])] == ["blue", "red"]
        assert first.with_subject(["film", "tree"]) == {one: "film"}
        assert [(first.document_frequency(word)) for word in ("red", "green", "blue", "loaded")] == [1, 0, 1, 0]
        assert [match.entry_id for match in first.match(["red", "blue", "loaded"], limit=9)] == [two, one]
        assert first.newest(limit=9) == [two, one]
        assert list(first.texts()) == [(one, "Film · a", "red"), (two, "", "blue")]
        assert [entry.id for entry in first.scan(after=one)] == [two]

    def test_what_differs_is_told(self, store: Store, view: Callable[..., Snapshot]) -> None:
        one, two, three = store.apply([Insert(text="1"), Insert(text="2"), Insert(text="3")]).inserted
        store.apply([Update(one, text="1b"), Delete(two)])
        loaded = [entry.id for entry in store.get(range(4, 9))]
        assert loaded == []
        store.load([{"text": "4"}], 1)
        store.apply([Update(three, text="3b")])
        store.undo()
        assert view(1).differing() == {one, two, 4}
        assert view(2).differing() == {4}
        assert view(3).differing() == view(5).differing() == view().differing() == frozenset()
        assert view(0).differing() == {one, three, 4}

    def test_a_version_that_never_was(self, store: Store) -> None:
        store.apply([Insert(text="1")])
        for version in (-1, 2, 10**30):
            with pytest.raises(KnownError, match=f"version {version}; choose one from 0 to 1"):
                store.snapshot(version)

    @pytest.mark.parametrize("time", [float("nan"), float("inf"), float("-inf")], ids=str)
    def test_a_time_that_is_none(self, store: Store, time: float) -> None:
        with pytest.raises(KnownError, match=f"cannot be seen as of {time}; give a version or a time in seconds"):
            store.snapshot(time)
        store.apply([Insert(text="1")])
        store.snapshot().close()

    def test_a_time_names_the_version_of_then(self, store: Store, view: Callable[..., Snapshot], clock: Clock) -> None:
        before = clock()
        [entry] = store.apply([Insert(text="1", expires=clock.now + 100)]).inserted
        between = clock()
        store.apply([Update(entry, text="2", expires=None)])
        after = clock()
        assert [view(time).version for time in (before, between, after)] == [0, 1, 2]
        assert [list(view(time).texts()) for time in (before, between, after)] == [[], [(1, "", "1")], [(1, "", "2")]]
        assert view(between).now == between
        assert (view(before).count, view(before).newest(limit=1)) == (0, [])

    def test_what_expires_is_seen_by_the_time_that_was_asked_for(
        self, store: Store, view: Callable[..., Snapshot], clock: Clock
    ) -> None:
        soon, late, never = store.apply(
            [
                Insert(key="a", text="word", expires=clock.now + 10),
                Insert(key="a", text="word", expires=clock.now + 1_000),
                Insert(key="a", text="word"),
            ]
        ).inserted
        then = clock()
        store.apply([Insert(text="other")])
        clock.now += 100
        everyone = {then: {soon, late, never}, clock.now: {late, never}, clock.now + 9_999.0: {never}}
        for time, found in everyone.items():
            seen = view(time)
            assert seen.now == time
            assert {match.entry_id for match in seen.match(["word"], limit=9)} == found
            assert set(seen.with_subject(["a"])) == found
            assert {entry_id for entry_id, key, _ in seen.texts() if key} == found
            begin, end = seen.unchanged_between()
            assert begin <= time < end
            expiries = [entry.expires for entry in seen.scan() if entry.expires is not None]
            assert not any(begin < expires < end for expires in expiries)
            assert {begin, end} <= {*expiries, -math.inf, math.inf}
            assert set(seen.newest(limit=9)) - {4} == found
        assert view(clock.now + 9_999.0).version == 2
        # A version names the entries alone; the time goes on.
        assert view(1).now > then + 50
        assert {match.entry_id for match in view(1).match(["word"], limit=9)} == {late, never}

    def test_use_is_not_taken_back(self, store: Store, view: Callable[..., Snapshot]) -> None:
        [entry_id] = store.apply([Insert(text="1")]).inserted
        store.apply([Update(entry_id, text="2")])
        store.mark_used([entry_id])
        [was] = view(1).get([entry_id])
        [now] = store.get([entry_id])
        assert (was.text, was.used_count, was.last_used) == ("1", 1, now.last_used)

    def test_a_view_of_the_past_does_not_change(self, store: Store, view: Callable[..., Snapshot]) -> None:
        [entry_id] = store.apply([Insert(text="one")]).inserted
        store.apply([Update(entry_id, text="two")])
        past = view(1)
        store.apply([Update(entry_id, text="three"), Insert(text="one more")])
        assert past.get([entry_id])[0].text == "one"
        assert [match.entry_id for match in past.match(["one"], limit=5)] == [entry_id]
        assert view(2).get([entry_id])[0].text == "two"

    def test_settings_have_no_past(self, store: Store, view: Callable[..., Snapshot]) -> None:
        store.apply([Insert(text="1")])
        store.change_settings({"recall": {"limit": 3}})
        store.apply([Insert(text="2")])
        assert view(1).settings == view().settings == {"recall": {"limit": 3}}

    def test_the_edits_back_to_a_version(self, store: Store) -> None:
        one, two, three, four = store.apply([Insert(text=str(n)) for n in range(1, 5)]).inserted
        then = _state(store)
        store.apply([Update(one, text="1b"), Delete(two), Update(three, text="3b")])
        store.load([{"text": "loaded"}], 1)
        loaded, new = 5, 6
        store.apply([Insert(text="new"), Restore(then[three]), Update(loaded, text="edited")])
        store.apply([Update(four, text="4b")])
        store.undo()
        store.mark_used([one])
        with closing(store.edits_back_to(1)) as back:
            assert back.entry_ids.tolist() == [one, two, loaded, new]
            assert len(back) == 4
            kinds = [Restore, Restore, Delete, Delete]
            assert [type(edit) for edit in back] == [type(edit) for edit in back[:]] == kinds
            assert (back[-1], back[1], back[3:1:-1]) == (Delete(new), Restore(then[two]), [Delete(new), Delete(loaded)])
            with pytest.raises(IndexError):
                back[4]
            change = store.apply(back, decided_at=store.version)
        assert (change.updated, change.inserted, change.deleted) == ((one,), (two,), (loaded, new))
        assert unused(_state(store)) == then
        assert store.get([one])[0].used_count == 1
        store.undo()
        assert [entry.text for entry in store.get(range(1, 7))] == ["1b", "3", "4", "edited", "new"]

    def test_the_edits_back_to_where_nothing_differs(self, store: Store) -> None:
        store.apply([Insert(text="1")])
        store.apply([Update(1, text="2")])
        store.undo()
        for version in (1, 3):
            with closing(store.edits_back_to(version)) as back:
                assert (len(back), list(back), store.apply(back).version) == (0, [], 3)
        for version in (-1, 4):
            with pytest.raises(KnownError, match=f"version {version}; choose one from 0 to 3"):
                store.edits_back_to(version)

    def test_the_comparison_with_what_was_can_be_stopped(self, store: Store) -> None:
        store.apply([Insert(text="1")])
        store.apply([Update(1, text="2")])
        told: list[str] = []

        def stop(_done: int, _total: int, words: str) -> None:
            told.append(words)
            if words == "comparing with what was":
                raise Cancelled

        with pytest.raises(Cancelled):
            store.edits_back_to(1, stop)
        assert told[0] == "reading the history"
        assert store.apply([Delete(1)]).version == 3

    def test_few_differences_among_many(
        self, make: Make, tmp_path: Path, store: Store, view: Callable[..., Snapshot]
    ) -> None:
        colours = ["red", "blue", "green", "directed by 银翼"]
        store.load(
            ({"key": f"k{n % 7}", "text": f"{colours[n % 4]} word{n % 90} {'x ' * (n % 5)}"} for n in range(600)), 0
        )
        then = entries(view())
        edits: list[Edit] = [Update(n, text="red red red word7 银翼") for n in range(1, 40, 3)]
        store.apply([*edits, *(Delete(n) for n in range(41, 50)), Insert(text="red word7")])
        past = view(1)
        assert len(past.differing()) == 23
        assert entries(past) == then
        fresh = _holding(make, tmp_path / "fresh", past)
        for any_of in (["word7"], ["red", "word8"], ["green"], ["directing"], ["银翼", "word3", "blue"]):
            for limit in (1, 5, 50, 1_000):
                _same_matches(past, fresh, any_of, [], limit)
            _same_matches(past, fresh, any_of, ["word7", "x"], 20)
        fresh.close()

    def test_the_past_is_searched_sorted_and_filtered(self, store: Store, view: Callable[..., Snapshot]) -> None:
        words = ["red", "blue", "银翼", "Directed"]
        rows = ({"text": f"{words[n % 4]} {n}", "owner": f"o{n % 3}" if n % 2 else ""} for n in range(40))
        store.load(rows, 40)
        store.apply([Update(7, text="green", owner="zoë", confidence=0.1), Delete(8), Insert(text="red later")])
        store.apply([Update(9, tags=["x"], expires=5.0)])
        store.mark_used([3])
        for version in (1, 2, 3):
            past = view(version)
            there = sorted(entries(past))
            assert list(past.search_ids()) == there
            assert list(past.search_ids(sort="id", descending=True, limit=3)) == there[::-1][:3]
        past = view(1)
        assert list(past.search_ids("directed")) == [4, 8, *range(12, 41, 4)]
        assert list(past.search_ids("blu", sort="id", limit=2)) == [2, 6]
        assert 7 in past.search_ids("银翼")
        assert list(past.search_ids("green")) == list(past.search_ids("later")) == []
        assert list(past.search_ids(where=(Condition("owner", Comparison.IS, "ZOË"),))) == []
        assert list(past.search_ids(where=(Condition("confidence", Comparison.AT_MOST, 0.5),))) == []
        assert list(view(2).search_ids("green", where=(Condition("confidence", Comparison.AT_MOST, 0.5),))) == [7]
        assert list(view(3).search_ids(where=(Condition("expired", Comparison.IS, True),))) == [9]
        assert list(view(2).search_ids(where=(Condition("tags", Comparison.MISSING, negated=True),))) == []
        with pytest.raises(KnownError, match="sorted by “nonsense”"):
            past.search_ids(sort="nonsense")

    def test_what_happened_since_is_told(self, store: Store, view: Callable[..., Snapshot], clock: Clock) -> None:
        one, two, three = store.apply([Insert(text="1"), Insert(text="2"), Insert(text="3")]).inserted
        made = clock.now
        store.apply([Update(one, text="1b"), Delete(two), Insert(text="4")])
        since = view(1).since()
        assert [ids.tolist() for ids in (since.added, since.changed, since.deleted)] == [[4], [one], [two]]
        assert [ids.tolist() for ids in (view().since().added, view(2).since().changed)] == [[], []]
        assert view(0).since().added.tolist() == [one, three, 4]
        assert view(0).made is None
        assert view(1).made is not None
        assert view(1).made <= made <= view(2).made

    def test_a_timeline_tells_versions_and_when(self, store: Store) -> None:
        assert store.timeline() == []
        for n in range(12):
            store.apply([Insert(text=str(n))])
        store.undo()
        told = store.timeline()
        assert [(mark.version, mark.entries) for mark in told] == [*((n, n) for n in range(1, 13)), (13, 11)]
        assert [mark.time for mark in told] == sorted(mark.time for mark in told)
        assert [mark.kind for mark in told[-2:]] == ["edit", "undo"]
        thin = store.timeline(most=4)
        assert [thin[0].version, thin[-1].version] == [1, 13]
        assert len(thin) <= 6

    def test_values_and_how_many_have_them(self, store: Store) -> None:
        store.apply([Insert(text="1", owner="ann", tags=["a", "B"]), Insert(text="2", owner="Ann", tags=["b"])])
        store.apply([Insert(text="3", kind="profile", source="s"), Insert(text="4")])
        assert store.field_values("owner") == [("", 2), ("ann", 2)]
        assert store.field_values("kind") == [("fact", 3), ("profile", 1)]
        assert store.field_values("source", limit=1) == [("", 3)]
        assert store.field_values("tags") == [("B", 2), ("a", 1)]
        with pytest.raises(KnownError, match="Values of “text” are not counted"):
            store.field_values("text")

    def test_entries_with_vectors_are_told_and_sorted(self, store: Store, view: Callable[..., Snapshot]) -> None:
        one, two, three = store.apply([Insert(text="1"), Insert(text="2"), Insert(text="3")]).inserted
        [entry] = store.get([two])
        assert list(store.search_ids(sort="embedded")) == [one, two, three]
        store.put_vectors("space", [VectorRow(two, entry.updated, np.ones(2, np.float32))])
        assert store.embedded([one, two, 99]) == view().embedded([one, two]) == {two}
        assert list(store.search_ids(sort="embedded")) == [one, three, two]
        assert list(store.search_ids(sort="embedded", descending=True, limit=2)) == [two, three]

    def test_a_search_can_be_stopped(self, store: Store, view: Callable[..., Snapshot]) -> None:
        store.load(({"text": f"red {n}"} for n in range(3_000)), 3_000)
        store.apply([Update(5, text="blue")])

        def stop(_done: int, _total: int, _words: str) -> None:
            raise Cancelled

        for look in (store, view(1), view()):
            with pytest.raises(Cancelled):
                look.search_ids("red", sort="text", progress=stop)
            assert len(look.search_ids("red", sort="text", progress=no_progress)) >= 2_999
        with pytest.raises(Cancelled):
            store.field_values("owner", progress=stop)

    @settings(max_examples=12, deadline=None)
    @given(steps=STEPS)
    def test_the_past_is_as_a_store_that_holds_it(self, make: Make, steps: list[tuple[str, Any]]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            clock = Clock()
            store = make(Path(folder), clock)
            states = [_state(store)]
            for name, given_value in steps:
                _step(store, name, given_value)
                if store.version == len(states):
                    states.append(_state(store))
            for version in range(0, len(states), max(1, len(states) // 4)):  # the model's test looks at each
                state = states[version]
                past = store.snapshot(version)
                assert unused(entries(past)) == unused(state)
                assert past.count == len(state)
                assert past.differing() == {
                    i for i in state.keys() | states[-1].keys() if unused(state).get(i) != unused(states[-1]).get(i)
                }
                with closing(store.edits_back_to(version)) as back:
                    assert set(back.entry_ids.tolist()) == past.differing()
                    assert list(back) == [_back(entry_id, entries(past)) for entry_id in sorted(past.differing())]
                fresh = _holding(make, Path(folder) / f"at {version}", past)
                _same_answers(past, fresh)
                fresh.close()
                past.close()
            store.close()


def _back(entry_id: int, then: dict[int, Entry]) -> Edit:
    return Restore(then[entry_id]) if entry_id in then else Delete(entry_id)


def _state(store: Store) -> dict[int, Entry]:
    return {entry.id: entry for entry in store.get(store.search_ids())}


def _step(store: Store, name: str, value: Any) -> None:
    there = list(store.search_ids())
    if name == "load":
        store.load(({"text": text} for text in value), len(value))
    elif name == "insert":
        store.apply([Insert(text=text) for text in value])
    elif name == "update" and there:
        store.apply([Update(there[value[0] % len(there)], **value[1])])
    elif name == "delete" and there:
        store.apply([Delete(there[value % len(there)])])
    elif name == "undo":
        store.undo()
    elif name == "redo":
        store.redo()
    elif name == "use":
        store.mark_used(there[:2])


def _holding(make: Make, folder: Path, past: Snapshot) -> Snapshot:
    """A view of the newest version of a new store that holds the entries of ``past``; it closes the store."""
    folder.mkdir()
    store = make(folder, Clock(0.0))  # so that the view's time is one to come
    store.apply([Restore(entry) for entry in past.scan()])
    view = store.snapshot(past.now)
    store.close()
    return view


def _same_answers(past: Snapshot, fresh: Snapshot) -> None:
    assert list(past.texts()) == list(fresh.texts())
    assert past.newest(limit=3, source="a", before=5) == fresh.newest(limit=3, source="a", before=5)
    assert past.newest(limit=9) == fresh.newest(limit=9)
    assert past.with_subject(["red", "", "blue", "银翼"]) == fresh.with_subject(["red", "", "blue", "银翼"])
    keys = [entry.key for entry in fresh.scan()]
    assert past.with_key(keys) == fresh.with_key(keys)
    for sort in ("id", "key", "text", "source", "updated", "expires", "enabled", "superseded_by"):
        for text in ("", "red", "银"):
            found, expected = (list(view.search_ids(text, sort=sort, descending=True)) for view in (past, fresh))
            assert found == expected, (sort, text)
    for condition in (Condition("source", Comparison.IS, "a"), Condition("enabled", Comparison.IS, True)):
        assert list(past.search_ids(where=(condition,))) == list(fresh.search_ids(where=(condition,)))
    for word in WORDS:
        assert past.document_frequency(word) == fresh.document_frequency(word)
    for any_of, also_any_of in QUESTIONS:
        for limit in (2, 100):
            _same_matches(past, fresh, any_of, also_any_of, limit)


def _same_matches(past: Snapshot, fresh: Snapshot, any_of: list[str], also: list[str], limit: int) -> None:
    found, expected = past.match(any_of, also, limit=limit), fresh.match(any_of, also, limit=limit)
    assert [match.entry_id for match in found] == [match.entry_id for match in expected]
    assert [match.score for match in found] == pytest.approx([match.score for match in expected], rel=1e-9)
    for entry in fresh.scan():
        [one], [other] = (view.match(any_of, also, limit=1, only=entry.id) or [None] for view in (past, fresh))
        assert (one is None) == (other is None)
        if one is not None and other is not None:
            assert (one.entry_id, one.score) == (entry.id, pytest.approx(other.score, rel=1e-9))
