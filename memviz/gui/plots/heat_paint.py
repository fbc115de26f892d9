"""The strokes of a heat map."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QPen

from memviz.core.events import FloatArray
from memviz.gui.metrics import elided
from memviz.gui.plots.heat_geometry import HeatGeometry
from memviz.gui.slot_colors import SlotStyle
from memviz.gui.theme import Colors, weight_map

#: Columns of at least this many line heights have their words lying below them; narrower ones have them standing.
LYING = 2.6
STANDING = 0.85
_CHOSEN_ALPHA = 0.16
#: The frame around thinner rows and columns stands off, so that it doesn't hide them.
_THIN = 6
_AROUND = 2


@dataclass(frozen=True, slots=True)
class Row:
    """Name, colour and value at the chosen step of one row; a quiet one is no memory."""

    label: str
    style: SlotStyle
    value: float = 0.0
    quiet: bool = False


def paint_cells(painter: QPainter, geometry: HeatGeometry, levels: FloatArray, colors: Colors) -> None:
    """Draws ``levels`` [rows, steps], 0..1. Where cells are smaller than pixels, a pixel shows its strongest one."""
    steps = levels.shape[1]
    low, high = int(geometry.first), min(steps, int(np.ceil(geometry.first + geometry.shown)))
    if high <= low:
        return
    body = levels.shape[0] - geometry.apart
    left, right = geometry.left(low), geometry.left(high)
    painter.save()
    painter.setClipRect(geometry.cells)
    for part, area in ((levels[:body, low:high], geometry.body()), (levels[body:, low:high], geometry.below())):
        if part.size:
            target = QRectF(left, area.top(), right - left, area.height())
            painter.drawImage(target, _image(_pooled(part, target), colors))
    painter.restore()


def _pooled(levels: FloatArray, target: QRectF) -> FloatArray:
    """``levels`` with no more rows and columns than ``target`` has pixels."""
    for axis, pixels in ((0, target.height()), (1, target.width())):
        count = max(1, int(pixels))
        if levels.shape[axis] > count:
            edges = np.arange(count) * levels.shape[axis] // count
            levels = np.maximum.reduceat(levels, edges, axis=axis)
    return levels


def _image(levels: FloatArray, colors: Colors) -> QImage:
    numbers = np.round(255 * np.clip(levels, 0.0, 1.0)).astype(np.intp)
    pixels = np.ascontiguousarray(weight_map(colors.dark)[numbers])  # [rows, columns, 4]
    rows, columns = pixels.shape[:2]
    return QImage(pixels.tobytes(), columns, rows, 4 * columns, QImage.Format.Format_RGBA8888)


def readable_rows(geometry: HeatGeometry, rows: list[Row], chosen: int, line: float) -> Iterable[int]:
    """Rows whose names have room: all, or the chosen one and the strongest ones where rows are thin."""
    taken: list[float] = []
    for number in sorted(range(len(rows)), key=lambda n: (n != chosen, -rows[n].value)):
        top = geometry.top(number)
        inside = -0.5 * geometry.row_height <= top <= geometry.cells.height() - 0.5 * geometry.row_height
        if inside and all(abs(top - other) >= 0.8 * line for other in taken):
            taken.append(top)
            yield number


def paint_rows(
    painter: QPainter, geometry: HeatGeometry, rows: list[Row], chosen: int, colors: Colors, *, names: bool
) -> None:
    """Names with their colours on the left, unless they stand there already; bars with their numbers on the right."""
    metrics = QFontMetricsF(painter.font())
    line = metrics.height()
    for number in readable_rows(geometry, rows, chosen, line):
        row = rows[number]
        bar = geometry.bar_rect(number)
        if number == chosen:
            painter.fillRect(bar.adjusted(line / 2, 0, 0, 0), colors.color("accent", _CHOSEN_ALPHA))
        _paint_bar(painter, bar, row, colors)
        if names:
            _paint_name(painter, geometry.label_rect(number), row, number == chosen, colors)


def _paint_name(painter: QPainter, area: QRectF, row: Row, chosen: bool, colors: Colors) -> None:
    line = QFontMetricsF(painter.font()).height()
    if chosen:
        painter.fillRect(area.adjusted(0, 0, -line / 2, 0), colors.color("accent", _CHOSEN_ALPHA))
    side = 0.55 * line
    middle = area.center().y()
    row.style.paint(painter, QRectF(area.left() + line / 4, middle - side / 2, side, side))
    painter.setPen(colors.color("muted" if row.quiet else "text"))
    words = QRectF(area.left() + 1.15 * line, middle - line, area.width() - 1.9 * line, 2 * line)
    align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
    painter.drawText(words, align, elided(row.label, painter.font(), words.width()))


def _paint_bar(painter: QPainter, area: QRectF, row: Row, colors: Colors) -> None:
    metrics = QFontMetricsF(painter.font())
    line = metrics.height()
    number = metrics.horizontalAdvance("0.000")
    left = area.left() + line / 2
    room = area.width() - number - 1.5 * line
    thick = min(0.62 * area.height(), 0.8 * line)
    if row.value > 0:
        width = max(1.0, room * min(1.0, row.value))
        row.style.paint(painter, QRectF(left, area.center().y() - thick / 2, width, thick))
    painter.setPen(colors.color("muted" if row.quiet or row.value < 0.0005 else "text"))
    words = QRectF(area.right() - number - line / 4, area.center().y() - line, number, 2 * line)
    painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, f"{row.value:.3f}")


def paint_bar_axis(painter: QPainter, geometry: HeatGeometry, colors: Colors) -> None:
    """The line where bars begin."""
    left = round(geometry.cells.right() + QFontMetricsF(painter.font()).height() / 2) - 0.5
    painter.setPen(QPen(colors.color("hairline"), 1))
    painter.drawLine(QLineF(left, 0.0, left, geometry.cells.height()))


def paint_words(painter: QPainter, geometry: HeatGeometry, words: list[str], chosen: int, colors: Colors) -> None:
    """Words below the columns; numbers where there is no room for words."""
    metrics = QFontMetricsF(painter.font())
    line, width = metrics.height(), geometry.column_width
    lying, standing = width >= LYING * line, width >= STANDING * line
    every = 1 if standing else max(1, int(np.ceil(metrics.horizontalAdvance("00000") / width)))
    top = geometry.cells.bottom() + 3
    painter.save()
    painter.setClipRect(QRectF(geometry.cells.left(), top, geometry.cells.width(), geometry.foot))
    low, high = int(geometry.first), min(len(words), int(np.ceil(geometry.first + geometry.shown)))
    first_left = geometry.left(0)
    columns = set(range(low + -low % every, high, every)) | ({chosen} if low <= chosen < high else set())
    for column in sorted(columns):
        left = first_left + column * width
        painter.setPen(colors.color("accent" if column == chosen else "muted"))
        if lying:
            rect = QRectF(left + 2, top, width - 4, line)
            text = elided(words[column], painter.font(), rect.width())
            painter.drawText(rect, Qt.AlignmentFlag.AlignHCenter, text)
        elif standing:
            _paint_standing(painter, words[column], left + width / 2, top, geometry.foot - 4)
        elif column == chosen or abs(column - chosen) >= every:
            number = str(column + 1)
            room = metrics.horizontalAdvance(number) + 2
            at = min(max(left + width / 2 - room / 2, geometry.cells.left()), geometry.cells.right() - room)
            painter.drawText(QRectF(at, top, room, line), Qt.AlignmentFlag.AlignHCenter, number)
    painter.restore()


def _paint_standing(painter: QPainter, word: str, middle: float, top: float, room: float) -> None:
    line = QFontMetricsF(painter.font()).height()
    painter.save()
    painter.translate(middle, top)
    painter.rotate(90)
    rect = QRectF(0, -line / 2, room, line)
    painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, elided(word, painter.font(), room))
    painter.restore()


def paint_marks(painter: QPainter, geometry: HeatGeometry, row: int, column: int, columns: int, colors: Colors) -> None:
    """The chosen step as a thin frame over all rows, the chosen row as one over all ``columns``."""
    cells = geometry.cells
    painter.save()
    painter.setClipRect(cells.adjusted(-_AROUND, -_AROUND, _AROUND, _AROUND))
    painter.setPen(QPen(colors.color("accent"), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if row >= 0:
        top, bottom = round(geometry.top(row)), round(geometry.top(row) + geometry.row_height)
        left, right = round(geometry.left(0)), round(geometry.left(columns))
        away = _AROUND if bottom - top < _THIN else 0
        painter.drawRect(
            QRectF(left, top - away, right - left, bottom - top + 2 * away).adjusted(-0.5, -0.5, -0.5, -0.5)
        )
    if column >= 0:
        left, right = round(geometry.left(column)), round(geometry.left(column + 1))
        away = _AROUND if right - left < _THIN else 0
        rect = QRectF(left - away, cells.top(), right - left + 2 * away, cells.height())
        painter.drawRect(rect.adjusted(-0.5, 0.5, -0.5, -0.5))
    painter.restore()
