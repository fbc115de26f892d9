"""Opening what other programs keep from the window."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QDialogButtonBox


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """Another program's file: notes, and a table without text."""
    path = tmp_path / "notes.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE numbers (a INTEGER, b REAL)")
        other.execute("INSERT INTO numbers VALUES (1, 2.5)")
        other.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, title TEXT, body TEXT, author TEXT, mood TEXT)")
        other.execute("INSERT INTO notes VALUES (1, 'Lisbon', 'Ana lives in Lisbon.', 'ana', 'calm')")
        other.execute("INSERT INTO notes VALUES (2, '北京', '我住在北京。', '李雷', NULL)")
        other.commit()
    return path


@pytest.fixture(autouse=True)
def _ended(window) -> Iterator[None]:
    yield
    window.commands.attaching.close()


def _drop(window, path: Path) -> bool:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    buttons, keys, action = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction
    enter = QDragEnterEvent(QPointF(5, 5).toPoint(), action, mime, buttons, keys)
    enter.ignore()
    QApplication.sendEvent(window, enter)
    if not enter.isAccepted():
        return False
    QApplication.sendEvent(window, QDropEvent(QPointF(5, 5), action, mime, buttons, keys))
    return True


def _offered(window, qtbot):
    qtbot.waitUntil(lambda: window.commands.attaching.dialog is not None)
    dialog = window.commands.attaching.dialog
    qtbot.waitUntil(lambda: dialog.table.count() > 0 and dialog.table.isEnabled())
    return dialog


def _shown(dialog) -> list[list[str]]:
    model = dialog.preview
    return [
        [model.data(model.index(row, column)) for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def test_a_table_is_chosen_and_attached(window, loaded, qtbot, notes: Path) -> None:
    before = notes.read_bytes()
    loaded.loader.open_memory(str(notes))
    dialog = _offered(window, qtbot)
    assert [dialog.table.itemText(at) for at in range(dialog.table.count())] == ["notes · 2 rows"]
    assert {field: box.currentData() for field, box in dialog.boxes.items() if box.currentData()} == {
        "text": "body",
        "key": "title",
        "owner": "author",
    }
    assert "mood" in dialog.rest.text()
    assert _shown(dialog)[0][:2] == ["Lisbon", "Ana lives in Lisbon."]
    dialog.boxes["tags"].setCurrentIndex(dialog.boxes["tags"].findData("mood"))
    dialog.boxes["owner"].setCurrentIndex(0)
    assert "calm" in _shown(dialog)[0]
    dialog.buttons.button(QDialogButtonBox.StandardButton.Open).click()
    qtbot.waitUntil(lambda: loaded.loader.memory is not None and loaded.loader.memory.origin == "SQLite table notes")
    qtbot.waitUntil(lambda: not loaded.loader.busy)
    [first, second] = loaded.session.entries()
    assert (first.text, first.tags, first.owner, first.metadata["author"]) == (
        "Ana lives in Lisbon.",
        ("calm",),
        "",
        "ana",
    )
    assert second.key == "北京"
    assert "read-only: SQLite table notes" in window.status.words.text()
    assert "2 entries · read-only" in window.memory_chooser.text()
    assert notes.read_bytes() == before
    window.entries.add_entry()
    qtbot.waitUntil(lambda: "memviz entries copy" in window.entries.notice.text)


def test_dropped_on_the_window(window, loaded, qtbot, notes: Path, tmp_path: Path) -> None:
    assert not _drop(window, tmp_path / "question.wav")
    assert _drop(window, notes)
    assert _offered(window, qtbot).isVisible()


def test_a_file_without_text_is_told_and_nothing_is_attached(window, loaded, qtbot, tmp_path: Path) -> None:
    path = tmp_path / "numbers.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE numbers (a INTEGER, b REAL)")
        other.execute("INSERT INTO numbers VALUES (1, 2.5)")
        other.commit()
    before = loaded.session.memory_url
    loaded.loader.open_memory(str(path))
    qtbot.waitUntil(lambda: not loaded.loader.busy)
    assert "holds text" in loaded.loader.memory_error
    assert window.commands.attaching.dialog is None
    assert loaded.session.memory_url == before


def test_what_another_program_writes_appears(window, loaded, qtbot, notes: Path) -> None:
    loaded.session.open_memory(f"sqlite:///{notes}?table=notes").result()
    with closing(sqlite3.connect(notes)) as other:
        other.execute("UPDATE notes SET body = 'Ana lives in Porto.' WHERE id = 1")
        other.commit()
    qtbot.waitUntil(lambda: [entry.text for entry in loaded.session.entries("Porto")] == ["Ana lives in Porto."])


def test_cancelled_while_it_is_looked_at(window, loaded, qtbot, notes: Path, monkeypatch) -> None:
    import threading

    from memviz.gui.dialogs import attach

    held = threading.Event()
    look = attach.look_at

    def slowly(path, progress):
        held.wait(5)
        return look(path, progress)

    monkeypatch.setattr(attach, "look_at", slowly)
    loaded.loader.open_memory(str(notes))
    qtbot.waitUntil(lambda: window.commands.attaching.dialog is not None)
    dialog = window.commands.attaching.dialog
    assert "Looking into notes.db" in dialog.words.text()
    assert not dialog.buttons.button(QDialogButtonBox.StandardButton.Open).isEnabled()
    dialog.reject()
    held.set()
    qtbot.waitUntil(lambda: not loaded.jobs.running)
    assert dialog.table.count() == 0
