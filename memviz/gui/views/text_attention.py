"""What an encoder's tokens attend to within the text: a layer and a head at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

import numpy as np
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QToolTip, QWidget

from memviz.core.arrays import FloatArray
from memviz.core.trace import Trace
from memviz.gui.plots.color_bar import ColorBar
from memviz.gui.plots.heat_axes import Row
from memviz.gui.slot_colors import NEUTRAL_STYLE
from memviz.gui.tables.plain import one_line, tooltip
from memviz.gui.views.base import View
from memviz.gui.views.map_frame import framed_map
from memviz.gui.widgets import ElidedLabel, choice_box

#: Choices of a head that are none: the mean over heads, and the largest of them.
MEAN, LARGEST = -1, -2
#: The choice of a layer that follows the step.
STEP = -1


class TextAttentionView(View):
    """Tokens over tokens: a row attends to the columns, and its weights sum to 1. A chosen row is written out."""

    title: ClassVar[str] = "Text attention"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.row = -1
        self._shown: FloatArray = np.zeros((0, 0), dtype=np.float32)
        self._drawn: Trace | None = None
        self._words = ElidedLabel(self.controls, "What the chosen token attends to")
        self.layer = choice_box(self.controls, "Layer", "The encoder’s layer whose attention is drawn", ())
        self.head = choice_box(self.controls, "Head", "The attention head, or all of them together", ())
        self.layer.currentIndexChanged.connect(self.mark_stale)
        self.head.currentIndexChanged.connect(self.mark_stale)
        bar = ColorBar(self.controls)
        bar.set_ends("0", "1", "Colour of a weight: linear from 0 to 1")
        self.add_control(self._words, 1)
        for widget in (self.layer, self.head, bar):
            self.add_control(widget)
        self.map = framed_map(
            self.content,
            "Heat map of attention within the text",
            "Tokens over tokens; the up and down keys choose a token",
        )
        self.map.picked.connect(self._picked)
        self.map.pointed.connect(self._pointed)

    def why_empty(self, trace: Trace | None) -> str:
        if trace is None:
            return "Here you will see what each word of a text attends to. Ask an encoder to begin."
        if trace.encoder is None:
            if trace.finish is None:
                return "The model is reading the text …"
            return "The text is too long to keep all of its attention; ask about a shorter one to see it."
        return ""

    def draw(self, trace: Trace, step: int) -> None:
        prompt, encoder = trace.prompt, trace.encoder
        if prompt is None or encoder is None:
            return
        by_layer = prompt.step_word == "layer"
        if trace is not self._drawn:
            self._drawn, self.row = trace, -1
            self._offer(len(encoder.attention), encoder.attention.shape[1], by_layer)
            self.map.reset_zoom()
        layer = self.layer.currentData()
        at = max(step, 0) if layer == STEP else layer
        matrix = encoder.attention[min(at, len(encoder.attention) - 1)]  # [H, T, T]
        self._shown = _through(matrix, self.head.currentData())
        words = [one_line(text).strip() or "␣" for text in prompt.token_texts]
        chosen = self._shown[:, self.row] if 0 <= self.row < len(words) else self._shown.max(axis=1)
        rows = [Row(word, NEUTRAL_STYLE, float(chosen[number]), True) for number, word in enumerate(words)]
        self.map.show_levels(self._shown, rows, words, apart=0, room=float(len(words)), row=self.row)
        self._words.say(self._sentence_for(words, at))

    def _offer(self, layers: int, heads: int, by_layer: bool) -> None:
        for box, choices in (
            (self.layer, [*([("layer of the step", STEP)] if by_layer else []), *_numbered("layer", layers)]),
            (self.head, [("mean of heads", MEAN), ("largest of heads", LARGEST), *_numbered("head", heads)]),
        ):
            before = box.currentData()
            box.blockSignals(True)
            box.clear()
            for words, data in choices:
                box.addItem(words, data)
            box.setCurrentIndex(max(0, box.findData(before)))
            box.blockSignals(False)

    def _sentence_for(self, words: list[str], layer: int) -> str:
        where = f"layer {layer + 1}, {self.head.currentText()}"
        if not 0 <= self.row < len(words):
            return f"{where}   ·   a row attends to the columns; choose one to read it"
        best = np.argsort(-self._shown[self.row])[:5]
        found = ", ".join(f"“{words[each]}” {self._shown[self.row, each]:.2f}" for each in best)
        return f"{where}   ·   “{words[self.row]}” attends to {found}"

    def _picked(self, row: int, _column: int) -> None:
        if row >= 0:
            self.row = row if row != self.row else -1
            self.mark_stale()

    def _pointed(self, row: int, column: int) -> None:
        if row < 0 or column < 0:
            QToolTip.hideText()
        else:
            QToolTip.showText(QCursor.pos(), self.cell_tip(row, column), self.map)

    def cell_tip(self, row: int, column: int) -> str:
        """The exact number and the two tokens of a cell."""
        prompt = self.trace.prompt if self.trace is not None else None
        if prompt is None or not (0 <= row < len(self._shown) and 0 <= column < len(self._shown)):
            return ""
        texts = [one_line(text).strip() for text in prompt.token_texts]
        return tooltip(f"{self._shown[row, column]:.4f}\n“{texts[row]}” attends to “{texts[column]}”")

    def table(self) -> Iterable[Sequence[object]]:
        """The matrix as it is shown."""
        prompt = self.trace.prompt if self.trace is not None else None
        if prompt is None or not len(self._shown):
            return
        yield ("attends", *prompt.token_texts)
        for text, row in zip(prompt.token_texts, self._shown, strict=True):
            yield (text, *(round(float(value), 6) for value in row))


def _through(matrix: FloatArray, head: int) -> FloatArray:
    """[T, T] of one head, or of all of them, from [H, T, T]."""
    if head == MEAN:
        mean: FloatArray = matrix.mean(axis=0)
        return mean
    one: FloatArray = matrix.max(axis=0) if head == LARGEST else matrix[min(head, len(matrix) - 1)]
    return one


def _numbered(word: str, count: int) -> list[tuple[str, int]]:
    return [(f"{word} {number + 1}", number) for number in range(count)]
