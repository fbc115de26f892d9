"""The conflicts dialog in a whole window over a small memory."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QDialog

from memviz.core.edits import Delete, Insert, Update
from memviz.core.recall_settings import ConflictPolicy, RecallSettings
from memviz.gui.conflicts.conflict_list import ALL, OPEN, SETTLED, ConflictRows, WordsRole
from memviz.gui.conflicts.dialog import ConflictsDialog
from memviz.gui.conflicts.settle_all import SettleAllDialog
from memviz.gui.docks.standing_line import StandingLine
from memviz.gui.privacy import Privacy
from memviz.gui.tables.columns import NUMBER
from memviz.gui.tables.entry_model import Look
from memviz.gui.tables.labels import PlainLabel
from memviz.session import recalling
from tests.gui.test_window import unnamed

DIRECTOR = "Blade Runner · director"  # entry 1
ZH = "银翼杀手 · 导演"  # entry 8
NEWEST, CONFIDENT, SOURCES, BOTH = (
    ConflictPolicy.NEWEST,
    ConflictPolicy.CONFIDENT,
    ConflictPolicy.SOURCES,
    ConflictPolicy.BOTH,
)


@pytest.fixture
def rivals(loaded) -> tuple[int, int]:
    """Entries 9 and 10: a newer director, less sure, of two films."""
    return loaded.session.edit(
        Insert(key=DIRECTOR, text="Blade Runner was directed by Jane Campion.", confidence=0.4, source="a forum"),
        Insert(key=ZH, text="银翼杀手由简·坎皮恩执导。", confidence=0.4),
    ).inserted


@pytest.fixture
def dialog(window, loaded, rivals, qtbot) -> ConflictsDialog:
    window.actions_["conflicts"].trigger()
    made = window.commands.memory.conflicts_dialog
    qtbot.waitUntil(lambda: made.rows.rowCount() == 2)
    return made


def names(dialog: ConflictsDialog) -> list[str]:
    return [dialog.rows.index(row).data() for row in range(dialog.rows.rowCount())]


def show(dialog: ConflictsDialog, state: str) -> None:
    dialog.state.setCurrentIndex(dialog.state.findData(state))


def test_conflicts_are_found_shown_and_searched(dialog: ConflictsDialog) -> None:
    assert names(dialog) == [DIRECTOR, ZH]
    assert dialog.rows.index(0).data(WordsRole) == "2 values · open"
    assert dialog.words.text() == "2 conflicts, 2 open."
    assert dialog.title.text() == DIRECTOR
    assert dialog.entries.ticks == {
        NEWEST: [False, True],
        CONFIDENT: [True, False],
        SOURCES: [False, True],
        BOTH: [True, True],
    }
    dialog.search.setText("坎皮恩")
    assert names(dialog) == [ZH]
    assert dialog.title.text() == ZH
    dialog.search.setText("nothing like it")
    assert names(dialog) == []
    assert "searched for" in dialog.entries.widget().text()
    dialog.search.clear()
    show(dialog, SETTLED)
    assert "No conflict is settled" in dialog.entries.widget().text()


def test_one_is_settled_and_taken_back(dialog: ConflictsDialog, loaded, rivals, qtbot) -> None:
    before = [loaded.session.entry(entry_id) for entry_id in (1, *rivals)]
    show(dialog, ALL)
    dialog.entries.settle_buttons[CONFIDENT].click()
    qtbot.waitUntil(lambda: dialog.rows.index(0).data(WordsRole) == "2 values · settled")
    assert loaded.session.entry(rivals[0]).superseded_by == 1
    assert dialog.words.text() == "1 entry is superseded now. 2 conflicts, 1 open."
    assert dialog.title.text() == DIRECTOR
    assert not dialog.entries.settle_buttons[NEWEST].isEnabled()
    dialog.back_button.click()
    qtbot.waitUntil(lambda: dialog.rows.index(0).data(WordsRole) == "2 values · open")
    assert [loaded.session.entry(entry_id) for entry_id in (1, *rivals)] == before
    assert not dialog.back_button.isEnabled()


def test_all_are_settled_after_a_preview_and_one_undo_restores_them(
    dialog: ConflictsDialog, loaded, rivals, monkeypatch: pytest.MonkeyPatch, qtbot
) -> None:
    shown = []

    def accept(preview: SettleAllDialog) -> QDialog.DialogCode:
        shown.append((preview.words.text(), preview.table.rowCount(), preview.table.item(0, 1).text()))
        assert unnamed(preview) == []
        return QDialog.DialogCode.Accepted

    monkeypatch.setattr(SettleAllDialog, "exec", accept)
    before = [loaded.session.entry(entry_id) for entry_id in (1, 8, *rivals)]
    dialog.all_button.click()
    qtbot.waitUntil(lambda: dialog.rows.counts() == (0, 2))
    [(words, rows, winner)] = shown
    assert words.startswith("2 conflicts are settled: 2 entries will be marked")
    assert (rows, winner) == (2, f"{rivals[0]}  Blade Runner was directed by Jane Campion.")
    assert [loaded.session.entry(entry_id).superseded_by for entry_id in (1, 8)] == list(rivals)
    dialog.undo_button.click()
    qtbot.waitUntil(lambda: dialog.rows.counts() == (2, 2))
    assert dialog.words.text() == "2 conflicts, 2 open."
    assert [loaded.session.entry(entry_id) for entry_id in (1, 8, *rivals)] == before


def test_a_preview_that_is_left_changes_nothing(
    dialog: ConflictsDialog, loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SettleAllDialog, "exec", lambda _: QDialog.DialogCode.Rejected)
    version = loaded.session.store_call(lambda store: store.version).result()
    dialog.all_button.click()
    assert loaded.session.store_call(lambda store: store.version).result() == version


def test_the_preview_follows_the_policy(dialog: ConflictsDialog, qtbot) -> None:
    settings = RecallSettings(policy=CONFIDENT)
    preview = SettleAllDialog(dialog.rows.open_ones(), settings, Privacy(), dialog)
    assert preview.chosen() is None
    assert preview.table.item(0, 1).text().startswith("1  ")
    preview.policy.setCurrentIndex(preview.policy.findData(NEWEST))
    assert preview.table.item(0, 1).text().startswith("9  ")
    preview.deleteLater()


def test_both_are_kept_for_one(dialog: ConflictsDialog, loaded, qtbot) -> None:
    show(dialog, ALL)
    dialog.both_button.click()
    qtbot.waitUntil(lambda: dialog.rows.index(0).data(WordsRole) == "2 values · own policy")
    assert recalling.recall_settings(loaded.session).result().exceptions == {DIRECTOR: BOTH}
    assert dialog.rows.counts() == (1, 2)
    assert not dialog.both_button.isVisible()
    dialog.follow_button.click()
    qtbot.waitUntil(lambda: dialog.rows.counts() == (2, 2))
    assert recalling.recall_settings(loaded.session).result() == RecallSettings()


def test_a_change_elsewhere_makes_it_stale(dialog: ConflictsDialog, loaded, qtbot) -> None:
    loaded.session.edit(Update(2, confidence=0.5))
    qtbot.waitUntil(lambda: "look again" in dialog.words.text())
    dialog.look_button.click()
    qtbot.waitUntil(lambda: dialog.words.text() == "2 conflicts, 2 open.")
    loaded.session.edit(Delete(1))
    qtbot.waitUntil(lambda: "look again" in dialog.words.text())
    dialog.look_button.click()
    qtbot.waitUntil(lambda: names(dialog) == [ZH])


def test_an_edit_that_ends_a_conflict_is_followed(dialog: ConflictsDialog, loaded, rivals, qtbot) -> None:
    loaded.session.edit(Update(rivals[0], text="Blade Runner was directed by Ridley Scott!"))
    qtbot.waitUntil(lambda: names(dialog) == [ZH])
    assert "look again" in dialog.words.text()


def test_one_whose_winner_is_disabled_is_open_again(dialog: ConflictsDialog, loaded, rivals, qtbot) -> None:
    [third] = loaded.session.edit(Insert(key=DIRECTOR, text="Blade Runner was directed by Ann.")).inserted
    loaded.session.edit(*(Update(loser, superseded_by=third) for loser in (1, rivals[0])))
    dialog.look_button.click()
    show(dialog, ALL)
    qtbot.waitUntil(lambda: dialog.rows.index(0).data(WordsRole) == "3 values · settled")
    loaded.session.edit(Update(third, enabled=False))
    qtbot.waitUntil(lambda: dialog.rows.index(0).data(WordsRole) == "2 values · open")
    said = [label.text() for label in dialog.entries.widget().findChildren(PlainLabel)]
    assert said.count("stands again") == 2
    assert dialog.entries.settle_buttons[NEWEST].isEnabled()


def test_a_search_can_be_cancelled(dialog: ConflictsDialog, loaded, qtbot) -> None:
    dialog._scan.look()
    assert dialog.look_button.text() == "Cancel"
    dialog.look_button.click()
    qtbot.waitUntil(lambda: dialog._scan.job is None)
    assert loaded.jobs.running == []
    assert dialog.look_button.text() == "Look Again"


def test_an_empty_memory_says_so(window, loaded, qtbot) -> None:
    window.actions_["conflicts"].trigger()
    made = window.commands.memory.conflicts_dialog
    qtbot.waitUntil(lambda: made.words.text() == "0 conflicts, 0 open.")
    assert "No two entries" in made.entries.widget().text()
    assert not made.all_button.isEnabled()


def test_a_memory_that_cannot_be_written(dialog: ConflictsDialog, loaded) -> None:
    loaded.loader.memory = replace(loaded.loader.memory, read_only=True)
    dialog._show()
    dialog._refresh()
    assert not dialog.entries.settle_buttons[NEWEST].isEnabled()
    assert not any(b.isEnabled() for b in (dialog.all_button, dialog.both_button, dialog.undo_button))
    assert "cannot be written" in dialog.words.text()


def test_every_control_has_name_and_tip(dialog: ConflictsDialog) -> None:
    assert unnamed(dialog) == []


def test_the_list_is_a_sound_model(dialog: ConflictsDialog) -> None:
    rows = ConflictRows(Privacy())
    tester = QAbstractItemModelTester(rows, QAbstractItemModelTester.FailureReportingMode.Fatal)
    found = dialog._scan.conflicts
    rows.show_conflicts(found, RecallSettings())
    rows.search("blade", OPEN)
    assert rows.rowCount() == 1
    rows.show_conflicts((), RecallSettings())
    del tester


# -- in the window -----------------------------------------------------------------------------------------------------


def test_table_and_inspector_say_who_contradicts_whom(dialog: ConflictsDialog, window, loaded, rivals, qtbot) -> None:
    model = window.entries.model
    line = window.inspector.findChild(StandingLine)
    loaded.selection.select(1)
    qtbot.waitUntil(lambda: line.words.text() == "In conflict with")
    assert [link.text() for link in line.links] == [f"entry {rivals[0]}"]
    qtbot.waitUntil(lambda: model.look(model.row_of(1), NUMBER["id"]).mark == "≠")
    tip = model.index(model.row_of(1), NUMBER["id"]).data(Qt.ItemDataRole.ToolTipRole)
    assert tip == f"In conflict with entry {rivals[0]}"
    assert model.look(model.row_of(2), NUMBER["id"]).mark == ""
    dialog.entries.settle_buttons[NEWEST].click()
    qtbot.waitUntil(lambda: line.words.text() == "Superseded by")
    qtbot.waitUntil(lambda: model.look(model.row_of(1), NUMBER["id"]) == Look("1", quiet=True, mark="→"))
    line.links[0].click()
    assert loaded.selection.entry_id == rivals[0]
    qtbot.waitUntil(lambda: not line.isVisible())
    assert model.look(model.row_of(rivals[0]), NUMBER["id"]).mark == ""
