"""A picture of the real window: it loads, asks, waits for the answer and is drawn into a file."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, QSettings, QTimer
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication, QDialog, QTabWidget

from memviz.core.errors import KnownError
from memviz.gui.app import delete_window, make_application
from memviz.gui.dialog_names import DIALOGS, dialog_words
from memviz.gui.settings import DEFAULT_MEMORY, DEFAULT_MODEL, RunOptions, Settings
from memviz.gui.views import VIEWS
from memviz.gui.workspace import Workspace
from memviz.session.bundled import BUNDLED_MEMORIES
from memviz.session.stories import query_of_line, story_file

if TYPE_CHECKING:
    from memviz.gui.main_window import MainWindow

LOADING_SECONDS = 600.0
ANSWERING_SECONDS = 600.0
_LOOK_MS = 20
#: A dialog reads files and asks the machine what it has, beside the window.
_DIALOG_SECONDS = 4.0
#: The panels ask the store in steps: the table for its rows, the inspector for its entry and its history.
_ROUND_TRIPS = 6


def screenshot(
    out: str | Path,
    *,
    query: str | None = None,
    line: int | None = None,
    beams: int = 0,
    view: str | None = None,
    dialog: str | None = None,
    chat: Path | None = None,
    entry: int | None = None,
    theme: str = "light",
    size: tuple[int, int] = (1280, 800),
    model: str | None = None,
    memory: str | None = None,
    show_private: bool = False,
) -> None:
    """Saves a PNG of the window, after the answer to ``query``, with the most read entry chosen.

    The same arguments give the same picture: settings are the defaults, a bundled memory is unpacked afresh, and
    durations are left out. Blocks; GUI thread. Needs no display with ``QT_QPA_PLATFORM=offscreen``.

    Args:
        out: the file.
        query: what to ask; None: the window before the first question.
        line: instead, the question on this line of the story file that is the memory.
        beams: of an encoder-decoder's search; 0: as the model says.
        view: name of the tab to show, of the dialog where one is drawn; None: the first.
        chat: a dialogue file: the chat is shown with it, and what it tells is stored; None: no chat.
        dialog: name of the command whose dialog is drawn instead of the window; None: the window.
        entry: id of the entry that is chosen, with the reason in sight where it was not recalled; None: the most read.
        theme: ``light`` or ``dark``.
        size: width and height in pixels, at scale 1.
        model, memory: what to open; None: what comes with memviz.
        show_private: False masks private entries.

    Raises:
        KnownError: model or memory cannot be opened, the question cannot be asked, or the file cannot be written.
    """
    memory = memory or DEFAULT_MEMORY
    if dialog is not None:
        _check_dialog(dialog, view)
    with tempfile.TemporaryDirectory(prefix="memviz-") as folder:
        settings = Settings(QSettings(str(Path(folder, "settings.ini")), QSettings.Format.IniFormat))
        settings.run_options = RunOptions(beams=beams)
        with _data_home(folder if memory in BUNDLED_MEMORIES else None):
            picture = _picture(
                settings,
                query,
                line,
                view,
                dialog,
                chat,
                entry,
                theme,
                size,
                model or DEFAULT_MODEL,
                memory,
                show_private,
            )
    if not picture.save(str(out), "PNG"):
        raise KnownError(f"The picture cannot be written to {out}; choose another folder.")


def _picture(
    settings: Settings,
    query: str | None,
    line: int | None,
    view: str | None,
    dialog: str | None,
    chat: Path | None,
    entry: int | None,
    theme: str,
    size: tuple[int, int],
    model: str,
    memory: str,
    show_private: bool,
) -> QPixmap:
    make_application(["memviz"], theme)
    from memviz.gui.main_window import MainWindow
    from memviz.session.session import Session

    workspace = Workspace(Session(), settings)
    errors: list[BaseException] = []
    workspace.bridge.failed.connect(errors.append)
    window = MainWindow(workspace)
    try:
        window.status.timings = False
        window.resize(*size)
        window.commands.mask_private(not show_private)
        window.show()
        workspace.start(model, memory)
        _wait(lambda: not workspace.loader.busy, LOADING_SECONDS, "Model and memory were not loaded")
        _wait(lambda: bool(window.central.views), LOADING_SECONDS, "The window was not drawn")
        _raise_first(errors)
        if line is not None:
            stories = story_file(memory)
            if stories is None:
                raise KnownError("A line can only be asked of a story file; name one as the memory.")
            wanted = query_of_line(stories, line)
            row = next(at for at in range(workspace.queries.rowCount()) if workspace.queries.item(at).query == wanted)
            window.commands.queries.show_query(row)
            query = wanted.text
        if chat is not None:
            _take_in(window, workspace, chat)
            _raise_first(errors)
        if query is not None:
            ended: list[object] = []
            workspace.asker.finished.connect(ended.append)
            window.queries.box.setPlainText(query)
            window.commands.queries.ask(query)
            _raise_first(errors)
            _wait(lambda: bool(ended) and not workspace.playhead.moving, ANSWERING_SECONDS, "The answer did not end")
            _raise_first(errors)
        if view is not None and dialog is None:
            window.host.flush()  # now it is known which tabs the run has
            if VIEWS.get(view, VIEWS["answer"]).place != "tab":
                tabs = ", ".join(name for name, spec in VIEWS.items() if spec.place == "tab")
                raise KnownError(f"There is no tab “{view}”; choose one of {tabs}.")
            if not window.central.offers(view):
                raise KnownError(
                    f"This run has nothing for the view “{view}”; it has {window.central.offered_words()}."
                )
            window.central.show_view(view)
        if entry is not None:
            workspace.selection.select(entry, None)
        for _ in range(_ROUND_TRIPS):
            _round_trip(workspace)
        _wait(lambda: not window.inspector.desk.busy, ANSWERING_SECONDS, "The reason was not found")
        if entry is not None:
            window.inspector.desk.jump(entry, window.inspector.shown_id)
            _round_trip(workspace)
        window.central.setFocus()
        window.host.flush()
        _wait(lambda: not workspace.looks.busy, ANSWERING_SECONDS, "The closer look did not end")
        window.host.flush()
        if dialog is not None:
            return _dialog(window, workspace, dialog, view, size)
        return window.grab()
    finally:
        window.commands.end_dialogs()
        workspace.close()
        delete_window(window)


def _take_in(window: MainWindow, workspace: Workspace, path: Path) -> None:
    """A whole dialogue, as a user would load it."""
    window.show_chat()
    workspace.chat.talk.store_claims = True
    refused: list[str] = []
    workspace.chat.refused.connect(refused.append)
    workspace.chat.open_file(str(path))
    _wait(lambda: not workspace.chat.busy, LOADING_SECONDS, "The dialogue was not read")
    if not refused:
        workspace.chat.load_rest()
    _wait(lambda: not (workspace.chat.busy or workspace.jobs.running), LOADING_SECONDS, "The dialogue was not loaded")
    if refused and refused[0]:
        raise KnownError(refused[0])


def _dialog(window: MainWindow, workspace: Workspace, name: str, tab: str | None, size: tuple[int, int]) -> QPixmap:
    """The dialog that a command opens, after it has had time to fill itself."""
    before = set(QApplication.topLevelWidgets())
    drawn: list[QPixmap] = []
    begun: list[float] = []

    def draw() -> None:
        """Also while the command waits for the dialog to be closed."""
        widgets = QApplication.topLevelWidgets()
        opened = [each for each in widgets if isinstance(each, QDialog) and each not in before and each.isVisible()]
        if drawn or not opened:
            return
        if not begun:
            opened[0].resize(*size)
            if tab is not None:
                opened[0].findChildren(QTabWidget)[0].setCurrentIndex(DIALOGS[name].index(tab))
            begun.append(time.monotonic())
        if time.monotonic() - begun[0] > _DIALOG_SECONDS and not workspace.jobs.running:
            drawn.append(opened[0].grab())
            opened[0].reject()

    look = QTimer()
    look.timeout.connect(draw)
    look.start(_LOOK_MS)
    window.actions_[name].trigger()
    _wait(lambda: bool(drawn), ANSWERING_SECONDS, "The dialog was not drawn")
    return drawn[0]


def _check_dialog(name: str, tab: str | None) -> None:
    if name not in DIALOGS:
        raise KnownError(f"There is no dialog “{name}”; choose one of {dialog_words()}.")
    if tab is not None and tab not in DIALOGS[name]:
        tabs = f"choose one of {', '.join(DIALOGS[name])}" if DIALOGS[name] else "leave the tab out"
        raise KnownError(f"The dialog “{name}” has no tab “{tab}”; {tabs}.")


def _round_trip(workspace: Workspace) -> None:
    """Waits until the memory has answered everything that was asked before."""
    answered: list[object] = []
    workspace.bridge.watch(workspace.session.store_call(lambda store: store.version), answered.append)
    _wait(lambda: bool(answered), ANSWERING_SECONDS, "The memory did not answer")


def _wait(condition: Callable[[], bool], seconds: float, words: str) -> None:
    """Runs the event loop until ``condition`` holds."""
    loop = QEventLoop()
    look = QTimer()
    look.timeout.connect(lambda: loop.quit() if condition() else None)
    look.start(_LOOK_MS)
    end = QTimer()
    end.setSingleShot(True)
    end.timeout.connect(loop.quit)
    end.start(round(1000 * seconds))
    loop.exec()
    if not condition():
        raise KnownError(f"{words} within {seconds:.0f} seconds; try a smaller model.")


def _raise_first(errors: list[BaseException]) -> None:
    if errors:
        raise errors[0]


@contextmanager
def _data_home(folder: str | None) -> Iterator[None]:
    """Bundled memories are unpacked into ``folder`` meanwhile; None changes nothing."""
    before = os.environ.get("MEMVIZ_DATA_HOME")
    if folder is not None:
        os.environ["MEMVIZ_DATA_HOME"] = folder
    try:
        yield
    finally:
        if before is not None:
            os.environ["MEMVIZ_DATA_HOME"] = before
        else:
            os.environ.pop("MEMVIZ_DATA_HOME", None)
