from __future__ import annotations

import pytest

from memviz.core.edits import Insert, Update
from memviz.gui.tables.columns import NUMBER


def ids(panel):
    return [panel.model.entry_id(row) for row in range(panel.model.rowCount())]


def typed(panel, text):
    panel.bar.field.setText(text)


def filled(desk):
    desk.session.edit(Update(1, owner="ann", tags=["work"]), Update(2, owner="Bob & Co"), Update(3, owner="ann"))
    desk.session.edit(Update(3, confidence=0.2), Update(5, expires=10.0))
    return desk.entries_panel()


def test_conditions_are_typed_beside_words(desk, qtbot):
    panel = filled(desk)
    typed(panel, "owner:ann")
    qtbot.waitUntil(lambda: ids(panel) == [1, 3])
    assert panel.bar.count.text() == "2 of 5"
    typed(panel, "was owner:ann confidence>=0.5")
    qtbot.waitUntil(lambda: ids(panel) == [1])
    assert [chip.text() for chip in panel.chips.chips] == ["owner:ann  ✕", "confidence>=0.5  ✕"]
    panel.chips.chips[0].click()
    qtbot.waitUntil(lambda: ids(panel) == [1, 2])
    assert panel.bar.field.text() == "was confidence>=0.5"
    panel.chips.clear.click()
    qtbot.waitUntil(lambda: ids(panel) == [1, 2, 3])
    assert panel.bar.field.text() == "was"
    assert panel.chips.isHidden()


def test_what_cannot_be_understood_keeps_the_rows_and_says_why(desk, qtbot):
    panel = filled(desk)
    typed(panel, "owner:ann")
    qtbot.waitUntil(lambda: ids(panel) == [1, 3])
    typed(panel, "owner:ann confidence>=much")
    qtbot.waitUntil(lambda: panel.chips.sentence.isVisible())
    assert panel.chips.sentence.text().startswith("At “confidence>=much”: “much” is no number")
    assert ids(panel) == [1, 3]
    for text in ('"', "*", "NEAR(", "AND OR NOT", "'); DROP TABLE entries; --"):
        typed(panel, text)
        qtbot.waitUntil(lambda text=text: panel.model.search_text == text and not panel.model.searching)
        assert panel.chips.isHidden()
    typed(panel, "")
    qtbot.waitUntil(lambda: ids(panel) == [1, 2, 3, 4, 5])


def test_an_edited_entry_stays_under_the_filter_that_it_left(desk, qtbot):
    panel = filled(desk)
    typed(panel, "owner:ann")
    qtbot.waitUntil(lambda: ids(panel) == [1, 3])
    desk.session.edit(Update(1, owner="zoë"), Insert(text="one more", owner="Ann"))
    qtbot.waitUntil(lambda: ids(panel) == [1, 3, 6])


def test_a_cell_is_filtered_by(desk, qtbot):
    panel = filled(desk)
    panel.view.setCurrentIndex(panel.model.index(panel.model.row_of(2), NUMBER["owner"]))
    qtbot.waitUntil(lambda: panel.model.cached(2))
    actions = {action.text(): action for action in panel.menu().actions()}
    [out] = [action for words, action in actions.items() if words.startswith("Filter this value out")]
    assert "Bob && Co" in out.text()
    out.trigger()
    qtbot.waitUntil(lambda: ids(panel) == [1, 3, 4, 5])
    assert panel.bar.field.text() == '-owner:"Bob & Co"'


@pytest.mark.qt_log_ignore("grabbing the")  # the offscreen screen has no keyboard to grab
def test_the_popup_offers_the_values_of_the_memory(desk, qtbot):
    panel = filled(desk)
    panel.filters.open_popup("owner")
    popup = panel.filters._popup
    qtbot.waitUntil(lambda: popup.value.count() == 3)
    assert [popup.value.itemText(place) for place in range(3)] == ["(none)   2", "ann   2", "Bob & Co   1"]
    popup.value.setCurrentIndex(1)
    popup.value.activated.emit(1)
    popup.add.click()
    assert panel.bar.field.text() == "owner:ann"
    qtbot.waitUntil(lambda: ids(panel) == [1, 3])
    panel.filters.open_popup("expired")
    assert popup.value.currentText() == "yes"
    popup.comparison.setCurrentIndex(1)
    popup.add.click()
    assert panel.bar.field.text() == "owner:ann -expired:yes"


def test_filters_are_saved_with_the_memory_and_used_again(desk, qtbot):
    panel = filled(desk)
    typed(panel, "owner:ann")
    panel.filters.save("Ann’s", "owner:ann")
    qtbot.waitUntil(lambda: panel.filters.saved == {"Ann’s": "owner:ann"})
    again = desk.entries_panel()
    qtbot.waitUntil(lambda: again.filters.saved == {"Ann’s": "owner:ann"})
    actions = {action.text(): action for action in again.filters.menu().actions()}
    actions["Ann’s"].trigger()
    qtbot.waitUntil(lambda: ids(again) == [1, 3])
    again.filters.save("bad", "confidence>=much")
    qtbot.waitUntil(lambda: "is no number" in again.notice.text)


def test_every_field_has_a_column_and_what_has_expired_says_so(desk, qtbot):
    panel = filled(desk)
    row = panel.model.row_of(5)
    qtbot.waitUntil(lambda: panel.model.cached(5))
    said = {name: panel.model.index(row, NUMBER[name]).data() for name in ("expires", "private", "embedded", "created")}
    assert said == {"expires": "expired", "private": "", "embedded": "", "created": "now"}
    assert panel.model.look(row, NUMBER["text"]).struck
    assert "not recalled" in panel.model.index(row, NUMBER["id"]).data(3)  # the tool tip
    panel.model.setData(panel.model.index(row, NUMBER["expires"]), "")
    qtbot.waitUntil(lambda: desk.session.entry(5).expires is None)
    panel.model.setData(panel.model.index(row, NUMBER["private"]), "yes")
    qtbot.waitUntil(lambda: panel.model.index(row, NUMBER["private"]).data() == "private")
    assert not panel.model.setData(panel.model.index(row, NUMBER["expires"]), "soon")
    assert "“soon” is no time" in panel.notice.text


def test_sources_lead_somewhere(desk, qtbot, tmp_path, monkeypatch):
    file = tmp_path / "notes.md"
    file.write_text("x")
    desk.session.edit(Update(1, source=str(file)), Update(2, source="https://example.org/a"), Update(3, source="wiki"))
    panel = desk.entries_panel()
    links = [panel.model.link(panel.model.index(row, NUMBER["source"])) for row in range(3)]
    assert links == [str(file), "https://example.org/a", ""]
    opened = []
    monkeypatch.setattr("memviz.gui.docks.entries.open_source", lambda link: opened.append(link) or False)
    panel.view.link_pressed.emit(links[1])
    assert opened == ["https://example.org/a"]
    assert "could not be opened" in panel.notice.text
