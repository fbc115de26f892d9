"""The vector that an encoder makes of the text, and which entries lie nearest to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from memviz.core.arrays import FloatArray
from memviz.core.events import EmbeddingEvent
from memviz.core.trace import Trace
from memviz.gui.metrics import elided, unit
from memviz.gui.tables.plain import one_line, tooltip
from memviz.gui.theme import colors_of
from memviz.gui.views.base import View
from memviz.gui.widgets import ElidedLabel


class VectorStrip(QWidget):
    """A vector as one bar per dimension around a zero line, scaled to its largest."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.vector: FloatArray = np.zeros(0, dtype=np.float32)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("The text’s vector")

    def show_vector(self, vector: FloatArray) -> None:
        self.vector = vector
        largest = float(np.abs(vector).max(initial=0.0))
        self.setToolTip(tooltip(f"{len(vector)} numbers, the largest {largest:.3g}"))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(40 * unit(self), 6 * unit(self))

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        colors = colors_of(self.palette())
        painter = QPainter(self)
        middle = self.height() / 2
        painter.fillRect(QRectF(0, middle, self.width(), 1), colors.color("hairline"))
        top = float(np.abs(self.vector).max(initial=0.0)) or 1.0
        width = self.width() / max(1, len(self.vector))
        for at, value in enumerate(self.vector.tolist()):
            height = abs(value) / top * (middle - 1)
            bar = QRectF(at * width, middle - height if value > 0 else middle, max(width * 0.8, 0.6), height)
            painter.fillRect(bar, colors.color("accent" if value > 0 else "muted"))
        painter.end()


class CosineRows(QWidget):
    """Entries with bars from -1 to 1, the nearest first; a click chooses one.

    Signals:
        chosen(object): an entry's id.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[tuple[int, str, float]] = []
        self.entry_id: int | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.setAccessibleName("Entries by cosine")

    def show_rows(self, rows: list[tuple[int, str, float]], entry_id: int | None) -> None:
        """(entry id, words, cosine)"""
        self.rows, self.entry_id = rows, entry_id
        self.setAccessibleDescription("\n".join(f"{cosine:.4f} {words}" for _, words, cosine in rows))
        self.updateGeometry()
        self.update()

    def _height(self) -> float:
        return self.fontMetrics().height() + 0.75 * unit(self)

    def sizeHint(self) -> QSize:
        return QSize(40 * unit(self), round(max(1, len(self.rows)) * self._height()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        row = int(event.position().y() // self._height())
        if event.button() == Qt.MouseButton.LeftButton and 0 <= row < len(self.rows):
            self.chosen.emit(self.rows[row][0])

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        colors = colors_of(self.palette())
        painter = QPainter(self)
        space, height = unit(self), self._height()
        numbers = self.fontMetrics().horizontalAdvance("-0.0000")
        names = 0.45 * self.width()
        left = names + space
        room = max(0.0, self.width() - left - numbers - space)
        for at, (entry_id, words, cosine) in enumerate(self.rows):
            top = at * height
            if entry_id == self.entry_id:
                painter.fillRect(QRectF(0, top, self.width(), height), colors.color("hover"))
            painter.setPen(colors.color("text" if at == 0 else "muted"))
            name = QRectF(0, top, names, height)
            painter.drawText(name, Qt.AlignmentFlag.AlignVCenter, elided(one_line(words), self.font(), names))
            zero = left + room / 2
            end = zero + room / 2 * max(-1.0, min(1.0, cosine))
            bar = QRectF(min(zero, end), top + 0.3 * height, abs(end - zero), 0.4 * height)
            painter.fillRect(QRectF(left, top + 0.3 * height, room, 0.4 * height), colors.color("hover"))
            painter.fillRect(bar, colors.color("accent" if at == 0 else "muted"))
            side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(0, top, self.width(), height), side, f"{cosine:.4f}")
        painter.end()


class EmbeddingView(View):
    """How the text's vector is made, what it looks like, and the entries by the cosine of their vectors and it."""

    title: ClassVar[str] = "Embedding"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = ElidedLabel(self.controls, "How the vector is made")
        self.add_control(self._words, 1)
        self.strip = VectorStrip(self.content)
        self.entries = CosineRows()
        self.entries.chosen.connect(self.entry_chosen)
        scroll = QScrollArea(self.content)
        scroll.setWidget(self.entries)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setAccessibleName("Entries by cosine")
        scroll.setToolTip("The recalled entries, those whose vectors point the same way first; click one to choose it")
        space = unit(self)
        column = QVBoxLayout(self.content)
        column.setContentsMargins(2 * space, space // 2, 2 * space, space // 2)
        column.setSpacing(space)
        column.addWidget(self.strip)
        column.addWidget(scroll, 1)

    def why_empty(self, trace: Trace | None) -> str:
        if trace is None:
            return "Here you will see the vector of a text. Ask an encoder to begin."
        if trace.embedding is None:
            return "The model is reading the text …" if trace.finish is None else "This run made no vector."
        return ""

    def draw(self, trace: Trace, step: int) -> None:
        del step
        embedding = trace.embedding
        if embedding is None:
            return
        self.strip.show_vector(embedding.vector)
        rows = [(entry_id, self.words_of(entry_id), cosine) for entry_id, cosine in embedding.cosines]
        self.entries.show_rows(rows, self.entry_id)
        self._words.say(_sentence(embedding))

    def table(self) -> Iterable[Sequence[object]]:
        embedding = self.trace.embedding if self.trace is not None else None
        if embedding is None:
            return
        yield ("what", "number", "words", "value")
        for entry_id, cosine in embedding.cosines:
            yield ("cosine of entry", entry_id, self.words_of(entry_id), round(cosine, 6))
        for number, value in enumerate(embedding.vector.tolist()):
            yield ("dimension", number, "", round(value, 6))


def _sentence(embedding: EmbeddingEvent) -> str:
    length = float(np.linalg.norm(embedding.vector))
    words = f"{len(embedding.vector)} numbers   ·   {embedding.pooling}   ·   length {length:.3g}"
    if not embedding.cosines:
        return f"{words}   ·   no entry was recalled to compare it with"
    return f"{words}   ·   {len(embedding.cosines)} recalled entries by cosine, 1 is the same direction"
