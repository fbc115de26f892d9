"""A confusion matrix as a grid of counts: rows are true labels, columns those that were given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QFileDialog, QMenu, QSizePolicy, QToolTip, QWidget

from memviz.core.confusion import Confusion
from memviz.core.errors import KnownError
from memviz.gui.export import save_csv, save_png, save_svg
from memviz.gui.fonts import ui_font
from memviz.gui.metrics import elided, unit
from memviz.gui.tables.plain import one_line, tooltip
from memviz.gui.theme import DARK, LIGHT, colors_of, weight_map

_EXPORTS = (("png", save_png), ("svg", save_svg))
_MOVES = {
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
}


@dataclass(frozen=True, slots=True)
class _Places:
    """Pixels of the cells: their left upper corner, size and number, and the room of the words around them."""

    left: float
    top: float
    width: float
    height: float
    count: int
    foot: float
    standing: bool

    def cell(self, row: int, column: int) -> QRectF:
        return QRectF(self.left + column * self.width, self.top + row * self.height, self.width, self.height)

    @property
    def all(self) -> QRectF:
        return QRectF(self.left, self.top, self.count * self.width, self.count * self.height)

    def at(self, point: QPointF) -> tuple[int, int] | None:
        """(row, column) under a pixel."""
        if not self.all.contains(point):
            return None
        row, column = int((point.y() - self.top) / self.height), int((point.x() - self.left) / self.width)
        return min(row, self.count - 1), min(column, self.count - 1)


class ConfusionGrid(QWidget):
    """Cells are coloured by their share of the row, so that rare labels are seen as well. GUI thread.

    It is painted and holds no graphics items. The mouse or the arrow keys choose a cell; the context menu exports.

    Signals:
        chosen(str): what the chosen cell counts.
        failed(str): why a file could not be written.
    """

    chosen = Signal(str)
    failed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._confusion: Confusion | None = None
        self._cell: tuple[int, int] | None = None
        self._small = ui_font(self.font(), scale=0.92)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(12 * unit(self))
        self.setAccessibleName("Confusion matrix")

    def show_confusion(self, confusion: Confusion | None) -> None:
        self._confusion, self._cell = confusion, None
        self.setAccessibleDescription("")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(60 * unit(self), 36 * unit(self))

    def words_of(self, row: int, column: int) -> str:
        """What a cell counts."""
        if self._confusion is None:
            return ""
        labels, counts = self._confusion.labels, self._confusion.counts
        count, total = int(counts[row, column]), int(counts[row].sum())
        true = one_line(labels[row])
        what = f"{true} given rightly" if row == column else f"{true} taken for {one_line(labels[column])}"
        share = f" ({100 * count / total:.1f} %)" if total else ""
        return f"{what}: {count:,} of {total:,}{share}"

    def _places(self, labels: Sequence[str]) -> _Places:
        space, count = unit(self), len(labels)
        metrics = QFontMetricsF(self._small)
        longest = max(metrics.horizontalAdvance(one_line(label)) for label in labels)
        left = min(longest + 2 * space, 0.3 * self.width())
        width = min((self.width() - left - space) / count, 24.0 * space)
        standing = longest + space > width
        foot = min(longest + 2 * space, 0.3 * self.height()) if standing else metrics.height() + space
        height = min((self.height() - foot) / count, 12.0 * space)
        return _Places(left, 0.0, max(width, 0.1), max(height, 0.1), count, foot, standing)

    # -- input -------------------------------------------------------------------------------------------------------

    def choose(self, cell: tuple[int, int] | None) -> None:
        """Frames a cell (row, column) and tells of it."""
        if cell == self._cell:
            return
        self._cell = cell
        words = self.words_of(*cell) if cell is not None else ""
        self.setAccessibleDescription(words)
        self.chosen.emit(words)
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._confusion is None:
            return
        cell = self._places(self._confusion.labels).at(event.position())
        self.choose(cell)
        if cell is None:
            QToolTip.hideText()
        else:
            QToolTip.showText(event.globalPosition().toPoint(), tooltip(self.words_of(*cell)), self)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if not self.hasFocus():
            self.choose(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        move = _MOVES.get(Qt.Key(event.key()))
        if move is None or self._confusion is None:
            super().keyPressEvent(event)
            return
        last = len(self._confusion.labels) - 1
        row, column = self._cell or (0, 0)
        moved = row + move[0], column + move[1]
        self.choose((0, 0) if self._cell is None else (min(max(moved[0], 0), last), min(max(moved[1], 0), last)))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._small = ui_font(self.font(), scale=0.92)

    # -- exports -----------------------------------------------------------------------------------------------------

    def table(self) -> Iterable[Sequence[object]]:
        """The counts with their labels, header first."""
        if self._confusion is None:
            return []
        rows = zip(self._confusion.labels, self._confusion.counts.tolist(), strict=True)
        return [["true \\ given", *self._confusion.labels], *([label, *row] for label, row in rows)]

    def export(self, path: str) -> None:
        """Writes a ``.png``, ``.svg`` or ``.csv``; what goes wrong is told by :attr:`failed`."""
        try:
            for kind, save in _EXPORTS:
                if path.lower().endswith(f".{kind}"):
                    save(self, path)
                    return
            save_csv(self.table(), path)
        except KnownError as error:
            self.failed.emit(str(error))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self._confusion is None:
            return
        menu = QMenu(self)
        for kind, words in (("png", "Picture (PNG)"), ("svg", "Drawing (SVG)"), ("csv", "Numbers (CSV)")):
            menu.addAction(f"Export {words} …", partial(self._ask_path, kind))
        menu.exec(event.globalPos())
        menu.deleteLater()

    def _ask_path(self, kind: str) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self, "Export Confusion Matrix", f"confusion.{kind}", f"{kind.upper()} (*.{kind})"
        )
        if path:
            self.export(path if path.lower().endswith(f".{kind}") else f"{path}.{kind}")

    # -- painting ----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        if self._confusion is None:
            return
        painter = QPainter(self)
        painter.setFont(self._small)
        places = self._places(self._confusion.labels)
        self._paint_cells(painter, places, self._confusion)
        self._paint_labels(painter, places, self._confusion.labels)
        painter.end()

    def _paint_cells(self, painter: QPainter, places: _Places, confusion: Confusion) -> None:
        colors = colors_of(self.palette())
        ramp = weight_map(colors.dark)
        metrics = QFontMetricsF(self._small)
        widest = metrics.horizontalAdvance(f"{int(confusion.counts.max()):,}")
        numbered = places.height >= metrics.height() and places.width >= widest + 2
        rows = zip(confusion.counts.tolist(), confusion.shares().tolist(), strict=True)
        for row, (counts, shares) in enumerate(rows):
            for column, (count, share) in enumerate(zip(counts, shares, strict=True)):
                cell = places.cell(row, column)
                ground = QColor(*ramp[round(255 * share)][:3].tolist())
                painter.fillRect(cell, ground)
                if numbered:
                    ink = colors.color("faint") if not count else _ink(ground)
                    painter.setPen(ink)
                    painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, f"{count:,}")
        painter.setPen(colors.color("hairline"))
        if min(places.width, places.height) >= 4:
            for line in range(1, places.count):
                across, down = places.cell(line, 0).topLeft(), places.cell(0, line).topLeft()
                painter.drawLine(across, QPointF(places.all.right(), across.y()))
                painter.drawLine(down, QPointF(down.x(), places.all.bottom()))
        painter.setPen(colors.color("accent" if self.hasFocus() else "hairline"))
        painter.drawRect(places.all)
        if self._cell is not None:
            painter.setPen(colors.color("accent"))
            painter.drawRect(places.cell(*self._cell))

    def _paint_labels(self, painter: QPainter, places: _Places, labels: Sequence[str]) -> None:
        colors, space, side = colors_of(self.palette()), unit(self), Qt.AlignmentFlag
        line = QFontMetricsF(self._small).height()
        row, column = self._cell or (-1, -1)
        for number in _spaced(places.count, places.height, line, row):
            area = places.cell(number, 0)
            room = QRectF(0, area.center().y() - line, places.left - space, 2 * line)
            painter.setPen(colors.color("accent" if number == row else "text"))
            words = elided(labels[number], self._small, room.width())
            painter.drawText(room, side.AlignRight | side.AlignVCenter, words)
        for number in _spaced(places.count, places.width, line if places.standing else 0.0, column):
            area = places.cell(places.count - 1, number)
            painter.setPen(colors.color("accent" if number == column else "muted"))
            if not places.standing:
                below = QRectF(area.left(), area.bottom() + space / 2, area.width(), line)
                painter.drawText(below, side.AlignCenter, one_line(labels[number]))
                continue
            painter.save()
            painter.translate(area.center().x(), area.bottom() + space / 2)
            painter.rotate(90)
            room = QRectF(0, -line / 2, places.foot - space, line)
            words = elided(labels[number], self._small, room.width())
            painter.drawText(room, side.AlignLeft | side.AlignVCenter, words)
            painter.restore()


def _ink(ground: QColor) -> QColor:
    """Dark on light and light on dark, in either theme."""
    light = 0.299 * ground.redF() + 0.587 * ground.greenF() + 0.114 * ground.blueF() > 0.5
    return (LIGHT if light else DARK).color("text")


def _spaced(count: int, size: float, line: float, chosen: int) -> Iterable[int]:
    """Numbers whose words have room; where there are too many, every so many, and the chosen one alone there."""
    every = max(1, -int(-line // size))
    near = range(chosen - every + 1, chosen + every) if chosen >= 0 else range(0)
    return [number for number in range(count) if number == chosen or (number % every == 0 and number not in near)]
