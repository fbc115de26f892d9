"""How a turn is painted: who, when, the words, and the entries that were read for an answer."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPen, QTextLayout, QTextOption
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from memviz.gui.chat.turns_model import RowRole, TurnRow
from memviz.gui.fonts import ui_font
from memviz.gui.theme import colors_of

Index = QModelIndex | QPersistentModelIndex
_SMALL = 0.88
_MOST_CHIPS = 12
_SELECTED = QStyle.StateFlag.State_Selected
_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextSingleLine)
_RIGHT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight | Qt.TextFlag.TextSingleLine)
_CENTRE = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextSingleLine)


class TurnDelegate(QStyledItemDelegate):
    """Paints plain text only. Heights are computed once for each width. GUI thread.

    Signals:
        entry_clicked(int): an entry that was read for an answer.
    """

    entry_clicked = Signal(int)

    def __init__(self, view: QListView) -> None:
        super().__init__(view)
        self._view = view
        self._heights: dict[tuple[str, int, bool, bool], int] = {}
        self.dress()

    def dress(self) -> None:
        """Takes over colours and sizes of the theme and the font."""
        self._colors = colors_of(self._view.palette())
        self._font = ui_font(self._view.font())
        self._small = ui_font(self._view.font(), scale=_SMALL)
        metrics = QFontMetricsF(self._small)
        self._line = round(metrics.height())
        self._space = max(6, round(QFontMetricsF(self._font).height() / 2))
        self._heights.clear()

    # -- sizes -------------------------------------------------------------------------------------------------------

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        row: TurnRow = index.data(RowRole)
        width = self._view.viewport().width()
        key = (row.text, width, bool(row.session), bool(row.recalled))
        if key not in self._heights:
            text = self._laid_out(row.text, self._text_width(width))[1]
            parts = self._line + text + (self._line if row.recalled else 0)
            session = 2 * self._line if row.session else 0
            self._heights[key] = round(session + parts + 2.5 * self._space)
        return QSize(width, self._heights[key])

    def _text_width(self, width: int) -> float:
        return max(4.0 * self._space, width - 6.0 * self._space)

    def _laid_out(self, text: str, width: float) -> tuple[QTextLayout, float]:
        """The words in lines of a width, and their height."""
        layout = QTextLayout(text.replace("\n", "\u2028"), self._font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.beginLayout()
        height = 0.0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width)
            line.setPosition(QPointF(0.0, height))
            height += line.height()
        layout.endLayout()
        return layout, height

    def _bubble(self, rect: QRect, row: TurnRow) -> QRectF:
        """Where the turn stands: the user's to the right, answers to the left."""
        top = rect.top() + (2 * self._line if row.session else 0) + self._space / 4
        shift = 2.0 * self._space if row.user else 0.0
        width = rect.width() - 4.0 * self._space
        return QRectF(rect.left() + self._space + shift, top, width, rect.bottom() - top - self._space / 4)

    # -- painting ----------------------------------------------------------------------------------------------------

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: TurnRow = index.data(RowRole)
        colors, space = self._colors, self._space
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        bubble = self._bubble(option.rect, row)
        if row.session:
            painter.setFont(self._small)
            painter.setPen(colors.color("muted"))
            heading = QRectF(option.rect.left(), option.rect.top(), option.rect.width(), 2.0 * self._line)
            painter.drawText(heading, _CENTRE, row.session)
        if row.evicted:
            painter.setPen(QPen(colors.color("scroll"), 1, Qt.PenStyle.DashLine))
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colors.color("accent", 0.13) if row.user else colors.color("hover"))
        painter.drawRoundedRect(bubble.adjusted(0.5, 0.5, -0.5, -0.5), space * 0.6, space * 0.6)
        if option.state & _SELECTED:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colors.color("accent"), 1))
            painter.drawRoundedRect(bubble.adjusted(0.5, 0.5, -0.5, -0.5), space * 0.6, space * 0.6)
        inner = bubble.adjusted(space, space / 2, -space, -space / 2)
        self._paint_heading(painter, row, inner)
        layout, height = self._laid_out(row.text, self._text_width(option.rect.width()))
        painter.setPen(colors.color("faint" if row.evicted else "text"))
        layout.draw(painter, QPointF(inner.left(), inner.top() + self._line))
        for entry_id, chip in self._chips(row, inner, inner.top() + self._line + height):
            painter.setFont(self._small)
            painter.setPen(colors.color("muted" if entry_id is None else "accent"))
            painter.drawText(chip, _LEFT, "read" if entry_id is None else f"#{entry_id}")
        painter.restore()

    def _paint_heading(self, painter: QPainter, row: TurnRow, inner: QRectF) -> None:
        """Who and when; at the right what became of the turn in the buffer."""
        metrics = QFontMetricsF(self._small)
        line = QRectF(inner.left(), inner.top(), inner.width(), self._line)
        painter.setFont(self._small)
        painter.setPen(self._colors.color("faint" if row.evicted else "muted"))
        who = " · ".join(part for part in (row.who, row.when) if part)
        who_width = min(metrics.horizontalAdvance(who) + self._space, line.width())
        painter.drawText(line, _LEFT, metrics.elidedText(who, Qt.TextElideMode.ElideMiddle, line.width()))
        if row.mark:
            room = line.adjusted(who_width, 0, 0, 0)
            mark = f"⤴ {row.mark}"
            painter.drawText(room, _RIGHT, metrics.elidedText(mark, Qt.TextElideMode.ElideRight, room.width()))

    def _chips(self, row: TurnRow, inner: QRectF, top: float) -> list[tuple[int | None, QRectF]]:
        """Where the ids of read entries stand: the word before them (None), then each, as long as there is room."""
        if not row.recalled:
            return []
        metrics = QFontMetricsF(self._small)
        chips: list[tuple[int | None, QRectF]] = []
        left = inner.left()
        for entry_id, words in ((None, "read"), *((each, f"#{each}") for each in row.recalled[:_MOST_CHIPS])):
            width = metrics.horizontalAdvance(words) + self._space
            if left + width > inner.right() + self._space:
                break
            chips.append((entry_id, QRectF(left, top, width, self._line)))
            left += width
        return chips

    # -- clicks ------------------------------------------------------------------------------------------------------

    def editorEvent(
        self, event: QEvent, _model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index
    ) -> bool:
        """A click on an entry that was read."""
        clicked = isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonRelease
        if not clicked or not isinstance(event, QMouseEvent):
            return False
        row: TurnRow = index.data(RowRole)
        inner = self._bubble(option.rect, row).adjusted(self._space, self._space / 2, -self._space, 0)
        height = self._laid_out(row.text, self._text_width(option.rect.width()))[1]
        for entry_id, chip in self._chips(row, inner, inner.top() + self._line + height):
            if entry_id is not None and chip.contains(event.position()):
                self.entry_clicked.emit(entry_id)
                return True
        return False
