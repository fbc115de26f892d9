"""What is known of an owner, and how claims change it, over a store of their own entries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from memviz.core.edits import Delete, Update
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


def test_values_hold_again_when_what_superseded_them_is_gone(store):
    for turn, city in enumerate(("Rome", "Oslo"), 1):
        learn(store, home(city, turn=turn, day=turn))
    old, new = entries(store)
    for gone in (Delete(new.id), Update(new.id, enabled=False), Update(new.id, expires=1.0)):
        store.apply([gone])
        (row,) = profile_of("Ann", entries(store))
        assert (row.current.entry_id, row.others, row.earlier) == (old.id, (), ())
        assert edits_of(home("Rome", turn=9, day=9.0), entries(store)).entry_id == old.id, "the same is said again"
        store.undo()
    (row,) = profile_of("Ann", entries(store))
    assert (row.current.value, [value.value for value in row.earlier]) == ("Oslo", ["Rome"])


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


def test_what_was_confirmed_later_is_not_superseded_by_what_was_said_in_between(store):
    learn(store, home("Paris", turn=1, day=1.0))
    learn(store, home("Paris", turn=2, day=9.0))
    learn(store, home("Rome", turn=3, day=5.0))
    (row,) = profile_of("Ann", entries(store))
    assert (row.current.value, [value.value for value in row.earlier]) == ("Paris", ["Rome"])
    assert row.current.time == 9 * DAY
    learn(store, home("Rome", turn=4, day=10.0))
    assert profile_of("Ann", entries(store))[0].current.value == "Rome"


def test_a_sentence_that_was_changed_by_hand_has_another_value(store):
    from memviz.core.edits import Update

    learn(store, home("Rome", turn=1))
    (entry,) = entries(store)
    store.apply([Update(entry.id, text="Ann lives in Oslo.")])
    assert profile_of("Ann", entries(store))[0].current.value == "Ann lives in Oslo."
    learn(store, home("Oslo", turn=2, day=2.0))
    (row,) = profile_of("Ann", entries(store))
    assert (row.current.value, row.earlier, len(row.current.evidence)) == ("Oslo", (), 2), "it says the same"
    learn(store, home("Rome", turn=3, day=3.0))
    (row,) = profile_of("Ann", entries(store))
    assert (row.current.value, [value.value for value in row.earlier]) == ("Rome", ["Oslo"])


def test_a_value_that_its_sentence_does_not_hold_stays_until_the_sentence_is_changed(store):
    from memviz.core.edits import Update

    text = "Ann speaks Polish."
    learn(store, Claim("Ann", "speaks: polish", "speaks Polish", "yes", text, 0.9, (Evidence(1, text),)))
    assert profile_of("Ann", entries(store))[0].current.value == "yes"
    store.apply([Update(1, text="Ann forgot her Polish.")])
    assert profile_of("Ann", entries(store))[0].current.value == "Ann forgot her Polish."


@pytest.mark.parametrize(
    ("said", "text", "told"),
    [
        ("I live in Rome.", "Ann lives in Oslo.", ("home", "home", "Oslo")),
        ("I live in Rome.", "Ann lives in Rome, by the river.", ("home", "home", "Rome")),
        ("I live in Rome.", "Ann moved to Oslo.", ("home", "home", "Ann moved to Oslo.")),
        ("I like tea.", "Ann likes iced Coffee.", ("opinion: iced coffee", "opinion of iced Coffee", "likes")),
        ("I like tea.", "Ann dislikes tea.", ("opinion: tea", "opinion of tea", "dislikes")),
        ("I speak Polish.", "Ann speaks Danish.", ("speaks: danish", "speaks Danish", "yes")),
        ("I have a dog named Rex.", "Ann has a dog named Max.", ("has: dog max", "dog Max", "Max")),
        ("I have a dog named Rex.", "Ann had a dog.", ("has: dog rex", "dog Rex", "Ann had a dog.")),
        ("我住在苏州。", "Ann住在无锡。", ("home", "住处", "无锡")),
        ("我喜欢爬山。", "Ann喜欢游泳。", ("opinion: 游泳", "对游泳的喜好", "喜欢")),
        ("我今年29岁。", "Ann30岁。", ("age", "年龄", "30")),
    ],
)
def test_another_sentence_brings_its_value_along(said, text, told):
    from memviz.dialogue.claims import restated
    from memviz.dialogue.consolidation import claims_of
    from memviz.dialogue.turns import SpokenTurn

    (claim,) = claims_of(SpokenTurn("user", said, DAY), owner="Ann")
    now = restated(claim, text)
    assert now.text == text
    assert (now.attribute, now.label, now.value) == told


@pytest.mark.parametrize(
    ("said", "labels"),
    [
        (["I have a dog named Rex.", "I have a dog named Max."], ["dog Rex", "dog Max"]),
        (["My sister is called Eva.", "My other sister is called Ida."], ["sister Eva", "sister Ida"]),
        (["My son's name is Leo.", "My son's name is Tom."], ["son Leo", "son Tom"]),
        (["我养了一只猫，叫豆豆。", "我的猫叫花花。"], ["猫豆豆", "猫花花"]),
        (["我的妹妹叫小兰。", "我的妹妹叫小梅。"], ["妹妹小兰", "妹妹小梅"]),
        (["My wife is called Ines.", "My wife is called Ana."], ["wife"]),
    ],
)
def test_of_what_one_has_several_of_both_stand(store, said, labels):
    from memviz.dialogue.consolidation import claims_of
    from memviz.dialogue.turns import SpokenTurn

    for number, text in enumerate(said, 1):
        (claim,) = claims_of(SpokenTurn("user", text, number * DAY), owner="Ann", turn_id=number)
        learn(store, claim)
        learn(store, claim)
    assert [row.label for row in profile_of("Ann", entries(store))] == labels
