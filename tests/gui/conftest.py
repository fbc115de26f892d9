"""The application in its clothes, and a workspace around a small memory and a scripted model."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from memviz.core.edits import Insert
from memviz.gui.app import delete_window, make_application
from memviz.gui.settings import Settings
from memviz.gui.workspace import Workspace
from memviz.session.session import Session
from tests.gui.patient_bot import PatientBot
from tests.gui.scenes import ENTRIES, SceneModel
from tests.gui.shown import delete_shown, windows_left


@pytest.fixture(scope="session")
def qapp(qapp):
    return make_application([], "light")


@pytest.fixture
def qtbot(qapp, request: pytest.FixtureRequest) -> PatientBot:
    return PatientBot(request)


@pytest.fixture(autouse=True)
def _garbage() -> Iterator[None]:
    """What a test leaves behind is taken apart here, and not by a worker thread of a later test.

    No window may be left: it would take the mouse away from the windows of later tests.
    """
    yield
    delete_shown()
    gc.collect()
    assert not windows_left(), f"left on screen: {', '.join(windows_left())}"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))


@pytest.fixture
def memory(tmp_path: Path) -> str:
    """A memory file with the entries of the scene."""
    path = str(tmp_path / "scene.sqlite")
    with Session() as session:
        session.open_memory(path, create=True).result()
        session.edit(*(Insert(key=key, text=text) for _, key, text in ENTRIES))
    return path


class SceneSession(Session):
    """A session whose models are scenes; ``model_for`` may be replaced by a test."""

    def __init__(self) -> None:
        super().__init__()
        self.model_for: Callable[[str], SceneModel] = lambda name: SceneModel(name=name)

    def load_model(self, name, *, progress=None, device="cpu", dtype="auto"):
        def load() -> SceneModel:
            model = self.model_for(name)
            self._replace_model(model, name)
            return model

        return self._query_worker.submit(load)


@pytest.fixture
def workspace(qtbot, settings) -> Iterator[Workspace]:
    """Nothing is loaded yet."""
    made = Workspace(SceneSession(), settings)
    yield made
    made.close()


@pytest.fixture
def loaded(workspace, memory, qtbot) -> Workspace:
    """Model and memory are there."""
    workspace.start("scene", memory)
    qtbot.waitUntil(lambda: not workspace.loader.busy)
    return workspace


@pytest.fixture
def window(loaded, qtbot):
    """The whole window, shown, with its views."""
    from memviz.gui.main_window import MainWindow

    made = MainWindow(loaded)
    made.resize(1280, 800)
    made.show()
    qtbot.waitUntil(lambda: bool(made.central.views))
    yield made
    loaded.close()
    delete_window(made)


@pytest.fixture
def ask(loaded, qtbot) -> Callable[[str], object]:
    """Asks a question and waits for the end of its answer."""

    def asked(text: str = "who directed Blade Runner?"):
        with qtbot.waitSignal(loaded.asker.finished):
            loaded.asker.ask(text)
        qtbot.waitUntil(lambda: not loaded.playhead.moving)
        return loaded.playhead.run

    return asked
