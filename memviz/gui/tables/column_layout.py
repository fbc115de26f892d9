"""Which columns of the table are shown, how wide, and that this is remembered."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QTableView

from memviz.gui.settings import Settings
from memviz.gui.tables.columns import COLUMNS, NUMBER, RUN_COLUMNS

_LAYOUT = "entries-columns-2"  # with another number whenever columns are added
_TEXT = NUMBER["text"]
_SAVE_AFTER_MS = 300


class ColumnLayout(QObject):
    """The columns of a table of entries; the text takes the width that the others leave. GUI thread.

    Signals:
        filter_wanted(str): a condition on a column is to be chosen, by its name.
    """

    filter_wanted = Signal(str)

    def __init__(self, view: QTableView, settings: Settings | None) -> None:
        """``settings``: where the layout is remembered; None: nowhere."""
        super().__init__(view)
        self._view = view
        self._header = view.horizontalHeader()
        self._settings = settings
        self.reset()
        saved = settings.layout(_LAYOUT) if settings is not None else None
        if saved and self._header.restoreState(saved):
            self.fill_width()
        self._header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._header.customContextMenuRequested.connect(self._show_menu)
        self._header.sectionResized.connect(self._resized)
        # Not when the table is hidden: that also happens while it is being destroyed.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SAVE_AFTER_MS)
        self._soon.timeout.connect(self.save)
        for moved in (self._header.sectionResized, self._header.sectionMoved, self._header.sortIndicatorChanged):
            moved.connect(self._save_soon)

    def reset(self) -> None:
        """Columns as at the first start."""
        for number, column in enumerate(COLUMNS):
            self._header.moveSection(self._header.visualIndex(number), number)
            self._header.setSectionHidden(number, not column.shown)
            self._header.resizeSection(number, self._width(number))
        self._header.setSortIndicator(NUMBER["rank"], Qt.SortOrder.AscendingOrder)
        self.fill_width()

    def _save_soon(self) -> None:
        self._soon.start()

    def save(self) -> None:
        if self._settings is not None:
            self._settings.save_layout(_LAYOUT, self._header.saveState())

    def menu(self, of: int = -1) -> QMenu:
        """Which columns are shown; right-clicking the header opens it. ``of``: the column under the mouse."""
        menu = QMenu(self._view)
        if of >= 0 and COLUMNS[of].name not in RUN_COLUMNS:
            name = COLUMNS[of].name
            menu.addAction(f"Filter by {COLUMNS[of].title} …").triggered.connect(lambda: self.filter_wanted.emit(name))
            menu.addSeparator()
        for number, column in enumerate(COLUMNS):
            action = menu.addAction(column.title if column.name != "enabled" else "on / off")
            action.setToolTip(column.tip)
            action.setCheckable(True)
            action.setChecked(not self._header.isSectionHidden(number))
            action.setEnabled(number != _TEXT)
            action.setData(number)
        menu.addSeparator()
        menu.addAction("Reset columns", self.reset)
        menu.triggered.connect(self._chosen)
        return menu

    def fill_width(self) -> None:
        """Gives the text what the other columns leave, but never less than can be read."""
        others = self._header.length() - self._header.sectionSize(_TEXT)
        wanted = max(self._width(_TEXT) // 2, self._view.viewport().width() - others)
        if wanted != self._header.sectionSize(_TEXT):
            blocked = self._header.blockSignals(True)  # the view would answer each resizing with a resizing
            self._header.resizeSection(_TEXT, wanted)
            self._header.blockSignals(blocked)
            self._view.updateGeometries()
            self._view.viewport().update()

    def _width(self, number: int) -> int:
        return (COLUMNS[number].width + 2) * self._view.fontMetrics().averageCharWidth()

    def _chosen(self, action: QAction) -> None:
        number = action.data()
        if number is not None:
            self._header.setSectionHidden(number, not action.isChecked())
            self.fill_width()
        self.save()

    def _show_menu(self, position: QPoint) -> None:
        menu = self.menu(self._header.logicalIndexAt(position))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self._header.mapToGlobal(position))

    def _resized(self, number: int) -> None:
        if number != _TEXT:
            self.fill_width()
