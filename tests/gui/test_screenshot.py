"""Pictures of the window are made without a display and are the same every time."""

from __future__ import annotations

import shutil

import pytest
from PySide6.QtGui import QImage

from memviz.core.errors import KnownError
from memviz.gui.screenshot import screenshot
from tests.gui.conftest import SceneSession


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
