"""The ledger's table as a widget: columns that can be chosen and sorted by, rows that choose an entry."""

from __future__ import annotations

import json

from PySide6.QtCore import QByteArray, QEvent, QItemSelectionModel, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QPalette, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget

from memviz.gui.settings import Settings
from memviz.gui.slot_colors import SlotStyle
from memviz.gui.tables.columns import Column
from memviz.gui.tables.ledger_columns import ENTRY, REASON
from memviz.gui.tables.ledger_delegate import LedgerDelegate
from memviz.gui.tables.ledger_model import Index, LedgerModel
from memviz.gui.theme import colors_of

_LAYOUT = "ledger-columns"
#: Columns of numbers whose least value is the best.
_BEST_FIRST = ("rank", "id", "words", "vectors", "age")


class LedgerTable(QTableView):
    """Whole rows are chosen. GUI thread.

    Signals:
        entry_chosen(int): the entry of the row that the user chose.
    """

    entry_chosen = Signal(object)

    def __init__(self, model: LedgerModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ledger = model
        self._wanted: dict[str, bool] = {}  # columns that the user switched on or off
        self._known: list[tuple[str, bool]] = []
        self._settings: Settings | None = None
        self._chosen: int | None = None
        self.setModel(model)
        self._delegate = LedgerDelegate(model, self)
        self.setItemDelegate(self._delegate)
        self.setAccessibleName("Candidates of the recall")
        self.setToolTip("Every entry that recall looked at; choose a row to choose the entry")
        self._set_up()
        model.modelReset.connect(self._after_reset)
        self.selectionModel().currentRowChanged.connect(self._row_chosen)
        self._dress()

    def _set_up(self) -> None:
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setMinimumSectionSize(1)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(True)
        header.setMinimumSectionSize(3 * self.fontMetrics().averageCharWidth())
        header.setTextElideMode(Qt.TextElideMode.ElideRight)
        header.sectionClicked.connect(self._sort_by)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._show_menu)

    def _dress(self) -> None:
        colors = colors_of(self.palette())
        self._delegate.dress(colors)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
        palette = self.palette()
        if palette.color(QPalette.ColorRole.Base) != colors.color("window"):
            palette.setColor(QPalette.ColorRole.Base, colors.color("window"))
            self.setPalette(palette)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self._dress()

    def set_styles(self, styles: dict[int, SlotStyle]) -> None:
        """Colours of the entries in this run."""
        self._delegate.styles = styles
        self.viewport().update()

    # -- rows --------------------------------------------------------------------------------------------------------

    def choose(self, entry_id: int | None) -> None:
        """Marks an entry's row without telling anybody."""
        self._chosen = entry_id
        row = self._ledger.row_of(entry_id)
        selection = self.selectionModel()
        if row >= 0 and self.currentIndex().row() == row and selection.hasSelection():
            return
        selection.blockSignals(True)
        if row < 0:
            selection.clear()
        else:
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            index = self._ledger.index(row, 0)
            selection.setCurrentIndex(index, flags)
            self.scrollTo(index)
        selection.blockSignals(False)
        self.viewport().update()

    def scrollTo(
        self, index: Index, hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible
    ) -> None:
        """To the row; what columns are in sight is the user's choice."""
        across = self.horizontalScrollBar().value()
        super().scrollTo(index, hint)
        self.horizontalScrollBar().setValue(across)

    def _row_chosen(self, current: QModelIndex) -> None:
        if current.isValid():
            self._chosen = self._ledger.rows[current.row()].entry_id
            self.entry_chosen.emit(self._chosen)

    def _after_reset(self) -> None:
        """Other rows, or the same ones in another order: the chosen entry stays chosen."""
        self._follow_columns()
        self.choose(self._chosen)

    def _sort_by(self, number: int) -> None:
        column = self._ledger.columns[number]
        name, descending = self._ledger.sorted_by
        best_last = column.numeric and column.name not in _BEST_FIRST
        descending = not descending if name == column.name else best_last
        self._ledger.sort(number, Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder)

    # -- columns -----------------------------------------------------------------------------------------------------

    def menu(self, parent: QWidget | None = None) -> QMenu:
        """Which columns are shown; right-clicking the header opens it."""
        menu = QMenu("Columns", parent or self)
        menu.setToolTipsVisible(True)
        for number, column in enumerate(self._ledger.columns):
            action = menu.addAction(column.title)
            action.setToolTip(column.tip)
            action.setCheckable(True)
            action.setChecked(not self.isColumnHidden(number))
            action.setEnabled(column.name != ENTRY)
            action.setData(column.name)
        menu.addSeparator()
        menu.addAction("Reset columns", self.reset_columns)
        menu.triggered.connect(self._column_chosen)
        return menu

    def remember_in(self, settings: Settings) -> None:
        """Takes over which columns were switched on or off, and keeps that there."""
        self._settings = settings
        try:
            saved = json.loads(bytes(settings.layout(_LAYOUT).data()) or b"{}")
        except ValueError:
            saved = {}
        if isinstance(saved, dict):
            self._want({str(name): shown for name, shown in saved.items() if isinstance(shown, bool)})

    def reset_columns(self) -> None:
        self._want({})
        self._save()

    def _column_chosen(self, action: QAction) -> None:
        if action.data() is not None:
            self._want({**self._wanted, action.data(): action.isChecked()})
            self._save()

    def _want(self, wanted: dict[str, bool]) -> None:
        self._wanted, self._known = wanted, []
        self._follow_columns()

    def _save(self) -> None:
        if self._settings is not None:
            self._settings.save_layout(_LAYOUT, QByteArray(json.dumps(self._wanted).encode()))

    def _show_menu(self, position: QPoint) -> None:
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.horizontalHeader().mapToGlobal(position))

    def _follow_columns(self) -> None:
        """The widths stay where the columns do."""
        known = [(column.name, column.shown) for column in self._ledger.columns]
        if known == self._known:
            return
        self._known = known
        for number, column in enumerate(self._ledger.columns):
            self.setColumnHidden(number, not self._wanted.get(column.name, column.shown))
            self.setColumnWidth(number, self._width(column))
        self._fill_width()

    def _width(self, column: Column) -> int:
        return (column.width + 2) * self.fontMetrics().averageCharWidth()

    def _fill_width(self) -> None:
        """Entry and reason share the width that the others leave, but never less than can be read."""
        flexible = [
            number
            for number, column in enumerate(self._ledger.columns)
            if column.name in (ENTRY, REASON) and not self.isColumnHidden(number)
        ]
        used = sum(
            self.columnWidth(number)
            for number in range(len(self._ledger.columns))
            if number not in flexible and not self.isColumnHidden(number)
        )
        left = max(0, self.viewport().width() - used)
        for number in flexible:
            least = self._width(self._ledger.columns[number])
            self.setColumnWidth(number, max(least, left // len(flexible)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fill_width()
        if self.currentIndex().isValid():
            self.scrollTo(self.currentIndex())
