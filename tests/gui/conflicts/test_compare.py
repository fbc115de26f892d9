"""Each policy's recalled set and answer side by side."""

from __future__ import annotations

import threading

import pytest

from memviz.core.edits import Insert
from memviz.core.recall_settings import ConflictPolicy, RecallSettings
from memviz.gui.conflicts.compare import CompareDialog
from memviz.session import recalling
from tests.gui.scenes import SceneModel
from tests.gui.test_window import unnamed

KEY = "Blade Runner · director"
MARK, NEWEST, CONFIDENT, SOURCES, BOTH = ConflictPolicy


@pytest.fixture
def rival(loaded) -> int:
    """Entry 9 contradicts entry 1."""
    return loaded.session.edit(Insert(key=KEY, text="Blade Runner was directed by Bob.", confidence=0.4)).inserted[0]


@pytest.fixture
def dialog(window, loaded, rival, qtbot) -> CompareDialog:
    window.queries.box.setPlainText("who directed Blade Runner?")
    window.actions_["compare_policies"].trigger()
    made = window.commands.memory.compare_dialog
    qtbot.waitUntil(lambda: not made.asker.busy and all(c.outcome is not None for c in made.columns.values()))
    return made


def recalled(dialog: CompareDialog, policy: ConflictPolicy) -> set[int]:
    return {one.entry_id for one in dialog.columns[policy].outcome.event.injected()} & {1, 9}


def test_every_policy_is_asked_and_nothing_is_changed(dialog: CompareDialog, loaded) -> None:
    assert {policy: recalled(dialog, policy) for policy in ConflictPolicy} == {
        MARK: {1, 9},
        NEWEST: {9},
        CONFIDENT: {1},
        SOURCES: {9},
        BOTH: {1, 9},
    }
    answers = {column.outcome.answer for column in dialog.columns.values()}
    assert len(answers) == 1
    assert dialog.columns[MARK].answer.text().startswith("Ridley Scott")
    assert dialog.words.text().startswith("The policies recall 3 different sets of entries.")
    assert "left out in favour of another" in texts(dialog, NEWEST)
    assert all(entry.used_count == 0 for entry in loaded.session.entries())
    assert recalling.recall_settings(loaded.session).result() == RecallSettings()
    assert loaded.playhead.run is None
    assert unnamed(dialog) == []


def texts(dialog: CompareDialog, policy: ConflictPolicy) -> list[str]:
    column = dialog.columns[policy]
    return [column._entries.itemAt(at).widget().text() for at in range(column._entries.count())]


def test_a_policy_is_chosen_for_the_memory(dialog: CompareDialog, loaded, qtbot) -> None:
    assert not dialog.columns[MARK].use_button.isEnabled()
    with qtbot.waitSignal(dialog.policy_chosen):
        dialog.columns[CONFIDENT].use_button.click()
    assert recalling.recall_settings(loaded.session).result() == RecallSettings(policy=CONFIDENT)
    assert dialog.columns[CONFIDENT].use_button.text() == "In Use"
    assert "from now on" in dialog.words.text()


def test_without_a_model_it_is_recall_alone(dialog: CompareDialog, loaded, qtbot) -> None:
    loaded.session._query_worker.submit(lambda: loaded.session._replace_model(None, "")).result()
    dialog.ask_button.click()
    qtbot.waitUntil(lambda: dialog.asker.busy)
    qtbot.waitUntil(lambda: not dialog.asker.busy)
    assert {column.outcome.answer for column in dialog.columns.values()} == {None}
    assert recalled(dialog, NEWEST) == {9}
    assert "only recall is shown" in dialog.words.text()


def test_it_can_be_cancelled(dialog: CompareDialog, loaded, qtbot) -> None:
    gate = threading.Semaphore(0)
    loaded.session.model_for = lambda name: SceneModel(name=name, gate=gate)
    loaded.loader.load_model("slow")
    qtbot.waitUntil(lambda: not loaded.loader.busy)
    dialog.ask()
    qtbot.waitUntil(lambda: dialog.columns[MARK].answer.text() == "asking …")
    assert dialog.ask_button.text() == "Cancel"
    dialog.ask_button.click()
    gate.release(100)
    assert not dialog.asker.busy
    assert {column.answer.text() for column in dialog.columns.values()} == {"not asked"}
    assert dialog.ask_button.text() == "Ask"


def test_another_question_of_the_window_ends_it_in_words(dialog: CompareDialog, loaded, qtbot) -> None:
    dialog.question.setText(" ")
    dialog.ask()
    assert dialog.words.text() == "Type a question and press Return."
