"""The words around a heat map: names of rows, their numbers, and the words of columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from memviz.gui.metrics import elided
from memviz.gui.plots.drawn_axis import DrawnAxis
from memviz.gui.plots.heat_geometry import HeatGeometry
from memviz.gui.slot_colors import SlotStyle
from memviz.gui.theme import Colors

#: Columns of at least this many line heights have their words lying below them; narrower ones have them standing.
LYING = 2.6
STANDING = 0.85


@dataclass(frozen=True, slots=True)
class Row:
    """Name, colour and value at the chosen step of one row; a quiet one is no memory."""

    label: str
    style: SlotStyle
    value: float = 0.0
    quiet: bool = False


def readable_rows(geometry: HeatGeometry, rows: Sequence[Row], chosen: int, line: float) -> Iterable[int]:
    """Rows whose names have room: all, or the chosen one and the strongest ones where rows are thin."""
    taken: list[float] = []
    for number in sorted(range(len(rows)), key=lambda n: (n != chosen, -rows[n].value)):
        top, middle = geometry.top(number), geometry.words_middle(number, line)
        inside = -0.5 * geometry.row_height <= top <= geometry.cells.height() - 0.5 * geometry.row_height
        if inside and all(abs(middle - other) >= 0.8 * line for other in taken):
            taken.append(middle)
            yield number


class NameAxis(DrawnAxis):
    """Names of rows with their colours; says (geometry, ((row, label, style, quiet), …), colors)."""

    def draw(
        self,
        painter: QPainter,
        geometry: HeatGeometry,
        names: tuple[tuple[int, str, SlotStyle, bool], ...],
        colors: Colors,
    ) -> None:
        line = QFontMetricsF(painter.font()).height()
        side = 0.55 * line
        for number, label, style, quiet in names:
            area = geometry.label_rect(number)
            middle = geometry.words_middle(number, line)
            style.paint(painter, QRectF(area.left() + line / 4, middle - side / 2, side, side))
            painter.setPen(colors.color("muted" if quiet else "text"))
            words = QRectF(area.left() + 1.15 * line, middle - line, area.width() - 1.9 * line, 2 * line)
            align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
            painter.drawText(words, align, elided(label, painter.font(), words.width()))


class NumberAxis(DrawnAxis):
    """Values of rows; says (geometry, ((row, number, muted), …), colors)."""

    def draw(
        self, painter: QPainter, geometry: HeatGeometry, numbers: tuple[tuple[int, str, bool], ...], colors: Colors
    ) -> None:
        metrics = QFontMetricsF(painter.font())
        line, width = metrics.height(), metrics.horizontalAdvance("0.000")
        for row, number, muted in numbers:
            area = geometry.bar_rect(row)
            painter.setPen(colors.color("muted" if muted else "text"))
            middle = geometry.words_middle(row, line)
            words = QRectF(area.right() - width - line / 4, middle - line, width, 2 * line)
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, number)


class WordAxis(DrawnAxis):
    """Words below the columns; numbers where there is no room for words; says (geometry, words, chosen, colors)."""

    def draw(
        self, painter: QPainter, geometry: HeatGeometry, words: Sequence[str], chosen: int, colors: Colors
    ) -> None:
        metrics = QFontMetricsF(painter.font())
        line, width = metrics.height(), geometry.column_width
        lying, standing = width >= LYING * line, width >= STANDING * line
        every = 1 if standing else max(1, int(np.ceil(metrics.horizontalAdvance("00000") / width)))
        top = geometry.cells.bottom() + 3
        painter.setClipRect(QRectF(geometry.cells.left(), top, geometry.cells.width(), geometry.foot))
        low, high = int(geometry.first), min(len(words), int(np.ceil(geometry.first + geometry.shown)))
        first_left = geometry.left(0)
        columns = set(range(low + -low % every, high, every)) | ({chosen} if low <= chosen < high else set())
        for column in sorted(columns):
            left = first_left + column * width
            painter.setPen(colors.color("accent" if column == chosen else "muted"))
            if lying or (standing and metrics.horizontalAdvance(words[column]) <= width - 2):
                rect = QRectF(left + 1, top, width - 2, line)
                text = elided(words[column], painter.font(), rect.width())
                painter.drawText(rect, Qt.AlignmentFlag.AlignHCenter, text)
            elif standing:
                _draw_standing(painter, words[column], left + width / 2, top, geometry.foot - 4)
            elif column == chosen or abs(column - chosen) >= every:
                number = str(column + 1)
                room = metrics.horizontalAdvance(number) + 2
                at = min(max(left + width / 2 - room / 2, geometry.cells.left()), geometry.cells.right() - room)
                painter.drawText(QRectF(at, top, room, line), Qt.AlignmentFlag.AlignHCenter, number)


def _draw_standing(painter: QPainter, word: str, middle: float, top: float, room: float) -> None:
    line = QFontMetricsF(painter.font()).height()
    painter.save()
    painter.translate(middle, top)
    painter.rotate(90)
    rect = QRectF(0, -line / 2, room, line)
    painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, elided(word, painter.font(), room))
    painter.restore()
