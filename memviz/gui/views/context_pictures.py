"""The pictures of a context window: a gauge of its parts, and stacked columns of attention."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from memviz.core.arrays import FloatArray
from memviz.gui.metrics import elided, unit
from memviz.gui.slot_colors import NEUTRAL, PALETTE
from memviz.gui.tables.plain import tooltip
from memviz.gui.theme import colors_of
from memviz.gui.views.context_parts import Part

#: One colour for each part, the same in both pictures.
PART_COLORS = {
    "instructions": PALETTE[3],
    "entries": PALETTE[0],
    "dialogue": PALETTE[1],
    "source": PALETTE[0],
    "question": PALETTE[2],
    "answer": PALETTE[4],
    "first token": NEUTRAL,
}


class ContextGauge(QWidget):
    """The window as one bar: each part as wide as its tokens, the room that is left empty."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.parts: list[Part] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("What fills the context window")

    def show_parts(self, parts: list[Part]) -> None:
        self.parts = parts
        words = "\n".join(f"{part.tokens:,} tokens   {part.name}" for part in parts)
        self.setToolTip(tooltip(words))
        self.setAccessibleDescription(words)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(40 * unit(self), round(1.5 * unit(self) + 2 * self.fontMetrics().height() + unit(self)))

    def spans(self) -> list[tuple[Part, float, float]]:
        """Each part with the left and right end of its bar, in pixels."""
        total = sum(part.tokens for part in self.parts) or 1
        found, left = [], 0.0
        for part in self.parts:
            right = left + self.width() * part.tokens / total
            found.append((part, left, right))
            left = right
        return found

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        colors = colors_of(self.palette())
        painter = QPainter(self)
        line, space = self.fontMetrics().height(), unit(self)
        bar = QRectF(0, line + 0.5 * space, self.width(), 1.5 * space)
        painter.fillRect(bar, colors.color("hover"))
        taken, dot = 0.0, 0.45 * line
        for part, left, right in self.spans():
            known = part.name in PART_COLORS
            if known:
                painter.fillRect(QRectF(left, bar.top(), max(1.0, right - left), bar.height()), part_color(part.name))
                painter.fillRect(QRectF(taken, (line - dot) / 2, dot, dot), part_color(part.name))
            words = f"{part.name} {part.tokens:,}"
            width = self.fontMetrics().horizontalAdvance(words)
            start = taken + (1.6 * dot if known else 0.0)
            painter.setPen(colors.color("text" if known else "muted"))
            painter.drawText(QRectF(start, 0, width + 2, line), Qt.AlignmentFlag.AlignVCenter, words)
            taken = start + width + 2.0 * space
        painter.setPen(colors.color("muted"))
        total = sum(part.tokens for part in self.parts)
        side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(0, bar.bottom(), self.width(), line), side, f"{total:,} tokens")
        painter.end()


class StackedColumns(QWidget):
    """A column for each step, its parts stacked: how the attention of each step is shared out.

    Signals:
        step_chosen(int)
    """

    step_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.names: list[str] = []
        self.shares: FloatArray = np.zeros((0, 0), dtype=np.float32)
        self.words: Sequence[str] = ()
        self.step = -1
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(6 * unit(self))
        self.setAccessibleName("Attention by part of the context over the steps")
        self.setToolTip("Each column is a step; click one to go to it")

    def show_shares(self, names: list[str], shares: FloatArray, words: Sequence[str], step: int) -> None:
        """``shares`` [P, S]; ``words`` below each column."""
        self.names, self.shares, self.words, self.step = names, shares, words, step
        if 0 <= step < shares.shape[1]:
            told = "\n".join(f"{shares[at, step]:.3f}   {name}" for at, name in enumerate(names))
            self.setToolTip(tooltip(f"step {step + 1}\n{told}"))
            self.setAccessibleDescription(told)
        self.update()

    def _names_width(self) -> float:
        metrics = self.fontMetrics()
        widest = max((metrics.horizontalAdvance(f"{name} 0.000") for name in self.names), default=0)
        return float(widest) + 3.0 * unit(self)

    def _column(self) -> float:
        steps = max(1, self.shares.shape[1])
        return float(min(6.0 * unit(self), max(0.0, self.width() - self._names_width()) / steps))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        step = math.floor((event.position().x() - self._names_width()) / (self._column() or 1.0))
        if event.button() == Qt.MouseButton.LeftButton and 0 <= step < self.shares.shape[1]:
            self.step_chosen.emit(step)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        colors = colors_of(self.palette())
        painter = QPainter(self)
        line, space = self.fontMetrics().height(), unit(self)
        height = self.height() - line - 0.5 * space
        left, width = self._names_width(), self._column()
        for step in range(self.shares.shape[1]):
            top = height
            for at, name in enumerate(self.names):
                part = float(self.shares[at, step]) * height
                top -= part
                gap = 1.0 if width > 4 else 0.0
                painter.fillRect(QRectF(left + step * width, top, width - gap, part), part_color(name))
            if step == self.step:
                painter.setPen(colors.color("accent"))
                painter.drawRect(QRectF(left + step * width, 0.5, width - 1, height - 1))
            if width >= 2.5 * space and step < len(self.words):
                painter.setPen(colors.color("text" if step == self.step else "muted"))
                words = elided(self.words[step], self.font(), width)
                place = QRectF(left + step * width, height, width, line + 0.5 * space)
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)
        self._draw_names(painter, line)
        painter.end()

    def _draw_names(self, painter: QPainter, line: float) -> None:
        """As many names with their shares at the chosen step as there is room for, the largest first."""
        colors = colors_of(self.palette())
        space = unit(self)
        chosen = 0 <= self.step < self.shares.shape[1]
        shares = [float(row[self.step]) if chosen else 0.0 for row in self.shares]
        room = max(1, int(self.height() / (line * 1.15)))
        largest = sorted(range(len(shares)), key=lambda at: -shares[at])[:room]
        for number, at in enumerate(sorted(largest, reverse=True)):  # in the order in which they are stacked
            top = number * line * 1.15
            painter.fillRect(QRectF(0, top + 0.3 * line, 0.4 * line, 0.4 * line), part_color(self.names[at]))
            painter.setPen(colors.color("text"))
            painter.drawText(QRectF(0.7 * line, top, 20 * space, line), Qt.AlignmentFlag.AlignVCenter, self.names[at])
            side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(0, top, self._names_width() - 1.5 * space, line), side, f"{shares[at]:.3f}")


def part_color(name: str) -> QColor:
    return QColor(PART_COLORS.get(name, NEUTRAL))
