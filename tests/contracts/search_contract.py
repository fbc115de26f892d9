"""What every store must find and sort for somebody who types. A part of the store contract."""

from __future__ import annotations

import pytest

from memviz.core.edits import Insert, Update
from memviz.core.errors import KnownError
from memviz.core.memory import Store
from tests.contracts.store_fixtures import StoreFixtures


class SearchContract(StoreFixtures):
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
