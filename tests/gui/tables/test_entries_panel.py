from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QHelpEvent
from PySide6.QtWidgets import QLineEdit, QToolTip

from memviz.core.edits import Delete, Insert, Update
from memviz.gui.bridge import Bridge
from memviz.gui.docks.entries import EntriesPanel
from memviz.gui.docks.inspector_diff import DiffText
from memviz.gui.playhead import Playhead
from memviz.gui.selection import Selection
from memviz.gui.tables.columns import NUMBER
from memviz.gui.tables.plain_edit import PlainEdit
from memviz.session.session import Session
from tests.gui.tables import traces

Key = Qt.Key

EMPTY = "This memory has no entries yet; press Ins to add the first, or drop a file to import."


def ids(panel):
    return [panel.model.entry_id(row) for row in range(panel.model.rowCount())]


def text_of(panel, entry_id):
    return panel.model.index(panel.model.row_of(entry_id), NUMBER["text"]).data()


def press(qtbot, panel, key, modifier=Qt.KeyboardModifier.NoModifier):
    qtbot.keyClick(panel.view, key, modifier)


def open_editor(qtbot, panel, kind):
    """The editor that stands open in the table."""
    qtbot.waitUntil(lambda: panel.view.viewport().findChild(kind) is not None)
    return panel.view.viewport().findChild(kind)


def test_typing_searches_and_escape_shows_all(desk, qtbot):
    panel = desk.entries_panel()
    assert panel.bar.count.text() == "5 entries"
    panel.focus_search()
    qtbot.keyClicks(panel.bar.field, "alien")
    qtbot.waitUntil(lambda: ids(panel) == [1, 2])
    assert panel.bar.count.text() == "2 of 5"
    qtbot.keyClick(panel.bar.field, Key.Key_Escape)
    qtbot.waitUntil(lambda: len(ids(panel)) == 5)
    assert panel.bar.field.text() == ""


def test_an_empty_table_says_why(desk, qtbot):
    panel = desk.entries_panel()
    qtbot.keyClicks(panel.bar.field, "zebra")
    qtbot.waitUntil(lambda: panel.model.rowCount() == 0)
    assert panel.view.sentence == "No entry matches “zebra”; press Esc to see all."
    panel.bar.clear_search()
    panel.bar.only_run.setChecked(True)
    qtbot.waitUntil(lambda: panel.view.sentence.startswith("No question was asked yet"))
    panel.bar.only_run.setChecked(False)
    desk.session.edit(*(Delete(entry_id) for entry_id in range(1, 6)))
    qtbot.waitUntil(
        lambda: (
            panel.view.sentence
            == "This memory has no entries yet; press Ins to add the first, or drop a file to import."
        )
    )


def test_without_a_memory_the_table_says_so_and_nothing_can_be_pressed(desk, qtbot):
    with Session() as empty:
        desk.session, opened = empty, desk.session
        panel = desk.entries_panel()
        desk.session = opened
        assert panel.view.sentence == "No memory is open yet; if none is loading, choose one above."
        assert not any(button.isEnabled() for button in panel.bar.buttons.values())


def test_f2_edits_in_place_and_return_saves(desk, qtbot):
    panel = desk.entries_panel()
    panel.view.choose(1)
    press(qtbot, panel, Key.Key_F2)
    editor = open_editor(qtbot, panel, PlainEdit)
    editor.set_text("")
    qtbot.keyClicks(editor, "Alien was directed by Jane Campion.")
    qtbot.keyClick(editor, Key.Key_Return)
    qtbot.waitUntil(lambda: text_of(panel, 1) == "Alien was directed by Jane Campion.")
    assert panel.view.currentIndex().row() == panel.model.row_of(1)
    qtbot.waitUntil(lambda: panel.bar.buttons["undo"].isEnabled())
    panel.undo()
    qtbot.waitUntil(lambda: text_of(panel, 1) == "Alien was directed by Ridley Scott.")
    qtbot.waitUntil(lambda: panel.bar.buttons["redo"].isEnabled())
    panel.redo()
    qtbot.waitUntil(lambda: text_of(panel, 1) == "Alien was directed by Jane Campion.")


def test_what_comes_in_does_not_overwrite_what_is_being_typed(desk, qtbot):
    panel = desk.entries_panel()
    panel.view.choose(1)
    press(qtbot, panel, Key.Key_F2)
    editor = open_editor(qtbot, panel, PlainEdit)
    qtbot.keyClicks(editor, "my words")
    desk.session.edit(Update(1, text="their words"))
    qtbot.waitUntil(lambda: text_of(panel, 1) == "their words")
    assert editor.text() == "my words"
    qtbot.keyClick(editor, Key.Key_Escape)
    assert desk.session.entry(1).text == "their words"


def untold(desk, edit):
    """An edit of somebody else that nobody has heard of yet."""
    desk.session.store_call(lambda store: store.apply([edit])).result()


def edited_over_theirs(desk, qtbot, panel):
    """An edit in the table of an entry that somebody else changed while its editor was open."""
    panel.view.choose(1)
    press(qtbot, panel, Key.Key_F2)
    editor = open_editor(qtbot, panel, PlainEdit)
    editor.set_text("my words")
    desk.session.edit(Update(1, text="their words"))
    qtbot.waitUntil(lambda: text_of(panel, 1) == "their words")
    qtbot.keyClick(editor, Key.Key_Return)
    qtbot.waitUntil(panel.conflicts.isVisible)
    assert desk.session.entry(1).text == "their words"


def test_an_edit_on_top_of_a_newer_one_shows_both(desk, qtbot):
    panel = desk.entries_panel()
    edited_over_theirs(desk, qtbot, panel)
    shown = [each.shown() for each in panel.conflicts.findChildren(DiffText)]
    assert ["their words" in shown[0], "my words" in shown[1]] == [True, True]
    panel.conflicts.theirs.click()
    assert not panel.conflicts.isVisible()
    assert desk.session.entry(1).text == "their words"


def test_mine_is_taken_over_theirs(desk, qtbot):
    panel = desk.entries_panel()
    edited_over_theirs(desk, qtbot, panel)
    panel.conflicts.mine.click()
    qtbot.waitUntil(lambda: text_of(panel, 1) == "my words")
    panel.undo()
    qtbot.waitUntil(lambda: text_of(panel, 1) == "their words")


def test_what_met_a_newer_edit_can_be_edited_again(desk, qtbot):
    panel = desk.entries_panel()
    edited_over_theirs(desk, qtbot, panel)
    panel.conflicts.again.click()
    editor = open_editor(qtbot, panel, PlainEdit)
    assert editor.text() == "my words"
    qtbot.keyClick(editor, Key.Key_End)
    qtbot.keyClicks(editor, ", again")
    qtbot.keyClick(editor, Key.Key_Return)
    qtbot.waitUntil(lambda: "again" in text_of(panel, 1))


def test_an_entry_that_was_deleted_meanwhile_can_be_brought_back(desk, qtbot):
    panel = desk.entries_panel()
    panel.view.choose(1)
    press(qtbot, panel, Key.Key_F2)
    editor = open_editor(qtbot, panel, PlainEdit)
    editor.set_text("my words")
    untold(desk, Delete(1))
    qtbot.keyClick(editor, Key.Key_Return)
    qtbot.waitUntil(panel.conflicts.isVisible)
    assert panel.conflicts.mine.text() == "Bring it back with mine"
    panel.conflicts.mine.click()
    qtbot.waitUntil(lambda: panel.model.row_of(1) >= 0 and text_of(panel, 1) == "my words")


def typed_words(desk, qtbot, panel, entry_id, words):
    panel.view.choose(entry_id)
    press(qtbot, panel, Key.Key_F2)
    open_editor(qtbot, panel, PlainEdit).set_text(words)


def test_what_is_typed_outlives_its_entry(desk, qtbot):
    panel = desk.entries_panel()
    typed_words(desk, qtbot, panel, 1, "my words")
    desk.session.edit(Delete(1))
    qtbot.waitUntil(panel.conflicts.isVisible)
    panel.conflicts.mine.click()
    qtbot.waitUntil(lambda: panel.model.row_of(1) >= 0 and text_of(panel, 1) == "my words")


def test_what_is_typed_outlives_its_row(desk, qtbot):
    panel = desk.entries_panel()
    typed_words(desk, qtbot, panel, 1, "my words")
    panel.model.search("银翼杀手")
    qtbot.waitUntil(lambda: panel.notice.action == "Save it")
    assert desk.session.entry(1).text != "my words"
    panel.notice.act()
    qtbot.waitUntil(lambda: desk.session.entry(1).text == "my words")


def test_what_is_given_up_is_given_up(desk, qtbot):
    panel = desk.entries_panel()
    typed_words(desk, qtbot, panel, 1, "my words")
    qtbot.keyClick(open_editor(qtbot, panel, PlainEdit), Key.Key_Escape)
    desk.session.edit(Delete(1))
    qtbot.waitUntil(lambda: ids(panel) == [2, 3, 4, 5])
    assert not panel.conflicts.isVisible()


def test_what_was_changed_elsewhere_is_not_deleted_unseen(desk, qtbot):
    panel = desk.entries_panel()
    panel.view.choose(1)
    untold(desk, Update(1, text="their words"))
    panel.delete_selected()
    qtbot.waitUntil(lambda: "it was not deleted" in panel.notice.text)
    assert desk.session.entry(1).text == "their words"
    panel.notice.act()
    qtbot.waitUntil(lambda: ids(panel) == [2, 3, 4, 5])


def test_a_refused_edit_can_be_taken_up_again(desk, qtbot):
    panel = desk.entries_panel()
    panel.view.setColumnHidden(NUMBER["confidence"], False)
    panel.view.choose(1)
    panel.view.edit_current("confidence")
    editor = open_editor(qtbot, panel, QLineEdit)
    editor.setText("7")
    qtbot.keyClick(editor, Key.Key_Return)
    qtbot.waitUntil(lambda: "confidence" in panel.notice.text)
    assert panel.model.index(panel.model.row_of(1), NUMBER["confidence"]).data() == "1.00"
    panel.notice.act()
    qtbot.waitUntil(lambda: any(edit.text() == "7" for edit in panel.view.viewport().findChildren(QLineEdit)))


def test_delete_is_undone_by_the_line_that_announces_it(desk, qtbot):
    panel = desk.entries_panel()
    panel.view.choose(2)
    press(qtbot, panel, Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert panel.view.chosen_ids().tolist() == [2, 3]
    press(qtbot, panel, Key.Key_Delete)
    qtbot.waitUntil(lambda: ids(panel) == [1, 4, 5])
    qtbot.waitUntil(lambda: panel.notice.text == "Deleted 2 entries.")
    assert desk.selection.entry_id == 4  # the next row
    panel.notice.act()
    qtbot.waitUntil(lambda: ids(panel) == [1, 2, 3, 4, 5])


def test_insert_adds_an_entry_and_opens_its_key(desk, qtbot):
    panel = desk.entries_panel()
    panel.bar.field.setText("alien")
    qtbot.waitUntil(lambda: ids(panel) == [1, 2])
    press(qtbot, panel, Key.Key_Insert)
    editor = open_editor(qtbot, panel, QLineEdit)
    assert editor.text() == "New entry"
    qtbot.keyClicks(editor, "Heat · director")  # over the chosen words
    qtbot.keyClick(editor, Key.Key_Return)
    qtbot.waitUntil(lambda: desk.session.entry(6).key == "Heat · director")
    assert desk.selection.entry_id == 6
    assert panel.bar.field.text() == ""


def test_space_toggles_where_the_check_box_is(desk, qtbot):
    panel = desk.entries_panel()
    panel.view.choose(1)
    panel.view.setCurrentIndex(panel.view.currentIndex().siblingAtColumn(NUMBER["enabled"]))
    press(qtbot, panel, Key.Key_Space)
    qtbot.waitUntil(lambda: desk.session.entry(1).enabled is False)
    panel.toggle_enabled()
    qtbot.waitUntil(lambda: desk.session.entry(1).enabled is True)


def test_copied_rows_are_whole_and_as_shown(desk, qtbot):
    desk.session.edit(Update(2, text="two\nlines\tand a tab"))
    panel = desk.entries_panel()
    trace = traces.begin([2])
    desk.playhead.set_trace(trace)
    qtbot.waitUntil(lambda: ids(panel)[0] == 2)
    panel.view.choose(2)
    press(qtbot, panel, Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: panel.notice.text.startswith("Copied 1 row"))
    header, row = QGuiApplication.clipboard().text().split("\n", 1)
    assert header.split("\t")[:6] == ["enabled", "id", "key", "text", "rank", "score"]
    assert row.startswith('true\t2\tAlien · year\t"two\nlines\tand a tab"\t1\t8.00')


def test_the_chosen_entry_is_chosen_everywhere(desk, qtbot):
    panel = desk.entries_panel()
    qtbot.mouseClick(
        panel.view.viewport(),
        Qt.MouseButton.LeftButton,
        pos=panel.view.visualRect(panel.model.index(2, NUMBER["text"])).center(),
    )
    assert desk.selection.entry_id == 3
    desk.selection.select(5, "the answer")
    assert panel.view.chosen_ids().tolist() == [5]
    panel.bar.field.setText("alien")
    qtbot.waitUntil(lambda: ids(panel) == [1, 2])
    assert desk.selection.entry_id == 5  # a search hides a row, it chooses nothing
    panel.bar.clear_search()
    qtbot.waitUntil(lambda: panel.view.chosen_ids().tolist() == [5])


def test_an_entry_that_was_chosen_before_its_row_was_there(desk, qtbot):
    panel = desk.entries_panel()
    desk.selection.select(6)
    desk.session.edit(Insert(text="late"))
    qtbot.waitUntil(lambda: panel.view.chosen_ids().tolist() == [6])
    panel.reload()
    desk.selection.select(2)
    qtbot.waitUntil(lambda: panel.view.chosen_ids().tolist() == [2])


def test_markup_is_shown_as_text(desk, qtbot):
    panel = desk.entries_panel()
    assert text_of(panel, 5) == "<img src=x onerror=y> & <b>bold</b>"
    rect = panel.view.visualRect(panel.model.index(panel.model.row_of(5), NUMBER["text"]))
    where = panel.view.viewport().mapToGlobal(rect.center())
    QGuiApplication.sendEvent(panel.view.viewport(), QHelpEvent(QEvent.Type.ToolTip, rect.center(), where))
    assert "&lt;img src=x" in QToolTip.text()
    assert "<img" not in QToolTip.text()
    QToolTip.hideText()
    panel.grab()  # painting it loads and interprets nothing, and warns of nothing


def test_a_text_too_long_for_the_table_says_where_to_edit_it(desk, qtbot):
    desk.session.edit(Update(1, text="x" * 20_000))
    panel = desk.entries_panel()
    panel.view.choose(1)
    press(qtbot, panel, Key.Key_F2)
    assert panel.notice.text == "This text has 20,000 characters; edit it in the inspector."


def test_columns_are_hidden_by_the_menu_and_remembered(desk, qtbot):
    panel = desk.entries_panel()
    menu = panel.view.columns.menu()
    actions = {action.text(): action for action in menu.actions()}
    assert actions["owner"].isChecked() is False
    actions["owner"].trigger()
    actions["source"].trigger()
    assert not panel.view.isColumnHidden(NUMBER["owner"])
    again = desk.entries_panel()
    assert not again.view.isColumnHidden(NUMBER["owner"])
    assert again.view.isColumnHidden(NUMBER["source"])
    again.view.horizontalHeader().resizeSection(NUMBER["key"], 123)
    qtbot.waitUntil(lambda: desk.settings.layout("entries-columns-2") == again.view.horizontalHeader().saveState())
    assert desk.entries_panel().view.columnWidth(NUMBER["key"]) == 123
    again.view.columns.reset()
    assert again.view.isColumnHidden(NUMBER["owner"])


def test_a_click_on_the_header_sorts(desk, qtbot):
    panel = desk.entries_panel()
    header = panel.view.horizontalHeader()
    where = QPoint(header.sectionViewportPosition(NUMBER["id"]) + 10, header.height() // 2)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=where)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=where)
    qtbot.waitUntil(lambda: ids(panel) == [5, 4, 3, 2, 1])


def test_a_change_from_elsewhere_keeps_place_and_choice(desk, qtbot):
    desk.session.edit(*(Insert(key=f"key {number}", text="filler") for number in range(200)))
    panel = desk.entries_panel()
    panel.view.choose(150)
    place = panel.view.verticalScrollBar().value()
    desk.session.edit(Update(151, text="changed"), initiator="cli")
    desk.session.edit(Insert(text="one more"), initiator="cli")
    qtbot.waitUntil(lambda: panel.model.rowCount() == 206)
    assert panel.view.chosen_ids().tolist() == [150]
    assert panel.view.verticalScrollBar().value() == place
    qtbot.waitUntil(lambda: text_of(panel, 151) == "changed")


@pytest.mark.parametrize("name", ["undo", "redo"])
def test_nothing_to_undo_is_said(desk, qtbot, name):
    panel = desk.entries_panel()
    desk.session.undo()
    if name == "undo":
        panel.undo()
    else:
        desk.session.redo()
        panel.redo()
    qtbot.waitUntil(lambda: panel.notice.text == f"There is nothing to {name}.")


def test_another_memory_starts_without_the_old_search(desk, qtbot, tmp_path):
    panel = desk.entries_panel()
    panel.bar.field.setText("alien")
    qtbot.waitUntil(lambda: ids(panel) == [1, 2])
    desk.session.open_memory(str(tmp_path / "other.sqlite"), create=True).result()
    panel.reload()
    assert panel.bar.field.text() == ""
    qtbot.waitUntil(
        lambda: (
            panel.view.sentence
            == "This memory has no entries yet; press Ins to add the first, or drop a file to import."
        )
    )


def test_after_the_session_is_closed_everything_is_said_and_nothing_raised(desk, qtbot):
    panel = desk.entries_panel()
    desk.session.close()
    desk.session.memory_url = "sqlite:///somewhere"
    panel.reload()
    panel.delete_selected()
    panel.add_entry()
    assert panel.notice.text == "This session is closed; open a new one."
    assert panel.view.sentence == "This session is closed; open a new one."


def test_choosing_all_of_a_million_rows_asks_no_row(qtbot, big_session):
    big_session.store.count = 1_000_000
    bridge = Bridge()
    panel = EntriesPanel(session=big_session, bridge=bridge, selection=Selection(), playhead=Playhead())
    qtbot.addWidget(panel)
    panel.resize(1200, 300)
    panel.show()
    qtbot.waitUntil(lambda: panel.model.loaded, timeout=20_000)
    asked = []
    flags = panel.model.flags
    panel.model.flags = lambda index: (asked.append(index.row()), flags(index))[1]
    panel.view.selectAll()
    panel.view.repaint()
    panel.view.horizontalHeader().repaint()
    qtbot.wait(1)
    assert len(asked) < 10_000  # a header that looks at the selection asks each row for each column
    qtbot.waitUntil(lambda: len(panel.view.chosen_ids()) == 1_000_000, timeout=20_000)  # the first rows came before
    assert len(panel.scope().chosen) == 1_000_000
    bridge.close()
