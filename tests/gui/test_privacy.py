"""Private entries are shown with a mark in the window, and masked in what leaves it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from memviz.core.edits import Update
from memviz.core.privacy import MASK
from memviz.gui.tables.columns import NUMBER
from memviz.gui.views import VIEWS
from tests.gui.scenes import ENTRIES

_ID, _KEY, _TEXT = ENTRIES[0]


@pytest.fixture
def private(window, loaded, ask, qtbot):
    """The first entry is private, and a question read it."""
    loaded.session.edit(Update(1, private=True))
    run = ask()
    assert run.masked is not run.trace
    # The table looks for its rows anew after the edit and after the run.
    qtbot.waitUntil(lambda: _cell(window, "text") == _TEXT and window.entries.model._loader.get(1).entry.private)
    return window


def _cell(window, name: str, role=Qt.ItemDataRole.DisplayRole):
    model = window.entries.model
    return model.data(model.index(model.row_of(1), NUMBER[name]), role)


def test_the_window_shows_it_with_a_mark(private, qtbot):
    qtbot.waitUntil(lambda: _cell(private, "text") == _TEXT)  # the window may hear of its memory only now
    model = private.entries.model
    assert model.look(model.row_of(1), NUMBER["id"]).mark
    assert "Private" in _cell(private, "id", Qt.ItemDataRole.ToolTipRole)


def test_masked_everywhere_and_shown_again(private, loaded, qtbot):
    loaded.selection.select(1, None)
    action = private.actions_["mask_private"]
    action.trigger()
    qtbot.waitUntil(lambda: _cell(private, "text") == _cell(private, "key") == MASK)
    assert _cell(private, "text", Qt.ItemDataRole.EditRole) is None
    model = private.entries.model
    assert not model.flags(model.index(model.row_of(1), NUMBER["text"])) & Qt.ItemFlag.ItemIsEditable
    assert loaded.playhead.trace is loaded.playhead.run.masked
    assert _TEXT not in loaded.playhead.trace.prompt.text
    qtbot.waitUntil(lambda: "is private" in private.inspector.sentence.text())
    private.entries.view.choose(1)
    private.entries.copying.as_table()
    qtbot.waitUntil(lambda: MASK in QGuiApplication.clipboard().text())
    assert _TEXT not in QGuiApplication.clipboard().text()
    action.trigger()
    qtbot.waitUntil(lambda: _cell(private, "text") == _TEXT)
    assert loaded.playhead.trace is loaded.playhead.run.trace


def test_a_run_that_begins_masked_stays_masked(window, loaded, ask):
    loaded.session.edit(Update(1, private=True))
    window.commands.mask_private(True)
    run = ask()
    assert loaded.playhead.trace is run.masked
    assert run.masked is not run.trace
    assert len(run.masked) == len(run.trace)
    assert run.masked.finish is not None


def _views(window, loaded):
    """Every view that tells something of the run, drawn."""
    window.host.flush()
    for name in VIEWS:
        if VIEWS[name].place != "tab" or not window.central.offers(name):
            continue
        window.central.show_view(name)
        view = window.central.views[name]
        view.show_at(loaded.playhead.trace, loaded.playhead.step)
        view.flush()
        if not view.why_empty(loaded.playhead.trace):
            yield name, view


def test_tables_of_views_are_exported_masked(private, loaded, tmp_path: Path):
    told = set()
    for name, view in _views(private, loaded):
        path = tmp_path / f"{name}.csv"
        view.export(path)
        text = path.read_text("utf-8")
        assert _KEY not in text, name
        assert _TEXT not in text, name
        assert view.trace is loaded.playhead.trace
        view._allow_private(True)
        view.export(path)
        if _KEY in path.read_text("utf-8"):
            told.add(name)
    assert told >= {"heads", "ledger", "prompt"}


def test_pictures_are_masked_too(private, loaded, tmp_path: Path):
    differ = set()
    for name, view in _views(private, loaded):
        view.export(tmp_path / "masked.png")
        view._allow_private(True)
        view.export(tmp_path / "shown.png")
        if (tmp_path / "masked.png").read_bytes() != (tmp_path / "shown.png").read_bytes():
            differ.add(name)
    assert differ >= {"ledger", "prompt"}
