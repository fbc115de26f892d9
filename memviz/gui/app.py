"""Starts the window."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QWidget

from memviz.core.resources import resource_path
from memviz.gui.fonts import install_fonts
from memviz.gui.settings import Settings
from memviz.gui.theme import application, apply_theme

if TYPE_CHECKING:
    from memviz.gui.main_window import MainWindow


def make_application(argv: Sequence[str], theme: str) -> QApplication:
    """The application with its fonts, style and theme; the running one where there is one already."""
    app = QApplication(list(argv)) if QApplication.instance() is None else application()
    app.setApplicationName("memviz")
    app.setDesktopFileName("memviz")
    app.setStyle("Fusion")
    app.setWindowIcon(QIcon(str(resource_path("icons", "memviz.svg"))))
    install_fonts(app)
    apply_theme(theme)
    return app


def run_window(
    model: str | None = None, memory: str | None = None, *, query: str | None = None, argv: Sequence[str] = ()
) -> int:
    """Opens the window and stays until it is closed; returns the exit code.

    Args:
        model, memory: what to open; None: what was open last.
        query: a question to be asked as soon as both are there.
        argv: for Qt.

    The window is on screen before a model's libraries are imported: loading begins when it is.
    """
    settings = Settings()
    app = make_application(argv or sys.argv[:1], settings.theme)
    app.styleHints().colorSchemeChanged.connect(lambda _scheme: apply_theme(settings.theme))
    from memviz.gui.main_window import MainWindow
    from memviz.gui.workspace import Workspace
    from memviz.session.session import Session

    workspace = Workspace(Session(), settings)
    window = MainWindow(workspace)
    _catch_bugs(window)

    def begin() -> None:
        workspace.start(model or settings.model, memory or settings.memory)
        if query:
            window.queries.box.setPlainText(query)
            workspace.asker.ask(query)

    window.built.connect(begin)
    window.show()
    try:
        return app.exec()
    finally:
        sys.excepthook = sys.__excepthook__
        workspace.close()
        delete_window(window)


def delete_window(window: QWidget) -> None:
    """Deletes a window and all in it at once.

    Left to Python's garbage collector, objects that point at each other are taken apart in an order of its own: Qt
    then calls methods of half of a widget, and crashes.
    """
    window.hide()
    shiboken6.delete(window)


def _catch_bugs(window: MainWindow) -> None:
    """Exceptions that nobody expected are shown with their traceback instead of being printed where nobody looks."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        sys.__excepthook__(kind, error, trace)
        if isinstance(error, Exception):
            window.commands.report(error)

    sys.excepthook = hook
