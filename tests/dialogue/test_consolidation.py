"""Rules of consolidation, measured on turns of our own; and what must never become a claim."""

from __future__ import annotations

import pytest

from memviz.core.entry import Kind
from memviz.dialogue.consolidation import claims_of
from memviz.dialogue.turns import SpokenTurn
from tests.dialogue.labelled import CHINESE, ENGLISH, SAID, Labels


def claims(text: str, **more):
    return claims_of(SpokenTurn("user", text, SAID), owner="Ann", **more)


def found(text: str) -> Labels:
    return {(claim.attribute, claim.value) for claim in claims(text)}


def measured(turns: list[tuple[str, Labels]]) -> tuple[float, float, list[str]]:
    right = wrong = missed = 0
    notes = []
    for text, labels in turns:
        got = found(text)
        right, wrong, missed = right + len(got & labels), wrong + len(got - labels), missed + len(labels - got)
        if got != labels:
            notes.append(f"{text}: too many {got - labels}, missing {labels - got}")
    return right / (right + wrong), right / (right + missed), notes


@pytest.mark.parametrize(("turns", "least_recall"), [(ENGLISH, 0.9), (CHINESE, 0.9)])
def test_precision_before_recall(turns, least_recall):
    precision, recall, notes = measured(turns)
    print(f"precision {precision:.3f}, recall {recall:.3f}", *notes, sep="\n  ")
    assert precision == 1.0, notes
    assert recall >= least_recall, notes
    assert recall < 1.0, "the sample must hold what rules cannot know"


@pytest.mark.parametrize("text", [text for text, labels in ENGLISH + CHINESE if not labels])
def test_questions_denials_and_reports_are_no_claims(text):
    assert claims(text) == ()


def test_a_claim_says_all_that_is_known():
    (claim,) = claims("Well, I live in Lisbon.", turn_id=7)
    assert (claim.owner, claim.attribute, claim.value) == ("Ann", "home", "Lisbon")
    assert claim.key == "Ann · home"
    assert claim.text == "Ann lives in Lisbon."
    assert (claim.kind, claim.time, claim.confidence) == (Kind.PROFILE, SAID, 0.9)
    assert [(each.turn, each.words) for each in claim.evidence] == [(7, "I live in Lisbon")]
    (claim,) = claims("我住在苏州。", turn_id=8)
    assert (claim.key, claim.text) == ("Ann · 住处", "Ann住在苏州。")


@pytest.mark.parametrize(
    ("sure", "unsure"),
    [
        ("I live in Lisbon.", "I think I live in Lisbon."),
        ("我喜欢陶艺。", "我可能喜欢陶艺。"),
        ("I like tea.", "Maybe I like tea."),
    ],
)
def test_a_hedge_halves_the_confidence(sure, unsure):
    (before,), (after,) = claims(sure), claims(unsure)
    assert after.confidence == pytest.approx(before.confidence / 2, abs=0.001)
    assert after.value == before.value


@pytest.mark.parametrize(
    "text", ["Actually, I live in Porto.", "No, I moved to Porto.", "其实我住在无锡。", "不对，我住在无锡。"]
)
def test_corrections_are_known(text):
    (claim,) = claims(text)
    assert claim.correction
    assert not claims("I live in Porto.")[0].correction


def test_what_is_to_be_remembered_is_a_fact():
    (note,) = claims("Please remember that my locker is number 12.")
    assert (note.kind, note.value) == (Kind.FACT, "their locker is number 12")
    (allergy,) = claims("Please remember that I'm allergic to penicillin.")
    assert (allergy.kind, allergy.confidence) == (Kind.PROFILE, 0.95)


def test_the_assistant_says_nothing_about_the_user():
    assert claims_of(SpokenTurn("assistant", "I live in Lisbon.", SAID), owner="Ann") == ()


def test_without_a_time_tomorrow_says_nothing():
    assert claims_of(SpokenTurn("user", "Tomorrow I'm going to visit Rome."), owner="Ann") == ()
    assert claims_of(SpokenTurn("user", "I live in Rome."), owner="Ann")[0].time is None


def test_without_an_owner_claims_are_about_the_user():
    assert claims_of(SpokenTurn("user", "I live in Rome."))[0].text == "User lives in Rome."
    assert claims_of(SpokenTurn("user", "我住在罗马。"))[0].text == "用户住在罗马。"


@pytest.mark.parametrize(
    "text", ["", "   ", "?!?", "I", "I like", "我", "我喜欢", "“", "remember that", "a" * 30_000, "\ue000 I like tea"]
)
def test_odd_texts_do_no_harm(text):
    for claim in claims(text):
        assert claim.value


def test_only_marked_dialogue_is_read_fast():
    import time

    long = "I went there and I said that it was fine, and so on, because I like to think about it. " * 100
    started = time.perf_counter()
    claims(long)
    assert time.perf_counter() - started < 5.0
