"""What every store must find by words for recall. A part of the store contract."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from memviz.core.edits import Delete, Insert, Update
from memviz.core.memory import Store
from memviz.core.snapshot import Snapshot
from tests.contracts.store_fixtures import Clock, StoreFixtures


class LexicalContract(StoreFixtures):
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
