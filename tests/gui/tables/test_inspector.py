from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from memviz.core.edits import Delete, Update
from memviz.gui.docks.inspector_diff import DiffText
from memviz.gui.tables.bill import bill
from memviz.gui.tables.plain_edit import LONGEST_AT_ONCE, PlainEdit
from tests.gui.tables import traces

Key = Qt.Key
CONTROL = Qt.KeyboardModifier.ControlModifier


def type_text(qtbot, panel, text):
    panel.text.selectAll()
    qtbot.keyClicks(panel.text, text)


def shows(panel, text):
    return panel.text.text() == text


def test_nothing_chosen_and_nothing_open_are_said(desk, qtbot):
    panel = desk.inspector()
    assert panel.sentence.text().startswith("Choose an entry")
    desk.show_entry(panel, 1)
    assert panel.title.text() == "Alien · director"
    assert shows(panel, "Alien was directed by Ridley Scott.")
    desk.selection.select(None)
    assert panel.sentence.text().startswith("Choose an entry")


def test_control_return_saves_as_one_edit(desk, qtbot):
    panel = desk.inspector(1)
    type_text(qtbot, panel, "Alien was directed by Jane Campion.")
    panel.form.edited.emit("tags", "horror, space")
    assert panel.has_unsaved()
    qtbot.keyClick(panel.text, Key.Key_Return, CONTROL)
    qtbot.waitUntil(lambda: not panel.has_unsaved())
    entry = desk.session.entry(1)
    assert entry.text == "Alien was directed by Jane Campion."
    assert entry.tags == ("horror", "space")
    assert desk.session.history(1, limit=1)[0].initiator == "inspector"
    desk.session.undo()
    qtbot.waitUntil(lambda: shows(panel, "Alien was directed by Ridley Scott."))


def test_escape_reverts(desk, qtbot):
    panel = desk.inspector(1)
    type_text(qtbot, panel, "typed")
    assert panel.unsaved.isVisible()
    qtbot.keyClick(panel.text, Key.Key_Escape)
    assert shows(panel, "Alien was directed by Ridley Scott.")
    assert not panel.has_unsaved()


def test_what_is_typed_stays_with_its_entry(desk, qtbot):
    panel = desk.inspector(1)
    type_text(qtbot, panel, "half a sentence")
    desk.show_entry(panel, 3)
    assert shows(panel, "Big Fish was directed by Tim Burton.")
    assert panel.elsewhere.text == "Entry 1 has unsaved changes."
    assert panel.unsaved_ids() == [1]
    panel.elsewhere.act()
    qtbot.waitUntil(lambda: panel.shown_id == 1)
    assert shows(panel, "half a sentence")
    panel.save_all()
    qtbot.waitUntil(lambda: desk.session.entry(1).text == "half a sentence")


def test_a_change_from_elsewhere_keeps_what_is_typed_and_says_so(desk, qtbot):
    panel = desk.inspector(1)
    type_text(qtbot, panel, "mine")
    desk.session.edit(Update(1, owner="li"), initiator="cli")
    qtbot.waitUntil(lambda: panel.form.editor("owner").text() == "li")
    assert panel.notice.text == ""
    desk.session.edit(Update(1, text="theirs"), initiator="cli")
    qtbot.waitUntil(panel.conflict.isVisible)
    assert shows(panel, "mine")
    panel.revert()
    assert shows(panel, "theirs")
    assert not panel.conflict.isVisible()


def in_conflict(desk, qtbot, panel):
    """Somebody else changed what is being typed."""
    type_text(qtbot, panel, "mine")
    panel.form.edited.emit("owner", "li")
    desk.session.edit(Update(1, text="theirs"), initiator="cli")
    qtbot.waitUntil(panel.conflict.isVisible)
    assert panel.conflict.title.text().startswith("Somebody else changed entry 1")
    words = [each.shown() for each in panel.conflict.findChildren(DiffText)]
    assert [said.split()[-1] for said in words] == ["theirs", "mine"]


def test_theirs_is_kept_and_what_was_typed_elsewhere_stays(desk, qtbot):
    panel = desk.inspector(1)
    in_conflict(desk, qtbot, panel)
    panel.conflict.theirs.click()
    assert shows(panel, "theirs")
    assert panel.form.editor("owner").text() == "li"
    assert not panel.conflict.isVisible()
    panel.save()
    qtbot.waitUntil(lambda: desk.session.entry(1).owner == "li")
    assert desk.session.entry(1).text == "theirs"


def test_mine_is_taken_and_undo_brings_theirs_back(desk, qtbot):
    panel = desk.inspector(1)
    in_conflict(desk, qtbot, panel)
    panel.conflict.mine.click()
    qtbot.waitUntil(lambda: desk.session.entry(1).text == "mine")
    qtbot.waitUntil(lambda: not panel.has_unsaved())
    desk.session.undo()
    assert desk.session.entry(1).text == "theirs"


def test_what_was_typed_is_edited_again(desk, qtbot):
    panel = desk.inspector(1)
    in_conflict(desk, qtbot, panel)
    panel.conflict.again.click()
    assert (panel.conflict.isVisible(), panel.text.text()) == (False, "mine")
    qtbot.keyClicks(panel.text, " and theirs")
    panel.save()
    qtbot.waitUntil(lambda: "and theirs" in desk.session.entry(1).text)


def test_an_edit_that_nobody_has_told_yet_is_not_written_over(desk, qtbot):
    panel = desk.inspector(1)
    type_text(qtbot, panel, "mine")
    desk.session.store_call(lambda store: store.apply([Update(1, text="theirs")])).result()  # not told yet
    panel.save()
    qtbot.waitUntil(panel.conflict.isVisible)
    assert desk.session.entry(1).text == "theirs"
    assert shows(panel, "mine")


def test_an_entry_that_was_deleted_comes_back_with_what_was_typed(desk, qtbot):
    panel = desk.inspector(1)
    type_text(qtbot, panel, "mine")
    desk.session.edit(Delete(1), initiator="cli")
    qtbot.waitUntil(lambda: panel.title.text() == "Entry 1")
    assert panel.unsaved.isVisible()
    panel.save()
    qtbot.waitUntil(panel.conflict.isVisible)
    assert "deleted entry 1" in panel.conflict.title.text()
    panel.conflict.mine.click()
    qtbot.waitUntil(lambda: shows(panel, "mine"))
    assert desk.session.entry(1).key == "Alien · director"


@pytest.mark.parametrize(
    ("name", "raw", "words"),
    [("expires", "tomorrow", "no date"), ("metadata", "{", "no JSON object"), ("metadata", "[1]", "JSON object")],
)
def test_a_refused_value_stays_typed_and_is_explained(desk, qtbot, name, raw, words):
    panel = desk.inspector(1)
    panel.form.edited.emit(name, raw)
    panel.save()
    assert words in panel.notice.text
    assert panel.has_unsaved()
    assert desk.session.history(1, limit=5)[0].initiator == "import"


def test_fields_of_the_form_are_saved(desk, qtbot):
    panel = desk.inspector(1)
    panel.form.editor("confidence").setValue(0.25)
    panel.form.editor("kind").setCurrentText("profile")
    panel.form.editor("private").setChecked(True)
    panel.form.editor("metadata").insertPlainText('{"来源": [1, null]}')
    panel.form.edited.emit("expires", "2030-12-31")
    panel.save()
    qtbot.waitUntil(lambda: not panel.has_unsaved())
    entry = desk.session.entry(1)
    assert (entry.confidence, entry.kind.value, entry.private) == (0.25, "profile", True)
    assert dict(entry.metadata) == {"来源": [1, None]}
    assert entry.expires is not None
    assert entry.expires > 1.9e9


def test_history_shows_words_and_brings_a_version_back_as_a_new_edit(desk, qtbot):
    desk.session.edit(Update(1, text="Alien was directed by Jane Campion.", confidence=0.5))
    panel = desk.inspector(1)
    rows = panel.history.rows
    assert [row.version.title.split(" · ")[0] for row in rows] == ["v2", "v1"]
    assert rows[0].restore is None
    shown = [diff.shown() for diff in rows[0].findChildren(DiffText)]
    assert shown == ["Alien was directed by Ridley Scott Jane Campion."]
    rows[1].restore.click()
    qtbot.waitUntil(lambda: shows(panel, "Alien was directed by Ridley Scott."))
    assert desk.session.entry(1).confidence == 1.0
    assert desk.session.history(1, limit=1)[0].kind == "edit"
    desk.session.undo()
    qtbot.waitUntil(lambda: shows(panel, "Alien was directed by Jane Campion."))


def test_a_deleted_entry_can_be_brought_back_with_its_id(desk, qtbot):
    panel = desk.inspector(1)
    desk.session.edit(Delete(1))
    qtbot.waitUntil(lambda: "not in the memory any more" in panel.facts.text())
    assert not panel.text.isVisible()
    restores = [row.restore for row in panel.history.rows if row.restore is not None]
    restores[-1].click()
    qtbot.waitUntil(lambda: panel.text.isVisible())
    assert desk.session.entry(1).key == "Alien · director"


def test_its_part_in_the_query(desk, qtbot):
    panel = desk.inspector(3)
    assert panel.query.sentence == "Ask a question to see what part this entry has in its answer."
    trace = traces.begin([3, 1], cut=[5])
    traces.step(trace, [0.0, 0.6, 0.2, 0.2])
    traces.step(trace, [0.0, 0.2, 0.6, 0.2])
    desk.playhead.set_trace(trace)
    assert panel.query.sentence == "Rank 1 of 3, injected into the prompt."
    assert [(line.name, line.shown) for line in panel.query.bill.lines] == [("bm25", "5.00"), ("key match", "3.00")]
    assert panel.query.map.weights.shape == (traces.LAYERS, traces.HEADS)
    assert panel.query.map.weights[0, 0] == pytest.approx(0.2)
    desk.playhead.set_step(0)
    assert panel.query.map.weights[0, 0] == pytest.approx(0.6)
    desk.show_entry(panel, 5)
    assert panel.query.sentence == "Rank 3 of 3, cut: beyond the limit of 12."
    assert not panel.query.map.isVisible()
    desk.show_entry(panel, 2)
    assert panel.query.sentence == "Recall did not find this entry for the question."


def test_the_parts_of_a_score_add_up_as_shown():
    lines = bill({"a": 1.005, "b": 1.005, "c": 1.004}, 3.014)
    assert sum(round(float(line.shown) * 100) for line in lines) == 301
    lines = bill({"bm25": 1.0}, 3.0)
    assert [(line.name, line.shown) for line in lines] == [("bm25", "1.00"), ("not explained", "2.00")]


@pytest.mark.parametrize(
    "text", ["a\x00b\x85c", "no\u00a0break", "one\r\ntwo\u2029three", "<b>bold</b> &amp;", "עברית 🎬"]
)
def test_the_editor_gives_back_what_it_was_given(qtbot, text):
    editor = PlainEdit()
    qtbot.addWidget(editor)
    editor.set_text(text)
    assert editor.text() == text
    editor.moveCursor(editor.textCursor().MoveOperation.End)
    qtbot.keyClicks(editor, "!")
    assert editor.text() == text.replace("\r\n", "\n").replace("\u2029", "\n") + "!"


def test_a_megabyte_shows_its_beginning_first_and_is_not_harmed(desk, qtbot):
    text = "word " * 200_000
    desk.session.edit(Update(1, text=text))
    panel = desk.inspector(1)
    assert len(panel.text.toPlainText()) == LONGEST_AT_ONCE
    assert panel.beginning.text() == "The first 50,000 of 1,000,000 characters."
    panel.form.edited.emit("owner", "li")
    panel.save()
    qtbot.waitUntil(lambda: not panel.has_unsaved())
    assert desk.session.entry(1).text == text
    desk.show_entry(panel, 2)
    assert not panel.beginning.isVisible()


def test_its_keys_come_before_the_windows_shortcuts(desk, qtbot):
    panel = desk.inspector(1)
    event = QKeyEvent(QKeyEvent.Type.ShortcutOverride, Key.Key_Return, CONTROL)
    event.ignore()
    QApplication.sendEvent(panel.form.editor("owner"), event)
    assert not event.isAccepted()  # nothing to save: the window may have the key
    type_text(qtbot, panel, "typed")
    QApplication.sendEvent(panel.form.editor("owner"), event)
    assert event.isAccepted()


def test_another_memory_shows_nothing_of_the_old_one(desk, qtbot, tmp_path):
    panel = desk.inspector(1)
    type_text(qtbot, panel, "typed")
    old = desk.session.memory_url
    desk.session.open_memory(str(tmp_path / "other.sqlite"), create=True).result()
    desk.selection.select(None)
    panel.reload()
    assert not panel.has_unsaved()
    desk.session.open_memory(old).result()
    panel.reload()
    assert panel.unsaved_ids() == [1]  # and what was typed is still there
