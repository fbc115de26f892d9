"""The short-term buffer as a bar that fills with tokens, one piece for each turn."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from memviz.core.privacy import MASK
from memviz.gui.fonts import ui_font
from memviz.gui.metrics import unit
from memviz.gui.tables.plain import one_line, tooltip
from memviz.gui.theme import colors_of

if TYPE_CHECKING:
    from memviz.dialogue.short_term import HeldTurn, ShortTerm

_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


class BufferBar(QWidget):
    """A bar of the budget's length, and a line of words above it. GUI thread.

    Signals:
        turn_clicked(int): number of the turn whose piece was clicked.
    """

    turn_clicked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._buffer: ShortTerm | None = None
        self._exact = False
        self._hidden: Collection[int] = ()
        self.setAccessibleName("Short-term buffer")
        self.setMinimumHeight(4 * unit(self))

    def sizeHint(self) -> QSize:
        return QSize(20 * unit(self), 4 * unit(self))

    def show_buffer(self, buffer: ShortTerm | None, *, exact: bool, hidden: Collection[int] = ()) -> None:
        """``hidden``: numbers of turns of which no word may be shown."""
        self._buffer, self._exact, self._hidden = buffer, exact, hidden
        self.setAccessibleDescription(" ".join(self.words()))
        self.update()

    def words(self) -> tuple[str, str]:
        """What stands above the bar: tokens, turns."""
        buffer = self._buffer
        if buffer is None:
            return "", ""
        about = "" if self._exact or not buffer.count else "about "
        over = " – the newest exchange alone is larger" if buffer.over else ""
        tokens = f"Buffer: {about}{buffer.tokens:,} of {buffer.budget:,} tokens{over}"
        return tokens, f"{len(buffer.held)} in, {len(buffer.evicted)} out" if buffer.count else "empty"

    def pieces(self) -> list[tuple[HeldTurn, QRectF]]:
        """Where each turn that is held stands in the bar."""
        buffer = self._buffer
        if buffer is None:
            return []
        bar = self._bar()
        scale = bar.width() / max(buffer.budget, buffer.tokens)
        left, pieces = bar.left(), []
        for held in buffer.held:
            pieces.append((held, QRectF(left, bar.top(), held.tokens * scale, bar.height())))
            left += held.tokens * scale
        return pieces

    def _bar(self) -> QRectF:
        space = unit(self)
        return QRectF(space, 2.25 * space, self.width() - 2.0 * space, 1.25 * space)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        colors, space = colors_of(self.palette()), unit(self)
        painter.fillRect(self._bar(), colors.color("hover"))
        for held, piece in self.pieces():
            user = held.turn.role == "user"
            color = "error" if self._buffer is not None and self._buffer.over else "accent"
            gap = min(1.0, piece.width() / 3)
            painter.fillRect(piece.adjusted(0, 0, -gap, 0), colors.color(color, 0.85 if user else 0.4))
        font = ui_font(self.font(), scale=0.88)
        painter.setFont(font)
        painter.setPen(colors.color("muted"))
        line = QRectF(space, space * 0.25, self.width() - 2.0 * space, 1.75 * space)
        left, right = self.words()
        room = line.width() - painter.fontMetrics().horizontalAdvance(right) - space
        painter.drawText(line, _LEFT, painter.fontMetrics().elidedText(left, Qt.TextElideMode.ElideRight, int(room)))
        painter.drawText(line, _RIGHT, right)
        painter.end()

    def tip(self, x: float) -> str:
        """What is said of the place: of a turn that is held, or of the buffer."""
        held = self._at(x)
        if held is None:
            return "What was said last, as much as the budget holds; the model reads it with your next words"
        text = MASK if held.number in self._hidden else one_line(held.turn.text, 200)
        return f"Turn {held.number}: {held.tokens:,} tokens\n{text}"

    def _at(self, x: float) -> HeldTurn | None:
        return next((held for held, piece in self.pieces() if piece.left() <= x <= piece.right()), None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        held = self._at(event.position().x())
        if held is not None:
            self.turn_clicked.emit(held.number)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), tooltip(self.tip(event.pos().x())), self)
            return True
        return super().event(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self.update()
