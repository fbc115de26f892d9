"""The texts that a beam search followed, as a tree that grows to the right, and those it ended with."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import ClassVar

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from memviz.core.events import Beam, BeamEvent, HypothesesEvent
from memviz.core.trace import Trace
from memviz.gui.metrics import elided, unit
from memviz.gui.tables.plain import one_line, tooltip
from memviz.gui.theme import Colors, colors_of
from memviz.gui.views.base import View
from memviz.gui.widgets import ElidedLabel

_MOST_WORDS = 18.0  # units that the widest token may take


class BeamTree(QWidget):
    """A column for each step of the search, a box for each beam; the chosen text's boxes are accented."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.steps: tuple[BeamEvent, ...] = ()
        self.path: tuple[int, ...] = ()
        self.step = -1
        self.setAccessibleName("Tree of the beam search")

    def show_search(self, steps: tuple[BeamEvent, ...], path: tuple[int, ...], step: int) -> None:
        """``path``: which beam of each step the chosen text went through; ``step``: the one at the playhead."""
        self.steps, self.path, self.step = steps, path, step
        self.setAccessibleDescription("\n".join(beam.text for beam in steps[-1].beams) if steps else "")
        size = self.sizeHint()
        self.setMinimumSize(size)
        self.update()

    # -- where things are --------------------------------------------------------------------------------------------

    def _column_width(self) -> float:
        metrics = self.fontMetrics()
        widest = max((metrics.horizontalAdvance(_word(beam)) for each in self.steps for beam in each.beams), default=0)
        return min(float(widest), _MOST_WORDS * unit(self)) + 5.0 * unit(self)

    def _row_height(self) -> float:
        return self.fontMetrics().height() + 1.5 * unit(self)

    def sizeHint(self) -> QSize:
        rows = max((len(event.beams) for event in self.steps), default=1)
        width = max(1, len(self.steps)) * self._column_width() + 2 * unit(self)
        return QSize(math.ceil(width), math.ceil(rows * self._row_height() + 2 * unit(self)))

    def box(self, step: int, beam: int) -> QRectF:
        """Where a beam stands."""
        width, height, space = self._column_width(), self._row_height(), unit(self)
        return QRectF(
            space + step * width, space + beam * height, width - 2.5 * space, self.fontMetrics().height() + 0.75 * space
        )

    # -- drawing -----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        colors = colors_of(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number, each in enumerate(self.steps):
            seen = QRectF(event.rect())
            if self.box(number, 0).right() + 5 * unit(self) < seen.left() or self.box(number, 0).left() > seen.right():
                continue
            for at, beam in enumerate(each.beams):
                self._draw_link(painter, colors, number, at, beam)
            for at, beam in enumerate(each.beams):
                self._draw_beam(painter, colors, number, at, beam)
        painter.end()

    def chosen(self, step: int, beam: int) -> bool:
        """Whether the text that was chosen in the end went through this beam."""
        return step < len(self.path) and self.path[step] == beam

    def _draw_link(self, painter: QPainter, colors: Colors, step: int, at: int, beam: Beam) -> None:
        if step == 0 or beam.parent < 0:
            return
        start, end = self.box(step - 1, beam.parent), self.box(step, at)
        line = QPainterPath(QPointF(start.right(), start.center().y()))
        middle = (start.right() + end.left()) / 2
        line.cubicTo(middle, start.center().y(), middle, end.center().y(), end.left(), end.center().y())
        chosen = self.chosen(step, at)
        painter.setPen(QPen(colors.color("accent" if chosen else "faint"), 1.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(line)

    def _draw_beam(self, painter: QPainter, colors: Colors, step: int, at: int, beam: Beam) -> None:
        box = self.box(step, at)
        chosen = self.chosen(step, at)
        ground = QColor(colors.color("accent"))
        ground.setAlphaF(0.22 if chosen else 0.0)
        painter.setBrush(ground)
        edge = QPen(colors.color("accent" if chosen else "hairline"), 1.0)
        if not beam.kept:
            edge.setStyle(Qt.PenStyle.DashLine)
        if step == self.step and chosen:
            edge.setWidthF(2.0)
        painter.setPen(edge)
        painter.drawRoundedRect(box, 0.4 * unit(self), 0.4 * unit(self))
        painter.setPen(colors.color("text" if chosen else "muted"))
        words = elided(_word(beam), self.font(), box.width() - unit(self))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)


class BeamsView(View):
    """The tree of the search while it runs; afterwards the chosen text in it, and the scores of those that ended."""

    title: ClassVar[str] = "Beams"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = ElidedLabel(self.controls, "What the beam search found")
        self.add_control(self._words, 1)
        self.tree = BeamTree()
        self._scroll = QScrollArea(self.content)
        self._scroll.setWidget(self.tree)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        self._scroll.setAccessibleName("Beams")
        self._scroll.setToolTip("Each column is a step of the search; dashed boxes ended; the chosen text is coloured")
        column = QVBoxLayout(self.content)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._scroll)

    def why_empty(self, trace: Trace | None) -> str:
        if trace is None:
            return "Here you will see the beams of a search. Ask an encoder-decoder model with beams to begin."
        if not trace.beams:
            return "This answer was not searched with beams; set them in Run ▸ Options and ask again."
        return ""

    def draw(self, trace: Trace, step: int) -> None:
        found = trace.hypotheses
        path = found.hypotheses[0].path if found is not None else ()
        self.tree.show_search(trace.beams, path, step)
        self._words.say(_sentence(found) if found is not None else f"searching: step {len(trace.beams)}")
        self.tree.setToolTip(tooltip(_list(found)) if found is not None else "")
        at = len(trace.beams) - 1 if found is None else min(max(step, 0), len(path) - 1)
        box = self.tree.box(at, path[at] if found is not None else 0)
        self._scroll.ensureVisible(round(box.center().x()), round(box.center().y()), round(box.width()), 0)

    def table(self) -> Iterable[Sequence[object]]:
        """Every beam of every step."""
        yield ("step", "beam", "parent", "token", "text", "log-probability", "ended")
        for each in self.trace.beams if self.trace is not None else ():
            for at, beam in enumerate(each.beams):
                parent = beam.parent + 1 if beam.parent >= 0 else ""
                ended = "" if beam.kept else "yes"
                yield (each.search_step + 1, at + 1, parent, beam.token_text, beam.text, round(beam.logprob, 6), ended)


def _word(beam: Beam) -> str:
    return one_line(beam.token_text).strip() or ("·" if beam.kept else "⏎")


def _sentence(found: HypothesesEvent) -> str:
    best, others = found.hypotheses[0], found.hypotheses[1:]
    power = "" if found.length_penalty == 1.0 else f" to the power of {found.length_penalty:g}"
    words = f"chosen: “{one_line(best.text, 80)}” {_score(best.score)}"
    if others:
        words += f"   ·   next: “{one_line(others[0].text, 80)}” {_score(others[0].score)}"
    return f"{words}   ·   score: log-probability divided by length{power}"


def _list(found: HypothesesEvent) -> str:
    return "\n".join(f"{each.score:.4f}   {one_line(each.text, 160)}" for each in found.hypotheses)


def _score(score: float) -> str:
    """Three digits, and no minus before a zero."""
    return f"{round(score, 3) + 0.0:.3f}"
