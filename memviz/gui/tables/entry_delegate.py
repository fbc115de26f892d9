"""How the cells of the table are painted and edited."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPalette
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from memviz.gui.slot_colors import SlotStyle
from memviz.gui.tables.cell_editors import editor_rect, fill_editor, make_editor, typed_text
from memviz.gui.tables.columns import COLUMNS
from memviz.gui.tables.entry_model import ROLE_QUIET, ROLE_SHARE, ROLE_STYLE
from memviz.gui.tables.plain_edit import PlainEdit
from memviz.gui.theme import Colors, colors_of

Index = QModelIndex | QPersistentModelIndex
_FILLED = "memviz_filled"


class EntryDelegate(QStyledItemDelegate):
    """Paints plain text only, so no text of an entry can become mark-up. GUI thread."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        option.textElideMode = Qt.TextElideMode.ElideMiddle

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        self.initStyleOption(option, index)
        colors = colors_of(option.palette)
        _paint_ground(painter, option, colors)
        name = COLUMNS[index.column()].name
        if name == "enabled":
            _paint_check(painter, option, index)
            return
        cell = option.rect.adjusted(_margin(option), 0, -_margin(option), 0)
        style = index.data(ROLE_STYLE)
        if name == "rank" and isinstance(style, SlotStyle):
            style.paint(painter, QRectF(option.rect.left() + 2, option.rect.top() + 4, 4, option.rect.height() - 8))
        if name in ("attention", "now"):
            cell = _paint_bar(painter, option, cell, index.data(ROLE_SHARE), style, colors)
        _paint_text(painter, option, cell, colors.muted if index.data(ROLE_QUIET) else colors.text)

    # -- editing -----------------------------------------------------------------------------------------------------

    def createEditor(self, parent: QWidget, _option: QStyleOptionViewItem, index: Index) -> QWidget:
        return make_editor(COLUMNS[index.column()].name, parent)

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """Fills the editor once: what comes in from elsewhere does not overwrite what is being typed."""
        if not editor.property(_FILLED):
            editor.setProperty(_FILLED, True)
            fill_editor(editor, str(index.data(Qt.ItemDataRole.EditRole) or ""))

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        model.setData(index, typed_text(editor), Qt.ItemDataRole.EditRole)

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


def _margin(option: QStyleOptionViewItem) -> int:
    return max(6, option.fontMetrics.averageCharWidth())


def _paint_ground(painter: QPainter, option: QStyleOptionViewItem, colors: Colors) -> None:
    selected = option.state & QStyle.StateFlag.State_Selected  # painted by the view, row by row
    if option.state & QStyle.StateFlag.State_MouseOver and not selected:
        painter.fillRect(option.rect, colors.color("hover", 0.6))
    if option.state & QStyle.StateFlag.State_HasFocus:
        painter.save()
        painter.setPen(colors.color("accent"))
        painter.drawRect(option.rect.adjusted(0, 0, -1, -1))
        painter.restore()


def _paint_text(painter: QPainter, option: QStyleOptionViewItem, cell: QRect, color: str) -> None:
    if not option.text or cell.width() <= 0:
        return
    painter.save()
    painter.setFont(option.font)
    painter.setPen(color)
    text = option.fontMetrics.elidedText(option.text, option.textElideMode, cell.width())
    painter.drawText(cell, option.displayAlignment | Qt.TextFlag.TextSingleLine, text)
    painter.restore()


def _paint_bar(
    painter: QPainter, option: QStyleOptionViewItem, cell: QRect, share: object, style: object, colors: Colors
) -> QRect:
    """Paints a share 0..1 as a bar beside its number; returns where the number goes."""
    number = option.fontMetrics.horizontalAdvance("100 %") + 4
    if not isinstance(share, float) or cell.width() < 2 * number:
        return cell
    height = max(4, option.fontMetrics.height() // 2)
    track = QRectF(cell.left(), cell.center().y() - height / 2 + 1, cell.width() - number - 4, height)
    painter.fillRect(track, colors.color("hover"))
    filled = QRectF(track.left(), track.top(), track.width() * min(share, 1.0), height)
    if isinstance(style, SlotStyle):
        style.paint(painter, filled)
    else:
        painter.fillRect(filled, colors.color("accent"))
    return QRect(cell.right() - number, cell.top(), number + 1, cell.height())


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
