"""A conversation from the first word to the profile: stored turns, proposals, the buffer, files, undo, threads."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from memviz.core.edits import Insert, Update
from memviz.core.entry import Kind
from memviz.core.errors import Cancelled, KnownError
from memviz.session.chat import Conversation
from memviz.session.chat_state import ClaimStatus
from memviz.session.session import Session
from tests.dialogue.labelled import SAID
from tests.session.talking import TalkingModel, answer_to, use


def test_both_turns_become_entries(empty, talk):
    use(empty, TalkingModel())
    assert answer_to(talk, "I live in Lisbon.") == "Good to know."
    said, answered = empty.entries()
    assert (said.key, said.text, said.kind, said.owner) == (
        "Ann · 2024-05-14",
        "I live in Lisbon.",
        Kind.DIALOGUE_TURN,
        "Ann",
    )
    assert (said.source, said.created) == ("session 2024-05-14 12:00", SAID)
    assert dict(said.metadata) == {"role": "user", "session": "2024-05-14 12:00", "turn": 1}
    assert (answered.key, answered.metadata["role"]) == ("Assistant · 2024-05-14", "assistant")
    assert {row.initiator for row in empty.history()} == {"chat"}
    assert [turn.entry_id for turn in talk.state.turns] == [said.id, answered.id]
    assert talk.state.exact_tokens
    assert talk.state.buffer.tokens == 4 + 3


def test_the_buffer_becomes_the_dialogue_of_the_next_question(empty, talk):
    model = use(empty, TalkingModel("Yes."))
    talk.set_budget(8)
    for text in ("one two three", "four five", "six seven eight nine"):
        answer_to(talk, text)
    assert [[turn.text for turn in query.dialogue] for query in model.queries] == [
        [],
        ["one two three", "Yes."],
        ["one two three", "Yes.", "four five", "Yes."],
    ]
    assert [held.number for held in talk.state.buffer.held] == [3, 4, 5, 6]
    assert [gone.evicted_by for gone in talk.state.buffer.evicted] == [5, 5]


def test_old_sessions_are_recalled(empty, talk):
    model = use(empty, TalkingModel())
    answer_to(talk, "My bicycle is painted orange.")
    talk.new_session("later")
    answer_to(talk, "What colour is my bicycle?")
    query, recalled = model.asked[-1]
    assert query.dialogue == ()
    assert talk.state.turns[0].entry_id in recalled
    assert talk.state.turns[0].entry_id in talk.state.turns[3].recalled


def test_only_what_belongs_to_the_owner_is_recalled_as_the_memory_says(empty, talk):
    empty.store_call(lambda store: store.change_settings({"recall": {"confidence": 0.5}})).result()
    model = use(empty, TalkingModel())
    answer_to(talk, "Hello.")
    answer_to(talk, "Again.")
    settings = model.queries[-1].recall
    assert settings is not None
    assert (settings.owner, settings.confidence) == ("Ann", 0.5)
    talk.only_own = False
    answer_to(talk, "And again.")
    assert model.queries[-1].recall is None


def test_claims_are_proposed_stored_and_undone(empty, talk):
    talk.say("I live in Lisbon. I like tea.")
    state = talk.wait(20)
    assert [(each.claim.attribute, each.status) for each in state.proposals] == [
        ("home", ClaimStatus.PROPOSED),
        ("opinion: tea", ClaimStatus.PROPOSED),
    ]
    assert len(empty.entries()) == 1, "a proposal was stored"
    talk.edit_claim(1, text="Ann lives in Lisbon, by the river.").result(20)
    talk.store(1).result(20)
    home = talk.state.proposals[0]
    entry = empty.entry(home.entry_id or 0)
    assert (entry.text, entry.kind, entry.source) == (
        "Ann lives in Lisbon, by the river.",
        Kind.PROFILE,
        "session 2024-05-14 12:00",
    )
    assert entry.metadata["evidence"] == [{"turn": state.turns[0].entry_id, "words": "I live in Lisbon"}]
    empty.undo()
    assert talk.state.proposals[0].status is ClaimStatus.PROPOSED
    empty.redo()
    assert talk.state.proposals[0].status is ClaimStatus.STORED
    talk.dismiss(2)
    assert talk.state.proposals[1].status is ClaimStatus.DISMISSED
    assert talk.state.proposed() == ()


def test_one_setting_stores_at_once_and_profiles_remember(empty, talk):
    talk.store_claims = True
    for text in ("I live in Lisbon.", "I live in Lisbon, you know.", "Actually, I moved to Porto."):
        talk.say(text)
        talk.wait(20)
    (row,) = talk.profile().result(20)
    assert (row.current.value, [value.value for value in row.earlier]) == ("Porto", ["Lisbon"])
    assert row.earlier[0].confidence == pytest.approx(0.99)
    assert len(row.earlier[0].evidence) == 2
    talk.edit_claim(3, value="Gaia", text="Ann lives in Gaia.").result(20)
    assert talk.profile().result(20)[0].current.value == "Gaia"
    for _ in range(2):
        empty.undo()
    (row,) = talk.profile().result(20)
    assert (row.current.value, row.earlier) == ("Lisbon", ())


def test_an_edited_sentence_is_what_the_profile_shows(empty, talk):
    talk.store_claims = True
    talk.say("I live in Rome. I like tea.")
    talk.wait(20)
    talk.edit_claim(1, text="Ann lives in Oslo.").result(20)
    talk.edit_claim(2, text="Ann likes coffee.").result(20)
    talk.wait(20)
    assert [(row.label, row.current.value) for row in talk.profile().result(20)] == [
        ("home", "Oslo"),
        ("opinion of coffee", "likes"),
    ]
    talk.say("I live in Rome. I like tea.")
    talk.wait(20)
    home, *opinions = talk.profile().result(20)
    assert (home.current.value, [value.value for value in home.earlier]) == ("Rome", ["Oslo"])
    assert [row.label for row in opinions] == ["opinion of coffee", "opinion of tea"]


def test_claims_follow_the_undo_of_an_edit(empty, talk):
    talk.store_claims = True
    talk.say("I live in Rome.")
    talk.wait(20)
    talk.edit_claim(1, text="Ann lives in Oslo.").result(20)
    empty.undo()
    (home,) = talk.wait(20).proposals
    assert (home.claim.text, home.claim.value, home.status) == ("Ann lives in Rome.", "Rome", ClaimStatus.STORED)
    empty.redo()
    (home,) = talk.wait(20).proposals
    assert (home.claim.text, home.claim.value) == ("Ann lives in Oslo.", "Oslo")
    empty.edit(Update(home.entry_id or 0, text="Ann lives in Bergen."))
    assert talk.wait(20).proposals[0].claim.text == "Ann lives in Bergen."


def test_claims_follow_the_undo_of_a_merge(empty, talk):
    talk.store_claims = True
    for _ in range(2):
        talk.say("I live in Rome.")
        talk.wait(20)
    first, second = talk.state.proposals
    assert first.entry_id == second.entry_id
    empty.undo()
    first, second = talk.wait(20).proposals
    assert (first.status, second.status) == (ClaimStatus.STORED, ClaimStatus.PROPOSED)
    talk.say("Hello")  # nobody has to wait for what only follows
    talk.wait(20)
    talk.store(2).result(20)
    assert len(empty.entry(first.entry_id or 0).metadata["evidence"]) == 2
    empty.undo()
    empty.redo()
    assert {each.status for each in talk.wait(20).proposals} == {ClaimStatus.STORED}


def test_what_others_edit_reaches_the_profile(empty, talk):
    assert talk.profile().result(20) == ()
    empty.edit(Insert(key="Ann · hat", text="Ann wears a hat.", owner="Ann", kind=Kind.PROFILE))
    assert [row.attribute for row in talk.profile().result(20)] == ["hat"]
    empty.edit(Insert(key="Bob · hat", text="Bob has none.", owner="Bob", kind=Kind.PROFILE))
    assert len(talk.profile().result(20)) == 1
    assert [row.label for row in talk.profile("Bob").result(20)] == ["hat"]


def test_without_a_model_turns_are_recorded(empty, talk):
    assert not talk.answers
    assert talk.say("我住在苏州。") is None
    state = talk.wait(20)
    assert [turn.turn.role for turn in state.turns] == ["user"]
    assert (state.exact_tokens, state.buffer.tokens) == (False, 6)
    assert state.proposals[0].claim.text == "Ann住在苏州。"


def test_a_model_may_find_claims(empty, talk):
    model = use(empty, TalkingModel("home | Lisbon | I live in Lisbon\nhome | Mars | on Mars\nblah"))
    talk.by_model = True
    answer_to(talk, "Well, I live in Lisbon.")
    state = talk.state
    assert [(each.claim.value, each.found_by) for each in state.proposals] == [("Lisbon", "scripted")]
    assert "2 lines could not be used" in state.notice
    assert "The user says on 2024-05-14: Well, I live in Lisbon." in model.queries[-1].text
    assert not model.queries[-1].use_memory


def test_what_is_cancelled_is_not_stored(empty, talk):
    model = use(empty, TalkingModel())
    model.hold = threading.Event()
    run = talk.say("I live in Lisbon.")
    assert run is not None
    assert talk.busy
    with pytest.raises(KnownError, match="still answered"):
        talk.say("And?")
    run.cancel()
    model.hold.set()
    state = talk.wait(20)
    assert (state.turns, state.proposals) == ((), ())
    assert "cancelled" in state.notice
    assert empty.entries() == []


def test_an_empty_answer_is_no_turn(empty, talk):
    use(empty, TalkingModel(""))
    assert answer_to(talk, "I live in Lisbon.") == "I live in Lisbon."
    assert "answered nothing" in talk.state.notice
    assert len(empty.entries()) == 1


def test_nothing_said_and_nowhere_to_store(talk):
    with pytest.raises(KnownError, match="type something"):
        talk.say("   ")
    with pytest.raises(KnownError, match="no claim 7"):
        talk.dismiss(7)
    with pytest.raises(KnownError, match="load a file"):
        talk.step()
    with Session() as bare:
        lonely = Conversation(bare)
        with pytest.raises(KnownError, match="No memory is open"):
            lonely.say("Hello")
        lonely.close()


def dialogue(tmp_path: Path, sessions: int = 2) -> Path:
    history = {
        f"2024-05-{10 + day}": [
            {"query": f"Today I went to place number {day}.", "response": "Nice."},
            {"query": "I like tea.", "response": "So do I."},
        ]
        for day in range(sessions)
    }
    path = tmp_path / "bank.json"
    path.write_text(json.dumps({"Eva": {"name": "Eva", "history": history}}), encoding="utf-8")
    return path


def test_stepping_through_a_file(empty, talk, tmp_path):
    model = use(empty, TalkingModel())
    assert talk.open_file(dialogue(tmp_path)).result(20).count == 8
    assert talk.step() is None
    state = talk.wait(20)
    assert [turn.turn.text for turn in state.turns] == ["Today I went to place number 0.", "Nice."]
    assert (state.owner, state.session) == ("Eva", "2024-05-10")
    assert state.file is not None
    assert (state.file.done, state.file.total) == (2, 8)
    assert state.proposals[0].claim.text == "On 2024-05-10 Eva went to place number 0."
    assert model.asked == []
    run = talk.step(ask_model=True)
    assert run is not None
    run.wait(20)
    assert [turn.turn.text for turn in talk.wait(20).turns[2:]] == ["I like tea.", "Good to know."]
    talk.step()
    state = talk.wait(20)
    assert (state.session, len(state.buffer.held)) == ("2024-05-11", 2)
    talk.step()
    talk.wait(20)
    with pytest.raises(KnownError, match="come to its end"):
        talk.step()


def test_loading_a_whole_file_tells_how_far_it_is(empty, talk, tmp_path):
    talk.store_claims = True
    talk.open_file(dialogue(tmp_path, sessions=3)).result(20)
    told: list[tuple[int, int]] = []
    assert talk.load(lambda done, total, words: told.append((done, total))).result(20) == 12
    assert told == [(turn, 12) for turn in range(13)]
    (row,) = talk.profile().result(20)
    assert (row.label, len(row.current.evidence)) == ("opinion of tea", 3)
    assert sum(entry.kind is Kind.DIALOGUE_TURN for entry in empty.entries()) == 12


def test_a_load_can_be_cancelled(empty, talk, tmp_path):
    talk.open_file(dialogue(tmp_path, sessions=3)).result(20)

    def stop(done: int, total: int, words: str) -> None:
        if done:
            raise Cancelled

    with pytest.raises(Cancelled):
        talk.load(stop).result(20)
    assert len(talk.state.turns) == 4
    talk.step()
    assert len(talk.wait(20).turns) == 6


def test_a_bad_file_leaves_the_open_one(talk, tmp_path):
    talk.open_file(dialogue(tmp_path)).result(20)
    (tmp_path / "bad.txt").write_text("Once upon a time", encoding="utf-8")
    with pytest.raises(KnownError, match="Line 1"):
        talk.open_file(tmp_path / "bad.txt").result(20)
    talk.step()
    assert len(talk.wait(20).turns) == 2


def test_states_come_in_order_and_end_with_close(empty):
    versions: list[int] = []
    talk = Conversation(empty, on_state=lambda state: versions.append(state.version))
    talk.say("I live in Lisbon.")
    talk.wait(20)
    assert versions == sorted(versions)
    talk.close()
    talk.close()
    with pytest.raises(KnownError, match="closed"):
        talk.say("More")
