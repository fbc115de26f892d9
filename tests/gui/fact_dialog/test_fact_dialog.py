"""The dialog in a whole window, over a small causal model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from memviz.core.neurons import EditCheck
from memviz.gui.fact_dialog.dialog import FactDialog
from memviz.gui.fact_dialog.form import BEST
from memviz.session.fact_checks import RECALLER, suggested_checks
from tests.gui.scenes import SceneModel
from tests.gui.test_window import unnamed
from tests.models.tiny import tiny_model, wrapped

PROMPT = "Blade Runner was directed by"


@pytest.fixture
def dialog(window, loaded, qtbot) -> FactDialog:
    """Opened over a small model, which was asked nothing yet."""
    loaded.session.model_for = lambda _: wrapped(tiny_model("llama"))
    load(loaded, "tiny", qtbot)
    window.queries.box.setPlainText(PROMPT)
    window.actions_["edit_fact"].trigger()
    made = window.commands.models.fact_dialog
    qtbot.waitUntil(made.try_button.isEnabled)
    return made


def load(workspace, name: str, qtbot) -> None:
    workspace.loader.load_model(name)
    qtbot.waitUntil(lambda: not workspace.loader.busy)


def enter(dialog: FactDialog, subject: str = "Blade Runner", target: str = "Jane") -> None:
    dialog.form.subject.setText(subject)
    dialog.form.target.setText(target)
    dialog.form.paraphrases.set_text("Blade Runner is\n\nThe Blade Runner was")
    dialog.form.neighbours.set_text("Alien was directed by\nAlien is")


def tried(dialog: FactDialog, qtbot) -> None:
    dialog.try_button.click()
    qtbot.waitUntil(lambda: dialog._outcome is not None and dialog._edits.job is None, timeout=20_000)


def test_a_fact_is_tried_applied_asked_for_and_undone(dialog: FactDialog, window, loaded, qtbot) -> None:
    assert dialog.hint.isVisible()
    assert not dialog.table.isVisible()
    assert [dialog.form.layer.itemText(at) for at in range(dialog.form.layer.count())] == ["best of all", "1", "2"]
    enter(dialog)
    tried(dialog, qtbot)
    assert dialog.table.rowCount() == 5
    assert [dialog.table.item(row, 1).text() for row in range(5)] == ["edited", *["paraphrase"] * 2, *["neighbour"] * 2]
    assert dialog.summary.text().startswith("edited ")
    assert dialog.summary.text().endswith("not applied")
    assert "no independent measure" in dialog.words.text()
    assert loaded.edits.words() == ""
    assert not dialog.undo_button.isEnabled()
    dialog.apply_button.click()
    qtbot.waitUntil(lambda: loaded.edits.count == 1 and dialog._edits.job is None)
    assert window.model_chooser.text() == "tiny · 1 edit"
    assert dialog.summary.text().endswith("·   applied")
    assert not dialog.apply_button.isEnabled()
    with qtbot.waitSignal(loaded.asker.finished):
        dialog.ask_button.click()
    assert loaded.playhead.run.query.text == PROMPT
    assert loaded.playhead.run.weights_version == 1
    dialog.undo_button.click()
    qtbot.waitUntil(lambda: loaded.edits.count == 0 and dialog._edits.job is None)
    assert window.model_chooser.text() == "tiny"
    assert dialog.apply_button.isEnabled()  # the weights are again those for which it was tried


def test_an_edited_model_is_saved_into_a_new_folder(
    dialog: FactDialog, loaded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot
) -> None:
    enter(dialog)
    dialog.form.layer.setCurrentIndex(1)
    tried(dialog, qtbot)
    assert dialog._outcome.edit.layer == 0
    assert not dialog.words.isVisible()
    dialog.apply_button.click()
    qtbot.waitUntil(dialog.save_button.isEnabled)
    folder = tmp_path / "edited"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(folder), ""))
    with qtbot.waitSignal(loaded.edits.saved):
        dialog.save_button.click()
    assert (folder / "model.safetensors").is_file()
    assert str(folder) in dialog.words.text()
    with qtbot.waitSignal(loaded.edits.stopped):
        dialog.save_button.click()
    assert "holds something already" in dialog.words.text()


def test_a_trial_shows_its_progress_and_is_cancelled(dialog: FactDialog, loaded, qtbot) -> None:
    enter(dialog)
    dialog.form.neighbours.set_text("\n".join(f"Alien {number} is" for number in range(400)))
    dialog.try_button.click()
    assert dialog.bar.isVisible()
    assert not dialog.form.isEnabled()
    with qtbot.waitSignal(loaded.edits.stopped):
        dialog.cancel_button.click()
        assert dialog._edits.job.cancelled
    assert dialog._outcome is None
    assert not dialog.bar.isVisible()
    assert not dialog.words.isVisible()
    assert dialog.try_button.isEnabled()


def test_what_is_missing_is_said_at_once(dialog: FactDialog, qtbot) -> None:
    enter(dialog, subject="Alien")
    dialog.try_button.click()
    assert "does not hold the subject “Alien”" in dialog.words.text()
    assert dialog._edits.job is None


def test_another_model_has_no_edits_and_may_not_be_editable(dialog: FactDialog, window, loaded, qtbot) -> None:
    enter(dialog)
    tried(dialog, qtbot)
    dialog.apply_button.click()
    qtbot.waitUntil(lambda: loaded.edits.count == 1 and dialog._edits.job is None)
    loaded.session.model_for = lambda name: SceneModel(name=name)
    load(loaded, "scene", qtbot)
    assert loaded.edits.count == 0
    assert window.model_chooser.text() == "scene"
    qtbot.waitUntil(lambda: "causal language model" in dialog.words.text())
    assert not dialog.try_button.isEnabled()
    assert not dialog.apply_button.isEnabled()


def test_it_is_filled_from_the_run_in_view(dialog: FactDialog, window, loaded, ask: Callable, qtbot) -> None:
    enter(dialog)
    ask("Alien was directed by")
    window.central.show_view("prompt")
    view = window.central.views["prompt"]
    qtbot.waitUntil(lambda: bool(view.plain_text()))
    text = view.plain_text()
    cursor = view._text.textCursor()
    cursor.setPosition(text.index("Alien was directed by"))
    cursor.movePosition(cursor.MoveOperation.Right, cursor.MoveMode.KeepAnchor, len("Alien"))
    view._text.setTextCursor(cursor)
    window.actions_["edit_fact"].trigger()
    entered = dialog.form.entered()
    assert entered.prompt == loaded.playhead.trace.prompt.text
    assert (entered.subject, entered.target, entered.neighbours, entered.layer) == ("Alien", "", (), BEST)
    dialog.form.target.setText("Jane")
    window.actions_["edit_fact"].trigger()  # comes again as it was left
    assert dialog.form.target.text() == "Jane"


def test_the_subject_is_taken_from_the_selection(dialog: FactDialog) -> None:
    cursor = dialog.form.prompt.textCursor()
    cursor.setPosition(0)
    cursor.movePosition(cursor.MoveOperation.Right, cursor.MoveMode.KeepAnchor, len("Blade"))
    dialog.form.prompt.setTextCursor(cursor)
    dialog.form.from_selection.click()
    assert dialog.form.subject.text() == "Blade"


def test_suggestions_fill_what_is_empty_and_all_of_it_when_asked_for(dialog: FactDialog, loaded, qtbot) -> None:
    assert not dialog.form.suggest.isVisible()
    load(loaded, RECALLER, qtbot)
    loaded.session.model_name = RECALLER
    dialog.form.neighbours.set_text("Heat is")
    suggestion = suggested_checks(RECALLER, PROMPT)
    dialog._suggested(suggestion)
    assert dialog.form.entered().neighbours == ("Heat is",)
    assert dialog.form.entered().paraphrases == suggestion.paraphrases
    assert dialog.form.suggest.isVisible()
    with qtbot.waitSignal(loaded.edits.suggested):
        dialog.form.suggest.click()
    assert dialog.form.entered().neighbours == suggestion.neighbours
    dialog.form.prompt.set_text("who shot Blade Runner?")
    with qtbot.waitSignal(loaded.edits.suggested):
        dialog.form.suggest.click()
    assert "nothing that the model learned" in dialog.words.text()


def test_a_row_that_failed_stands_out(dialog: FactDialog) -> None:
    table = dialog.table
    table.setRowCount(2)
    table._fill(0, EditCheck("neighbour", "a", "", "x", "y"))
    table._fill(1, EditCheck("edited", "<b>a</b>", "x", "y", ""))
    assert (table.item(0, 0).text(), table.item(1, 0).text()) == ("✗", "✗")
    assert "must not" in table.item(0, 0).toolTip()
    assert table.item(0, 0).data(Qt.ItemDataRole.AccessibleTextRole) == "The answer changed, and must not"
    assert table.item(1, 4).text() == "–"
    assert table.item(1, 2).text() == "<b>a</b>"


def test_every_control_has_a_name_and_a_tool_tip(dialog: FactDialog) -> None:
    assert unnamed(dialog) == []
