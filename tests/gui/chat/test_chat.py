"""The chat view around a real conversation, a small memory and a scripted model."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QAbstractItemModelTester

from memviz.dialogue.short_term import ShortTerm
from memviz.dialogue.turns import SpokenTurn
from memviz.gui.chat.buffer_bar import BufferBar
from memviz.gui.chat.claims_model import ClaimsModel
from memviz.gui.chat.profile_model import ProfileModel
from memviz.gui.chat.turns_model import TurnsModel
from memviz.gui.screenshot import screenshot
from memviz.session.chat_state import ChatState, ChatTurn, Sitting
from memviz.session.session import Session
from tests.gui.conftest import SceneSession
from tests.gui.scenes import SceneModel
from tests.gui.test_window import unnamed


class TalkingScene(SceneModel):
    """A scene that converses: a token a word."""

    def count_tokens(self, text: str) -> int:
        return len(text.split())


@pytest.fixture
def window(workspace, memory, qtbot):
    """The window with the chat in front, and a model that converses."""
    from memviz.gui.app import delete_window
    from memviz.gui.main_window import MainWindow

    workspace.session.model_for = lambda name: TalkingScene(name=name)
    workspace.start("scene", memory)
    qtbot.waitUntil(lambda: not workspace.loader.busy)
    made = MainWindow(workspace)
    made.resize(1280, 800)
    made.show()
    qtbot.waitUntil(lambda: bool(made.central.views))
    made.actions_["chat"].trigger()
    qtbot.waitUntil(lambda: workspace.chat.state is not None)
    yield made
    workspace.close()
    delete_window(made)


@pytest.fixture
def idle(workspace, qtbot):
    """Waits until everything that was said is stored and shown."""

    def wait() -> None:
        qtbot.waitUntil(lambda: not workspace.chat.busy and not workspace.jobs.running, timeout=20_000)
        talk = workspace.chat.talk
        qtbot.waitUntil(lambda: workspace.chat.state is talk.state, timeout=20_000)

    return wait


def dialogue(tmp_path: Path) -> str:
    lines = [
        ("user", "Hi, my name is Eva, nice to meet you.", "2024-05-14T09:00"),
        ("assistant", "Hello Eva.", "2024-05-14T09:00"),
        ("user", "我住在苏州。", "2024-05-15T09:00"),
        ("assistant", "苏州很美。", "2024-05-15T09:00"),
    ]
    path = tmp_path / "talk.jsonl"
    rows = [{"role": role, "text": text, "time": at, "owner": "Eva"} for role, text, at in lines]
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return str(path)


def say(window, qtbot, text: str) -> None:
    window.chat.box.setPlainText(text)
    qtbot.keyClick(window.chat.box, Qt.Key.Key_Return)


def test_what_is_said_is_answered_stored_and_shown(window, workspace, qtbot, idle):
    say(window, qtbot, "I live in Lisbon. Who directed Blade Runner?")
    assert window.chat.box.toPlainText() == ""
    idle()
    model = window.chat.list.model()
    assert model.rowCount() == 2
    said, answered = model.row(0), model.row(1)
    assert (said.user, said.who, answered.user, answered.who) == (True, "User", False, "scene")
    assert "Ridley Scott" in answered.text
    assert answered.recalled
    assert workspace.playhead.run is not None
    assert workspace.playhead.run.query.text.startswith("I live in Lisbon")
    assert window.chat.tabs.tabText(0) == "Remembered · 1 new"
    assert workspace.queries.rowCount() == 0, "the list of questions is another one"


def test_clicks_choose_entries_everywhere(window, workspace, qtbot, idle):
    say(window, qtbot, "Who directed Blade Runner?")
    idle()
    chat = window.chat
    row = chat.list.model().row(1)
    chat.list.setCurrentIndex(chat.list.model().index(0))
    assert workspace.selection.entry_id == chat.list.model().row(0).entry_id
    index = chat.list.model().index(1)
    chat.list.scrollTo(index)
    with qtbot.waitSignal(chat._delegate.entry_clicked) as clicked:
        rect = chat.list.visualRect(index)
        for y in range(rect.bottom() - 4, rect.top(), -4):  # the line of numbers is the last one
            qtbot.mouseClick(chat.list.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(rect.left() + 70, y))
            if workspace.selection.entry_id in row.recalled:
                break
    assert clicked.args[0] in row.recalled
    workspace.selection.select(row.entry_id)
    assert chat.list.currentIndex().row() == 1


def test_ticks_store_claims_and_undo_takes_them_back(window, workspace, qtbot, idle):
    say(window, qtbot, "I live in Lisbon.")
    idle()
    claims = window.chat.claims.table.model()
    index = claims.index(0, 0)
    assert index.data() == "User lives in Lisbon."
    claims.setData(index, "User lives in Lisbon, Portugal.")
    idle()
    assert claims.index(0, 0).data() == "User lives in Lisbon, Portugal."
    claims.setData(claims.index(0, 0), Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole)
    idle()
    qtbot.waitUntil(lambda: window.chat.profile.table.model().rowCount() == 1)
    profile = window.chat.profile.table.model()
    assert [profile.index(0, column).data() for column in range(4)] == ["home", "Lisbon", "90 %", "1"]
    assert window.chat.tabs.tabText(0) == "Remembered"
    workspace.session.undo()
    qtbot.waitUntil(lambda: window.chat.tabs.tabText(0) == "Remembered · 1 new")
    qtbot.waitUntil(lambda: profile.rowCount() == 0)
    window.chat.claims.table.setCurrentIndex(claims.index(0, 0))
    qtbot.mouseClick(window.chat.claims.dismiss, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: claims.rowCount() == 0)


def test_a_dialogue_is_stepped_through_and_loaded(window, workspace, qtbot, idle, tmp_path):
    chat = window.chat
    chat.options.at_once.setChecked(True)
    workspace.chat.open_file(dialogue(tmp_path))
    idle()
    assert "4 turns" in chat._hint.text()
    window.actions_["step_dialogue"].trigger()
    idle()
    assert [chat.list.model().row(at).text for at in range(2)] == [
        "Hi, my name is Eva, nice to meet you.",
        "Hello Eva.",
    ]
    assert chat.owner.text() == "Eva"
    window.actions_["rest_of_dialogue"].trigger()
    idle()
    assert chat.list.model().rowCount() == 4
    assert chat.list.model().row(2).session == "2024-05-15"
    assert chat.list.model().row(0).evicted
    assert not chat.list.model().row(2).evicted
    assert "4 of 4" in chat.place.toolTip()
    qtbot.waitUntil(lambda: chat.profile.table.model().rowCount() == 2)
    chat.profile.evidence_chosen.emit(0, workspace.chat.state.turns[0].entry_id)
    assert chat.list.currentIndex().row() == 0
    window.actions_["step_dialogue"].trigger()
    assert "come to its end" in chat.notice.text


def test_a_bad_file_is_one_sentence_in_the_view(window, workspace, qtbot, idle, tmp_path):
    (tmp_path / "bad.txt").write_text("Once upon a time", encoding="utf-8")
    workspace.chat.open_file(str(tmp_path / "bad.txt"))
    qtbot.waitUntil(lambda: "Line 1" in window.chat.notice.text)


def test_the_buffer_fills_and_evicts(window, workspace, qtbot, idle):
    window.chat.options.budget.setValue(12)
    for text in ("one two three", "four five six"):
        say(window, qtbot, text)
        idle()
    left, right = window.chat.bar.words()
    assert (left, right) == ("Buffer: 9 of 12 tokens", "2 in, 2 out")
    row = window.chat.list.model().row(0)
    assert (row.evicted, row.mark) == (True, "out of the buffer since turn 4")
    workspace.chat.new_session()
    qtbot.waitUntil(lambda: window.chat.bar.words()[1] == "0 in, 4 out")


def test_another_memory_begins_another_conversation(window, workspace, qtbot, idle, tmp_path):
    say(window, qtbot, "I live in Lisbon.")
    idle()
    workspace.loader.open_memory(str(tmp_path / "other.sqlite"), create=True)
    qtbot.waitUntil(lambda: not workspace.loader.busy)
    qtbot.waitUntil(lambda: window.chat.list.model().rowCount() == 0)
    assert "other" in window.chat._hint.text()


def test_a_model_that_cannot_converse_records(window, workspace, qtbot, idle):
    workspace.session.model_for = lambda name: SceneModel(name=name)
    workspace.loader.load_model("mute")
    qtbot.waitUntil(lambda: not workspace.loader.busy)
    assert "cannot converse" in window.chat._hint.text()
    say(window, qtbot, "我喜欢茶。")
    idle()
    assert window.chat.list.model().rowCount() == 1
    assert window.chat.bar.words()[0].startswith("Buffer: about 5 of")


def test_a_letter_that_nobody_wanted_is_said(window, qtbot):
    window.activateWindow()
    window.central.setFocus()
    qtbot.keyClicks(window, "h")
    assert (window.chat.box.toPlainText(), window.queries.box.toPlainText()) == ("h", "who directed Blade Runner?")


def test_every_control_is_named(window):
    assert unnamed(window.chat) == []


@pytest.mark.parametrize("size", [(260, 300), (420, 700), (900, 1200)])
def test_it_can_be_small_and_large(window, workspace, qtbot, idle, size):
    say(window, qtbot, "A very long word: " + "x" * 400 + " and <b>markup</b>\nin two lines 和中文。")
    idle()
    window.chat.setParent(None)
    window.chat.resize(QSize(*size))
    window.chat.show()
    picture = window.chat.grab().toImage()
    assert picture.width() == size[0]
    window.chat.setParent(window)


def turn(number: int, words: int = 20) -> ChatTurn:
    role = "user" if number % 2 else "assistant"
    text = f"turn {number} " + "word 词 " * (words * (1 + number % 4))
    sitting = Sitting("Ann", f"session {number // 40}")
    return ChatTurn(number, SpokenTurn(role, text, 86_400.0 * (number // 40)), sitting, number)


def long_state(count: int) -> ChatState:
    buffer = ShortTerm(500)
    turns = tuple(turn(number) for number in range(1, count + 1))
    for each in turns:
        buffer = buffer.added(each.turn, 20)
    return ChatState("Ann", "s", buffer, turns=turns)


def test_the_model_of_turns_grows_and_forgets(qapp):
    model = TurnsModel()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.show_state(long_state(6))
    model.show_state(long_state(6), "asked", "half an")
    assert [model.row(at).text for at in (6, 7)] == ["asked", "half an"]
    model.show_answer("half an answer")
    assert model.row(7).text == "half an answer"
    model.show_state(long_state(60))
    assert model.rowCount() == 60
    assert model.row(0).evicted
    assert (model.row(39).session, model.row(40).session) != ("", "")
    assert model.row_of_entry(17) == 16
    model.show_state(None)
    assert model.rowCount() == 0


def test_models_of_claims_and_profile_hold(qapp, window, workspace, qtbot, idle):
    QAbstractItemModelTester(window.chat._claims, QAbstractItemModelTester.FailureReportingMode.Fatal)
    QAbstractItemModelTester(window.chat._profile, QAbstractItemModelTester.FailureReportingMode.Fatal)
    window.chat.options.at_once.setChecked(True)
    for text in ("I live in Lisbon.", "I like tea and jazz bands.", "Actually, I moved to Porto."):
        say(window, qtbot, text)
        idle()
    assert isinstance(window.chat._claims, ClaimsModel)
    assert isinstance(window.chat._profile, ProfileModel)
    qtbot.waitUntil(lambda: window.chat._profile.index(0, 1).data() == "Porto")
    home = window.chat._profile.index(0, 1)
    assert "before: Lisbon" in home.data(Qt.ItemDataRole.ToolTipRole)


def test_two_thousand_turns_scroll_smoothly(window, workspace, qtbot):
    chat = window.chat
    chat._turns.show_state(long_state(2_000))
    chat._hint.hide()
    chat.list.show()
    started = time.perf_counter()
    chat.list.doItemsLayout()
    laid_out = time.perf_counter() - started
    bar = chat.list.verticalScrollBar()
    started = time.perf_counter()
    for at in range(40):
        bar.setValue(bar.maximum() * at // 40)
        chat.list.viewport().grab()
    frame = (time.perf_counter() - started) / 40
    print(f"layout of 2,000 turns {1000 * laid_out:.0f} ms, a frame {1000 * frame:.1f} ms")
    assert laid_out < 3.0
    assert frame < 0.1


def test_the_bar_says_which_turn_a_piece_is(qapp, qtbot):
    bar = BufferBar()
    qtbot.addWidget(bar)
    bar.resize(400, 40)
    bar.show()
    assert bar.words() == ("", "")
    bar.show_buffer(
        ShortTerm(10).added(SpokenTurn("user", "hi"), 4).added(SpokenTurn("assistant", "ho"), 2), exact=False
    )
    assert bar.words() == ("Buffer: about 6 of 10 tokens", "2 in, 0 out")
    piece = bar.pieces()[1][1]
    with qtbot.waitSignal(bar.turn_clicked) as clicked:
        qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=piece.center().toPoint())
    assert clicked.args == [2]
    bar.show_buffer(ShortTerm(3).added(SpokenTurn("user", "hi"), 4), exact=True)
    assert "larger" in bar.words()[0]


def test_a_picture_with_a_dialogue(qapp, memory, tmp_path, monkeypatch):
    monkeypatch.setattr("memviz.session.session.Session", SceneSession)
    path = dialogue(tmp_path)
    screenshot(tmp_path / "chat.png", chat=Path(path), model="m", memory=memory, size=(1000, 700))
    assert QImage(str(tmp_path / "chat.png")).width() == 1000


def test_another_memory_gets_nothing_of_a_dialogue_that_loads(window, workspace, qtbot, tmp_path):
    other = str(tmp_path / "other.sqlite")
    with Session() as session:
        session.open_memory(other, create=True).result()
    long = tmp_path / "long.jsonl"
    rows = [{"role": "user", "text": f"I like thing {number}.", "session": "one"} for number in range(300)]
    long.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    talk = workspace.chat.talk
    talk.store_claims = True
    told: list[str] = []
    workspace.chat.refused.connect(told.append)
    workspace.chat.open_file(str(long))
    qtbot.waitUntil(lambda: workspace.chat.state.file is not None)
    workspace.chat.load_rest()
    qtbot.waitUntil(lambda: len(talk.state.proposals) > 5, timeout=20_000)
    entered, held = threading.Event(), threading.Event()

    def hold(_turn):
        entered.set()
        held.wait(20)

    talk._consolidate = hold
    qtbot.waitUntil(entered.is_set, timeout=20_000)  # the old thread is in the middle of a turn
    workspace.loader.open_memory(other)
    qtbot.waitUntil(lambda: workspace.chat._talk is not talk, timeout=5_000)
    assert talk.running, "the window waited for the thread"
    assert workspace.chat.talk.store_claims
    held.set()
    qtbot.waitUntil(lambda: not talk.running and not workspace.jobs.running, timeout=20_000)
    assert workspace.session.entries() == []
    assert any("the rest of the dialogue was not loaded" in sentence for sentence in told)
    assert len(talk.state.proposals) < 300
