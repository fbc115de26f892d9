"""What the chosen step attended to, token by token over the whole prompt, in every layer."""

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
from memviz.gui.views.look_view import LookView
from memviz.gui.views.map_frame import framed_map
from memviz.gui.widgets import ElidedLabel, choice_box

_LARGEST, _MEAN, _EACH = "largest", "mean", "each"
_NAMED = 6


class TokenAttentionView(LookView):
    """Layers over the prompt's tokens for the step at the playhead; exact, computed when the view is looked at."""

    title: ClassVar[str] = "Token attention"
    what: ClassVar[str] = "attention"
    invitation: ClassVar[str] = (
        "Here you will see which words of the prompt a step attends to. Ask a question to begin."
    )

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: FloatArray = np.zeros((0, 0), dtype=np.float32)
        self._names: list[str] = []
        self._tokens: list[str] = []
        self._drawn: Trace | None = None
        self._words = ElidedLabel(self.controls, "What the step attended to")
        self.heads_shown = choice_box(
            self.controls,
            "Heads",
            "A row for each layer, with the largest or the mean of its heads, or a row for each head",
            (("largest of heads", _LARGEST), ("mean of heads", _MEAN), ("every head", _EACH)),
        )
        self.sink = choice_box(
            self.controls,
            "First token",
            "The first token collects attention that has nowhere else to go",
            (("without first token", False), ("with first token", True)),
        )
        self.heads_shown.currentIndexChanged.connect(self.mark_stale)
        self.sink.currentIndexChanged.connect(self.mark_stale)
        self._bar = ColorBar(self.controls)
        self.add_control(self._words, 1)
        for widget in (self.heads_shown, self.sink, self._bar):
            self.add_control(widget)
        self.map = framed_map(
            self.content, "Heat map of attention over tokens", "Layers over the prompt’s tokens at the chosen step"
        )
        self.map.pointed.connect(self._pointed)

    def draw(self, trace: Trace, step: int) -> None:
        del step
        prompt = trace.prompt
        rows: FloatArray | None = self.found  # [L, H, T]
        if prompt is None or rows is None:
            return
        at = self.found_step
        if trace is not self._drawn:
            self._drawn = trace
            self.map.reset_zoom()
        tokens = [*prompt.token_texts, *(output.text for output in trace.outputs[:at])]
        self._tokens = [one_line(text).strip() or "␣" for text in tokens][: rows.shape[2]]
        self._names, shown = self._through(rows)
        if not self.sink.currentData():
            shown = shown.copy()
            shown[:, 0] = 0.0
        self._shown = shown
        top = float(shown.max(initial=0.0)) or 1.0
        self._bar.set_ends("0", f"{top:.2g}", "Colour of a weight: linear from 0 to the largest one shown")
        strongest = shown.max(axis=1)
        named = [
            Row(name, NEUTRAL_STYLE, float(value), True) for name, value in zip(self._names, strongest, strict=True)
        ]
        self.map.show_levels(shown / top, named, self._tokens, apart=0, room=float(len(self._tokens)))
        self._words.say(self._sentence_for(at))

    def _through(self, rows: FloatArray) -> tuple[list[str], FloatArray]:
        """Names and weights [R, T] of the picture's rows."""
        layers = [f"layer {number + 1}" for number in range(len(rows))]
        match self.heads_shown.currentData():
            case "mean":
                return layers, rows.mean(axis=1)
            case "each":
                heads = rows.shape[1]
                names = [f"{layer}, head {head + 1}" for layer in layers for head in range(heads)]
                return names, rows.reshape(-1, rows.shape[2])
            case _:
                return layers, rows.max(axis=1)

    def _sentence_for(self, step: int) -> str:
        strongest = self._shown.max(axis=0)
        best = np.argsort(-strongest)[:_NAMED]
        found = ", ".join(f"“{self._tokens[at]}” {strongest[at]:.2f}" for at in best)
        return f"token {step + 1} over {len(self._tokens):,} tokens   ·   most: {found}"

    def _pointed(self, row: int, column: int) -> None:
        if row < 0 or column < 0:
            QToolTip.hideText()
        else:
            QToolTip.showText(QCursor.pos(), self.cell_tip(row, column), self.map)

    def cell_tip(self, row: int, column: int) -> str:
        """The exact number, the head and the token with its neighbours."""
        if not (0 <= row < len(self._shown) and 0 <= column < self._shown.shape[1]):
            return ""
        around = " ".join(self._tokens[max(0, column - 4) : column + 5])
        return tooltip(f"{self._shown[row, column]:.4f}\n{self._names[row]}\ntoken {column + 1}   … {around} …")

    def table(self) -> Iterable[Sequence[object]]:
        """Tokens as rows, every layer and head as a column; raw weights."""
        rows: FloatArray | None = self.found
        if rows is None:
            return
        layers, heads, _ = rows.shape
        yield ("token", "text", *(f"{layer + 1}.{head + 1}" for layer in range(layers) for head in range(heads)))
        for at, text in enumerate(self._tokens):
            yield (at + 1, text, *(round(float(value), 6) for value in rows[:, :, at].reshape(-1)))
