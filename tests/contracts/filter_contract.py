"""Which entries every store must find by conditions on their fields. A part of the store contract."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from memviz.core.edits import Delete, Insert
from memviz.core.filters import FILTER_FIELDS, TRUTH_FIELDS, Comparison, Condition, comparisons_of
from memviz.core.memory import Store
from memviz.core.vectors import VectorRow
from tests.contracts.store_fixtures import Clock, StoreFixtures

_ENTRIES: list[dict[str, Any]] = [
    {"key": "Ann · home", "text": "Ann lives in ROME.", "owner": "ann", "tags": ["Work", "città"], "confidence": 0.4},
    {"text": "银翼杀手 was directed by Ridley Scott.", "kind": "profile", "source": "wiki", "expires": 900.0},
    {"text": "100 % of it_", "owner": "Zoë", "kind": "dialogue turn", "expires": 3e9, "private": True, "created": 5.0},
    {"text": "rome again", "owner": "ANN", "enabled": False, "superseded_by": 1, "tags": ["work"], "source": "WIKI"},
    {"key": "ann · home", "text": "nothing", "confidence": 0.0},
]
_VALUES: dict[str, list[Any]] = {
    "key": ["Ann · home", "", "ann"],
    "text": ["rome", "ROME AGAIN", "%", "_", "银翼", "Ë"],
    "kind": ["fact", "profile"],
    "owner": ["ANN", "", "zoë", "ZOË"],
    "source": ["Wiki", ""],
    "tags": ["WORK", "città", "wor", "missing"],
    "confidence": [0.4, 0, 1.0],
    "expires": [900.0, 3e9],
    "superseded_by": [1],
    "id": [1, 3],
    **{field: [5.0, 1e9] for field in ("created", "updated")},
    **{field: [0, 1, 1e12] for field in ("used_count", "last_used")},
    **{field: [True, False] for field in TRUTH_FIELDS},
}


def _conditions() -> list[Condition]:
    found = []
    for field in FILTER_FIELDS:
        for comparison, negated in product(comparisons_of(field), (False, True)):
            for value in [None] if comparison is Comparison.MISSING else _VALUES[field]:
                if (field, comparison) == ("kind", Comparison.IS) or field != "kind" or value:
                    found.append(Condition(field, comparison, value, negated))
    return found


class FilterContract(StoreFixtures):
    def test_conditions_hold_of_what_is_found(self, store: Store, clock: Clock) -> None:
        ids = store.apply([Insert(**fields) for fields in _ENTRIES]).inserted
        store.mark_used([ids[1], ids[2], ids[2]])
        entries = {entry.id: entry for entry in store.get(ids)}
        first = entries[ids[0]]
        store.put_vectors("space", [VectorRow(first.id, first.updated, np.ones(2, np.float32))])
        conditions = _conditions()
        assert {condition.field for condition in conditions} == set(FILTER_FIELDS)
        for condition in conditions:
            expected = [i for i in ids if condition.holds(entries[i], now=clock.now, embedded=i == first.id)]
            assert list(store.search_ids(where=(condition,))) == expected, condition

    def test_conditions_join_a_search_and_its_order(self, store: Store) -> None:
        store.apply([Insert(text=f"film {n}", owner="ann" if n % 2 else "", confidence=n / 10) for n in range(10)])
        of_ann = Condition("owner", Comparison.IS, "Ann")
        sure = Condition("confidence", Comparison.AT_LEAST, 0.5)
        assert list(store.search_ids("fil", where=(of_ann, sure), sort="confidence", descending=True)) == [10, 8, 6]
        assert list(store.search_ids("fil", where=(of_ann,), limit=2)) == [2, 4]
        assert list(store.search_ids("9", where=(of_ann,))) == [10]

    def test_the_first_are_the_first_of_all(self, store: Store) -> None:
        store.apply(
            [
                Insert(
                    text=f"film {n % 7}",
                    owner=f"o{n % 3}" if n % 2 else "",
                    confidence=n / 39,
                    source=f"s{n % 9}",
                    expires=n or None,
                )
                for n in range(40)
            ]
        )
        store.apply([Delete(3)])
        for sort, descending, text in product(
            ("id", "text", "owner", "updated", "confidence", "source", "expires"), (False, True), ("", "film", "4")
        ):
            first = list(store.search_ids(text, sort=sort, descending=descending, limit=5))
            everything = list(store.search_ids(text, sort=sort, descending=descending))
            assert first == everything[:5], (sort, descending, text)
            assert len(everything) == (6 if text == "4" else 39)
