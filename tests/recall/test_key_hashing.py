"""Key hashing: which entries a question can reach."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from memviz.core.edits import Insert, Update
from memviz.core.events import RecallEvent
from memviz.core.facts import Fact, render
from memviz.core.graph import KnowledgeGraph
from memviz.core.protocols import RecallNeed
from memviz.core.query import Query
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


def test_what_expires_while_the_memory_is_open_is_recalled_no_longer(tmp_path: Path) -> None:
    clock = [1_000.0]
    store = SQLiteStore.open(tmp_path / "expiring.sqlite", create=True, clock=lambda: clock[0])
    facts = [("Alien", 2_000.0), ("Blade Runner", 3_000.0), ("Legend", None)]
    rows = [render(Fact(name, "directed_by", ("Ridley Scott",))) for name, _ in facts]
    store.apply(
        [Insert(key=key, text=text, expires=at) for (key, text), (_, at) in zip(rows, facts, strict=True)]
        + [Insert(text="x", expires=2_500.0, enabled=False)]
    )
    store.apply([Insert(text="no fact")])
    recaller = KeyHashingRecaller()

    def found(as_of: int | float | None = None) -> list[int]:
        snapshot = store.snapshot(as_of)
        event = recaller(Query("films by Ridley Scott", as_of=as_of), snapshot)
        snapshot.close()
        assert event.now == snapshot.now
        return [one.entry_id for one in event.candidates]

    assert found() == [1, 2, 3]
    clock[0] = 2_000.0
    assert found() == [2, 3]
    assert found(1_999.0) == [1, 2, 3]  # a time before, of the same version
    assert found(1) == [2, 3]  # an earlier version, by the clock of now
    assert found(2_999.0) == [2, 3]
    assert found(9_999.0) == [3]
    assert found() == [2, 3]
    clock[0] = 3_500.0
    assert found() == [3]
    store.close()


def test_only_a_passed_expiry_makes_the_graph_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1_000.0]
    store = SQLiteStore.open(tmp_path / "expiring.sqlite", create=True, clock=lambda: clock[0])
    key, text = render(Fact("Alien", "directed_by", ("Ridley Scott",)))
    store.apply([Insert(key=key, text=text, expires=2_000.0), Insert(text="x", expires=500.0)])
    made = []
    monkeypatch.setattr(
        "memviz.recall.key_hashing.KnowledgeGraph", lambda facts: made.append(len(facts)) or KnowledgeGraph(facts)
    )
    recaller = KeyHashingRecaller()
    del made[:]
    for now in (1_000.0, 1_500.0, 1_999.9, 2_000.0, 5_000.0):
        clock[0] = now
        snapshot = store.snapshot()
        recaller(Query("who directed Alien?"), snapshot)
        snapshot.close()
    assert made == [1, 0]
    store.close()


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
