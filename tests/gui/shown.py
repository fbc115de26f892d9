"""Views on screen, which end with the test that showed them."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from memviz.core.trace import Trace
from memviz.gui.app import delete_window
from memviz.gui.views import VIEWS
from memviz.gui.views.base import View
from tests.gui.scenes import scene_look

_open: list[View] = []


def shown(name: str, qtbot, trace: Trace | None, step: int = -1) -> View:
    """A view on screen, drawn."""
    view = VIEWS[name].load()()
    _open.append(view)
    view.look = scene_look
    view.resize(900, 420)
    view.show_at(trace, step)
    view.show()
    view.flush()
    return view


def delete_shown() -> None:
    """Deletes what :func:`shown` showed."""
    while _open:
        delete_window(_open.pop())


def windows_left() -> list[str]:
    """What is on screen, by class and title: nothing, after a test."""
    return [
        f"{type(each).__name__} {each.windowTitle()!r}" for each in QApplication.topLevelWidgets() if each.isVisible()
    ]
