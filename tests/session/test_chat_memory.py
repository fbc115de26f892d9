"""What a conversation stores, and where: its own memory, under the one who spoke, and nothing twice."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from memviz.core.errors import Cancelled, KnownError, MaybeDone
from memviz.core.forgetting import Wish
from memviz.session import chat as chat_module
from memviz.session.chat import Conversation
from memviz.session.chat_forgotten import FORGOTTEN
from memviz.session.chat_state import ClaimStatus
from memviz.session.session import Session
from tests.session.talking import TalkingModel, use


def lines(tmp_path: Path, *rows: dict[str, str]) -> Path:
    path = tmp_path / "talk.jsonl"
    path.write_text("\n".join(json.dumps({"role": "user", **row}) for row in rows), encoding="utf-8")
    return path


def others(session: Session, tmp_path: Path) -> None:
    """Another memory is open."""
    session.open_memory(str(tmp_path / "other.sqlite"), create=True).result()


def owners(session: Session) -> list[tuple[str, str, str]]:
    return [(entry.owner, entry.key.partition(" · ")[0], entry.text) for entry in session.entries()]


def test_an_answer_under_way_is_not_stored_in_another_memory(empty, talk, tmp_path):
    model = use(empty, TalkingModel())
    model.hold = threading.Event()
    talk.say("I live in Lisbon.")
    others(empty, tmp_path)
    model.hold.set()
    state = talk.wait(20)
    assert (state.turns, empty.entries()) == ((), [])
    assert "Another memory is open" in state.notice
    with pytest.raises(KnownError, match="Another memory is open"):
        talk.say("Hello")


def test_claims_are_not_stored_in_another_memory(empty, talk, tmp_path):
    talk.say("I live in Lisbon.")
    talk.wait(20)
    others(empty, tmp_path)
    for ask in (lambda: talk.store(1), lambda: talk.profile()):
        with pytest.raises(KnownError, match="Another memory is open"):
            ask().result(20)
    assert empty.entries() == []


def test_a_load_ends_between_two_turns(empty, talk, tmp_path):
    talk.open_file(lines(tmp_path, *[{"text": f"I like thing {n}.", "session": "1"} for n in range(20)])).result(20)

    def switch(done: int, total: int, words: str) -> None:
        if done == 5:
            talk._closing = True

    with pytest.raises(Cancelled):
        talk.load(switch).result(20)
    assert len(talk.state.proposals) == 5


def test_closing_without_waiting_joins_nothing(empty):
    talk = Conversation(empty)
    held = threading.Event()
    talk._do(held.wait, 20)
    talk.close(wait=False)
    assert talk.running
    held.set()
    talk.close()
    assert not talk.running


def test_a_conversation_may_begin_before_its_memory(tmp_path):
    with Session() as session:
        talk = Conversation(session)
        others(session, tmp_path)
        talk.say("I live in Lisbon.")
        assert len(talk.wait(20).turns) == 1
        talk.close()


def test_a_session_without_an_owner_is_not_that_of_the_one_before(empty, talk, tmp_path):
    talk.store_claims = True
    path = lines(
        tmp_path,
        {"text": "I live in Paris.", "owner": "Bob", "session": "s1"},
        {"text": "I live in Rome.", "session": "s2"},
    )
    talk.open_file(path).result(20)
    talk.load().result(20)
    assert owners(empty) == [
        ("Bob", "Bob", "I live in Paris."),
        ("Bob", "Bob", "Bob lives in Paris."),
        ("Ann", "Ann", "I live in Rome."),
        ("Ann", "Ann", "Ann lives in Rome."),
    ]


def test_what_is_being_answered_stays_with_whoever_said_it(empty, talk):
    talk.store_claims = True
    model = use(empty, TalkingModel())
    model.hold = threading.Event()
    talk.say("I live in Lisbon.")
    talk.set_owner("Bob")
    model.hold.set()
    talk.wait(20)
    assert [(owner, subject) for owner, subject, _ in owners(empty)] == [
        ("Ann", "Ann"),
        ("Ann", "Assistant"),
        ("Ann", "Ann"),
    ]
    assert talk.state.owner == "Bob"


def test_what_could_not_be_stored_is_the_next_one_still(empty, talk, tmp_path, monkeypatch):
    path = lines(tmp_path, *[{"text": f"I like thing {n}.", "session": str(n)} for n in range(3)])
    talk.open_file(path).result(20)
    talk.step()
    talk.wait(20)

    def full(*_given: object) -> None:
        raise KnownError("The disk is full.")

    with monkeypatch.context() as broken:
        broken.setattr(chat_module, "store_turns", full)
        talk.step()
        assert talk.wait(20).notice == "What was said is not stored: The disk is full."
        with pytest.raises(KnownError, match=r"The disk is full\. \(1 of the 3 turns of “talk\.jsonl” are stored"):
            talk.load().result(20)
    assert talk.load().result(20) == 2
    assert [turn.turn.text for turn in talk.state.turns] == [f"I like thing {n}." for n in range(3)]


def test_an_answer_that_was_cancelled_leaves_the_file_where_it_was(empty, talk, tmp_path):
    model = use(empty, TalkingModel())
    model.hold = threading.Event()
    talk.open_file(lines(tmp_path, {"text": "I like tea."}, {"text": "I like rain."})).result(20)
    run = talk.step(ask_model=True)
    with pytest.raises(KnownError, match="still answered"):
        talk.load().result(20)
    run.cancel()
    model.hold.set()
    assert talk.wait(20).file.done == 0
    assert talk.load().result(20) == 2


def test_claims_that_a_cancelled_load_left_are_found_the_next_time(empty, talk, tmp_path):
    talk.open_file(lines(tmp_path, *[{"text": f"I like thing {n}."} for n in range(4)])).result(20)

    def stop(done: int, total: int, words: str) -> None:
        if done == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        talk.load(stop).result(20)
    assert (len(talk.state.turns), len(talk.state.proposals)) == (4, 2)
    assert talk.load().result(20) == 0
    assert len(talk.state.proposals) == 4


def test_what_may_be_stored_is_not_told_as_lost(empty, talk, monkeypatch):
    def lost(*_given: object) -> None:
        raise MaybeDone("The connection was lost; look whether the edit is there.")

    monkeypatch.setattr(chat_module, "store_turns", lost)
    talk.say("I live in Lisbon.")
    assert talk.wait(20).notice == (
        "What was said may be stored or not: The connection was lost; look whether the edit is there."
    )


def test_a_forgotten_turn_goes_from_the_conversation(empty, talk, tmp_path):
    use(empty, TalkingModel())
    talk.say("I live in Lisbon.")
    state = talk.wait(20)
    talk.store(*(each.number for each in state.proposals)).result(20)
    wish = Wish(search="Lisbon")
    found, _ = empty.find_to_forget(wish).result()
    empty.forget(wish, found, tmp_path / "receipt.json").result()
    state = talk.wait(20)
    assert "Lisbon" not in repr(state)
    assert [turn.turn.text for turn in state.turns] == [FORGOTTEN, "Good to know."]
    assert [held.turn.text for held in state.buffer.held] == [FORGOTTEN, "Good to know."]
    assert [each.status for each in state.proposals] == [ClaimStatus.DISMISSED]
    assert talk.profile().result(20) == ()
