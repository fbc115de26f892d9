"""How a dialog is laid out that shows a list, and beside it the thing that is chosen there."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLayout, QLineEdit, QSplitter, QVBoxLayout, QWidget

from memviz.gui.metrics import unit
from memviz.gui.tables.labels import PlainLabel

#: Neither side becomes narrower than this, in units.
_LEAST_LIST, _LEAST_DETAIL = 24, 46


class ListAndDetail(QSplitter):
    """The list on the left, under what finds things in it; title, detail and what is done with it on the right.

    Args:
        find: above the list.
        actions: below the detail.
        widths: of list and detail at first, in units.
    """

    def __init__(
        self,
        parent: QWidget,
        *,
        find: Sequence[QWidget],
        items: QWidget,
        title: PlainLabel,
        detail: QWidget,
        actions: Sequence[QWidget] = (),
        widths: tuple[int, int],
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        space = unit(self)
        sides = (
            (_LEAST_LIST, (row(find, (space, space, space, space)), items)),
            (
                _LEAST_DETAIL,
                (
                    row((title,), (2 * space, space, 2 * space, 0), filled=True),
                    detail,
                    row(actions, (2 * space, 0, 2 * space, space)),
                ),
            ),
        )
        for least, parts in sides:
            side = QWidget(self)
            side.setMinimumWidth(least * space)
            column = QVBoxLayout(side)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(0)
            for part in parts:
                if isinstance(part, QLayout):
                    column.addLayout(part)
                else:
                    column.addWidget(part, 1)
            self.addWidget(side)
        self.setChildrenCollapsible(False)
        self.setHandleWidth(1)
        self.setStretchFactor(0, widths[0])
        self.setStretchFactor(1, widths[1])
        self.setSizes([width * space for width in widths])


def lay_out(dialog: QWidget, body: QWidget, words: PlainLabel, end: Sequence[QWidget]) -> None:
    """The body, and a line below it: what is to be said, then buttons and how far a job is."""
    space = unit(dialog)
    below = row((words, *end), (2 * space, space, 2 * space, 2 * space), filled=True)
    column = QVBoxLayout(dialog)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(body, 1)
    column.addLayout(below)


def row(widgets: Sequence[QWidget], margins: tuple[int, int, int, int], *, filled: bool = False) -> QHBoxLayout:
    """``filled``: the first takes all room that is left; else fields do, or it stays behind the last."""
    line = QHBoxLayout()
    if not widgets:
        return line
    line.setContentsMargins(*margins)
    line.setSpacing(unit(widgets[0]))
    for number, widget in enumerate(widgets):
        line.addWidget(widget, int(filled and number == 0))
    if not filled and not any(isinstance(widget, QLineEdit) for widget in widgets):
        line.addStretch(1)
    return line
