"""A dock with a quiet heading."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QMainWindow, QWidget

from memviz.gui.fonts import ui_font
from memviz.gui.metrics import unit
from memviz.gui.widgets import plain_label


class Heading(QWidget):
    """A small word above a panel; what stands right of it are the panel's own controls."""

    def __init__(self, title: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label = plain_label(self, title, quiet=True)
        self._label.setText(title)
        self._label.setToolTip(tip)
        space = unit(self)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(2 * space, space // 2, space, space // 2)
        self.row.addWidget(self._label, 1)
        self._label.setFont(ui_font(self.font(), semi_bold=True))


def add_dock(
    window: QMainWindow, name: str, title: str, tip: str, panel: QWidget, area: Qt.DockWidgetArea, *, bare: bool = False
) -> QDockWidget:
    """Puts a panel into a dock of the window; ``name`` is what its layout is remembered by.

    A ``bare`` dock has no heading: the panel's first line says what it is.
    """
    dock = QDockWidget(title, window)
    dock.setObjectName(name)
    dock.setAccessibleName(title)
    dock.setTitleBarWidget(QWidget(dock) if bare else Heading(title, tip, dock))
    dock.setWidget(panel)
    window.addDockWidget(area, dock)
    toggle = dock.toggleViewAction()
    toggle.setToolTip(f"Show or hide the panel “{title}”")
    return dock
