from __future__ import annotations

import time

import pytest

from memviz.core.edits import Change, Delete, Insert, Update
from memviz.gui.docks.entries import EntriesPanel
from memviz.gui.docks.past_line import PastLine
from memviz.gui.jobs import Jobs
from memviz.gui.pump import Pump
from memviz.gui.recall_choice import AsOf, Moment, RecallChoice
from memviz.gui.tables.columns import NUMBER
from memviz.gui.tables.past_marks import READ_ONLY
from memviz.stores.sqlite_past import lay_over


def ids(panel):
    return [panel.model.entry_id(row) for row in range(panel.model.rowCount())]


@pytest.fixture
def choice():
    return RecallChoice()


@pytest.fixture
def panel(desk, choice, qtbot):
    """Version 1: entries 1 … 5. Then 1 is changed (2), 2 deleted (3), 6 added (4); the slider is open."""
    desk.session.edit(Update(1, text="Alien is by Jane Campion."))
    desk.session.edit(Delete(2))
    desk.session.edit(Insert(text="later"))
    panel = EntriesPanel(**desk.shared(), settings=desk.settings, recall=choice)
    qtbot.addWidget(panel)
    panel.resize(1200, 400)
    panel.show()
    qtbot.waitUntil(lambda: ids(panel) == [1, 3, 4, 5, 6])
    panel.bar.past.setChecked(True)
    qtbot.waitUntil(lambda: panel.time_bar.timeline.maximum() == 4)
    return panel


def go(panel, qtbot, version):
    panel.time_bar.timeline.setValue(version)
    qtbot.waitUntil(lambda: panel.model.past is not None and panel.model.past.version == version)
    qtbot.waitUntil(lambda: not panel.model.searching)


def test_the_table_shows_the_memory_as_it_was(panel, qtbot):
    go(panel, qtbot, 1)
    assert ids(panel) == [1, 2, 3, 4, 5]
    text = panel.model.index(0, NUMBER["text"])
    qtbot.waitUntil(lambda: text.data() == "Alien was directed by Ridley Scott.")
    looks = {entry_id: panel.model.look(row, NUMBER["id"]) for row, entry_id in enumerate(ids(panel))}
    assert {entry_id: (look.mark, look.fate) for entry_id, look in looks.items() if look.fate} == {
        1: ("~", "changed"),
        2: ("−", "deleted"),
    }
    assert panel.time_bar.words.toolTip().count("version 1 of 4, ") == 1
    assert [button.text() for button in panel.time_bar.parts.values()] == [
        "All of then 5", "~ Changed since 1", "− Deleted since 1", "+ Added later 1",
    ]  # fmt: skip
    panel.time_bar.back.click()
    qtbot.waitUntil(lambda: ids(panel) == [1, 3, 4, 5, 6])
    qtbot.waitUntil(lambda: panel.model.past is None)
    assert panel.time_bar.timeline.value() == 4


def test_search_sort_and_parts_of_the_past(panel, qtbot):
    go(panel, qtbot, 1)
    panel.bar.set_text("ridley")
    qtbot.waitUntil(lambda: ids(panel) == [1])
    panel.bar.set_text("campion")
    qtbot.waitUntil(lambda: ids(panel) == [])
    panel.bar.set_text("-id:3")
    panel.model.sort(NUMBER["key"])
    qtbot.waitUntil(lambda: ids(panel) == [5, 1, 2, 4])
    panel.bar.clear_search()
    for part, there in (("changed", [1]), ("deleted", [2]), ("added", [6]), ("all", [5, 1, 2, 3, 4])):
        panel.time_bar.parts[part].click()
        qtbot.waitUntil(lambda there=there: ids(panel) == there)
    panel.time_bar.parts["added"].click()
    qtbot.waitUntil(lambda: ids(panel) == [6])
    qtbot.waitUntil(lambda: panel.model.index(0, NUMBER["text"]).data() == "later")
    assert panel.model.look(0, NUMBER["id"]).mark == "+"


def test_the_past_cannot_be_edited(panel, desk, qtbot):
    go(panel, qtbot, 1)
    version = desk.session.store_call(lambda store: store.version).result()
    panel.view.selectRow(0)
    qtbot.waitUntil(lambda: panel.model.cached(1))
    assert not panel.bar.buttons["delete"].isEnabled()
    for act in (
        panel.delete_selected, panel.add_entry, panel.undo, panel.redo, lambda: panel.view.edit_current("text"),
        lambda: panel.model.setData(panel.model.index(0, NUMBER["text"]), "other"), panel.toggle_enabled,
    ):  # fmt: skip
        panel.notice.clear()
        act()
        qtbot.waitUntil(lambda: panel.notice.text == READ_ONLY)
    assert desk.session.store_call(lambda store: store.version).result() == version
    panel.notice.act()
    qtbot.waitUntil(lambda: panel.model.past is None)


def test_questions_are_asked_as_of_what_is_shown(panel, choice, qtbot):
    go(panel, qtbot, 2)
    panel.time_bar.ask.click()
    assert choice.as_of == AsOf(Moment.VERSION, "2")
    go(panel, qtbot, 1)
    qtbot.waitUntil(lambda: choice.as_of == AsOf(Moment.VERSION, "1"))
    choice.ask_as_of(AsOf(Moment.VERSION, "3"))
    qtbot.waitUntil(lambda: panel.model.past is not None and panel.model.past.version == 3)
    qtbot.waitUntil(lambda: panel.time_bar.timeline.value() == 3)
    panel.time_bar.back.click()
    assert choice.as_of == AsOf()


def test_a_change_meanwhile_is_told_as_what_happened_since(panel, desk, qtbot):
    go(panel, qtbot, 1)
    desk.session.edit(Update(3, text="changed meanwhile"))
    qtbot.waitUntil(lambda: panel.model.past is not None and panel.model.past.changed == {1, 3})
    assert ids(panel) == [1, 2, 3, 4, 5]
    qtbot.waitUntil(lambda: panel.time_bar.timeline.maximum() == 5)
    assert panel.time_bar.timeline.value() == 1


def test_the_newest_wish_of_many_is_shown(panel, qtbot):
    for version in (3, 2, 1, 0, 3, 2):
        panel.time_bar.timeline.setValue(version)
    qtbot.waitUntil(lambda: panel.model.past is not None and panel.model.past.version == 2)
    go(panel, qtbot, 0)
    assert ids(panel) == []
    assert panel.view.sentence == "The memory had no entries then."
    panel.time_bar.timeline.setValue(4)
    qtbot.waitUntil(lambda: panel.model.past is None)


def test_the_inspector_says_that_it_shows_the_present(panel, desk, qtbot):
    line = PastLine(panel.model, desk.selection, panel)
    assert line.isHidden()
    go(panel, qtbot, 1)
    desk.selection.select(1)
    assert line.text() == "The table shows version 1. It was changed since: here it is as it is now."
    desk.selection.select(3)
    assert line.text() == "The table shows version 1. This entry is the same now."


@pytest.fixture
def slow(panel, desk, monkeypatch):
    """Looks at version 1 go on until they are stopped; jobs of the panel are shown at once."""
    jobs = Jobs(Pump(desk.playhead))
    panel.travel._jobs = jobs
    panel.travel._patience.setInterval(0)

    def slowly(connection, version, progress):
        while version == 1:
            progress(1, 2, "putting entries back")
            time.sleep(0.002)
        return lay_over(connection, version, progress)

    monkeypatch.setattr("memviz.stores.sqlite_past_snapshot.lay_over", slowly)
    yield jobs
    jobs.cancel_all()


def test_a_long_look_says_how_far_it_is_and_can_be_cancelled(panel, slow, qtbot):
    panel.time_bar.timeline.setValue(1)
    qtbot.waitUntil(lambda: [job.latest for job in slow.running] == [(1, 2, "putting entries back")])
    slow.cancel_all()
    qtbot.waitUntil(lambda: not slow.running and not panel.travel.looking and not panel.model.searching)
    assert (panel.model.past, panel.time_bar.timeline.value()) == (None, 4)
    assert ids(panel) == [1, 3, 4, 5, 6]
    assert panel.notice.text == ""


def test_a_newer_wish_ends_a_long_look(panel, slow, qtbot):
    panel.time_bar.timeline.setValue(1)
    qtbot.waitUntil(lambda: len(slow.running) == 1)
    go(panel, qtbot, 2)
    assert ids(panel) == [1, 2, 3, 4, 5]
    panel.time_bar.timeline.setValue(1)
    qtbot.waitUntil(lambda: len(slow.running) == 1)
    panel.view.escape_pressed.emit()
    qtbot.waitUntil(lambda: panel.model.past is None and not panel.travel.looking)
    assert slow.running == []


def test_after_a_forgetting_the_past_is_read_anew(panel, qtbot):
    go(panel, qtbot, 1)
    qtbot.waitUntil(lambda: panel.model.cached(2))
    panel.model.take_change(Change(4, "forget"))
    assert not panel.model.cached(2)
    qtbot.waitUntil(lambda: panel.model.cached(2))


def test_a_narrow_bar_still_says_which_time_it_is(panel, qtbot):
    go(panel, qtbot, 1)
    panel.resize(620, 400)
    qtbot.waitUntil(lambda: panel.time_bar.words.text().startswith("version 1 of 4"))
    assert panel.time_bar.parts["changed"].text() == "~ Changed 1"
    panel.resize(1200, 400)
    qtbot.waitUntil(lambda: panel.time_bar.parts["changed"].text() == "~ Changed since 1")
