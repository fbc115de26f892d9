"""What is known of an owner, and how claims change it, over a store of their own entries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from memviz.core.entry import Kind
from memviz.core.memory import Store
from memviz.dialogue.claims import Claim, Evidence
from memviz.dialogue.profile import MOST_CONFIDENCE, edits_of, profile_of, repeated
from memviz.session.registry import STORES, load

DAY = 86_400.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = load(STORES, "sqlite")(tmp_path / "profile.sqlite", create=True)
    yield opened
    opened.close()


def home(value: str, *, turn: int, confidence: float = 0.9, day: float = 1.0, **more) -> Claim:
    text = f"Ann lives in {value}."
    return Claim("Ann", "home", "home", value, text, confidence, (Evidence(turn, text),), time=day * DAY, **more)


def entries(store: Store):
    return store.get(store.search_ids())


def learn(store: Store, claim: Claim) -> None:
    edits = edits_of(claim, entries(store))
    if edits.edits:
        store.apply(edits.edits)


def test_a_new_value_supersedes_and_the_old_one_stays(store):
    learn(store, home("Rome", turn=1))
    learn(store, home("Lisbon", turn=5, day=2.0))
    (row,) = profile_of("Ann", entries(store))
    assert (row.label, row.current.value, [value.value for value in row.earlier]) == ("home", "Lisbon", ["Rome"])
    old, new = entries(store)
    assert (old.superseded_by, new.superseded_by) == (new.id, None)
    store.undo()
    (row,) = profile_of("Ann", entries(store))
    assert (row.current.value, row.earlier) == ("Rome", ())


def test_repeated_evidence_raises_the_confidence(store):
    learn(store, home("Rome", turn=1, confidence=0.6))
    learn(store, home("rome ", turn=4, confidence=0.6, day=2.0))
    (row,) = profile_of("Ann", entries(store))
    assert row.current.confidence == pytest.approx(1 - 0.4 * 0.4)
    assert [each.turn for each in row.current.evidence] == [1, 4]
    learn(store, home("Rome", turn=4, confidence=0.6, day=2.0))
    assert profile_of("Ann", entries(store)) == (row,), "the same turn counted twice"


def test_repetition_never_makes_certain_and_never_takes_away():
    confidence = 0.5
    for _ in range(20):
        confidence = repeated(confidence, 0.5)
    assert confidence == MOST_CONFIDENCE
    assert repeated(1.0, 0.2) == 1.0


def test_a_guess_stands_beside_what_is_known(store):
    learn(store, home("Rome", turn=1))
    learn(store, home("Lisbon", turn=2, confidence=0.45, day=2.0))
    (row,) = profile_of("Ann", entries(store))
    assert (row.current.value, [value.value for value in row.others]) == ("Lisbon", ["Rome"])
    assert row.earlier == ()


def test_an_older_dialogue_does_not_overwrite_a_newer_one(store):
    learn(store, home("Lisbon", turn=1, day=9.0))
    learn(store, home("Rome", turn=2, day=2.0))
    (row,) = profile_of("Ann", entries(store))
    assert (row.current.value, [value.value for value in row.earlier]) == ("Lisbon", ["Rome"])


def test_what_a_user_wrote_by_hand_is_part_of_the_profile(store):
    from memviz.core.edits import Insert

    store.apply([Insert(key="Ann · shoe size", text="Ann wears 39.", owner="Ann", kind=Kind.PROFILE)])
    store.apply([Insert(key="Bob · home", text="Bob lives in Rome.", owner="Bob", kind=Kind.PROFILE)])
    store.apply([Insert(key="Ann · 2024", text="hello", owner="Ann", kind=Kind.DIALOGUE_TURN)])
    store.apply([Insert(key="Ann · hat", text="off", owner="Ann", kind=Kind.PROFILE, enabled=False)])
    (row,) = profile_of("Ann", entries(store))
    assert (row.attribute, row.current.value, row.current.evidence) == ("shoe size", "Ann wears 39.", ())


def test_odd_metadata_is_no_evidence(store):
    from memviz.core.edits import Insert

    odd = {"evidence": [{"turn": "x", "words": 3}, 7, {"turn": True, "words": ""}], "value": 3, "attribute": ""}
    store.apply([Insert(key="Ann · home", text="Rome", owner="Ann", kind=Kind.PROFILE, metadata=odd)])
    (row,) = profile_of("Ann", entries(store))
    assert (row.attribute, row.current.value, row.current.evidence) == ("home", "Rome", ())
