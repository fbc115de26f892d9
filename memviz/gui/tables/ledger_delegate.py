"""How the cells of the ledger are painted: the score with a bar of its parts, the status in a colour."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from memviz.core.events import Candidate
from memviz.gui.slot_colors import SlotStyle
from memviz.gui.tables.ledger_model import LedgerModel
from memviz.gui.tables.part_styles import part_style
from memviz.gui.theme import Colors, colors_of
from memviz.session.ledger import FILTERS

Index = QModelIndex | QPersistentModelIndex
_SELECTED, _MOUSE_OVER = QStyle.StateFlag.State_Selected, QStyle.StateFlag.State_MouseOver
#: How ``QPainter.drawText`` aligns; made once, since flags are slow to join.
_ONE_LINE = int(Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextSingleLine)
_LEFT, _RIGHT = _ONE_LINE | int(Qt.AlignmentFlag.AlignLeft), _ONE_LINE | int(Qt.AlignmentFlag.AlignRight)
_STATUS = {"injected": "accent", "budget": "warning"}


class LedgerDelegate(QStyledItemDelegate):
    """Paints plain text only. GUI thread.

    Attributes:
        styles: of the entries' slots in this run, so that a row has the colour that its entry has elsewhere.
    """

    def __init__(self, model: LedgerModel, view: QTableView) -> None:
        super().__init__(view)
        self._model = model
        self._view = view
        self.styles: dict[int, SlotStyle] = {}
        self.dress(colors_of(view.palette()))

    def dress(self, colors: Colors) -> None:
        """Takes over the colours of the theme and the sizes of the font."""
        self._colors = colors
        self._inks = {name: colors.color(name) for name in ("text", "muted", "accent", "warning", "error")}
        self._hover = colors.color("hover", 0.6)
        self._metrics = metrics = self._view.fontMetrics()
        self._margin = max(6, metrics.averageCharWidth())
        self._bar = max(4, metrics.height() // 2)
        self._percent = metrics.horizontalAdvance("100 %") + 4

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        one, column = self._model.rows[index.row()], self._model.columns[index.column()]
        rect, state = option.rect, option.state
        if state & _MOUSE_OVER and not state & _SELECTED:  # chosen rows are painted by the view
            painter.fillRect(rect, self._hover)
        if column.name == "rank" and one.entry_id in self.styles:
            bar = QRectF(rect.left() + 2, rect.top() + 4, 4, rect.height() - 8)
            self.styles[one.entry_id].paint(painter, bar)
        text = self._model.text(one, column.name)
        if not text:
            return
        cell = rect.adjusted(self._margin, 0, -self._margin, 0)
        if column.name == "score":
            room = self._metrics.horizontalAdvance(text) + self._margin
            self._paint_parts(painter, cell, cell.width() - room, one)
            cell.setLeft(max(cell.left(), cell.right() - room))
        elif column.name == "attention":
            share = self._model.share(one)
            if share is not None and cell.width() > 2 * self._percent:
                self._paint_share(painter, cell, share, self.styles.get(one.entry_id))
        if not column.numeric:
            text = self._metrics.elidedText(text, _elide(column.name), cell.width())
        painter.setPen(self._color(one, column.name))
        painter.drawText(cell, _RIGHT if column.numeric else _LEFT, text)

    def _color(self, one: Candidate, name: str) -> QColor:
        if name == "filter":
            return self._inks["error" if one.cause in FILTERS else "muted"]
        if name == "status":
            known = "error" if one.cause in FILTERS else _STATUS.get(one.cause or one.status, "muted")
            return self._inks[known]
        if name in ("conflicts", "remark"):
            return self._inks["warning"]
        return self._inks["text" if one.status == "injected" else "muted"]

    def _paint_parts(self, painter: QPainter, cell: QRect, width: float, one: Candidate) -> None:
        """The parts end to end, the greatest score of the table as long as there is room; negative ones go back."""
        if self._model.total <= 0 or width < 8:
            return
        left, top = float(cell.left()), cell.center().y() - self._bar / 2 + 1
        scale = width / self._model.total
        for name, value in one.parts.items():
            length = value * scale
            piece = QRectF(min(left, left + length), top, abs(length), self._bar)
            if value < 0:
                painter.fillRect(piece, self._colors.color("surface", 0.8))
            else:
                part_style(name).paint(painter, piece)
            left += length

    def _paint_share(self, painter: QPainter, cell: QRect, share: float, style: SlotStyle | None) -> None:
        top = cell.center().y() - self._bar / 2 + 1
        track = QRectF(cell.left(), top, cell.width() - self._percent - 4, self._bar)
        painter.fillRect(track, self._colors.color("hover"))
        track.setWidth(track.width() * min(share, 1.0))
        if style is not None:
            style.paint(painter, track)
        else:
            painter.fillRect(track, self._colors.color("accent"))


def _elide(name: str) -> Qt.TextElideMode:
    return Qt.TextElideMode.ElideRight if name == "reason" else Qt.TextElideMode.ElideMiddle
