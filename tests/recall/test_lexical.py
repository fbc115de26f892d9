"""Lexical recall finds what a question names, says why, and keeps ties in order."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memviz.core.edits import Insert
from memviz.core.events import RecallEvent
from memviz.stores.sqlite import SQLiteStore

Recall = Callable[..., RecallEvent]
Keys = Callable[[RecallEvent], list[str]]


@pytest.mark.parametrize(
    ("question", "best"),
    [
        ("who directed Blade Runner?", "Blade Runner · director"),
        ("who is the writer of Blade Runner", "Blade Runner · writer"),
        ("who directed Blade Runner 2049?", "Blade Runner 2049 · director"),
        ("who directed Blade?", "Blade · director"),
        ("who wrote It?", "It · writer"),
        ("who directed who's that girl", "Who's That Girl · director"),
        ("which films did T. Lewis write", "Over the Hedge · writer"),
        ("WHO DIRECTED AMELIE", "Amélie · director"),
        ("l’atalante: director?", "L'Atalante · director"),
        ("星球大战的主演是谁", "星球大战"),
        ("what films did Harrison Ford star in", "Blade Runner · actors"),
    ],
)
def test_the_entry_that_a_question_names_is_first(recall: Recall, keys: Keys, question: str, best: str) -> None:
    assert keys(recall(question))[0] == best


def test_all_films_of_a_director_come_before_the_rest(recall: Recall, keys: Keys) -> None:
    assert set(keys(recall("what films did Ridley Scott direct"))[:2]) == {
        "Blade Runner · director",
        "Alien · director",
    }


def test_parts_add_up_and_ranks_follow_the_scores(recall: Recall) -> None:
    candidates = recall("who directed Blade Runner?").candidates
    assert [candidate.rank for candidate in candidates] == list(range(1, len(candidates) + 1))
    assert all(abs(sum(c.parts.values()) - c.score) < 1e-9 for c in candidates)
    assert [c.score for c in candidates] == sorted((c.score for c in candidates), reverse=True)


def test_ties_keep_the_order_of_ids(recall: Recall, store: SQLiteStore) -> None:
    twins = store.apply([Insert(key="twin", text="Tweedledum is a twin.") for _ in range(5)]).inserted
    candidates = recall("tweedledum").candidates
    assert tuple(candidate.entry_id for candidate in candidates) == twins
    assert len({candidate.score for candidate in candidates}) == 1


def test_what_is_cut_is_reported_with_its_reason(recall: Recall) -> None:
    event = recall("who directed Blade Runner?", limit=2)
    assert [c.status for c in event.candidates[:3]] == ["injected", "injected", "cut"]
    assert event.candidates[2].reason == "ranked 3, and at most 2 entries are injected"
    assert len(event.injected()) == 2


def test_entries_far_below_the_best_are_cut_and_say_so(recall: Recall) -> None:
    event = recall("who directed Blade Runner?")
    best = event.candidates[0].score
    assert {c.status for c in event.candidates} == {"injected", "cut"}
    for candidate in event.candidates:
        assert (candidate.status == "injected") == (candidate.score >= 0.5 * best)
    cut = event.candidates[-1]
    assert cut.reason == f"score {cut.score:.2f} is {cut.score / best:.2f} of the best, and at least 0.5 is needed"
    assert all(c.status == "injected" for c in recall("who directed Blade Runner?", least_share=0.0).candidates)


def test_disabled_entries_are_not_candidates(recall: Recall, keys: Keys, disable: Callable[[int], None]) -> None:
    disable(recall("who directed Blade Runner?").candidates[0].entry_id)
    assert "Blade Runner · director" not in keys(recall("who directed Blade Runner?"))


@pytest.mark.parametrize("question", ["?!… — “”", "\x00", "🙂🙂"])
def test_a_query_without_words_says_so(recall: Recall, question: str) -> None:
    event = recall(question)
    assert event.candidates == ()
    assert event.note == "The query holds no word to search for."


def test_a_query_that_nothing_answers_says_so(recall: Recall) -> None:
    event = recall("quantum chromodynamics")
    assert event.candidates == ()
    assert event.note == "No entry holds a word of the query."


def test_only_stop_words_find_only_a_subject_that_is_named(recall: Recall, keys: Keys) -> None:
    assert keys(recall("who was it")) == ["It · writer"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=st.text(max_size=200))
def test_no_query_breaks_recall(recall: Recall, question: str) -> None:
    event = recall(question)
    assert len(event.injected()) <= 12


def test_the_longest_subject_wins_over_those_inside_it(recall: Recall) -> None:
    candidates = recall("who directed Blade Runner?").candidates
    named = [candidate.parts["subject"] > 0 for candidate in candidates]
    assert sum(named) == 3  # the three entries of Blade Runner, not the one of Blade
