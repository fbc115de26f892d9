"""Forgetting in the window: what is said first, what goes, and what follows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton, QWidget

from memviz.core.edits import Delete, Insert
from memviz.gui.forget_dialog.dialog import WARNING, ForgetDialog
from memviz.gui.forgotten_runs import entries_of
from memviz.gui.settings import EXAMPLE_QUESTION
from tests.gui.scenes import ENTRIES


@pytest.fixture
def dialog(window, loaded, qtbot) -> ForgetDialog:
    loaded.session.edit(
        Insert(key="Anna · city", text="Anna lives in Lisbon.", owner="Anna"),
        Insert(key="Anna · pet", text="安娜养了一只猫。", owner="Anna"),
    )
    newest = loaded.session.entries("Anna")
    loaded.session.edit(Delete(newest[-1].id))
    window.commands.memory.forget([])
    return window.commands.memory.forget_dialog


def _found(dialog: ForgetDialog, qtbot) -> None:
    qtbot.waitUntil(lambda: dialog.work.job is None and dialog.forget.isEnabled())


def test_it_says_first_that_it_cannot_be_undone(dialog: ForgetDialog, loaded, qtbot):
    assert dialog.warning.text() == WARNING == "Forgetting cannot be undone."
    assert not dialog.forget.isEnabled()
    assert dialog.count.text() == "Say whose entries are to go."
    qtbot.keyClicks(dialog.owner, "anna")
    _found(dialog, qtbot)
    assert dialog.count.text() == (
        "1 entry and 1 entry that only the history knows will go, with 3 parts of the history."
    )
    assert dialog.forget.text() == "Forget 2 entries"
    assert [dialog.list.item(row).text().split()[1] for row in range(2)] == ["Anna", "deleted"]
    loaded.session.edit(Delete(loaded.session.entries("Anna")[0].id))
    qtbot.keyClicks(dialog.owner, "x")
    dialog.owner.setText("anna")
    qtbot.waitUntil(lambda: dialog.count.text().startswith("2 entries that only the history knows will go"))
    qtbot.keyClicks(dialog.owner, "x")
    assert not dialog.forget.isEnabled()
    qtbot.waitUntil(lambda: "check the owner’s name" in dialog.progress.text())
    assert dialog.list.count() == 0


def test_it_forgets_and_shows_the_receipt(dialog: ForgetDialog, window, loaded, qtbot, tmp_path: Path):
    """The past that the table shows meanwhile keeps the file open, and the history says what goes: both give way."""
    path = tmp_path / "receipt.json"
    dialog.receipt.setText(str(path))
    qtbot.keyClicks(dialog.words, "Anna")
    _found(dialog, qtbot)
    window.entries.travel.go_to(1)
    qtbot.waitUntil(lambda: window.entries.model.past is not None)
    window.commands.bulk.history()
    history = window.commands.bulk.history_dialog
    qtbot.waitUntil(lambda: any("安娜" in str(row.diff) for row in history.diffs.rows))
    dialog.forget.click()
    qtbot.waitUntil(lambda: dialog.pages.currentIndex() == 1, timeout=20_000)
    qtbot.waitUntil(lambda: window.entries.model.past is None)
    qtbot.waitUntil(lambda: not any("安娜" in str(row.diff) for row in history.diffs.rows))
    assert "Forgot 2 entries" in dialog.told.toPlainText()
    assert str(path) in dialog.told.toPlainText()
    assert not dialog.forget.isVisible()
    assert json.loads(path.read_text("utf-8"))["state"] == "finished"
    assert loaded.session.entries("Anna") == []
    content = b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
    assert b"Lisbon" not in content
    assert "只猫".encode() not in content


def test_runs_that_read_what_is_forgotten_go(window, loaded, ask, qtbot, tmp_path: Path):
    run = ask()
    assert loaded.playhead.run is run
    assert loaded.settings.query == run.query.text
    read = sorted(entries_of(run.trace))
    window.commands.memory.forget(read[:1])
    dialog = window.commands.memory.forget_dialog
    dialog.receipt.setText(str(tmp_path / "receipt.json"))
    _found(dialog, qtbot)
    dialog.forget.click()
    qtbot.waitUntil(lambda: loaded.playhead.run is None, timeout=20_000)
    assert loaded.queries.item(0).run is None
    assert loaded.settings.query == EXAMPLE_QUESTION
    assert "query" not in (tmp_path / "settings.ini").read_text()
    qtbot.waitUntil(lambda: loaded.selection.entry_id not in read[:1])
    qtbot.waitUntil(lambda: window.entries.model.total == len(ENTRIES) - 1)


def test_what_cannot_be_done_is_said(dialog: ForgetDialog, qtbot, tmp_path: Path):
    dialog.receipt.setText(str(tmp_path / "nowhere" / "receipt.json"))
    qtbot.keyClicks(dialog.owner, "Anna")
    _found(dialog, qtbot)
    dialog.forget.click()
    qtbot.waitUntil(lambda: "There is no folder" in dialog.progress.text())
    assert dialog.forget.isEnabled()


def test_everything_has_a_name_and_a_tip(dialog: ForgetDialog):
    for widget in (dialog.owner, dialog.words, dialog.list, dialog.receipt, dialog.bar, dialog.told, dialog.by_owner):
        assert isinstance(widget, QWidget)
        assert widget.accessibleName()
        assert widget.toolTip()
    for button in dialog.findChildren(QPushButton):
        assert button.toolTip()
