"""The dialogs that change many entries, the history, and what the window says of undo."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QItemSelectionModel
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog, QMessageBox

from memviz.core.edits import Delete, Insert, Update
from memviz.gui.bulk.merge_dialog import MergeDialog
from memviz.gui.bulk.paste_dialog import PasteDialog


def texts(window):
    return [entry.text for entry in window._workspace.session.entries()]


def choose(window, *ids):
    model, chosen = window.entries.model, window.entries.view.selectionModel()
    chosen.clear()
    flag = QItemSelectionModel.SelectionFlag
    for entry_id in ids:
        chosen.select(model.index(model.row_of(entry_id), 0), flag.Select | flag.Rows)


def opened(kind):
    """The dialog of a kind that stands open."""
    return next((each for each in QApplication.topLevelWidgets() if isinstance(each, kind) and each.isVisible()), None)


@pytest.fixture
def ready(window, qtbot):
    window._workspace.loader.memory_changed.emit()  # the panels hear of the memory once, and begin anew
    qtbot.waitUntil(lambda: window.entries.model.loaded)
    yield window
    for dialog in window.findChildren(QDialog):
        dialog.close()


@pytest.fixture
def session(ready):
    return ready._workspace.session


def test_find_and_replace_shows_before_it_does(ready, session, qtbot):
    ready.actions_["replace_entries"].trigger()
    dialog = ready.commands.bulk.dialog
    page = dialog.pages[0]
    assert not dialog.ok.isEnabled()
    assert dialog.diffs.sentence == "Say what is to be found."
    first = session.entry(1)
    word = first.text.split()[0]
    page.sought.setText(word)
    page.by.setText("银翼")
    qtbot.waitUntil(lambda: bool(dialog.diffs.rows))
    count = sum(word in text for text in texts(ready))
    assert dialog.counts.text().startswith(f"{count} of {len(texts(ready))} entries would change")
    assert session.entry(1) == first
    with qtbot.waitSignal(dialog.runner.done):
        dialog.ok.click()
    assert session.entry(1).text == first.text.replace(word, "银翼")
    qtbot.waitUntil(lambda: ready.actions_["undo"].text().startswith("&Undo Replace in"))
    ready.actions_["undo"].trigger()
    qtbot.waitUntil(lambda: session.entry(1).text == first.text)
    qtbot.waitUntil(lambda: ready.actions_["redo"].text().startswith("&Redo Replace in"))


def test_mistakes_are_said_in_the_dialog(ready, qtbot):
    ready.actions_["replace_entries"].trigger()
    dialog = ready.commands.bulk.dialog
    page = dialog.pages[0]
    page.expression.setChecked(True)
    page.sought.setText("(a")
    assert "has a mistake at its end" in dialog.diffs.sentence
    page.sought.setText("^.*$")
    for box in (page.fields["key"],):
        box.setChecked(True)
    qtbot.waitUntil(lambda: "would be left without key and text" in dialog.diffs.sentence)
    assert not dialog.ok.isEnabled()


def test_only_the_chosen_rows_are_meant(ready, session, qtbot):
    choose(ready, 1, 2)
    ready.actions_["set_fields"].trigger()
    dialog = ready.commands.bulk.dialog
    assert dialog.scope.currentText() == "Chosen rows (2)"
    owner = dialog.pages[1].form.editor("owner")
    owner.setFocus()
    qtbot.keyClicks(owner, "ann")
    qtbot.waitUntil(lambda: len(dialog.diffs.rows) == 2)
    assert dialog.ok.text() == "Set in 2 Entries"
    with qtbot.waitSignal(dialog.runner.done):
        dialog.ok.click()
    assert [entry.owner for entry in session.entries()][:3] == ["ann", "ann", ""]


def test_the_search_is_a_choice(ready, session, qtbot):
    session.edit(Insert(text="zebra one"), Insert(text="zebra two"))
    qtbot.waitUntil(lambda: ready.entries.model.total == len(texts(ready)))
    qtbot.keyClicks(ready.entries.bar.field, "zebra")
    qtbot.waitUntil(lambda: ready.entries.model.rowCount() == 2)
    ready.actions_["tag_entries"].trigger()
    dialog = ready.commands.bulk.dialog
    assert dialog.scope.currentText() == "What “zebra” finds (2)"
    dialog.pages[2].add.setText("animal, striped")
    qtbot.waitUntil(lambda: dialog.ok.text() == "Tag 2 Entries")
    with qtbot.waitSignal(dialog.runner.done):
        dialog.ok.click()
    assert [entry.tags for entry in session.entries("zebra")] == [("animal", "striped")] * 2


def test_what_a_search_finds_is_what_it_finds_when_it_is_edited(ready, session, qtbot):
    session.edit(Insert(text="zebra one"))
    qtbot.waitUntil(lambda: ready.entries.model.total == len(texts(ready)))
    qtbot.keyClicks(ready.entries.bar.field, "zebra")
    qtbot.waitUntil(lambda: ready.entries.model.rowCount() == 1)
    ready.entries.bar.field.setText("zebra confidence>=much")  # cannot be understood: the rows stay
    qtbot.waitUntil(lambda: "no number" in ready.entries.chips.sentence.text())
    ready.actions_["tag_entries"].trigger()
    dialog = ready.commands.bulk.dialog
    dialog.pages[2].add.setText("striped")
    qtbot.waitUntil(lambda: dialog.ok.text() == "Tag 1 Entry")
    session.edit(Insert(text="zebra two"), initiator="somebody else")
    qtbot.waitUntil(lambda: dialog.ok.text() == "Tag 2 Entries")
    assert dialog.scope.currentText() == "What “zebra” finds (2)"
    with qtbot.waitSignal(dialog.runner.done):
        dialog.ok.click()
    assert [entry.tags for entry in session.entries("zebra")] == [("striped",)] * 2


def test_undo_can_be_pressed_where_there_is_something_to_undo(ready, session, qtbot):
    commands = ready.commands.bulk
    ready.actions_["tag_entries"].trigger()
    ready.actions_["duplicates"].trigger()
    buttons = (commands.dialog.undo, commands.duplicates_dialog.undo_button)
    qtbot.waitUntil(lambda: commands.duplicates_dialog.look_button.isEnabled())
    assert all(button.isEnabled() for button in buttons)
    while session.undo() is not None:
        pass
    qtbot.waitUntil(lambda: not any(button.isEnabled() for button in buttons))
    session.edit(Insert(text="new"))
    qtbot.waitUntil(lambda: all(button.isEnabled() for button in buttons))
    assert "Adding 1 entry" in buttons[0].toolTip()
    buttons[0].click()
    qtbot.waitUntil(lambda: not any(button.isEnabled() for button in buttons))


def test_merging_chosen_rows(ready, session, qtbot):
    choose(ready, 1)
    ready.actions_["merge_entries"].trigger()
    assert "two or more rows" in ready.entries.notice.text
    choose(ready, 1, 2)
    before = session.entry(1).text, session.entry(2).text
    ready.actions_["merge_entries"].trigger()
    qtbot.waitUntil(lambda: opened(MergeDialog) is not None)
    dialog = opened(MergeDialog)
    dialog.table.selectRow(0)
    dialog.text.setCurrentIndex(1)
    assert dialog.edit.text() == "\n".join(before)
    assert len(dialog.diffs.rows) == 1
    dialog.accept()
    qtbot.waitUntil(lambda: session.entry(2).superseded_by == 1)
    assert session.entry(1).text == "\n".join(before)


def test_duplicates_are_settled_group_by_group_and_all_at_once(ready, session, qtbot):
    session.edit(*(Insert(text=f"say it {number // 2}") for number in range(6)))
    ready.actions_["duplicates"].trigger()
    dialog = ready.commands.bulk.duplicates_dialog
    dialog.likeness.setValue(1.0)
    qtbot.waitUntil(lambda: dialog._job is None and dialog.look_button.isEnabled())
    dialog.look()
    qtbot.waitUntil(lambda: dialog.rows.rowCount() == 3)
    group = dialog._chosen
    dialog.keep_all()
    assert dialog.rows.rowCount() == 2
    group = dialog._chosen
    with qtbot.waitSignal(dialog.runner.done):
        dialog.keep(group.ids[0])
    assert session.entry(group.ids[1]).superseded_by == group.ids[0]
    assert dialog.rows.rowCount() == 1
    last = dialog._chosen
    dialog.others.setCurrentIndex(1)
    dialog.every_button.click()
    box = opened(QMessageBox)
    assert "Of 2 entries in 1 group one of each stays" in box.text()
    with qtbot.waitSignal(dialog.runner.done):
        next(button for button in box.buttons() if button.text() == "Settle All").click()
    assert [entry.id for entry in session.store_call(lambda store: store.get(last.ids)).result()] == [last.ids[1]]
    assert "There are no duplicates" in dialog._why_empty()


def test_the_history_shows_changes_and_takes_back(ready, session, qtbot):
    before = session.entries()
    session.edit(Update(1, text="changed by hand"), initiator="inspector")
    session.edit(Delete(2), initiator="table · Delete")
    ready.actions_["history"].trigger()
    dialog = ready.commands.bulk.history_dialog
    qtbot.waitUntil(lambda: dialog.rows.rowCount() == 3 and len(dialog.diffs.rows) == 1)
    assert [dialog.rows.index(row, 2).data() for row in range(3)] == ["table", "inspector", "api"]
    assert dialog.rows.index(0, 3).data() == "Delete"
    dialog.words_filter.setText("inspec")
    qtbot.waitUntil(lambda: dialog.rows.rowCount() == 1)
    dialog.words_filter.clear()
    dialog.entry.setText("2")
    qtbot.waitUntil(lambda: dialog.rows.rowCount() == 2)
    dialog.table.selectRow(0)
    qtbot.waitUntil(lambda: [row.diff.entry_id for row in dialog.diffs.rows] == [2])
    dialog.diffs.rows[0].button.click()
    qtbot.waitUntil(lambda: len(session.entries()) == len(before))
    dialog.entry.clear()
    qtbot.waitUntil(lambda: dialog.rows.rowCount() == 4)
    dialog.table.selectRow(dialog.rows.row_of(1))
    dialog.back.click()
    qtbot.waitUntil(lambda: opened(QMessageBox) is not None)
    box = opened(QMessageBox)
    assert box.text() == "1 entry will be as at version 1."
    with qtbot.waitSignal(dialog.runner.done):
        next(button for button in box.buttons() if button.text() == "Take Back").click()
    assert session.entries() == before


def test_a_history_of_many_changes_comes_by_pages(ready, session, qtbot):
    for number in range(250):
        session.edit(Update(1, owner=str(number)))
    ready.actions_["history"].trigger()
    rows = ready.commands.bulk.history_dialog.rows
    qtbot.waitUntil(lambda: rows.rowCount() >= 200)
    qtbot.waitUntil(lambda: not rows.busy)
    while rows.canFetchMore(rows.index(-1, -1)):
        rows.fetchMore(rows.index(-1, -1))
        qtbot.waitUntil(lambda: not rows.busy)
    assert rows.rowCount() == 251
    assert rows.change(250).version == 1


def test_rows_are_copied_and_pasted(ready, session, qtbot):
    count = len(texts(ready))
    choose(ready, 1, 2)
    ready.actions_["copy_json"].trigger()
    qtbot.waitUntil(lambda: ready.entries.notice.text == "Copied 2 rows as JSON.")
    ready.actions_["paste_entries"].trigger()
    dialog = opened(PasteDialog)
    assert dialog.ok.text() == "Add 2 Entries"
    dialog.accept()
    qtbot.waitUntil(lambda: len(texts(ready)) == count + 2)
    assert texts(ready)[-2:] == texts(ready)[:2]
    QGuiApplication.clipboard().setText("a line alone")
    ready.entries.view.paste_wanted.emit()
    qtbot.waitUntil(lambda: texts(ready)[-1] == "a line alone")
    QGuiApplication.clipboard().setText("  ")
    ready.actions_["paste_entries"].trigger()
    assert "The clipboard holds no text" in ready.entries.notice.text


@pytest.mark.qt_log_ignore("grabbing the keyboard", extend=True)
def test_the_expiry_is_picked_from_a_calendar(ready, session, qtbot):
    ready._workspace.selection.select(1, None)
    qtbot.waitUntil(lambda: ready.inspector.shown_id == 1)
    line = ready.inspector.form.editor("expires")
    line.open_calendar()
    assert line.calendar.isVisible()
    line.pick(line.calendar.selectedDate().addDays(40))
    assert not line.calendar.isVisible()
    assert ready.inspector.has_unsaved()
    line.setText("2031-02-03 14:30")
    line.open_calendar()
    assert line.calendar.selectedDate().toString("yyyy-MM-dd") == "2031-02-03"
    line.pick(line.calendar.selectedDate().addDays(1))
    assert line.text() == "2031-02-04 14:30"
