"""Pictures of the window are made without a display and are the same every time."""

from __future__ import annotations

import shutil
from contextlib import closing

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QDialog

from memviz.core.edits import Update
from memviz.core.errors import KnownError
from memviz.core.privacy import MASK
from memviz.gui.actions import COMMANDS
from memviz.gui.dialog_names import DIALOGS
from memviz.gui.screenshot import screenshot
from memviz.session.session import Session
from memviz.stores.sqlite import SQLiteStore
from tests.gui.conftest import SceneSession
from tests.gui.shown import shown_words


@pytest.fixture(autouse=True)
def _scenes(monkeypatch) -> None:
    monkeypatch.setattr("memviz.session.session.Session", SceneSession)


def test_the_same_arguments_give_the_same_picture(qapp, memory, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("memviz.gui.tables.ages.time.time", lambda: 4e9)  # ages in words go on between the two
    for name in ("a.png", "b.png"):
        copy = tmp_path / name.replace(".png", "") / "scene.sqlite"  # a question counts the uses of what it reads
        copy.parent.mkdir()
        shutil.copy(memory, copy)
        screenshot(
            tmp_path / name,
            query="who directed Blade Runner?",
            theme="dark",
            size=(1100, 700),
            model="m",
            memory=str(copy),
        )
    first, second = QImage(str(tmp_path / "a.png")), QImage(str(tmp_path / "b.png"))
    assert (first.width(), first.height()) == (1100, 700)
    assert first == second, "the pictures differ"


def test_what_goes_wrong_is_said(qapp, memory, tmp_path) -> None:
    with pytest.raises(KnownError, match="missing"):
        screenshot(tmp_path / "a.png", model="m", memory=str(tmp_path / "missing.sqlite"))
    with pytest.raises(KnownError, match="another folder"):
        screenshot(tmp_path / "missing" / "a.png", model="m", memory=memory)


def test_dialogs_are_drawn_masked_unless_private_entries_may_be_seen(qapp, memory, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("memviz.gui.screenshot._DIALOG_SECONDS", 0.3)
    with closing(SQLiteStore.open(memory)) as store:
        store.apply([Update(1, private=True, text="Nobody may read of Quillfeather Lane.")])
    said: list[str] = []
    grab = QDialog.grab
    monkeypatch.setattr(QDialog, "grab", lambda dialog: said.append(shown_words(dialog)) or grab(dialog))
    for show in (False, True):
        screenshot(tmp_path / f"{show}.png", dialog="history", model="m", memory=memory, show_private=show)
    masked, shown = said
    assert MASK in masked
    assert "Quillfeather" not in masked
    assert "Quillfeather" in shown


def test_a_tab_that_only_this_kind_of_run_has_is_shown(qapp, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("memviz.session.session.Session", Session)  # the real one, with a model of the real kind
    shown: list[str] = []
    monkeypatch.setattr(
        "memviz.gui.central.Central.show_view",
        lambda central, name: shown.append(
            f"{name} {central.tabs.isTabVisible(central.tabs.indexOf(central._pages[name]))}"
        ),
    )
    screenshot(tmp_path / "a.png", query="4", model="dnc-copy", memory="电影", view="linkage")
    assert shown == ["linkage True"]


#: Commands that ask for a file by the dialog of Qt.
FILES = {"open_memory", "new_memory", "load_queries", "load_dialogue", "save_weights"}


def test_every_dialog_is_reachable(qapp, memory, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("memviz.gui.screenshot._DIALOG_SECONDS", 0.05)
    asking = {command.name for command in COMMANDS if command.words.endswith("…")} - {"merge_entries"}  # of chosen rows
    assert asking - FILES - set(DIALOGS) == set()
    assert set(DIALOGS) <= {command.name for command in COMMANDS}
    drawn: list[str] = []
    for name, tabs in DIALOGS.items():
        out = tmp_path / f"{name}.png"
        screenshot(out, dialog=name, view=tabs[-1] if tabs else None, size=(800, 600), model="m", memory=memory)
        drawn += [name] if QImage(str(out)).width() >= 300 else []
    assert drawn == list(DIALOGS)


@pytest.mark.parametrize(
    ("dialog", "view", "words"),
    [
        ("nothing", None, "choose one of open_model.*measure_recall.*about"),
        ("recall", "ledger", "choose one of ranking, decay, forecast"),
        ("train", "ledger", "leave the tab out"),
    ],
)
def test_a_dialog_that_does_not_exist_is_told_at_once(qapp, tmp_path, dialog, view, words) -> None:
    with pytest.raises(KnownError, match=words):
        screenshot(tmp_path / "a.png", dialog=dialog, view=view)
