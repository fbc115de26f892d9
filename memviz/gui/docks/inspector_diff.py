"""Painted text that shows what changed; never rich text."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QTextCharFormat, QTextLayout, QTextOption
from PySide6.QtWidgets import QSizePolicy, QWidget

from memviz.gui.tables.plain import many_lines
from memviz.gui.tables.word_diff import Piece, condensed
from memviz.gui.theme import Colors, colors_of

_LONGEST_WHOLE = 20_000


class DiffText(QWidget):
    """Deleted words struck out, inserted ones underlined, long unchanged parts left out until it is clicked."""

    def __init__(self, pieces: list[Piece], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pieces = pieces
        self._short = condensed(pieces)
        self._whole = False
        self._layout = QTextLayout()
        self._height = 0.0
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        if self._short != pieces:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
            self.setToolTip("Click to show the whole text, or only the changes")
        self.setAccessibleName("What changed")
        self.setAccessibleDescription(spoken(self._short))
        self._lay_out()

    def shown(self) -> str:
        """The characters on screen."""
        return self._layout.text()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._short != self._pieces:
            self._whole = not self._whole
            self._lay_out()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._lay_out()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._lay_out()

    def sizeHint(self) -> QSize:
        return QSize(200, round(self._height) or self.fontMetrics().lineSpacing())

    def _lay_out(self) -> None:
        pieces = condensed(self._pieces, _LONGEST_WHOLE // 2, _LONGEST_WHOLE) if self._whole else self._short
        formats, text, last = [], "", ""
        for piece in pieces:
            text += " " if last == "deleted" and piece.kind == "inserted" else ""
            last = piece.kind
            words = many_lines(piece.text, limit=_LONGEST_WHOLE + 1).replace("\n", "\u2028")
            formats.append(_format(piece.kind, _utf16(text), _utf16(words), colors_of(self.palette())))
            text += words
        self._layout.clearLayout()
        self._layout = QTextLayout(text, self.font())
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self._layout.setTextOption(option)
        self._layout.setFormats(formats)
        self._height = self._break_lines(max(1, self.width()))
        self.setFixedHeight(round(self._height) + 2)
        self.update()

    def _break_lines(self, width: int) -> float:
        height = 0.0
        self._layout.beginLayout()
        while (line := self._layout.createLine()).isValid():
            line.setLineWidth(width)
            line.setPosition(QPointF(0.0, height))
            height += line.height()
        self._layout.endLayout()
        return height

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(colors_of(self.palette()).color("muted"))
        self._layout.draw(painter, QPointF(0.0, 0.0))
        painter.end()


def spoken(pieces: list[Piece]) -> str:
    """The change for a screen reader."""
    words = {"deleted": "deleted: {}", "inserted": "inserted: {}"}
    return "; ".join(words[piece.kind].format(piece.text.strip()) for piece in pieces if piece.kind in words)


def _utf16(text: str) -> int:
    """Length as Qt counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _format(kind: str, start: int, length: int, colors: Colors) -> QTextLayout.FormatRange:
    style = QTextCharFormat()
    if kind == "deleted":
        style.setForeground(colors.color("error"))
        style.setBackground(colors.color("error", 0.12))
        style.setFontStrikeOut(True)
    elif kind == "inserted":
        style.setForeground(colors.color("text"))
        style.setBackground(colors.color("accent", 0.2))
        style.setFontUnderline(True)
    elif kind == "gap":
        style.setForeground(colors.color("faint"))
    part = QTextLayout.FormatRange()
    part.start, part.length, part.format = start, length, style
    return part
