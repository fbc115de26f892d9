"""Scores are bills: their parts add up, and replaying them gives the ranking."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType

import pytest

from memviz.core.decay import DAY, Decay, DecayKind
from memviz.core.edits import Insert, Update
from memviz.core.entry import Kind
from memviz.core.errors import KnownError
from memviz.core.events import RecallEvent
from memviz.core.query import Query
from memviz.core.recall_settings import SETTING, RecallSettings
from memviz.recall.hybrid import HybridRecaller
from memviz.stores.sqlite import SQLiteStore
from tests.recall.tiny_dense import TinyDense

Ask = Callable[..., RecallEvent]
HYBRID = RecallSettings(dense=1.0, recency=0.2, confidence=0.1, use=0.3)


@pytest.fixture
def ask(store: SQLiteStore) -> Ask:
    """Asks with a dense index over the memory as it is."""

    def asked(query: Query | str, *, missed: tuple[int, ...] = ()) -> RecallEvent:
        query = Query(query) if isinstance(query, str) else query
        snapshot = store.snapshot()
        dense = TinyDense({entry.id: f"{entry.key} {entry.text}" for entry in snapshot.scan()}, missed)
        try:
            return HybridRecaller(lambda: dense)(query, snapshot)
        finally:
            snapshot.close()

    return asked


QUESTIONS = ["who directed Blade Runner?", "Ridley Scot", "星球大战", "films by Stephen King", "zzz", "who wrote It"]


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("settings", [RecallSettings(), HYBRID, HYBRID.changed(lexical=0.0)])
def test_parts_add_up_and_give_the_ranking(ask: Ask, question: str, settings: RecallSettings) -> None:
    event = ask(Query(question, recall=settings))
    scores = {one.entry_id: math.fsum(one.parts.values()) for one in event.candidates}
    assert all(abs(scores[one.entry_id] - one.score) < 1e-6 for one in event.candidates)
    replayed = sorted(scores, key=lambda entry_id: (-scores[entry_id], entry_id))
    assert replayed == [one.entry_id for one in event.candidates]
    assert [one.rank for one in event.candidates] == list(range(1, len(event.candidates) + 1))


def test_fused_parts_follow_the_ranks(ask: Ask) -> None:
    event = ask(Query("Ridley Scott", recall=HYBRID))
    best = event.candidates[0]
    assert best.found.keys() == {"lexical", "dense"}
    assert best.parts["dense"] == pytest.approx(21 / (20 + best.found["dense"]))
    assert best.parts["confidence"] == pytest.approx(0.1)
    assert "bm25" in best.details
    assert 0 < best.details["cosine"] <= 1
    assert event.metric == "reciprocal ranks by words and by vectors + recency + confidence + use; higher is better"


def test_vectors_find_what_words_do_not(ask: Ask) -> None:
    assert ask("Vileneuwe").candidates == ()
    fuzzy = ask(Query("Vileneuwe", recall=RecallSettings(dense=1.0)))
    assert fuzzy.candidates[0].found == {"dense": 1}
    assert ask(Query("zzz", recall=RecallSettings(dense=1.0))).note == ""


def test_without_vectors_words_are_searched_and_that_is_said(store: SQLiteStore) -> None:
    snapshot = store.snapshot()
    event = HybridRecaller()(Query("who wrote It", recall=RecallSettings(lexical=0.0, dense=1.0)), snapshot)
    snapshot.close()
    assert event.injected()
    assert "no vectors yet" in event.note


def test_the_memory_keeps_its_settings_and_a_question_may_have_its_own(store: SQLiteStore, ask: Ask) -> None:
    store.change_settings({SETTING: RecallSettings(dense=2.0).as_json()})
    assert ask("Alien").settings == RecallSettings(dense=2.0)
    assert ask(Query("Alien", recall=RecallSettings())).settings == RecallSettings()
    store.change_settings({SETTING: {"densest": 1}})
    with pytest.raises(KnownError, match="densest"):
        ask("Alien")


def test_filters_say_why(store: SQLiteStore, ask: Ask) -> None:
    ids = store.apply(
        [
            Insert(text="quokka one", owner="Ann"),
            Insert(text="quokka two", owner="Bob"),
            Insert(text="quokka three", kind="profile"),
            Insert(text="quokka four", created=1.0),
        ]
    ).inserted
    settings = RecallSettings(
        owner="Ann", kinds=(Kind.FACT,), decay=MappingProxyType({Kind.FACT: Decay(DecayKind.EXPONENTIAL, 1.0)})
    )
    event = ask(Query("quokka", recall=settings))
    assert {one.entry_id: one.cause for one in event.candidates} == dict(
        zip(ids, ("", "owner", "kind", "decayed"), strict=True)
    )
    assert "0.000 of it is left after" in next(one.reason for one in event.candidates if one.cause == "decayed")
    least = ask(Query("quokka", recall=RecallSettings(least_score=1_000.0)))
    assert {one.cause for one in least.candidates} == {"score"}
    assert "below the least, 1000" in least.candidates[0].reason


def test_fading_lowers_the_recency_part(store: SQLiteStore, ask: Ask) -> None:
    now = store.snapshot()
    time = now.now
    now.close()
    old, new = store.apply(
        [Insert(text="the wombat sleeps", created=time - 10 * DAY), Insert(text="the wombat sleeps", created=time)]
    ).inserted
    settings = RecallSettings(recency=1.0, decay={Kind.FACT: Decay(DecayKind.EXPONENTIAL, 10.0)})
    event = ask(Query("wombat", recall=settings))
    assert [one.entry_id for one in event.candidates] == [new, old]
    assert event.candidates[0].parts["recency"] == pytest.approx(1.0, abs=1e-4)
    assert event.candidates[1].parts["recency"] == pytest.approx(0.5, abs=1e-4)


def test_pinned_entries_come_first_whatever_they_score(store: SQLiteStore, ask: Ask) -> None:
    store.apply([Update(16, enabled=False)])
    event = ask(Query("who directed Alien", pinned=(16, 3)))
    assert [one.entry_id for one in event.injected()][:2] == [16, 3]
    assert "pinned" in event.candidates[0].parts
    assert math.fsum(event.candidates[0].parts.values()) == pytest.approx(event.candidates[0].score)


def test_hidden_entries_are_not_found_by_vectors_either(store: SQLiteStore, ask: Ask) -> None:
    query = Query("Alien director Ridley Scott", recall=RecallSettings(dense=1.0))
    [best] = [one for one in ask(query).candidates if one.rank == 1]
    store.apply([Update(best.entry_id, enabled=False)])
    assert best.entry_id not in [one.entry_id for one in ask(query).candidates]


def test_a_deleted_entry_that_still_has_a_vector_is_left_out(store: SQLiteStore) -> None:
    snapshot = store.snapshot()
    event = HybridRecaller(lambda: TinyDense({999: "Alien", 5: "Alien"}))(
        Query("Alien", recall=RecallSettings(dense=1.0)), snapshot
    )
    snapshot.close()
    assert 999 not in [one.entry_id for one in event.candidates]


def test_limit_counts_what_passes(store: SQLiteStore, ask: Ask) -> None:
    ids = store.apply([Insert(text="numbat", owner="Bob" if at < 3 else "") for at in range(6)]).inserted
    event = ask(Query("numbat", limit=2, recall=RecallSettings(owner="Ann")))
    assert [one.entry_id for one in event.injected()] == list(ids[3:5])
    assert event.candidates[5].reason == "ranked 3, and at most 2 entries are injected"
    assert replace(event.candidates[5]).cause == "rank"


def test_what_only_one_ranking_finds_is_measured_by_that_one(ask: Ask) -> None:
    """Reciprocal ranks of one ranking are at most half of what both give; that alone cuts nothing."""
    event = ask(Query("Ridley Scott", recall=RecallSettings(dense=1.0)))
    by_one = [one for one in event.candidates if len(one.found) == 1 and one.status == "injected"]
    assert by_one
    assert all(one.details["share"] >= 0.5 for one in by_one)
    cut = next(one for one in event.candidates if one.cause == "share")
    assert (
        cut.reason
        == f"its match by words or vectors is {cut.details['share']:.2f} of the best, and at least 0.5 is needed"
    )


def test_vectors_of_a_script_that_the_embedder_does_not_know_count_little(ask: Ask) -> None:
    settings = RecallSettings(dense=1.0)
    best = ask(Query("星球大战", recall=settings)).candidates[0]
    assert best.parts["dense"] == pytest.approx(0.05 * 21 / (20 + best.found["dense"]))
    assert best.details["understood"] == 0.0
    alone = ask(Query("星球大战", recall=settings.changed(lexical=0.0))).candidates[0]
    assert alone.parts["dense"] == 1.0


def test_what_cannot_be_injected_takes_no_place(store: SQLiteStore, ask: Ask) -> None:
    hidden = [Insert(text="a numbat eats termites", enabled=False) for _ in range(300)]
    [*_, mine] = store.apply([*hidden, Insert(text="numbats like eating termites")]).inserted
    vectors = RecallSettings(lexical=0.0, dense=1.0, candidates=50)
    assert [one.entry_id for one in ask(Query("a numbat eats termites", recall=vectors)).injected()][:1] == [mine]
    [*_, anns] = store.apply(
        [*(Insert(text="quoll quoll", owner="Bob") for _ in range(300)), Insert(text="a quoll of Ann", owner="Ann")]
    ).inserted
    for settings in (RecallSettings(owner="Ann", candidates=50), vectors.changed(owner="Ann", lexical=1.0)):
        event = ask(Query("quoll quoll", recall=settings))
        assert [one.entry_id for one in event.injected()][:1] == [anns]
        assert "owner" in {one.cause for one in event.candidates}


def test_a_question_without_vectors_opens_none(store: SQLiteStore) -> None:
    def refuse() -> TinyDense:
        raise AssertionError("vectors were opened")

    snapshot = store.snapshot()
    assert HybridRecaller(refuse)(Query("Alien"), snapshot).candidates
    snapshot.close()


def test_the_first_of_pinned_entries_scores_most(ask: Ask) -> None:
    event = ask(Query("who directed Alien", pinned=(2, 1)))
    assert [one.entry_id for one in event.candidates][:2] == [2, 1]
