"""While private entries are masked, the chat shows no word of one."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from memviz.core.edits import Delete, Insert, Update
from memviz.core.entry import Kind
from memviz.core.privacy import MASK
from memviz.dialogue.short_term import ShortTerm
from memviz.dialogue.turns import SpokenTurn
from memviz.gui.chat.hidden import hidden_turns, masked_quotes
from memviz.gui.main_window import MainWindow
from memviz.gui.screenshot import screenshot
from memviz.session.chat_state import ChatState, ChatTurn, Sitting
from memviz.session.session import Session
from tests.gui.chat.test_chat import dialogue, idle, say, window
from tests.gui.conftest import SceneSession
from tests.gui.shown import shown_words

__all__ = ["idle", "window"]  # fixtures
ENGLISH, CHINESE = "my name is Eva", "我住在苏州"


@pytest.fixture
def told(window, workspace, qtbot, idle, tmp_path: Path):
    """A dialogue is taken in and its claims are stored; gives what makes entries private and waits for it."""
    workspace.chat.talk.store_claims = True
    workspace.chat.open_file(dialogue(tmp_path))
    qtbot.waitUntil(lambda: workspace.chat.state.file is not None)
    workspace.chat.load_rest()
    idle()
    qtbot.waitUntil(lambda: len(workspace.chat.profile) == 2)

    def hide(*ids: int) -> None:
        workspace.session.edit(*(Update(entry_id, private=True) for entry_id in ids))
        qtbot.waitUntil(lambda: workspace.chat.private >= set(ids))

    return hide


def test_turns_and_what_was_found_in_them(window, workspace, told, qtbot):
    chat, mask = window.chat, window.actions_["mask_private"]
    turns = [turn.entry_id for turn in workspace.chat.state.turns]
    claims = [claim.entry_id for claim in workspace.chat.state.proposals]
    told(turns[0], turns[2], *claims)
    for tab in range(2):
        chat.tabs.setCurrentIndex(tab)
        for _ in range(2):
            words = shown_words(chat)
            assert ENGLISH in words
            assert CHINESE in words
            mask.trigger()
            words = shown_words(chat)
            assert not any(word in words for word in (ENGLISH, CHINESE, "name is", "住在", "Profile of Eva"))
            assert MASK in words
            assert "苏州很美" in words, "this turn is not private"
            mask.trigger()
    mask.trigger()
    index = chat._claims.index(0, 0)
    assert not chat._claims.flags(index) & Qt.ItemFlag.ItemIsEditable
    assert not chat._claims.setData(index, "something else")
    assert chat._claims.data(index, Qt.ItemDataRole.EditRole) is None
    for _, piece in chat.bar.pieces():
        assert CHINESE not in chat.bar.tip(piece.center().x())
    with qtbot.waitSignal(workspace.bridge.changed):
        workspace.session.edit(Delete(turns[2]))  # what was private and is gone stays hidden
    qtbot.wait(100)
    assert turns[2] in workspace.chat.private
    assert CHINESE not in shown_words(chat)


def test_an_entry_that_becomes_private_is_masked_at_once(window, workspace, told, qtbot):
    window.actions_["mask_private"].trigger()
    assert CHINESE in shown_words(window.chat)
    told(workspace.chat.state.turns[2].entry_id)
    assert CHINESE not in shown_words(window.chat.list)


def test_a_claim_keeps_its_words_where_only_its_turn_is_private(window, workspace, told):
    told(workspace.chat.state.turns[2].entry_id)
    window.actions_["mask_private"].trigger()
    number = next(one.number for one in workspace.chat.state.proposals if "苏州" in one.claim.text)
    row = next(at for at in range(window.chat._claims.rowCount()) if window.chat._claims.proposal(at).number == number)
    index = window.chat._claims.index(row, 0)
    assert "苏州" in window.chat._claims.data(index)
    assert f"“{MASK}”" in window.chat._claims.data(index, Qt.ItemDataRole.ToolTipRole)


def test_answers_that_read_something_private(window, workspace, qtbot, idle):
    mask = window.actions_["mask_private"]
    say(window, qtbot, "Who directed Blade Runner?")
    idle()
    answer = workspace.chat.state.turns[1]
    assert "Ridley Scott" in shown_words(window.chat)
    workspace.session.edit(Update(answer.recalled[0], private=True))
    qtbot.waitUntil(lambda: answer.recalled[0] in workspace.chat.private)
    mask.trigger()
    assert "Ridley Scott" not in shown_words(window.chat)
    assert window.chat.list.model().row(0).text == "Who directed Blade Runner?"
    say(window, qtbot, "What did you say?")
    idle()
    assert window.chat.list.model().row(3).text == MASK, "the buffer held the answer before"
    mask.trigger()
    assert window.chat.list.model().row(3).text == workspace.chat.state.turns[3].turn.text


def test_the_next_run_hides_a_private_turn(window, workspace, qtbot, idle):
    """Views show the run as it is masked."""
    say(window, qtbot, "My locker is 4711.")
    idle()
    workspace.session.edit(Update(workspace.chat.state.turns[0].entry_id, private=True))
    say(window, qtbot, "银翼杀手的导演是谁？")
    idle()
    run = workspace.playhead.run
    assert run.masked is not run.trace
    assert "4711" not in run.masked.prompt.text


def test_answers_are_hidden_as_long_as_the_buffer_holds_what_is_private():
    buffer, turns = ShortTerm(1_000), []
    for number in range(1, 9):
        turn = SpokenTurn("user" if number % 2 else "assistant", f"turn {number}", 0.0)
        buffer = buffer.emptied() if number == 5 else buffer  # a new session
        buffer = buffer.added(turn, 5)
        turns.append(ChatTurn(number, turn, Sitting("", ""), 100 + number, model="" if number % 2 else "scene"))
    state = ChatState("", "", buffer, turns=tuple(turns))
    assert hidden_turns(state, {101}) == {1, 2, 4}
    assert hidden_turns(state, {107}) == {7, 8}
    assert hidden_turns(state, {106}) == {6, 8}
    assert hidden_turns(state, {999}) == frozenset()


def test_what_a_sentence_quotes_is_masked():
    assert masked_quotes("“I live in 苏州” was not stored; try again.") == f"“{MASK}” was not stored; try again."


def test_a_picture_of_the_chat_is_masked(qapp, memory, tmp_path: Path, monkeypatch):
    monkeypatch.setattr("memviz.session.session.Session", SceneSession)
    with Session() as session:
        session.open_memory(memory).result()
        entry = Insert(key="Eva · hobby", text="Eva keeps Quillfeathers.", owner="Eva", kind=Kind.PROFILE, private=True)
        session.edit(entry)
    said: list[str] = []
    grab = MainWindow.grab

    def drawn(each: MainWindow):
        each.chat.tabs.setCurrentIndex(1)
        said.append(shown_words(each.chat))
        return grab(each)

    monkeypatch.setattr(MainWindow, "grab", drawn)
    for show in (False, True):
        path = dialogue(tmp_path)
        screenshot(tmp_path / "chat.png", chat=Path(path), model="m", memory=memory, show_private=show)
    masked, shown = said
    assert "Quillfeathers" not in masked
    assert CHINESE in masked
    assert "Quillfeathers" in shown
