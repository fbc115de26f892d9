"""“Why not?” in the window: the reason is found beside everything else, and trying a remedy brings the entry back."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt

from memviz.core.edits import Insert, Update
from memviz.core.errors import Cancelled
from memviz.core.events import PromptEvent
from memviz.core.recall_settings import RecallSettings
from memviz.gui.views.ledger import LedgerView
from memviz.session import recalling
from tests.gui.scenes import SceneModel, events, prompt_of

QUESTION = "who directed Blade Runner?"


@pytest.fixture
def why(window, loaded, qtbot):
    """Chooses an entry and waits for its reason. The window has heard before that a memory is open: when it does, it
    chooses no entry."""
    with qtbot.waitSignal(loaded.loader.memory_changed):
        loaded.loader.recount()

    def asked(entry_id: int) -> str:
        loaded.selection.select(entry_id, None)
        qtbot.waitUntil(lambda: window.inspector.shown_id == entry_id)
        qtbot.waitUntil(lambda: not window.inspector.desk.busy)
        return window.inspector.why.sentence

    return asked


def press(window, loaded, qtbot, words: str) -> None:
    """Presses a button of a remedy and waits for the answer that it asks for."""
    button = next(each for each in window.inspector.why.buttons if words in each.toolTip())
    with qtbot.waitSignal(loaded.asker.finished):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not loaded.playhead.moving)


def status(loaded, entry_id: int) -> str:
    return next(row.status for row in loaded.playhead.run.entries() if row.id == entry_id)


def test_the_reason_and_trying_a_remedy(window, loaded, ask, why, qtbot) -> None:
    ask(QUESTION)
    window.central.show_view("ledger")
    assert "is 0.27 of the best, and at least 0.5 is needed" in why(6)
    assert window.inspector.why_section.isVisible()
    press(window, loaded, qtbot, "least share")
    assert status(loaded, 6) == "injected"
    assert loaded.playhead.run.query.least_share < 0.5
    assert "for this question only" in window.inspector.notice.text
    qtbot.waitUntil(lambda: not window.inspector.why_section.isVisible())
    view = window.central.views["ledger"]
    assert isinstance(view, LedgerView)
    view.flush()
    assert view.model.rows[view.rows.currentIndex().row()].entry_id == 6
    assert ask(QUESTION).query.least_share == 0.5  # the next question is asked as ever


def test_an_edit_is_tried_and_can_be_undone(window, loaded, ask, why, qtbot) -> None:
    loaded.session.edit(Update(1, enabled=False))
    ask(QUESTION)
    assert why(1) == "It is disabled, and no recall sees it."
    press(window, loaded, qtbot, "switch the entry on")
    assert status(loaded, 1) == "injected"
    assert loaded.session.entry(1).enabled
    loaded.session.undo()
    assert not loaded.session.entry(1).enabled


def test_a_setting_is_tried_or_kept(window, loaded, ask, why, qtbot) -> None:
    recalling.change_recall_settings(loaded.session, RecallSettings(least_score=1_000.0)).result()
    ask(QUESTION)
    assert "below the least" in why(1)
    press(window, loaded, qtbot, "this question only: least_score")
    assert status(loaded, 1) == "injected"
    assert recalling.recall_settings(loaded.session).result().least_score == 1_000.0
    ask(QUESTION)
    why(1)
    press(window, loaded, qtbot, "for all questions, and ask again: least_score")
    assert status(loaded, 1) == "injected"
    assert recalling.recall_settings(loaded.session).result().least_score < 1_000.0
    with qtbot.waitSignal(loaded.asker.finished):
        window.inspector.notice.act()
    assert recalling.recall_settings(loaded.session).result().least_score == 1_000.0


class FullModel(SceneModel):
    """Its prompts have no room for the last entry that they are given."""

    def run(self, query, found, recall):
        for event in events(query, found[:-1], self.answer):
            if isinstance(event, PromptEvent):
                last = next(one for one in recall.candidates if one.entry_id == found[-1].id)
                event = replace(event, cut=(replace(last, status="cut", reason="no room"),), context_length=100)
            yield event

    def prompt(self, query, found, recall=None):
        """Room for one entry less than what recall gives, unless the answer is short."""
        kept = found if query.max_tokens <= 10 or len(found) == 1 else found[:-1]
        return SimpleNamespace(entries=kept, slots=prompt_of(query, kept).slots)


def test_what_the_prompt_had_no_room_for(window, loaded, ask, why, qtbot) -> None:
    loaded.session.model_for = lambda name: FullModel(name=name)
    loaded.loader.load_model("full")
    qtbot.waitUntil(lambda: not loaded.loader.busy)
    run = ask(QUESTION)
    [cut] = run.trace.prompt.cut
    assert "the prompt had no room: it needs" in why(cut.entry_id)
    assert [row.cause for row in run.entries() if row.id == cut.entry_id] == ["budget"]
    press(window, loaded, qtbot, "answer tokens 64 → 10")
    assert loaded.playhead.run.query.max_tokens == 10


@pytest.mark.usefixtures("why")
def test_only_the_newest_wish_counts(window, loaded, ask, qtbot) -> None:
    [far] = loaded.session.edit(Insert(text="A quokka smiles.")).inserted
    ask(QUESTION)
    for entry_id in (6, 7, far):
        loaded.selection.select(entry_id, None)
    qtbot.waitUntil(lambda: window.inspector.shown_id == far and not window.inspector.desk.busy)
    assert "shares no word" in window.inspector.why.sentence


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Looking for the reason of entry 6 takes forever, while ``on``; ``begun`` and ``ended`` count how often."""
    state = SimpleNamespace(on=True, begun=0, ended=0)
    real = recalling.why_not

    def look(recaller, query, snapshot, entry_id, progress):
        if entry_id != 6 or not state.on:
            return real(recaller, query, snapshot, entry_id, progress)
        state.begun += 1
        try:
            while True:
                progress(0, 0, "")
                threading.Event().wait(0.001)
        except Cancelled:
            state.ended += 1
            raise

    monkeypatch.setattr(recalling, "why_not", look)
    return state


def choose(window, loaded, qtbot, entry_id: int) -> None:
    loaded.selection.select(entry_id, None)
    qtbot.waitUntil(lambda: window.inspector.shown_id == entry_id)


def begin_endless(window, loaded, qtbot, endless) -> None:
    begun = endless.begun
    choose(window, loaded, qtbot, 6)
    qtbot.waitUntil(lambda: endless.begun > begun)


@pytest.mark.usefixtures("why")
def test_another_entry_ends_the_search_for_a_reason(window, loaded, ask, qtbot, endless) -> None:
    ask(QUESTION)
    desk = window.inspector.desk
    begin_endless(window, loaded, qtbot, endless)
    choose(window, loaded, qtbot, 1)  # in the prompt: nothing is to be found
    qtbot.waitUntil(lambda: not desk.busy, timeout=2_000)
    begin_endless(window, loaded, qtbot, endless)
    choose(window, loaded, qtbot, 7)
    qtbot.waitUntil(lambda: not desk.busy, timeout=2_000)
    assert endless.ended == 2
    assert window.inspector.why.sentence not in ("", "Looking for the reason …")
    begin_endless(window, loaded, qtbot, endless)
    choose(window, loaded, qtbot, 7)
    endless.on = False
    choose(window, loaded, qtbot, 6)  # back, maybe while the first search for it is being ended
    qtbot.waitUntil(lambda: not desk.busy, timeout=2_000)
    assert "is 0.27 of the best" in window.inspector.why.sentence


@pytest.mark.usefixtures("why")
def test_escape_ends_the_search_for_a_reason(window, loaded, ask, qtbot, endless) -> None:
    ask(QUESTION)
    desk, cancel = window.inspector.desk, window.actions_["cancel"]
    assert not cancel.isEnabled()
    begin_endless(window, loaded, qtbot, endless)
    assert cancel.isEnabled()
    begun = time.perf_counter()
    cancel.trigger()
    assert window.inspector.why.sentence.startswith("Stopped. “Why Not Recalled?”")
    assert not cancel.isEnabled()
    qtbot.waitUntil(lambda: not desk.busy, timeout=2_000)
    assert time.perf_counter() - begun < 1.0
    assert endless.ended == 1
    assert window.inspector.why.sentence.startswith("Stopped.")
    endless.on = False
    window.actions_["why_not"].trigger()
    qtbot.waitUntil(lambda: not desk.busy, timeout=2_000)
    assert "is 0.27 of the best" in window.inspector.why.sentence


@pytest.mark.usefixtures("why")
def test_a_new_question_ends_the_search_for_a_reason(window, loaded, ask, qtbot, endless) -> None:
    ask(QUESTION)
    begin_endless(window, loaded, qtbot, endless)
    endless.on = False
    ask("who directed Alien?")
    assert endless.ended == 1


def test_an_injected_entry_needs_no_reason(window, loaded, ask, why) -> None:
    ask(QUESTION)
    why(1)
    assert not window.inspector.why_section.isVisible()


def test_a_run_of_another_memory_says_so(window, loaded, ask, why, tmp_path) -> None:
    ask(QUESTION)
    loaded.session.open_memory(str(tmp_path / "other.sqlite"), create=True).result()
    ids = loaded.session.edit(*(Insert(text=f"Numbat {n}.") for n in range(12))).inserted
    window.entries.reload()
    window.inspector.reload()
    assert why(ids[-1]) == "This run did not ask the memory that is open; ask again to see why."
    assert window.inspector.why.buttons == []


def test_the_menu_and_the_keys_lead_to_it(window, loaded, ask, why, qtbot) -> None:
    action = window.actions_["why_not"]
    action.trigger()
    assert "Choose an entry first" in window.inspector.notice.text
    loaded.selection.select(6, None)
    qtbot.waitUntil(lambda: window.inspector.shown_id == 6)
    action.trigger()
    assert "Ask a question first" in window.inspector.notice.text
    ask(QUESTION)
    why(6)
    menu = window.entries.menu()
    assert menu.actions()[0].text() == "Why not recalled?"
    with qtbot.waitSignal(window.inspector.desk.jumped):
        menu.actions()[0].trigger()
    menu.deleteLater()
    why(1)
    action.trigger()
    assert "was recalled" in window.inspector.notice.text
