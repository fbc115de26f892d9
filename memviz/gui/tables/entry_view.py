"""The table of entries as a widget: keys, chosen rows, columns, and a sentence where there is nothing to show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from PySide6.QtCore import QAbstractItemModel, QEvent, QItemSelectionModel, QModelIndex, QRect, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyledItemDelegate, QTableView, QWidget

from memviz.core.errors import BugError
from memviz.gui.settings import Settings
from memviz.gui.tables.cell_editors import fill_editor
from memviz.gui.tables.column_layout import ColumnLayout
from memviz.gui.tables.columns import COLUMNS, NUMBER, RUN_COLUMNS
from memviz.gui.tables.entry_delegate import EntryDelegate
from memviz.gui.tables.entry_model import EntryModel
from memviz.gui.tables.entry_rows import Index
from memviz.gui.theme import colors_of

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
        delete_wanted(), add_wanted(), copy_wanted(), paste_wanted(), escape_pressed(): keys that the panel acts on.
        too_long(str, int): a cell that cannot be edited here: field, number of characters.
        read_only(): the past cannot be edited.
        link_pressed(str): Ctrl+click on a source that leads somewhere.
    """

    entry_chosen = Signal(object)
    delete_wanted = Signal()
    add_wanted = Signal()
    copy_wanted = Signal()
    paste_wanted = Signal()
    escape_pressed = Signal()
    too_long = Signal(str, int)
    read_only = Signal()
    link_pressed = Signal(str)

    def __init__(self, model: EntryModel, settings: Settings | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries = model
        self._sentence = ""
        self._quiet = False  # rows are chosen by the program
        self._chosen: int | None = None  # the entry whose row is current as soon as it is among the rows
        self._removed_at: int | None = None
        self._all_of = 0  # so many rows were chosen as all that were here, before the others came
        self._scrolled = 0
        self._painter = EntryDelegate(model, self)
        self.setItemDelegate(self._painter)
        self.setAccessibleName("Entries of the memory")
        self._set_up()
        model.modelAboutToBeReset.connect(self._before_reset)
        model.rowsAboutToBeRemoved.connect(self._before_removal)  # before the selection hears of it
        self.setModel(model)
        model.modelReset.connect(self._after_reset)
        model.past_shown.connect(self._dress)
        model.rowsInserted.connect(self._choose_again)
        model.rowsRemoved.connect(self._choose_neighbour)
        model.counted.connect(self._choose_all_others)
        self.selectionModel().currentRowChanged.connect(self._row_chosen)
        self._set_up_header(settings)

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

    def _set_up_header(self, settings: Settings | None) -> None:
        header = self.horizontalHeader()
        header.setSectionsMovable(True)
        header.setHighlightSections(False)
        # Painting, it asks of each title whether all rows of its column are chosen, and Qt asks every row then: with a
        # million chosen rows 80 s. It does not show that, so it looks at a selection of its own, which stays empty.
        header.setSelectionModel(QItemSelectionModel(self._entries, header))
        header.setMinimumSectionSize(3 * self.fontMetrics().averageCharWidth())
        header.setTextElideMode(Qt.TextElideMode.ElideRight)
        self._follow_font()
        self._dress()
        self.columns = ColumnLayout(self, settings)
        self.setSortingEnabled(True)
        header.setSortIndicatorShown(False)  # the titles say it, where the style's arrow would lie on them

    # -- looks -------------------------------------------------------------------------------------------------------

    def _follow_font(self) -> None:
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.columns.fill_width()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._follow_font()
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self._dress()

    def _dress(self) -> None:
        """Chosen rows are tinted, so that text and the colours of slots stay readable on them."""
        colors = colors_of(self.palette())
        self._painter.dress(colors)
        palette = self.palette()
        tint = _mixed(colors.color("accent"), colors.color("surface"), 0.26 if colors.dark else 0.14)
        if palette.color(QPalette.ColorRole.Highlight) != tint:
            palette.setColor(QPalette.ColorRole.Highlight, tint)
            palette.setColor(QPalette.ColorRole.HighlightedText, colors.color("text"))
            self.setPalette(palette)
        surface = colors.color("surface")
        base = (
            surface
            if self._entries.past is None
            else _mixed(colors.color("warning"), surface, 0.10 if colors.dark else 0.07)
        )
        if palette.color(QPalette.ColorRole.Base) != base:
            palette.setColor(QPalette.ColorRole.Base, base)
            self.setPalette(palette)

    # -- chosen rows -------------------------------------------------------------------------------------------------

    def selectAll(self) -> None:
        """Chooses all rows; where only the first ones are here yet, the others too as soon as they are."""
        super().selectAll()
        self._all_of = self._entries.rowCount() if self._entries.counting else 0

    def _choose_all_others(self) -> None:
        if self._all_of and not self._entries.counting:
            chosen, self._all_of = self._all_of, 0
            if len(self.chosen_ids()) == chosen:
                super().selectAll()

    def chosen_ids(self) -> np.ndarray:
        """Ids of the chosen rows, from top to bottom, int64 [n]: a million of them are no million objects."""
        ranges = sorted({(part.top(), part.bottom()) for part in self.selectionModel().selection().toList()})
        parts = [self._entries.entry_ids(first, last) for first, last in ranges]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)

    def choose(self, entry_id: int | None) -> bool:
        """Makes an entry's row the current one and brings it into sight; False where it is not among the rows."""
        self._chosen = entry_id
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
            self._chosen = self._entries.entry_id(current.row())
            self.entry_chosen.emit(self._chosen)

    def _before_reset(self) -> None:
        self._scrolled = self.verticalScrollBar().value()

    def _after_reset(self) -> None:
        """The current entry stays current; a new search or run begins at the top, a change keeps the place."""
        reason = self._entries.reset_reason
        if reason == "memory" and not self._entries.loaded:
            self._chosen = None
            return
        row = self._choose_again()
        if reason in ("change", "time"):
            self.verticalScrollBar().setValue(self._scrolled)
        elif reason == "sort" and row >= 0:
            self.scrollTo(self._entries.index(row, NUMBER["text"]), QAbstractItemView.ScrollHint.PositionAtCenter)
        else:
            self.scrollToTop()

    def _choose_again(self) -> int:
        """Makes the chosen entry's row the current one where it stands; its row, -1 where it is not among the rows."""
        row = -1 if self._chosen is None else self._entries.row_of(self._chosen)
        if row >= 0 and self.currentIndex().row() != row:
            with self._by_program():
                self.selectionModel().setCurrentIndex(
                    self._entries.index(row, NUMBER["text"]),
                    QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows,
                )
        return row

    def _before_removal(self, _parent: QModelIndex, first: int, last: int) -> None:
        current = self.currentIndex()
        if current.isValid() and first <= current.row() <= last:
            self._removed_at = first
            self._quiet = True

    def _choose_neighbour(self) -> None:
        """After the current row was deleted, the one that took its place is chosen; Qt would take the one above."""
        if self._removed_at is None:
            return
        row, self._removed_at, self._quiet = self._removed_at, None, False
        row = min(row, self._entries.rowCount() - 1)
        if row >= 0:
            self.selectionModel().clear()
            self.setCurrentIndex(self._entries.index(row, NUMBER["text"]))

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
            return bool(self._entries.search_text or self._entries.where or self._entries.past)
        return event.key() in _OWN_KEYS

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.state() == QAbstractItemView.State.EditingState:
            super().keyPressEvent(event)
            return
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_wanted.emit()
        elif event.matches(QKeySequence.StandardKey.Paste):
            self.paste_wanted.emit()
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
        if self._entries.past is not None:
            self.read_only.emit()
            return
        self._say_too_long(self.indexAt(event.position().toPoint()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and event.button() == Qt.MouseButton.LeftButton:
            link = self._entries.link(self.indexAt(event.position().toPoint()))
            if link:
                self.link_pressed.emit(link)
                return
        super().mousePressEvent(event)

    def close_hidden_editor(self) -> None:
        """Masking was switched: no editor stays open over a cell that is masked. What was typed is offered again."""
        index = self.currentIndex()
        editor = self.indexWidget(index) if self.state() == QAbstractItemView.State.EditingState else None
        if editor is not None and self._entries.hides(index):
            self.closeEditor(editor, QStyledItemDelegate.EndEditHint.NoHint)

    def edit_current(self, column: str = "", typed: str | None = None) -> None:
        """Opens the editor in the current cell, or in the text where that cell cannot be edited.

        ``typed``: what stands in the editor instead of what the cell says.
        """
        index = self.currentIndex()
        if not index.isValid():
            return
        if self._entries.past is not None:
            self.read_only.emit()
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

    # -- painting ----------------------------------------------------------------------------------------------------

    def dataChanged(self, first: Index, last: Index, roles: Sequence[int] = ()) -> None:
        """Paints again what changed; Qt would paint all that is in sight, at every step of a run.

        The figures of a run have no editors that would have to hear of it.
        """
        if COLUMNS[first.column()].name in RUN_COLUMNS and COLUMNS[last.column()].name in RUN_COLUMNS:
            self.viewport().update(self._area(first, last))
        else:
            super().dataChanged(first, last, roles)

    def _area(self, first: Index, last: Index) -> QRect:
        """Where the cells of a block are, as far as they are in sight."""
        view = self.viewport().rect()
        shown = [number for number in range(first.column(), last.column() + 1) if not self.isColumnHidden(number)]
        area = QRect()
        for number in shown:
            area |= QRect(self.columnViewportPosition(number), view.top(), self.columnWidth(number), view.height())
        height = self.verticalHeader().defaultSectionSize()
        top = (first.row() - self.verticalScrollBar().value()) * height
        area.setTop(max(view.top(), top))
        area.setBottom(min(view.bottom(), top + (last.row() - first.row() + 1) * height))
        return area & view

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
