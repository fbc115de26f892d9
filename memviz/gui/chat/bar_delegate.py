"""A cell whose share 0..1 is a bar behind its number."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from memviz.gui.theme import colors_of

Index = QModelIndex | QPersistentModelIndex
#: The share of a cell, 0..1.
ShareRole = Qt.ItemDataRole.UserRole + 40


class BarDelegate(QStyledItemDelegate):
    """Paints the bar at the bottom of the cell, under the number. GUI thread."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        share = index.data(ShareRole)
        if share is not None:
            colors = colors_of(option.palette)
            track = QRectF(option.rect).adjusted(4, 0, -4, 0)
            track.setTop(track.bottom() - 3)
            painter.fillRect(track, colors.color("hover"))
            track.setWidth(track.width() * min(1.0, max(0.0, share)))
            painter.fillRect(track, colors.color("accent"))
        super().paint(painter, option, index)
