"""The whole window around a real session, a small memory and a scripted model."""

from __future__ import annotations

import gc
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QMenu,
    QMenuBar,
    QPlainTextEdit,
    QScrollBar,
    QTabBar,
    QToolBar,
    QWidget,
)

from memviz.core.errors import KnownError
from memviz.core.events import NoticeEvent
from memviz.gui.actions import COMMANDS
from memviz.gui.app import delete_window
from memviz.gui.dialogs.bug import BugDialog
from memviz.gui.dialogs.run_options import RunOptionsDialog
from memviz.gui.dialogs.shortcuts import ShortcutsDialog
from memviz.gui.dialogs.template import TemplateDialog
from memviz.gui.docks.queries import read_queries
from memviz.gui.head_choice import HeadChoice
from memviz.gui.metrics import unit
from memviz.gui.settings import RunOptions
from memviz.gui.tables.notice import Notice
from tests.gui.scenes import SceneModel

CONTROLS = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit, QPlainTextEdit)


def unnamed(root: QWidget) -> list[str]:
    """Controls of ours without accessible name or tooltip."""
    found = []
    for widget in root.findChildren(QWidget):
        inner = isinstance(widget, QScrollBar) or widget.objectName().startswith("qt_")
        part = isinstance(widget.parent(), QComboBox | QAbstractSpinBox | QLineEdit | QTabBar | QMenuBar | QToolBar)
        dialog_button = widget.metaObject().className() == "QPushButton"
        unused = isinstance(widget.parent(), Notice)
        if isinstance(widget, CONTROLS) and not (inner or part or dialog_button or unused):
            name = widget.accessibleName() or (widget.text() if isinstance(widget, QAbstractButton) else "")
            if not name or not widget.toolTip():
                found.append(
                    f"{widget.metaObject().className()} in {widget.parent().metaObject().className()}: {name!r}"
                )
    return found


def test_return_asks_and_everything_is_linked(window, loaded, qtbot) -> None:
    window.queries.box.setPlainText("who directed Blade Runner?")
    with qtbot.waitSignal(loaded.asker.finished):
        qtbot.keyClick(window.queries.box, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: loaded.selection.entry_id is not None)
    qtbot.waitUntil(lambda: "Ridley Scott" in window.central.views["answer"].plain_text())
    chosen = loaded.selection.entry_id
    view = window.central.views["memory_attention"]
    assert view.entry_id == chosen
    row = view._rows.row_of_entry(chosen)
    other = 0 if row else 1
    view._picked(other, -1)
    assert loaded.selection.entry_id != chosen
    assert window.central.views["heads"].entry_id == loaded.selection.entry_id


def test_the_keyboard_moves_the_playhead(window, loaded, ask, qtbot) -> None:
    ask()
    window.activateWindow()
    window.central.setFocus()
    qtbot.waitUntil(window.central.hasFocus)
    steps = loaded.playhead.steps
    qtbot.keyClick(window.central, Qt.Key.Key_Home)
    assert loaded.playhead.step == 0
    qtbot.keyClick(window.central, Qt.Key.Key_Right)
    qtbot.keyClick(window.central, Qt.Key.Key_Right)
    qtbot.keyClick(window.central, Qt.Key.Key_Left)
    assert loaded.playhead.step == 1
    qtbot.keyClick(window.central, Qt.Key.Key_End)
    assert loaded.playhead.step == steps - 1
    qtbot.keyClick(window.central, Qt.Key.Key_Space)
    assert loaded.playhead.playing
    qtbot.keyClick(window.central, Qt.Key.Key_Space)
    assert not loaded.playhead.playing


def test_a_letter_begins_a_new_question_and_arrows_stay_in_the_box(window, loaded, ask, qtbot) -> None:
    ask()
    window.activateWindow()
    window.central.setFocus()
    qtbot.waitUntil(window.central.hasFocus)
    qtbot.keyClicks(window.central, "w")
    assert window.queries.box.toPlainText() == "w"
    assert window.queries.box.hasFocus()
    step = loaded.playhead.step
    qtbot.keyClick(window.queries.box, Qt.Key.Key_Left)
    qtbot.keyClick(window.queries.box, Qt.Key.Key_Space)
    assert loaded.playhead.step == step
    assert window.queries.box.toPlainText() == " w"


def test_a_click_into_the_answer_leaves_the_keys_to_the_transport(window, loaded, ask, qtbot) -> None:
    ask()
    window.activateWindow()
    window.queries.box.setFocus()
    view = window.central.views["answer"]
    qtbot.waitUntil(lambda: view.plain_text() != "")
    cursor = view._text.textCursor()
    cursor.setPosition(2)
    qtbot.mouseClick(view._text.viewport(), Qt.MouseButton.LeftButton, pos=view._text.cursorRect(cursor).center())
    assert loaded.playhead.step == 0
    qtbot.waitUntil(window.central.hasFocus)
    qtbot.keyClick(window.central, Qt.Key.Key_Right)
    assert loaded.playhead.step == 1


def test_arrow_keys_in_the_head_maps_choose_a_head_and_no_step(window, loaded, ask, qtbot) -> None:
    ask()
    window.activateWindow()
    window.central.show_view("heads")
    atlas = window.central.views["heads"].atlas
    qtbot.waitUntil(lambda: atlas.isVisible() and bool(atlas.shown(1)))
    atlas.setFocus()
    qtbot.waitUntil(atlas.hasFocus)
    step = loaded.playhead.step
    qtbot.keyClick(atlas, Qt.Key.Key_Right)
    assert loaded.heads.choice == HeadChoice("one", 0, 1)
    assert loaded.playhead.step == step
    assert window.central.views["memory_attention"].heads == HeadChoice("one", 0, 1)


def test_loading_another_model_ends_a_paused_run(window, loaded, qtbot) -> None:
    gate = threading.Semaphore(2)
    loaded.session.use_model(SceneModel(gate=gate)).result()
    window.commands.queries.ask("who directed Blade Runner?")
    qtbot.waitUntil(lambda: loaded.playhead.steps == 2)
    window.actions_["play"].trigger()
    gate.release()
    qtbot.waitUntil(lambda: loaded.playhead.run_state == "paused")
    with qtbot.waitSignal(loaded.loader.settled):
        loaded.loader.load_model("other")
    assert loaded.loader.model_name == "other"
    assert "other · scene" in window.windowTitle()


def test_a_live_run_can_be_paused_stepped_and_cancelled(window, loaded, qtbot) -> None:
    gate = threading.Semaphore(0)
    loaded.session.use_model(SceneModel(gate=gate)).result()
    loaded.asker.ask("who?")
    gate.release(2)
    qtbot.waitUntil(lambda: loaded.playhead.steps == 2)
    window.actions_["play"].trigger()
    gate.release()
    qtbot.waitUntil(lambda: loaded.playhead.run_state == "paused")
    steps = loaded.playhead.steps
    window.actions_["forward"].trigger()
    gate.release()
    qtbot.waitUntil(lambda: loaded.playhead.steps == steps + 1)
    with qtbot.waitSignal(loaded.asker.finished):
        window.actions_["cancel"].trigger()
        gate.release(20)
    qtbot.waitUntil(lambda: "Cancelled" in window.status.words.text())
    assert window.central.views["answer"].plain_text()


def test_a_question_asked_while_the_model_loads_waits_for_it(workspace, memory, qtbot) -> None:
    from memviz.gui.main_window import MainWindow

    window = MainWindow(workspace)
    gate = threading.Event()

    def slow(name: str) -> SceneModel:
        gate.wait(20)
        return SceneModel(name=name)

    workspace.session.model_for = slow
    workspace.start("scene", memory)
    window.commands.queries.ask("who directed Blade Runner?")
    assert "as soon as the model is loaded" in window.status.words.text()
    assert window.actions_["cancel"].isEnabled()
    with qtbot.waitSignal(workspace.asker.finished):
        gate.set()
    assert workspace.playhead.run.answer.startswith("Ridley Scott")
    workspace.close()
    delete_window(window)


@pytest.mark.parametrize("text", ["", "   \n", "?" * 500_000])
def test_a_question_that_cannot_be_asked_is_one_sentence(window, loaded, text) -> None:
    window.commands.queries.ask(text)
    assert len(window.central.notices.messages()) == 1
    assert loaded.playhead.run is None


def test_a_model_or_memory_that_cannot_be_opened_leaves_the_old_one(window, loaded, tmp_path, qtbot) -> None:
    broken = tmp_path / "broken.sqlite"
    broken.write_text("no database")
    before = loaded.loader.memory
    with qtbot.waitSignal(loaded.loader.settled):
        loaded.loader.open_memory(str(broken))
    assert loaded.loader.memory == before
    assert "broken.sqlite" in window.central.notices.messages()[0]

    def refuse(name: str) -> SceneModel:
        raise KnownError(f"The folder {name} holds no model; choose another one.")

    loaded.session.model_for = refuse
    with qtbot.waitSignal(loaded.loader.settled):
        loaded.loader.load_model("/nowhere")
    assert loaded.loader.model_name == "scene"
    assert "holds no model" in window.central.notices.messages()[-1]


def test_notices_of_a_run_are_shown_as_plain_text(window, loaded, qtbot) -> None:
    class Noticing(SceneModel):
        def run(self, query, found, recall):
            yield NoticeEvent("<img src=x> two entries were cut.", "warning")
            yield from super().run(query, found, recall)

    loaded.session.use_model(Noticing()).result()
    with qtbot.waitSignal(loaded.asker.finished):
        loaded.asker.ask("who directed Blade Runner?")
    qtbot.waitUntil(lambda: bool(window.central.notices.messages()))
    assert window.central.notices.messages() == ["<img src=x> two entries were cut."]


def test_a_bug_shows_its_traceback(window, loaded, qtbot) -> None:
    loaded.bridge.failed.emit(ZeroDivisionError("inner"))
    dialog = window.findChild(BugDialog)
    assert "ZeroDivisionError: inner" in dialog.text.toPlainText()
    dialog.reject()


def test_every_control_has_a_name_and_a_tooltip(window, ask) -> None:
    ask()
    for name in ("ledger", "prompt", "heads"):
        window.central.show_view(name)
    assert unnamed(window) == []
    dialogs = (
        TemplateDialog(None, "", window),
        RunOptionsDialog(RunOptions(), window),
        ShortcutsDialog(window),
        BugDialog(ValueError("x"), window),
    )
    for dialog in dialogs:
        assert unnamed(dialog) == []


def test_every_menu_item_has_a_tooltip_and_no_shortcut_is_used_twice(window) -> None:
    actions: list[QAction] = [a for menu in window.findChildren(QMenu) for a in menu.actions() if a.text()]
    assert [action.text() for action in actions if not action.toolTip()] == []
    keys = [key.toString() for command in COMMANDS for key in window.actions_[command.name].shortcuts()]
    assert len(keys) == len(set(keys))
    assert all(window.actions_[command.name].toolTip().endswith(")") for command in COMMANDS if command.shown_keys())


def test_no_letter_stands_for_two_items_of_a_menu(window) -> None:
    for menu in window.menuBar().findChildren(QMenu):
        words = [action.text() for action in menu.actions() if "&" in action.text()]
        letters = [text[text.index("&") + 1].casefold() for text in words]
        assert sorted(letters) == sorted(set(letters)), (menu.title(), words)


def test_the_memory_menu_stands_in_groups(window) -> None:
    menu = next(menu for menu in window.menuBar().findChildren(QMenu) if menu.title() == "&Memory")
    groups: list[list[str]] = [[]]
    for action in menu.actions():
        if action.isSeparator():
            groups.append([])
        else:
            groups[-1].append(action.iconText())
    assert groups[1] == ["Import Files", "Export"]
    assert groups[2:4] == [["Why Not Recalled?", "Recall", "Measure Recall"], ["Conflicts", "Compare Policies"]]
    assert max(map(len, groups)) <= 5


def test_the_chat_leaves_the_inspector_its_room(window, qtbot) -> None:
    before = window.docks[1].width()
    window.show_chat()
    qtbot.waitUntil(lambda: window.chat.width() > 0)
    assert window.docks[1].width() >= before - 2
    assert window.chat.width() >= 30 * unit(window)


def test_questions_of_a_file_are_walked_through_and_answers_remembered(window, loaded, ask, tmp_path, qtbot) -> None:
    ask("who wrote Blade Runner?")
    path = tmp_path / "questions.txt"
    path.write_text("who directed Alien?\tRidley Scott\n\nwhen was Alien released?\n", encoding="utf-8")
    window.commands.queries.load_queries_from(str(path))
    assert window.queries.box.toPlainText() == "who directed Alien?"
    assert loaded.playhead.run is None
    window.activateWindow()
    window.queries.box.setFocus()
    qtbot.keyClick(window.queries.box, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
    assert window.queries.box.toPlainText() == "when was Alien released?"
    for _ in range(2):
        window.actions_["previous_query"].trigger()
    assert window.queries.box.toPlainText() == "who wrote Blade Runner?"
    assert loaded.playhead.run.answer.startswith("Ridley Scott")
    qtbot.waitUntil(lambda: window.central.views["answer"].plain_text() != "")


def test_files_without_questions_are_refused_with_their_name(tmp_path: Path) -> None:
    empty, binary = tmp_path / "empty.txt", tmp_path / "binary.txt"
    empty.write_text("\n \n")
    binary.write_bytes(b"\xff\xfe\x00\x80")
    for path in (empty, binary, tmp_path / "missing.txt"):
        with pytest.raises(KnownError, match=path.name):
            read_queries(path)


def test_the_chooser_follows_the_memory(window, loaded, qtbot) -> None:
    assert "8 entries" in window.memory_chooser.text()
    window.entries.add_entry()
    qtbot.waitUntil(lambda: "9 entries" in window.memory_chooser.text())
    window.actions_["undo"].trigger()
    qtbot.waitUntil(lambda: "8 entries" in window.memory_chooser.text())


def test_layout_and_names_are_remembered(window, loaded, settings, memory) -> None:
    window.docks[0].hide()
    window.close()
    assert not settings.layout("docks").isEmpty()
    assert (settings.model, settings.memory) == ("scene", memory)
    assert settings.recent("memories") == [memory]


def test_template_dialog_insists_on_the_question(qtbot, qapp) -> None:
    dialog = TemplateDialog(None, "Q {question} E {entries}")
    qtbot.addWidget(dialog)
    assert dialog.template() is None
    dialog.text.setPlainText("only {entries}")
    assert not dialog._ok.isEnabled()
    dialog.text.setPlainText("{entries} {question} {question}")
    assert not dialog._ok.isEnabled()
    dialog.text.setPlainText("{entries} {question}!")
    assert dialog._ok.isEnabled()
    assert dialog.template() == "{entries} {question}!"


def test_run_options_reach_the_query(loaded, ask) -> None:
    loaded.settings.run_options = RunOptions(max_tokens=3, limit=2, seed=9)
    run = ask()
    assert (run.query.max_tokens, run.query.limit, run.query.seed) == (3, 2, 9)
    assert sum(slot.kind == "entry" for slot in run.trace.prompt.slots) == 2


def test_settings_that_make_no_sense_count_as_absent(settings) -> None:
    settings._store.setValue("run_options", '{"max_tokens": "many", "seed": 3, "unknown": 1}')
    settings._store.setValue("recent/models", "{broken")
    assert settings.run_options == RunOptions(seed=3)
    assert settings.recent("models") == []


def test_themes_change_at_once(window, qtbot) -> None:
    from memviz.gui.theme import DARK, apply_theme, colors_of

    apply_theme("dark")
    try:
        qtbot.waitUntil(lambda: colors_of(window.central.views["answer"].palette()) is DARK)
        window.grab()
    finally:
        apply_theme("light")


def test_a_window_that_is_deleted_at_once_is_not_built(loaded, qtbot) -> None:
    from memviz.gui.main_window import MainWindow

    made = MainWindow(loaded)
    made.grab()  # painted, and no turn of the event loop since
    built: list[object] = []
    made.built.connect(lambda: built.append(True))
    delete_window(made)
    qtbot.wait(50)  # an exception in the event loop fails the test
    assert built == []


def test_garbage_is_collected_in_the_gui_thread_while_workers_run(workspace, memory) -> None:
    assert gc.isenabled()
    workspace.start("scene", memory)
    assert not gc.isenabled()
    workspace.close()
    assert gc.isenabled()


def test_who_turned_collection_off_finds_it_off_again(workspace, memory) -> None:
    gc.disable()
    try:
        workspace.start("scene", memory)
        workspace.close()
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_closing_while_the_past_is_shown_leaves_no_file_open(window, loaded, qtbot) -> None:
    panel = window.entries
    panel.bar.past.setChecked(True)
    panel.travel.go_to(0)
    qtbot.waitUntil(lambda: panel.model.past is not None)
    assert panel.model.source._held is not None
    window.close()
    assert panel.model.source._held is None
