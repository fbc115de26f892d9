"""Views on screen, which end with the test that showed them, and all words that a window shows."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QGroupBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTabWidget,
    QWidget,
)

from memviz.core.trace import Trace
from memviz.gui.app import delete_window
from memviz.gui.docks.inspector_diff import DiffText
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


def shown_words(top: QWidget) -> str:
    """All that somebody could read of a window, or have read to them: texts, tips, names, and what items say."""
    said: list[str] = []
    for widget in (top, *top.findChildren(QWidget)):
        if widget is top or widget.isVisibleTo(top):
            said += [widget.windowTitle(), widget.toolTip(), widget.statusTip(), widget.whatsThis()]
            said += [widget.accessibleName(), widget.accessibleDescription(), *_own_words(widget)]
            said += _accessible_words(widget)
    return "\n".join(map(str, said))


def _own_words(widget: QWidget) -> list[str]:
    match widget:
        case QLineEdit():
            return [widget.displayText(), widget.placeholderText()]
        case QLabel() | QAbstractButton():
            return [widget.text()]
        case QPlainTextEdit():
            return [widget.toPlainText(), widget.placeholderText()]
        case QGroupBox():
            return [widget.title()]
        case QTabWidget():
            return [widget.tabText(at) + widget.tabToolTip(at) for at in range(widget.count())]
        case QComboBox():
            return _item_words(widget.model())
        case QAbstractItemView():
            return _item_words(widget.model())
        case DiffText():
            return [widget.shown(), *(piece.text for piece in widget._pieces)]
    return []


def _item_words(model: QAbstractItemModel) -> list[str]:
    """Of every item and every role, that of an object included."""
    roles = (*range(32), *range(Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 16))
    columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount()
    cells = [model.index(row, column) for row in range(model.rowCount()) for column in range(columns)]
    return [str(value) for cell in cells for role in roles if (value := model.data(cell, role)) is not None]


def _accessible_words(widget: QWidget) -> list[str]:
    """What a screen reader is told."""
    told = QAccessible.queryAccessibleInterface(widget)
    return [told.text(which) for which in QAccessible.Text] if told is not None else []
