"""What could have come out at the chosen step, as bars."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import ClassVar

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from memviz.core.events import OutputEvent
from memviz.core.trace import Trace
from memviz.gui.metrics import elided, unit
from memviz.gui.tables.plain import one_line, tooltip
from memviz.gui.theme import colors_of
from memviz.gui.views.base import View
from memviz.gui.widgets import ElidedLabel


class ProbabilityBars(QWidget):
    """Names with bars from 0 to 1, the first one accented."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[tuple[str, float]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.setAccessibleName("Candidates of the chosen step")

    def show_rows(self, rows: list[tuple[str, float]]) -> None:
        self.rows = rows
        words = "\n".join(f"{value:.4f}   {name}" for name, value in rows)
        self.setToolTip(tooltip(words))
        self.setAccessibleDescription(words)
        self.updateGeometry()
        self.update()

    def _row_height(self) -> float:
        return self.fontMetrics().height() + 0.75 * unit(self)

    def sizeHint(self) -> QSize:
        return QSize(40 * unit(self), math.ceil(max(1, len(self.rows)) * self._row_height()))

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        colors = colors_of(self.palette())
        painter = QPainter(self)
        space, height = unit(self), self._row_height()
        number_width = self.fontMetrics().horizontalAdvance("0.0000")
        names = min(0.4 * self.width(), 32.0 * space)
        for at, (name, value) in enumerate(self.rows):
            top = at * height
            painter.setPen(colors.color("text" if at == 0 else "muted"))
            painter.drawText(
                QRectF(0, top, names, height), Qt.AlignmentFlag.AlignVCenter, elided(name, self.font(), names)
            )
            left = names + space
            room = max(0.0, self.width() - left - number_width - space)
            painter.fillRect(QRectF(left, top + 0.3 * height, room, 0.4 * height), colors.color("hover"))
            filled = QRectF(left, top + 0.3 * height, room * min(1.0, value), 0.4 * height)
            painter.fillRect(filled, colors.color("accent" if at == 0 else "muted"))
            side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(0, top, self.width(), height), side, f"{value:.4f}")
        painter.end()


class CandidatesView(View):
    """The output of the chosen step and its runners-up with their probabilities; of an inner hop, what it read."""

    title: ClassVar[str] = "Candidates"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = ElidedLabel(self.controls, "What the bars are")
        self.add_control(self._words, 1)
        self.bars = ProbabilityBars()
        space = unit(self)
        scroll = QScrollArea(self.content)
        scroll.setWidget(self.bars)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setAccessibleName("Candidates")
        scroll.setToolTip("The most probable outputs of the chosen step")
        column = QVBoxLayout(self.content)
        column.setContentsMargins(2 * space, space // 2, 2 * space, space // 2)
        column.addWidget(scroll)

    def why_empty(self, trace: Trace | None) -> str:
        if trace is None:
            return "Here you will see what else could have been answered. Ask a question to begin."
        if not trace.steps:
            return "Nothing was put out yet." if trace.finish is None else "The model said nothing."
        return ""

    def draw(self, trace: Trace, step: int) -> None:
        output = trace.outputs[min(max(step, 0), trace.steps - 1)]
        self.bars.show_rows(candidates_of(output))
        word = trace.prompt.step_word if trace.prompt is not None else "step"
        inner = not output.text
        if word == "layer" and inner:
            meaning = "probability if the model ended here"
        else:
            meaning = "share of what this hop read" if word == "hop" and inner else "probability at this step"
        self._words.say(f"{word} {output.step + 1}: {meaning}, the best {len(self.bars.rows)}")

    def table(self) -> Iterable[Sequence[object]]:
        """All steps, not only the chosen one."""
        yield ("step", "candidate", "probability")
        for output in self.trace.outputs if self.trace is not None else ():
            for name, value in candidates_of(output):
                yield (output.step + 1, name, round(value, 6))


def candidates_of(output: OutputEvent) -> list[tuple[str, float]]:
    """(words, probability), best first."""
    told = [(output.text, output.logprob)] if output.text or output.special else []
    told += [(alternative.text, alternative.logprob) for alternative in output.alternatives]
    return [(one_line(text) if text.strip() else "⏎", math.exp(logprob)) for text, logprob in told]
