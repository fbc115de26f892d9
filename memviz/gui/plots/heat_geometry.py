"""Where everything of a heat map stands: plain numbers, no widget."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from PySide6.QtCore import QRectF

#: Gap between the rows and those that stand apart below, in rows.
APART_GAP = 0.35


@dataclass(frozen=True, slots=True)
class Zoom:
    """What is in sight along one axis, in columns or rows: ``first`` may be a fraction; ``shown`` 0 means all."""

    first: float = 0.0
    shown: float = 0.0

    def within(self, room: float) -> tuple[float, float]:
        """(first, shown) inside ``room``."""
        shown = min(self.shown or room, room)
        return min(max(self.first, 0.0), room - shown), shown

    def scaled(self, factor: float, around: float, room: float) -> Zoom:
        """Zoomed by ``factor`` with the place ``around`` staying where it is; at least four are shown."""
        first, shown = self.within(room)
        wanted = max(min(4.0, room), shown * factor)
        if wanted >= room:
            return Zoom()
        return Zoom(around - (around - first) * wanted / shown, wanted)

    def moved(self, distance: float, room: float) -> Zoom:
        first, shown = self.within(room)
        return Zoom(min(max(first + distance, 0.0), room - shown), shown) if shown < room else Zoom()


def height_in_rows(rows: int, apart: int) -> float:
    """How many rows the whole picture is high, with the gap."""
    return rows + (APART_GAP if apart else 0.0)


@dataclass(frozen=True)
class HeatGeometry:
    """Labels on the left, cells in the middle, bars on the right, words below the cells; in pixels.

    Attributes:
        rows, apart: number of all rows, and of those at the end that stand apart.
        first, shown: columns in sight.
        top_row, shown_rows: rows in sight; the gap counts as a part of a row.
    """

    width: float
    height: float
    label_width: float
    bar_width: float
    foot: float
    rows: int
    apart: int
    first: float
    shown: float
    top_row: float
    shown_rows: float

    @cached_property
    def cells(self) -> QRectF:
        left = self.label_width
        return QRectF(left, 0.0, max(1.0, self.width - left - self.bar_width), max(1.0, self.height - self.foot))

    @cached_property
    def row_height(self) -> float:
        return self.cells.height() / max(self.shown_rows, 1e-9)

    @cached_property
    def column_width(self) -> float:
        return self.cells.width() / max(self.shown, 1e-9)

    def middle(self, row: int) -> float:
        """The middle of a row, in rows."""
        apart = self.apart > 0 and row >= self.rows - self.apart
        return row + (APART_GAP if apart else 0.0) + 0.5

    def top(self, row: int) -> float:
        return (self.middle(row) - 0.5 - self.top_row) * self.row_height

    def left(self, column: float) -> float:
        return self.cells.left() + (column - self.first) * self.column_width

    def label_rect(self, row: int) -> QRectF:
        return QRectF(0.0, self.top(row), self.label_width, self.row_height)

    def bar_rect(self, row: int) -> QRectF:
        return QRectF(self.cells.right(), self.top(row), self.bar_width, self.row_height)

    def words_middle(self, row: int, line: float) -> float:
        """Where the words of a row stand: at its middle, but never cut by the picture's edges; ``line`` high."""
        middle = self.top(row) + self.row_height / 2
        return min(max(middle, line / 2), self.cells.height() - line / 2)

    def row_at(self, y: float) -> int:
        """The row under a pixel, -1 for none."""
        if y >= self.cells.height():
            return -1
        return next((row for row in range(self.rows) if self.top(row) <= y < self.top(row) + self.row_height), -1)

    def place_at(self, y: float) -> float:
        """The place under a pixel, in rows."""
        return self.top_row + y / self.row_height

    def column_at(self, x: float) -> float:
        """The place under a pixel, in columns."""
        return self.first + (x - self.cells.left()) / self.column_width
