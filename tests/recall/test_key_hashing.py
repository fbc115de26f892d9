"""Key hashing: which entries a question can reach."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from memviz.core.edits import Update
from memviz.core.events import Query, RecallEvent
from memviz.core.protocols import RecallNeed
from memviz.recall.key_hashing import KeyHashingRecaller
from memviz.session.registry import RECALLERS, load
from memviz.stores.sqlite import SQLiteStore

Ask = Callable[..., RecallEvent]


@pytest.fixture
def hashed(store: SQLiteStore) -> Ask:
    kept: dict[int, KeyHashingRecaller] = {}

    def ask(text: str, hops: int = 1, **bounds: int) -> RecallEvent:
        recaller = kept.setdefault(hops, KeyHashingRecaller(hops, **bounds))
        snapshot = store.snapshot()
        try:
            return recaller(Query(text), snapshot)
        finally:
            snapshot.close()

    return ask


def test_facts_about_the_name_and_nothing_else(hashed: Ask, keys) -> None:
    event = hashed("who directed Blade Runner?")
    assert keys(event) == ["Blade Runner · director", "Blade Runner · writer", "Blade Runner · actors"]
    assert event.terms == ("Blade Runner",)
    assert {candidate.status for candidate in event.candidates} == {"injected"}


def test_an_object_leads_to_its_subjects_and_a_second_hop_further(hashed: Ask, keys) -> None:
    assert keys(hashed("films by Ridley Scott")) == ["Blade Runner · director", "Alien · director"]
    event = hashed("who wrote films by Ridley Scott", hops=2)
    assert set(keys(event)) == {
        "Blade Runner · director",
        "Alien · director",
        "Blade Runner · writer",
        "Blade Runner · actors",
    }
    assert [candidate.score for candidate in event.candidates] == [1.0, 1.0, 0.5, 0.5]
    assert all(sum(candidate.parts.values()) == candidate.score for candidate in event.candidates)


def test_an_edit_is_seen_by_the_next_question(hashed: Ask, keys, store: SQLiteStore) -> None:
    assert keys(hashed("films by Jane Campion")) == []
    store.apply([Update(1, text="Blade Runner was directed by Jane Campion.")])
    assert keys(hashed("films by Jane Campion")) == ["Blade Runner · director"]
    store.apply([Update(1, enabled=False)])
    assert keys(hashed("films by Jane Campion")) == []


def test_it_says_why_nothing_was_found(hashed: Ask, store: SQLiteStore) -> None:
    assert "no name" in hashed("who directed?").note
    assert hashed("who directed Blade Runner?").note == ""
    store.apply([Update(entry_id, text="no statement", key="x") for entry_id in range(1, store.count + 1)])
    assert "no entry" in hashed("who directed Blade Runner?").note.lower()


def test_the_graph_is_kept_between_questions(hashed: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed("who directed Blade Runner?")

    def again(*_: object) -> None:
        raise AssertionError("the memory was read again")

    monkeypatch.setattr("memviz.recall.key_hashing.parsed", again)
    assert hashed("who directed Alien?").candidates
    assert hashed("who directed Alien?").seconds < time.perf_counter()


def test_the_registry_makes_it_from_what_a_model_needs(store: SQLiteStore) -> None:
    need = RecallNeed("key-hashing", {"hops": 2, "most": 10, "hub": 5})
    assert isinstance(load(RECALLERS, need.kind)(**need.options), KeyHashingRecaller)
