"""Import and export in the window."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QComboBox

from memviz.session.session import Session


@pytest.fixture
def commands(window, loaded):
    loaded.loader.memory_changed.emit()  # the window was made after the memory was opened, and hears of it only now
    yield window.commands.exchange
    window.commands.exchange.close()


def _entries(window) -> list:
    return window._workspace.session.entries(limit=1_000)


def _csv(tmp_path: Path, text: str = "who,remark\nann,Likes green tea\nann,Likes green tea\nbob,Plays chess\n") -> Path:
    path = tmp_path / "notes.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def dialog(commands, tmp_path, qtbot):
    commands.import_files([str(_csv(tmp_path))])
    made = commands.import_dialog
    qtbot.waitUntil(lambda: "would be imported" in made.words.text())
    return made


def test_what_would_happen_is_said_before(dialog, qtbot) -> None:
    assert dialog.words.text() == "2 entries would be imported. Duplicates: 1 within the files."
    assert [dialog.entries.item(0, column).text() for column in range(2)] == ["", "Likes green tea"]
    box = dialog.columns.cellWidget(0, 2)
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(box.findData("owner"))
    box.activated.emit(box.currentIndex())
    assert dialog.entries.item(0, 2).text() == "ann"
    assert dialog.columns.mapping.targets == {"who": "owner", "remark": "text"}
    qtbot.waitUntil(lambda: "would be imported" in dialog.words.text())


def test_a_field_has_one_column(dialog) -> None:
    box = dialog.columns.cellWidget(0, 2)
    box.setCurrentIndex(box.findData("text"))
    box.activated.emit(box.currentIndex())
    assert dialog.columns.cellWidget(1, 2).currentText() == "metadata, by its name"
    assert dialog.entries.item(0, 1).text() == "ann"


def test_import_and_undo(window, dialog, qtbot) -> None:
    before = len(_entries(window))
    dialog.begin()
    qtbot.waitUntil(lambda: not dialog.isVisible())
    qtbot.waitUntil(lambda: "Imported 2 entries" in window.entries.notice.text)
    assert len(_entries(window)) == before + 2
    qtbot.waitUntil(lambda: window.entries.model.total == before + 2)
    qtbot.waitUntil(window.entries.bar.buttons["undo"].isEnabled)
    window.entries.notice.act()
    qtbot.waitUntil(lambda: window.entries.model.total == before)


def test_a_bad_line_is_shown_and_can_be_left_out(window, commands, tmp_path, qtbot) -> None:
    path = _csv(tmp_path, "text,confidence\na,1\nb,high\nc,0.5\n")
    commands.import_files([str(path)])
    dialog = commands.import_dialog
    qtbot.waitUntil(lambda: "1 line is bad" in dialog.words.text())
    assert dialog.bad.text() == "Line 3 of “notes.csv” has 'high' where a number belongs (column “confidence”)."
    assert dialog.entries.item(1, 0).text() == "This one has 'high' where a number belongs (column “confidence”)."
    assert not dialog.import_button.isEnabled()
    dialog.skip_bad.setChecked(True)
    assert dialog.import_button.isEnabled()
    dialog.begin()
    qtbot.waitUntil(lambda: "1 bad line was left out" in window.entries.notice.text)


def test_a_dialogue_is_said_to_be_one(commands, tmp_path, qtbot) -> None:
    path = tmp_path / "talk.jsonl"
    path.write_text('{"role": "user", "content": "我叫李雷。"}\n', encoding="utf-8")
    commands.import_files([str(path)])
    dialog = commands.import_dialog
    qtbot.waitUntil(lambda: "1 entry would be imported. “talk.jsonl” looks like a dialogue: " in dialog.words.text())
    assert dialog.import_button.isEnabled()


def test_what_cannot_be_read_is_said(commands, tmp_path, qtbot) -> None:
    path = tmp_path / "notes.csv"
    path.write_bytes("key,text\n罗马,我们\n".encode("gb18030"))
    commands.import_files([str(path)])
    dialog = commands.import_dialog
    qtbot.waitUntil(lambda: "Line 2 of “notes.csv” is not UTF-8" in dialog.words.text())
    assert not dialog.import_button.isEnabled()
    dialog.encoding.setCurrentIndex(dialog.encoding.findData("gb18030"))
    dialog.encoding.activated.emit(0)
    qtbot.waitUntil(lambda: "1 entry would be imported" in dialog.words.text())
    assert dialog.entries.item(0, 0).text() == "罗马"


def test_files_that_cannot_be_read_leave_nothing_of_those_before(dialog, tmp_path, qtbot) -> None:
    assert dialog.import_button.isEnabled()
    dialog.look([tmp_path / "none.csv"])
    assert dialog.plan() is None
    assert not dialog.import_button.isEnabled()
    qtbot.waitUntil(lambda: "cannot be read" in dialog.words.text())
    assert dialog.plan() is None
    assert not dialog.import_button.isEnabled()
    assert not dialog.tables.isVisible()
    assert dialog.hint.isVisible()


def test_stopping_imports_nothing(window, dialog, qtbot, monkeypatch) -> None:
    before = len(_entries(window))
    dialog.begin()
    dialog.jobs.cancel()
    qtbot.waitUntil(lambda: dialog.jobs.job is None)
    stopped = dialog.words.text() == "Stopped; nothing was imported."
    assert len(_entries(window)) == (before if stopped else before + 2)


def test_dropped_files_open_the_import(window, commands, tmp_path, qtbot) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(_csv(tmp_path)))])
    button, key = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    event = QDropEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, button, key)
    window.entries.dropEvent(event)
    qtbot.waitUntil(lambda: commands.import_dialog is not None and commands.import_dialog.isVisible())
    qtbot.waitUntil(lambda: "would be imported" in commands.import_dialog.words.text())
    assert commands.import_dialog.files.toolTip()


def test_export_of_what_the_table_shows(window, commands, tmp_path, qtbot) -> None:
    window.entries.bar.field.setText("ridley")
    total = len(_entries(window))
    qtbot.waitUntil(lambda: 0 < window.entries.model.rowCount() < total)
    shown = window.entries.model.rowCount()
    commands.export_entries()
    dialog = commands.export_dialog
    assert dialog.shown.isChecked()
    assert f"({shown})" in dialog.shown.text()
    path = tmp_path / "out.jsonl"
    dialog.write(path)
    qtbot.waitUntil(lambda: f"Exported {shown} " in window.entries.notice.text)
    assert len(path.read_text(encoding="utf-8").splitlines()) == shown


def test_a_file_that_cannot_be_written_is_said(commands, tmp_path, qtbot) -> None:
    commands.export_entries()
    dialog = commands.export_dialog
    dialog.redact.setChecked(True)
    assert "look through the file" in dialog.words.text()
    dialog.write(tmp_path / "none" / "x.jsonl")
    qtbot.waitUntil(lambda: "cannot be written" in dialog.words.text())
    assert dialog.isVisible()


def test_what_was_exported_comes_back_by_the_window(window, commands, tmp_path, qtbot) -> None:
    commands.export_entries()
    path = tmp_path / "out.csv"
    commands.export_dialog.format.setCurrentIndex(commands.export_dialog.format.findData("csv"))
    commands.export_dialog.write(path)
    qtbot.waitUntil(path.exists)
    commands.import_files([str(path)])
    dialog = commands.import_dialog
    qtbot.waitUntil(lambda: "would be imported" in dialog.words.text())
    assert f"{len(_entries(window))} already in the memory" in dialog.words.text()
    assert not dialog.columns.cellWidget(0, 2).isEnabled()
    assert not dialog.import_button.isEnabled()


def test_another_memory_is_not_asked_for_entries_of_the_one_before(window, loaded, dialog, tmp_path, qtbot) -> None:
    dialog.begin()
    qtbot.waitUntil(lambda: not dialog.isVisible())
    commands = window.commands.exchange
    commands.import_files([str(tmp_path / "notes.csv")])
    qtbot.waitUntil(lambda: "2 already in the memory" in dialog.words.text())
    commands.export_entries()
    with Session() as other:
        other.open_memory(str(tmp_path / "other.sqlite"), create=True).result()
    loaded.loader.open_memory(str(tmp_path / "other.sqlite"))
    qtbot.waitUntil(lambda: "2 entries would be imported" in dialog.words.text())
    assert not commands.export_dialog.isVisible()


def test_nothing_is_imported_into_a_memory_that_is_only_read(window, loaded, commands, tmp_path, qtbot) -> None:
    path = tmp_path / "foreign.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE notes (text TEXT)")
        other.execute("INSERT INTO notes VALUES ('a text')")
        other.commit()
    loaded.loader.open_memory(f"sqlite:///{path}?table=notes")
    qtbot.waitUntil(lambda: loaded.loader.memory is not None and loaded.loader.memory.read_only)
    said: list[BaseException] = []
    loaded.bridge.failed.connect(said.append)
    commands.import_files([str(path)])
    assert "nothing can be imported into it" in str(said[0])
    assert commands.import_dialog is None


def test_thousands_of_columns_get_their_choices_as_they_are_seen(commands, tmp_path, qtbot) -> None:
    names = ",".join(f"c{number}" for number in range(1_000))
    commands.import_files([str(_csv(tmp_path, f"{names},text\n{',' * 1_000}a text\n"))])
    table = commands.import_dialog.columns
    qtbot.waitUntil(lambda: table.rowCount() == 1_001 and table.cellWidget(0, 2) is not None)
    assert len(table.findChildren(QComboBox)) < 100
    assert table.cellWidget(1_000, 2) is None
    table.scrollToBottom()
    assert table.cellWidget(1_000, 2).currentText() == "text"


def test_the_export_cuts_no_row_off_however_narrow_it_is(window, commands) -> None:
    commands.export_entries()
    dialog = commands.export_dialog
    dialog.redact.setChecked(True)
    dialog.private.setChecked(True)
    dialog.resize(1, 1)
    assert dialog.format.height() >= dialog.format.minimumSizeHint().height()
    assert dialog.words.height() >= dialog.words.heightForWidth(dialog.words.width())


def test_without_a_memory_it_is_said(qtbot, workspace) -> None:
    from memviz.gui.docks.entries import EntriesPanel
    from memviz.gui.exchange.commands import ExchangeCommands

    panel = EntriesPanel(
        session=workspace.session, bridge=workspace.bridge, selection=workspace.selection, playhead=workspace.playhead
    )
    qtbot.addWidget(panel)
    commands = ExchangeCommands(workspace, panel, panel)
    said: list[BaseException] = []
    workspace.bridge.failed.connect(said.append)
    commands.import_entries()
    commands.export_entries()
    assert [str(error).split(";")[0] for error in said] == ["No memory is open"] * 2
    assert isinstance(workspace.session, Session)
