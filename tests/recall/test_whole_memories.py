"""Recall for models that want many entries: those that share a word, and the newest."""

from __future__ import annotations

from contextlib import closing

from memviz.core.edits import Insert, Update
from memviz.core.events import RecallEvent
from memviz.core.protocols import Recaller
from memviz.core.query import Query
from memviz.recall.newest import NewestRecaller
from memviz.recall.shared_words import SharedWordsRecaller
from memviz.stores.sqlite import SQLiteStore


def asked(recaller: Recaller, store: SQLiteStore, query: str | Query) -> RecallEvent:
    with closing(store.snapshot()) as snapshot:
        return recaller(Query(query) if isinstance(query, str) else query, snapshot)


def test_a_small_memory_is_given_as_a_whole_best_first(store: SQLiteStore, keys) -> None:
    event = asked(SharedWordsRecaller(), store, "星球大战")
    assert len(event.candidates) == store.count
    assert keys(event)[0] == "星球大战"
    assert [candidate.rank for candidate in event.candidates] == list(range(1, store.count + 1))


def test_of_a_large_memory_only_what_shares_a_word(store: SQLiteStore, keys) -> None:
    event = asked(SharedWordsRecaller(whole=3), store, "films with Blade in the title")
    assert set(keys(event)) == {
        "Blade Runner · director",
        "Blade Runner · writer",
        "Blade Runner · actors",
        "Blade Runner 2049 · director",
        "Blade · director",
    }
    assert len(asked(SharedWordsRecaller(most=2, whole=3), store, "Blade").candidates) == 2
    assert asked(SharedWordsRecaller(whole=3), store, "nothing alike").note


def test_the_newest_are_injected_and_the_oldest_shown_as_dropped(store: SQLiteStore) -> None:
    event = asked(NewestRecaller(most=3), store, "?")
    ids = [candidate.entry_id for candidate in event.candidates]
    assert ids == sorted(ids, reverse=True)
    assert [candidate.status for candidate in event.candidates] == ["injected"] * 3 + ["cut"] * (store.count - 3)
    assert "3 slots" in event.candidates[3].reason
    assert "dropped" in event.note
    assert asked(NewestRecaller(most=50), store, "?").note == ""


def test_one_story_up_to_a_sentence(store: SQLiteStore) -> None:
    told = [Insert(text=f"sentence {number}", source=f"story {number % 2}") for number in range(6)]
    first = store.count + 1
    store.apply(told)
    query = Query("?", source="story 1", before=first + 5)
    assert [candidate.entry_id for candidate in asked(NewestRecaller(), store, query).candidates] == [
        first + 3,
        first + 1,
    ]
    store.apply([Update(first + 3, enabled=False)])
    assert [candidate.entry_id for candidate in asked(NewestRecaller(), store, query).candidates] == [first + 1]
    assert asked(NewestRecaller(), store, Query("?", source="no story")).note


def test_a_superseded_entry_comes_back_when_what_stands_for_it_is_disabled(store: SQLiteStore) -> None:
    old, new = store.apply([Insert(text="Ann met a wombat"), Insert(text="Ann met a wombat, twice")]).inserted
    store.apply([Update(old, superseded_by=new)])
    recaller = SharedWordsRecaller(whole=3)
    assert [one.entry_id for one in asked(recaller, store, "wombat").candidates] == [new]
    store.apply([Update(new, enabled=False)])
    assert [one.entry_id for one in asked(recaller, store, "wombat").candidates] == [old]
