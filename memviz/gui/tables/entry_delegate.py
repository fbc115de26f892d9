"""How the cells of the table are painted and edited."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, Qt
from PySide6.QtGui import QFont, QKeyEvent, QMouseEvent, QPainter, QPalette
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from memviz.core.entry import Entry
from memviz.gui.slot_colors import SlotStyle
from memviz.gui.tables.cell_editors import editor_rect, fill_editor, make_editor, typed_text
from memviz.gui.tables.cells import edited_text
from memviz.gui.tables.columns import COLUMNS, NUMBER
from memviz.gui.tables.entry_model import EntryModel
from memviz.gui.tables.past_marks import COLORS
from memviz.gui.tables.plain_edit import PlainEdit
from memviz.gui.theme import Colors, colors_of

Index = QModelIndex | QPersistentModelIndex
_FILLED = "memviz_filled"
_ENABLED, _RANK, _ID = NUMBER["enabled"], NUMBER["rank"], NUMBER["id"]
_SELECTED, _FOCUSED = QStyle.StateFlag.State_Selected, QStyle.StateFlag.State_HasFocus
_MOUSE_OVER = QStyle.StateFlag.State_MouseOver
#: How ``QPainter.drawText`` aligns each column.
_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine | Qt.AlignmentFlag.AlignLeft)
_ALIGNED = [
    int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
    | int(Qt.AlignmentFlag.AlignRight if column.numeric else Qt.AlignmentFlag.AlignLeft)
    for column in COLUMNS
]


class EntryDelegate(QStyledItemDelegate):
    """Paints plain text only, so no text of an entry can become mark-up. GUI thread.

    It asks the model for a whole cell at once instead of role by role, which makes painting three times faster.
    """

    def __init__(self, entries: EntryModel, view: QTableView) -> None:
        super().__init__(view)
        self._entries = entries
        self._view = view
        self._open: tuple[Entry, str] | None = None  # as it was shown when the editor was filled, and the column
        self.closeEditor.connect(self._closed)
        self.dress(colors_of(view.palette()))

    def dress(self, colors: Colors) -> None:
        """Takes over the colours of the theme and the sizes of the font."""
        self._text, self._quiet = colors.color("text"), colors.color("muted")
        self._warning = colors.color("warning")
        self._accent, self._track = colors.color("accent"), colors.color("hover")
        self._hover = colors.color("hover", 0.6)
        self._fates = {fate: colors.color(name) for fate, name in COLORS.items()}
        self._tints = {fate: colors.color(name, 0.14 if colors.dark else 0.08) for fate, name in COLORS.items()}
        metrics = self._view.fontMetrics()
        self._metrics = metrics
        self._margin = max(6, metrics.averageCharWidth())
        self._number_width = metrics.horizontalAdvance("100 %") + 4
        self._bar_height = max(4, metrics.height() // 2)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        number, rect, state = index.column(), option.rect, option.state
        if state & _MOUSE_OVER and not state & _SELECTED:  # chosen rows are painted by the view
            painter.fillRect(rect, self._hover)
        if state & _FOCUSED:
            painter.setPen(self._accent)
            painter.drawRect(rect.adjusted(0, 0, -1, -1))
        look = self._entries.look(index.row(), number)
        if look.fate and not state & _SELECTED:
            painter.fillRect(rect, self._tints[look.fate])
        if number == _ENABLED:
            _paint_check(painter, option, index)
            return
        if number == _RANK and look.style is not None:
            look.style.paint(painter, QRectF(rect.left() + 2, rect.top() + 4, 4, rect.height() - 8))
        if number == _ID and look.mark:
            painter.setPen(self._fates.get(look.fate) or (self._quiet if look.quiet else self._warning))
            painter.drawText(rect.adjusted(2, 0, 0, 0), _LEFT, look.mark)
        if look.text:
            cell = rect.adjusted(self._margin, 0, -self._margin, 0)
            if look.share is not None and cell.width() >= 2 * self._number_width:
                self._paint_bar(painter, cell, look.share, look.style)
                cell.setLeft(cell.right() - self._number_width)
            text = self._metrics.elidedText(look.text, Qt.TextElideMode.ElideMiddle, cell.width())
            painter.setPen(self._accent if look.link else self._quiet if look.quiet else self._text)
            if look.link or look.struck:
                self._draw_lined(painter, cell, number, text, look.link)
            else:
                painter.drawText(cell, _ALIGNED[number], text)

    def _draw_lined(self, painter: QPainter, cell: QRect, number: int, text: str, under: bool) -> None:
        """A text with a line under it (it leads somewhere), or through it (it has expired)."""
        plain, lined = painter.font(), QFont(painter.font())
        lined.setUnderline(under)
        lined.setStrikeOut(not under)
        painter.setFont(lined)
        painter.drawText(cell, _ALIGNED[number], text)
        painter.setFont(plain)

    def _paint_bar(self, painter: QPainter, cell: QRect, share: float, style: SlotStyle | None) -> None:
        """A share 0..1 as a bar left of its number."""
        top = cell.center().y() - self._bar_height / 2 + 1
        track = QRectF(cell.left(), top, cell.width() - self._number_width - 4, self._bar_height)
        painter.fillRect(track, self._track)
        track.setWidth(track.width() * min(share, 1.0))
        if style is not None:
            style.paint(painter, track)
        else:
            painter.fillRect(track, self._accent)

    # -- editing -----------------------------------------------------------------------------------------------------

    def createEditor(self, parent: QWidget, _option: QStyleOptionViewItem, index: Index) -> QWidget:
        return make_editor(COLUMNS[index.column()].name, parent)

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """Fills the editor once: what comes in from elsewhere does not overwrite what is being typed."""
        if not editor.property(_FILLED):
            editor.setProperty(_FILLED, True)
            entry = self._entries.entry_at(index)
            self._open = None if entry is None else (entry, COLUMNS[index.column()].name)
            fill_editor(editor, str(index.data(Qt.ItemDataRole.EditRole) or ""))

    def setModelData(self, editor: QWidget, _model: QAbstractItemModel, _index: Index) -> None:
        opened, self._open = self._open, None
        if opened is not None:
            self._entries.type_over(*opened, typed_text(editor))

    def destroyEditor(self, editor: QWidget, index: Index) -> None:
        opened, self._open = self._open, None
        if opened is not None and typed_text(editor) != edited_text(*opened):
            self._entries.vanished.emit(*opened, typed_text(editor))  # neither taken over nor given up by the user
        super().destroyEditor(editor, index)

    def _closed(self) -> None:
        self._open = None

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, _index: Index) -> None:
        parent = editor.parentWidget()
        editor.setGeometry(editor_rect(editor, option.rect, parent.rect() if parent is not None else option.rect))

    def eventFilter(self, editor: QObject, event: QEvent) -> bool:
        """Return takes the text over; Shift+Return is a line break."""
        if isinstance(editor, PlainEdit) and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            plain = not event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            if plain and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.commitData.emit(editor)
                self.closeEditor.emit(editor, self.EndEditHint.NoHint)
                return True
        return super().eventFilter(editor, event)

    def editorEvent(
        self, event: QEvent, model: QAbstractItemModel, _option: QStyleOptionViewItem, index: Index
    ) -> bool:
        """A click anywhere into the cell of the check box toggles it, and so does the space bar."""
        if COLUMNS[index.column()].name != "enabled" or not index.flags() & Qt.ItemFlag.ItemIsUserCheckable:
            return False
        clicked = isinstance(event, QMouseEvent) and event.button() == Qt.MouseButton.LeftButton
        if clicked and event.type() == QEvent.Type.MouseButtonRelease:
            return _toggle(model, index)
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Space:
            return _toggle(model, index)
        return False


def _toggle(model: QAbstractItemModel, index: Index) -> bool:
    checked = Qt.CheckState(index.data(Qt.ItemDataRole.CheckStateRole)) == Qt.CheckState.Checked
    wanted = Qt.CheckState.Unchecked if checked else Qt.CheckState.Checked
    return model.setData(index, wanted, Qt.ItemDataRole.CheckStateRole)


def _check_rect(option: QStyleOptionViewItem) -> QRect:
    style = option.widget.style() if option.widget is not None else QApplication.style()
    size = style.pixelMetric(QStyle.PixelMetric.PM_IndicatorWidth, option, option.widget)
    return QRect(option.rect.center().x() - size // 2, option.rect.center().y() - size // 2, size, size)


def _paint_check(painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
    value = index.data(Qt.ItemDataRole.CheckStateRole)
    if value is None:
        return
    box = QStyleOptionViewItem(option)
    box.rect = _check_rect(option)
    box.state &= ~(QStyle.StateFlag.State_HasFocus | QStyle.StateFlag.State_Selected)
    checked = Qt.CheckState(value) == Qt.CheckState.Checked
    box.state |= QStyle.StateFlag.State_On if checked else QStyle.StateFlag.State_Off
    box.palette.setColor(QPalette.ColorRole.Window, option.palette.color(QPalette.ColorRole.Base))
    style = option.widget.style() if option.widget is not None else QApplication.style()
    style.drawPrimitive(QStyle.PrimitiveElement.PE_IndicatorItemViewItemCheck, box, painter, option.widget)
