"""The list of models: headings, names, and what is known of each in grey."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from memviz.gui.fonts import ui_font
from memviz.gui.metrics import elided
from memviz.gui.model_dialog.rows import HEADING, MODEL, NOTE, KindRole, ModelRows, WordsRole
from memviz.gui.theme import colors_of

Index = QModelIndex | QPersistentModelIndex


class ModelDelegate(QStyledItemDelegate):
    """A name on the left, words on the right; a heading has room above it."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        height = QFontMetrics(option.font).height()
        return QSize(8 * height, round((2.2 if index.data(KindRole) == HEADING else 1.7) * height))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        colors, kind = colors_of(option.palette), index.data(KindRole)
        rect, space = QRectF(option.rect), QFontMetrics(option.font).height() / 2
        painter.save()
        if kind == MODEL and option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, colors.color("accent", 0.16))
            painter.fillRect(QRectF(rect.left(), rect.top(), 3, rect.height()), colors.color("accent"))
        elif kind == MODEL and option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, colors.color("hover"))
        room = rect.adjusted((1.0 if kind == HEADING else 2.0) * space, space if kind == HEADING else 0, -space, 0)
        small = ui_font(option.font, scale=0.92)
        font = ui_font(option.font, scale=0.92, semi_bold=True) if kind == HEADING else option.font
        font = small if kind == NOTE else font
        name, words = index.data() or "", index.data(WordsRole) or ""
        side = Qt.AlignmentFlag
        # The name has the right of way, but the words keep a third.
        left_over = room.width() - QFontMetrics(font).horizontalAdvance(name) - 2 * space
        words_width = min(QFontMetrics(small).horizontalAdvance(words) + 1.0, max(room.width() / 3, left_over))
        words_width = words_width + 2 * space if words else 0.0
        painter.setFont(font)
        painter.setPen(colors.color("text" if kind == MODEL else "muted"))
        left = room.adjusted(0, 0, -words_width, 0)
        painter.drawText(left, side.AlignVCenter | side.AlignLeft, elided(name, font, left.width()))
        painter.setFont(small)
        painter.setPen(colors.color("muted"))
        right = QRectF(room.right() - words_width + space, room.top(), max(0.0, words_width - space), room.height())
        painter.drawText(right, side.AlignVCenter | side.AlignRight, elided(words, small, right.width()))
        painter.restore()


class ModelList(QListView):
    """Shows :class:`ModelRows`. GUI thread."""

    def __init__(self, rows: ModelRows, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(rows)
        self.setItemDelegate(ModelDelegate(self))
        self.setMouseTracking(True)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setAccessibleName("Models")
        self.setToolTip("The models at hand; Return or a double-click opens one")
