from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from memviz.core.edits import Delete, Insert, Update
from memviz.gui.bridge import Bridge
from memviz.gui.tables.cells import WAITING
from memviz.gui.tables.columns import COLUMNS, NUMBER
from memviz.gui.tables.entry_model import EntryModel
from tests.gui.tables import traces

TEXT = NUMBER["text"]


@pytest.fixture
def model(desk, qtbot):
    """The model of the desk's memory, watched by Qt's own tester."""
    model = EntryModel(desk.session, desk.bridge)
    desk.bridge.changed.connect(model.take_change)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.reload()
    qtbot.waitUntil(lambda: model.rowCount() == 5)
    yield model
    tester.deleteLater()


def ids(model):
    return [model.entry_id(row) for row in range(model.rowCount())]


def cell(model, entry_id, name, role=Qt.ItemDataRole.DisplayRole):
    return model.index(model.row_of(entry_id), NUMBER[name]).data(role)


def test_cells_say_their_text_as_strings(model, qtbot):
    qtbot.waitUntil(lambda: cell(model, 1, "text") == "Alien was directed by Ridley Scott.")
    assert cell(model, 1, "id") == "1"
    assert cell(model, 1, "enabled", Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked
    assert all(isinstance(model.index(0, number).data(), str) for number in range(len(COLUMNS))), (
        "a value that is no str would show as a blank cell"
    )


def test_rows_follow_inserts_deletes_undo_and_redo(model, desk, qtbot):
    desk.session.edit(Insert(key="new"), Insert(key="newer"))
    qtbot.waitUntil(lambda: ids(model) == [1, 2, 3, 4, 5, 6, 7])
    desk.session.edit(Delete(2), Delete(3), Delete(6))
    qtbot.waitUntil(lambda: ids(model) == [1, 4, 5, 7])
    desk.session.undo()
    qtbot.waitUntil(lambda: ids(model) == [1, 2, 3, 4, 5, 6, 7])
    desk.session.redo()
    qtbot.waitUntil(lambda: ids(model) == [1, 4, 5, 7])
    assert model.total == 4


def test_search_sort_and_changes_under_a_search(model, desk, qtbot):
    model.search("was")
    qtbot.waitUntil(lambda: ids(model) == [1, 2, 3])
    desk.session.edit(Update(1, text="Alien is by Jane Campion."), Insert(text="Heat was directed by Michael Mann."))
    qtbot.waitUntil(lambda: ids(model) == [1, 2, 3, 6])  # an edited row stays until the next search
    model.sort(NUMBER["key"], Qt.SortOrder.DescendingOrder)
    qtbot.waitUntil(lambda: ids(model) == [3, 2, 6])
    model.search("斯科特")
    qtbot.waitUntil(lambda: ids(model) == [4])
    model.search("")
    qtbot.waitUntil(lambda: ids(model)[:2] == [4, 3])
    assert model.headerData(NUMBER["key"], Qt.Orientation.Horizontal) == "key ↓"


def test_an_edit_goes_through_the_store_and_comes_back(model, desk, qtbot):
    qtbot.waitUntil(lambda: model.cached(1) or not cell(model, 1, "text"))
    index = model.index(model.row_of(1), TEXT)
    assert model.setData(index, "Alien was directed by Jane Campion.")
    assert cell(model, 1, "text") == "Alien was directed by Ridley Scott."  # until the change comes back
    qtbot.waitUntil(lambda: cell(model, 1, "text") == "Alien was directed by Jane Campion.")
    assert desk.session.entry(1).text == "Alien was directed by Jane Campion."
    assert desk.session.history(1, limit=1)[0].initiator == "table"
    assert model.setData(index, "Alien was directed by Jane Campion.") is False  # nothing changed


@pytest.mark.parametrize(("name", "typed"), [("confidence", "much"), ("confidence", "2"), ("text", "half \ud800")])
def test_a_refused_edit_shows_the_old_text_and_says_why(model, qtbot, name, typed):
    qtbot.waitUntil(lambda: model.cached(1) or not cell(model, 1, "text"))
    before = cell(model, 1, name)
    with qtbot.waitSignal(model.refused) as refusal:
        model.setData(model.index(model.row_of(1), NUMBER[name]), typed)
    assert name in refusal.args[0]
    assert refusal.args[1] == (1, name, typed)
    assert cell(model, 1, name) == before


def test_an_edit_of_a_deleted_entry_is_refused_by_the_store(model, desk, qtbot):
    qtbot.waitUntil(lambda: model.cached(1) or not cell(model, 1, "text"))
    index = model.index(model.row_of(1), TEXT)
    desk.session.edit(Delete(1))
    with qtbot.waitSignal(model.conflicted) as refusal:
        assert model.setData(index, "too late")
    assert refusal.args[0].now is None
    assert refusal.args[1] == (1, "text", "too late")
    qtbot.waitUntil(lambda: ids(model) == [2, 3, 4, 5])


def test_figures_follow_the_run_and_its_candidates_come_first(model, qtbot):
    trace = traces.begin([3, 1], cut=[5])
    traces.step(trace, [0.0, 0.75, 0.25, 0.0])
    model.set_trace(trace)
    model.set_step(0)
    qtbot.waitUntil(lambda: ids(model) == [3, 1, 5, 2, 4])
    assert [cell(model, 3, name) for name in ("rank", "score", "attention", "now", "status")] == [
        "1", "8.00", "75 %", "75 %", "injected",
    ]  # fmt: skip
    assert cell(model, 5, "status") == "cut"
    assert cell(model, 2, "rank") == ""
    assert "key match 3.000" in cell(model, 3, "score", Qt.ItemDataRole.ToolTipRole)
    model.set_only_run(True)
    qtbot.waitUntil(lambda: ids(model) == [3, 1, 5])
    model.sort(NUMBER["attention"], Qt.SortOrder.AscendingOrder)
    qtbot.waitUntil(lambda: ids(model) == [1, 3, 5])
    model.set_trace(None)
    qtbot.waitUntil(lambda: ids(model) == [])


def test_a_growing_run_reorders_when_it_has_recalled(model, qtbot):
    trace = traces.begin([4])
    started = type(trace)(trace.query)
    model.set_trace(started)
    assert ids(model) == [1, 2, 3, 4, 5]
    for event in trace:
        started.append(event)
    model.grown()
    qtbot.waitUntil(lambda: ids(model) == [4, 1, 2, 3, 5])


def test_long_fields_are_cut_in_the_table_only(model, desk, qtbot):
    desk.session.edit(Update(2, text="x" * 1_000_000))
    qtbot.waitUntil(lambda: cell(model, 2, "text").startswith("xxx"))
    index = model.index(model.row_of(2), TEXT)
    assert len(index.data()) < 500
    assert model.length(index) == 1_000_000
    assert not model.flags(index) & Qt.ItemFlag.ItemIsEditable
    assert "1,000,000 characters" in index.data(Qt.ItemDataRole.ToolTipRole)


def test_scrolling_through_79k_rows_reads_what_is_seen(big_session, qtbot):
    bridge = Bridge()
    model = EntryModel(big_session, bridge)
    model.reload()
    qtbot.waitUntil(lambda: model.rowCount() == 78_962)
    assert model.index(0, TEXT).data() == "text of 1"  # the first come with their cells
    assert model.index(40_000, TEXT).data() == WAITING
    for top in (0, 40_000, 40_010, 78_930):
        for row in range(top, top + 30):
            model.index(row, TEXT).data()
        expected = f"text of {top + 1}"
        qtbot.waitUntil(lambda top=top, expected=expected: model.index(top, TEXT).data() == expected)
    read = [entry_id for call in big_session.store.reads for entry_id in call]
    assert len(read) < 1_500
    assert len(read) == len(set(read))
    bridge.close()


def test_pages_that_were_scrolled_past_are_not_read(big_session, qtbot):
    bridge = Bridge()
    model = EntryModel(big_session, bridge)
    model.reload()
    qtbot.waitUntil(lambda: model.rowCount() == 78_962)
    for row in range(0, 78_962, 50):  # all in one moment, as when the handle is dragged
        model.index(row, TEXT).data()
    last = model.index(78_950, TEXT)
    qtbot.waitUntil(lambda: last.data() == "text of 78951")
    assert sum(map(len, big_session.store.reads)) < 1_000
    bridge.close()


def test_another_memory_starts_anew(model, desk, qtbot, tmp_path):
    desk.session.open_memory(str(tmp_path / "other.sqlite"), create=True).result()
    desk.session.edit(Insert(text="the only one"))
    model.reload()
    assert model.rowCount() == 0
    assert not model.loaded
    qtbot.waitUntil(lambda: ids(model) == [1])
    qtbot.waitUntil(lambda: cell(model, 1, "text") == "the only one")
