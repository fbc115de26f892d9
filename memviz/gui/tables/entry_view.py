"""The table of entries as a widget: keys, chosen rows, columns, and a sentence where there is nothing to show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QAbstractItemModel, QEvent, QItemSelectionModel, QModelIndex, QPoint, QRect, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QColor,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget

from memviz.core.errors import BugError
from memviz.gui.settings import Settings
from memviz.gui.tables.cell_editors import fill_editor
from memviz.gui.tables.columns import COLUMNS, NUMBER
from memviz.gui.tables.entry_delegate import EntryDelegate
from memviz.gui.tables.entry_model import EntryModel
from memviz.gui.theme import colors_of

_LAYOUT = "entries-columns"
#: Keys that the table uses itself, so that a shortcut of the window does not take them away from it.
_OWN_KEYS = frozenset(
    {
        Qt.Key.Key_Left,
        Qt.Key.Key_Right,
        Qt.Key.Key_Home,
        Qt.Key.Key_End,
        Qt.Key.Key_Delete,
        Qt.Key.Key_Insert,
        Qt.Key.Key_F2,
    }
)
_EDITS = QAbstractItemView.EditTrigger


class EntryView(QTableView):
    """Whole rows are chosen, single cells edited. GUI thread.

    Signals:
        entry_chosen(object): the id of the current row, chosen by the user.
        delete_wanted(), add_wanted(), copy_wanted(), escape_pressed(): keys that the panel acts on.
        too_long(str, int): a cell that cannot be edited here: field, number of characters.
    """

    entry_chosen = Signal(object)
    delete_wanted = Signal()
    add_wanted = Signal()
    copy_wanted = Signal()
    escape_pressed = Signal()
    too_long = Signal(str, int)

    def __init__(self, model: EntryModel, settings: Settings | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries = model
        self._settings = settings
        self._sentence = ""
        self._quiet = False  # rows are chosen by the program
        self._kept: int | None = None
        self._scrolled = 0
        self.setItemDelegate(EntryDelegate(self))
        self.setAccessibleName("Entries of the memory")
        self._set_up()
        model.modelAboutToBeReset.connect(self._before_reset)
        self.setModel(model)
        model.modelReset.connect(self._after_reset)
        model.rowsRemoved.connect(self._choose_neighbour)
        self.selectionModel().currentRowChanged.connect(self._row_chosen)
        self._set_up_header()

    def _set_up(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(_EDITS.DoubleClicked | _EDITS.EditKeyPressed)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setMinimumSectionSize(1)

    def _set_up_header(self) -> None:
        header = self.horizontalHeader()
        header.setSectionsMovable(True)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(3 * self.fontMetrics().averageCharWidth())
        header.setTextElideMode(Qt.TextElideMode.ElideRight)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._header_menu)
        self._follow_font()
        self._dress()
        self.reset_columns()
        if self._settings is not None:
            saved = self._settings.layout(_LAYOUT)
            if not saved.isEmpty() and header.restoreState(saved):
                self._fill_width()
        self.setSortingEnabled(True)
        header.setSortIndicatorShown(False)  # the titles say it, where the style's arrow would lie on them
        header.sectionResized.connect(self._fill_width_after)
        header.geometriesChanged.connect(self._fill_width)

    # -- columns -----------------------------------------------------------------------------------------------------

    def reset_columns(self) -> None:
        """Columns as at the first start."""
        header = self.horizontalHeader()
        for number, column in enumerate(COLUMNS):
            header.moveSection(header.visualIndex(number), number)
            header.setSectionHidden(number, not column.shown)
            header.resizeSection(number, self._width(number))
        header.setSortIndicator(NUMBER["rank"], Qt.SortOrder.AscendingOrder)
        self._fill_width()

    def save_columns(self) -> None:
        if self._settings is not None:
            self._settings.save_layout(_LAYOUT, self.horizontalHeader().saveState())

    def column_menu(self) -> QMenu:
        """The header's menu: which columns are shown."""
        menu = QMenu(self)
        for number, column in enumerate(COLUMNS):
            action = menu.addAction(column.title if column.name != "enabled" else "on / off")
            action.setToolTip(column.tip)
            action.setCheckable(True)
            action.setChecked(not self.isColumnHidden(number))
            action.setEnabled(column.name != "text")
            action.setData(number)
        menu.addSeparator()
        menu.addAction("Reset columns", self.reset_columns)
        menu.triggered.connect(self._column_toggled)
        return menu

    def _column_toggled(self, action: QAction) -> None:
        number = action.data()
        if number is not None:
            self.setColumnHidden(number, not action.isChecked())
            self._fill_width()
        self.save_columns()

    def _header_menu(self, position: QPoint) -> None:
        menu = self.column_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.horizontalHeader().mapToGlobal(position))

    def _width(self, number: int) -> int:
        return (COLUMNS[number].width + 2) * self.fontMetrics().averageCharWidth()

    def _fill_width(self) -> None:
        """The text takes the width that the other columns leave."""
        header = self.horizontalHeader()
        text = NUMBER["text"]
        others = header.length() - header.sectionSize(text)
        wanted = max(self._width(text) // 2, self.viewport().width() - others)
        if wanted != header.sectionSize(text):
            blocked = header.blockSignals(True)
            header.resizeSection(text, wanted)
            header.blockSignals(blocked)
            self.updateGeometries()
            self.viewport().update()

    def _fill_width_after(self, number: int) -> None:
        if number != NUMBER["text"]:
            self._fill_width()

    def _follow_font(self) -> None:
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fill_width()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._follow_font()
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._dress()

    def _dress(self) -> None:
        """Chosen rows are tinted, so that text and the colours of slots stay readable on them."""
        colors = colors_of(self.palette())
        palette = self.palette()
        tint = _mixed(colors.color("accent"), colors.color("surface"), 0.26 if colors.dark else 0.14)
        if palette.color(QPalette.ColorRole.Highlight) != tint:
            palette.setColor(QPalette.ColorRole.Highlight, tint)
            palette.setColor(QPalette.ColorRole.HighlightedText, colors.color("text"))
            self.setPalette(palette)

    # -- chosen rows -------------------------------------------------------------------------------------------------

    def chosen_ids(self) -> list[int]:
        """Ids of the chosen rows, from top to bottom; of a million rows too."""
        ranges = sorted((part.top(), part.bottom()) for part in self.selectionModel().selection().toList())
        return [entry_id for first, last in ranges for entry_id in self._entries.entry_ids(first, last)]

    def choose(self, entry_id: int | None) -> bool:
        """Makes an entry's row the current one and brings it into sight; False where it is not among the rows."""
        row = -1 if entry_id is None else self._entries.row_of(entry_id)
        with self._by_program():
            if row < 0:
                self.selectionModel().clear()
                return False
            index = self._entries.index(row, self._column())
            self.setCurrentIndex(index)
            self.scrollTo(index)
        return True

    def _column(self) -> int:
        """The current column, or the text's."""
        current = self.currentIndex()
        return current.column() if current.isValid() else NUMBER["text"]

    @contextmanager
    def _by_program(self) -> Iterator[None]:
        before, self._quiet = self._quiet, True
        try:
            yield
        finally:
            self._quiet = before

    def _row_chosen(self, current: QModelIndex) -> None:
        if current.isValid() and not self._quiet:
            self.entry_chosen.emit(self._entries.entry_id(current.row()))

    def _before_reset(self) -> None:
        current = self.currentIndex()
        self._kept = self._entries.entry_id(current.row()) if current.isValid() else self._kept
        self._scrolled = self.verticalScrollBar().value()

    def _after_reset(self) -> None:
        """The current entry stays current; a new search or run begins at the top, a change keeps the place."""
        reason = self._entries.reset_reason
        if reason == "memory" and not self._entries.loaded:
            self._kept = None
            return
        row = -1 if self._kept is None else self._entries.row_of(self._kept)
        if row >= 0:
            with self._by_program():
                self.selectionModel().setCurrentIndex(
                    self._entries.index(row, NUMBER["text"]),
                    QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows,
                )
        if reason == "change":
            self.verticalScrollBar().setValue(self._scrolled)
        elif reason == "sort" and row >= 0:
            self.scrollTo(self._entries.index(row, NUMBER["text"]), QAbstractItemView.ScrollHint.PositionAtCenter)
        else:
            self.scrollToTop()

    def _choose_neighbour(self) -> None:
        """After a deletion the row that is current now is also the chosen one."""
        current = self.currentIndex()
        if current.isValid() and not self.selectionModel().hasSelection():
            self.selectionModel().select(
                current, QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            )

    # -- keys --------------------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._is_own(event):
            event.accept()
            return True
        return super().event(event)

    def _is_own(self, event: QKeyEvent) -> bool:
        if event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier):
            return False
        if event.key() == Qt.Key.Key_Space:
            return self.currentIndex().isValid() and self.currentIndex().column() == NUMBER["enabled"]
        if event.key() == Qt.Key.Key_Escape:
            return bool(self._entries.search_text)
        return event.key() in _OWN_KEYS

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.state() == QAbstractItemView.State.EditingState:
            super().keyPressEvent(event)
            return
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_wanted.emit()
        elif plain and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete_wanted.emit()
        elif plain and event.key() == Qt.Key.Key_Insert:
            self.add_wanted.emit()
        elif plain and event.key() == Qt.Key.Key_Escape:
            self.escape_pressed.emit()
        elif plain and event.key() in (Qt.Key.Key_F2, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.edit_current()
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Nothing: Qt would walk through every row, and so load them all. Ctrl+F searches."""

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        self._say_too_long(self.indexAt(event.position().toPoint()))

    def edit_current(self, column: str = "", typed: str | None = None) -> None:
        """Opens the editor in the current cell, or in the text where that cell cannot be edited.

        ``typed``: what stands in the editor instead of what the cell says.
        """
        index = self.currentIndex()
        if not index.isValid():
            return
        if column or not COLUMNS[index.column()].editable:
            index = index.siblingAtColumn(NUMBER[column or "text"])
        if not self._say_too_long(index) and index.flags() & Qt.ItemFlag.ItemIsEditable:
            with self._by_program():
                self.setCurrentIndex(index)
            self.edit(index)
            editor = self.indexWidget(index)
            if typed is not None and editor is not None:
                fill_editor(editor, typed)

    def _say_too_long(self, index: QModelIndex) -> bool:
        length = self._entries.length(index) if index.isValid() else None
        if length is not None:
            self.too_long.emit(COLUMNS[index.column()].name, length)
        return length is not None

    # -- nothing to show ---------------------------------------------------------------------------------------------

    @property
    def sentence(self) -> str:
        return self._sentence

    def set_sentence(self, sentence: str) -> None:
        """What stands in the middle while there are no rows."""
        if sentence != self._sentence:
            self._sentence = sentence
            self.setAccessibleDescription(sentence)
            self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._entries.rowCount() == 0 and self._sentence:
            painter = QPainter(self.viewport())
            painter.setPen(colors_of(self.palette()).muted)
            rect: QRect = self.viewport().rect().adjusted(24, 8, -24, -8)
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._sentence)
            painter.end()

    def setModel(self, model: QAbstractItemModel | None) -> None:
        if model is not None and model is not self._entries:
            raise BugError("the view of entries shows the model that it was made with")
        super().setModel(model)


def _mixed(color: QColor, ground: QColor, part: float) -> QColor:
    """``part`` of a colour over a ground, opaque."""
    channels = ((color.red(), ground.red()), (color.green(), ground.green()), (color.blue(), ground.blue()))
    return QColor(*(round(part * over + (1.0 - part) * under) for over, under in channels))
