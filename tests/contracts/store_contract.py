"""What every store must do. A subclass gives ``make``; nothing in here knows which store it is.

``make(folder, clock)`` opens the memory of that folder, new or as it was left: called twice, it is a reopening.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from memviz.core.edits import Delete, Insert, Restore, Update
from memviz.core.entry import EDITABLE_FIELDS, Kind
from memviz.core.errors import KnownError
from memviz.core.memory import Snapshot, Store

Make = Callable[[Path, Callable[[], float]], Store]

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


class Clock:
    """Time that goes on by a second with each look."""

    def __init__(self, now: float = 1_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


class StoreContract:
    @pytest.fixture
    def clock(self) -> Clock:
        return Clock()

    @pytest.fixture
    def store(self, make: Make, tmp_path: Path, clock: Clock) -> Iterator[Store]:
        store = make(tmp_path, clock)
        yield store
        store.close()

    @pytest.fixture
    def view(self, store: Store) -> Iterator[Callable[[], Snapshot]]:
        """Makes snapshots and closes them."""
        made: list[Snapshot] = []

        def take() -> Snapshot:
            made.append(store.snapshot())
            return made[-1]

        yield take
        for snapshot in made:
            snapshot.close()

    def test_follows_the_protocols(self, store: Store, view: Callable[[], Snapshot]) -> None:
        assert isinstance(store, Store)
        assert isinstance(view(), Snapshot)
        assert "://" in store.url
        assert view().url == store.url

    def test_new_memory_is_empty(self, store: Store, view: Callable[[], Snapshot]) -> None:
        assert (store.version, store.count, list(store.search_ids())) == (0, 0, [])
        assert store.undo() is None
        assert store.redo() is None
        assert store.history() == []
        assert view().match(["word"], limit=3) == []

    # Edits

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

    # Undo, redo, history

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

    # Snapshots

    def test_a_snapshot_does_not_change(self, store: Store, view: Callable[[], Snapshot]) -> None:
        one, two = store.apply([Insert(text="red film"), Insert(text="blue film")]).inserted
        old = view()
        store.apply([Update(one, text="green film"), Delete(two), Insert(text="red again")])
        new = view()
        assert (old.version, old.count) == (1, 2)
        assert [entry.text for entry in old.get([one, two])] == ["red film", "blue film"]
        assert [match.entry_id for match in old.match(["red"], limit=9)] == [one]
        assert old.document_frequency("film") == 2
        assert (new.version, new.count) == (2, 2)
        assert [entry.text for entry in new.get([one, two])] == ["green film"]
        assert new.document_frequency("film") == 1

    def test_a_snapshot_is_read_by_another_thread(self, store: Store, view: Callable[[], Snapshot]) -> None:
        [entry_id] = store.apply([Insert(text="0")]).inserted
        old = view()
        seen: set[str] = set()
        started, stop = threading.Event(), threading.Event()

        def read() -> None:
            while not stop.is_set():
                seen.update(entry.text for entry in old.get([entry_id]))
                started.set()

        reader = threading.Thread(target=read)
        reader.start()
        assert started.wait(10)
        for n in range(50):
            store.apply([Update(entry_id, text=f"edit {n}")])
        stop.set()
        reader.join()
        assert seen == {"0"}
        assert store.get([entry_id])[0].text == "edit 49"

    def test_closing_twice_is_nothing(self, store: Store) -> None:
        url = store.url
        snapshot = store.snapshot()
        for _ in range(2):
            snapshot.close()
            store.close()
        assert (snapshot.url, store.url) == (url, url)

    # The lexical index

    def test_match_scores_and_breaks_ties_by_id(self, store: Store, view: Callable[[], Snapshot]) -> None:
        ids = store.apply(
            [Insert(text=text) for text in ("apple pear", "plum", "apple plum", "apple pear", "nothing here")]
        ).inserted
        found = view().match(["apple", "pear"], limit=10)
        assert [match.entry_id for match in found] == [ids[0], ids[3], ids[2]]
        assert found[0].score == found[1].score > found[2].score > 0
        assert len(view().match(["apple", "pear"], limit=1)) == 1
        both = view().match(["apple", "pear"], ["plum", "absent"], limit=10)
        assert [match.entry_id for match in both] == [ids[2]]
        assert view().match(["apple"], ["!"], limit=10) == []

    def test_words_meet_by_stem_case_and_diacritics(self, store: Store, view: Callable[[], Snapshot]) -> None:
        [entry_id] = store.apply([Insert(text="Amélie was DIRECTED in Zürich.")]).inserted
        for word in ("amelie", "AMÉLIE", "directing", "direct", "Zurich"):
            assert [match.entry_id for match in view().match([word], limit=2)] == [entry_id], word
            assert view().document_frequency(word) == 1

    def test_the_index_follows_every_change(self, store: Store, view: Callable[[], Snapshot]) -> None:
        [entry_id] = store.apply([Insert(key="red", text="银翼")]).inserted
        store.apply([Update(entry_id, key="blue", text="杀手")])
        assert [view().document_frequency(word) for word in ("red", "银翼", "blue", "杀手")] == [0, 0, 1, 1]
        store.apply([Delete(entry_id)])
        assert [view().document_frequency(word) for word in ("red", "银翼", "blue", "杀手")] == [0, 0, 0, 0]
        store.undo()
        store.undo()
        assert [view().document_frequency(word) for word in ("red", "银翼", "blue", "杀手")] == [1, 1, 0, 0]
        assert list(store.search_ids("银")) == [entry_id]

    def test_chinese_words_are_found(self, store: Store, view: Callable[[], Snapshot]) -> None:
        film, _ = store.apply(
            [Insert(key="银翼杀手", text="由雷德利·斯科特执导 in 1982年"), Insert(text="手杀翼银是倒过来的")]
        ).inserted
        for word in ("银翼", "杀手", "雷德利·斯科特", "1982"):
            assert [match.entry_id for match in view().match([word], limit=5)] == [film], word
        assert view().document_frequency("手") == 2
        assert list(store.search_ids("翼杀")) == [film]
        assert list(store.search_ids("斯科特执导 19")) == [film]

    def test_disabled_and_expired_entries_are_not_found(
        self, store: Store, view: Callable[[], Snapshot], clock: Clock
    ) -> None:
        ids = store.apply(
            [
                Insert(key="Film · a", text="word", enabled=False),
                Insert(key="Film · b", text="word", expires=clock.now - 1),
                Insert(key="Film · c", text="word", expires=clock.now + 1_000),
                Insert(key="Film · d", text="word"),
            ]
        ).inserted
        snapshot = view()
        assert {match.entry_id for match in snapshot.match(["word"], limit=9)} == set(ids[2:])
        assert snapshot.with_subject(["film"]) == dict.fromkeys(ids[2:], "film")
        assert (snapshot.count, len(store.search_ids("word"))) == (4, 4)

    def test_one_entry_is_matched_also_where_it_is_hidden(self, store: Store, view: Callable[[], Snapshot]) -> None:
        shown, hidden, other = store.apply(
            [Insert(text="red word"), Insert(text="red word", enabled=False), Insert(text="word")]
        ).inserted
        seen = view()
        [match] = seen.match(["red"], limit=9)
        assert (match.entry_id, seen.match(["red"], limit=9, only=shown)) == (shown, [match])
        [unseen] = seen.match(["red"], limit=9, only=hidden)
        assert (unseen.entry_id, unseen.score) == (hidden, match.score)
        assert seen.match(["red"], limit=9, only=other) == seen.match(["red"], limit=9, only=99) == []

    def test_with_key(self, store: Store, view: Callable[[], Snapshot], clock: Clock) -> None:
        one, two, _, _ = store.apply(
            [
                Insert(key="Film · a", text="1"),
                Insert(key="Film · a", text="2"),
                Insert(key="Film · a", text="3", enabled=False),
                Insert(key="Film · a", text="4", expires=clock.now - 9),
            ]
        ).inserted
        assert view().with_key(["Film · a", "film · a", "", "none"]) == [one, two]
        assert view().with_key([]) == []

    def test_with_subject(self, store: Store, view: Callable[[], Snapshot]) -> None:
        it, matrix, _ = store.apply(
            [Insert(key="It · writer"), Insert(key="The  Mátrix!"), Insert(text="no key")]
        ).inserted
        assert view().with_subject(["it", "the matrix", "absent", ""]) == {it: "it", matrix: "the matrix"}
        store.apply([Update(it, key="That · writer")])
        assert view().with_subject(["it", "that"]) == {it: "that"}
        assert view().with_subject([]) == {}

    @pytest.mark.parametrize(
        "odd",
        ["", " ", "!?", '"', '""', "*", "NEAR(a, b)", "a AND", "key:x", "^", "\0", "a\0b", "🎬", "-", "x" * 9_999],
    )
    def test_no_term_is_a_syntax_error(self, store: Store, view: Callable[[], Snapshot], odd: str) -> None:
        store.apply([Insert(text="ordinary words")])
        assert view().match([odd], limit=5) == []
        assert [m.entry_id for m in view().match([odd, "ordinary"], limit=5)] == [1]
        assert view().document_frequency(odd) == 0
        assert set(store.search_ids(odd)) <= {1}
        assert set(store.search_ids(f"ordinary {odd}")) <= {1}

    def test_thousands_of_terms(self, store: Store, view: Callable[[], Snapshot]) -> None:
        store.apply([Insert(text="word7 word8")])
        many = [f"word{n}" for n in range(10_000)]
        assert len(view().match(many, limit=5)) == 1
        assert view().match(["word7"], many[8:], limit=5) != []
        assert list(store.search_ids(" ".join(many))) == []
        assert view().match(["字" * 50_000], limit=5) == []

    # Search as you type

    def test_search_while_typing(self, store: Store) -> None:
        directed, _ = store.apply(
            [
                Insert(key="Blade Runner · director", text="It was directed by Ridley Scott."),
                Insert(text="Blades of grass"),
            ]
        ).inserted
        whole = "blade runner directing ridley"
        for length in range(len("blade r"), len(whole) + 1):
            assert list(store.search_ids(whole[:length])) == [directed], whole[:length]
        assert len(store.search_ids("bla")) == 2
        assert list(store.search_ids("runner grass")) == []
        assert len(store.search_ids("   ")) == 2

    def test_signs_without_words_are_searched_too(self, store: Store) -> None:
        film, _ = store.apply([Insert(text="a film 🎬"), Insert(text="no sign")]).inserted
        assert list(store.search_ids("🎬")) == [film]
        assert list(store.search_ids("%")) == []

    def test_sorted_by_every_field(self, store: Store) -> None:
        a, b, c = store.apply(
            [
                Insert(key="b", text="Beta", owner="Zoe", source="s2", confidence=0.5, expires=3e9, private=True),
                Insert(key="A", text="alpha", kind="profile", owner="ann", source="s1", confidence=0.9, enabled=False),
                Insert(key="c", text="gamma", kind="dialogue turn", confidence=0.1, expires=2e9),
            ]
        ).inserted
        store.apply([Update(a, owner="Zoé")])
        store.mark_used([c])
        expected = {
            "id": [a, b, c],
            "key": [b, a, c],
            "text": [b, a, c],
            "kind": [c, a, b],
            "owner": [c, b, a],
            "source": [c, b, a],
            "created": [a, b, c],
            "updated": [b, c, a],
            "last_used": [c, a, b],
            "used_count": [a, b, c],
            "confidence": [c, a, b],
            "expires": [c, a, b],
            "private": [b, c, a],
            "enabled": [b, a, c],
        }
        for field, ids in expected.items():
            assert list(store.search_ids(sort=field)) == ids, field
        assert list(store.search_ids(sort="id", descending=True)) == [c, b, a]
        assert list(store.search_ids(sort="expires", descending=True)) == [a, c, b]
        assert list(store.search_ids("a", sort="key", descending=True)) == [b]
        store.mark_used([a, a])
        assert list(store.search_ids(sort="used_count", descending=True)) == [a, c, b]
        with pytest.raises(KnownError, match="sorted by “nonsense; --”"):
            store.search_ids(sort="nonsense; --")

    # -- whole memories ------------------------------------------------------------------------------------------------

    def test_a_snapshot_tells_all_texts_and_the_newest_in_order(
        self, store: Store, view: Callable[[], Snapshot], clock: Clock
    ) -> None:
        store.apply([Insert(key=f"k{at}", text=f"t{at}", source=f"story {at % 2}") for at in range(5)])
        store.apply([Update(2, enabled=False), Update(3, expires=clock.now - 500)])
        seen = view()
        store.apply([Insert(text="later")])
        assert list(seen.texts()) == [(1, "k0", "t0"), (4, "k3", "t3"), (5, "k4", "t4")]
        assert seen.newest(limit=2) == [5, 4]
        assert seen.newest(limit=9, source="story 0") == [5, 1]
        assert seen.newest(limit=9, before=5) == [4, 1]
        assert seen.newest(limit=9, source="nothing") == []
