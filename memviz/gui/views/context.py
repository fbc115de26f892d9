"""The context as short-term memory: what fills it, what is still read of it, and what a smaller one would change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from memviz.core.events import CacheEvent
from memviz.core.sizes import size_words
from memviz.core.trace import Trace
from memviz.gui.metrics import unit
from memviz.gui.tables.plain import one_line, tooltip
from memviz.gui.views.base import View
from memviz.gui.views.context_parts import mass_by_part, parts_at
from memviz.gui.views.context_pictures import ContextGauge, StackedColumns
from memviz.gui.views.step_words import step_words
from memviz.gui.widgets import ElidedLabel
from memviz.session.looks import WindowAnswer

#: Windows that are tried, as shares of what the run used.
SMALLER = (0.85, 0.7, 0.55, 0.4, 0.3)
_COLUMNS = ("window", "prompt", "entries", "turns", "answer")


class ContextView(View):
    """A gauge in tokens, the key-value cache in bytes, attention by part over the steps, and smaller windows."""

    title: ClassVar[str] = "Context"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawn: Trace | None = None
        self._trying = False
        self.answers: list[WindowAnswer] = []
        self._words = ElidedLabel(self.controls, "What the model keeps of the context")
        self.button = QPushButton("Try Smaller Windows", self.controls)
        self.button.setAccessibleName("Try Smaller Windows")
        self.button.setToolTip("Asks again in smaller windows: the oldest turns are cut first, then the lowest ranks")
        self.button.setAutoDefault(False)
        self.button.setCheckable(True)
        self.button.toggled.connect(self._try)
        self.add_control(self._words, 1)
        self.add_control(self.button)
        self.gauge = ContextGauge(self.content)
        self.columns = StackedColumns(self.content)
        self.columns.step_chosen.connect(self.step_chosen)
        self.windows = QTableWidget(0, len(_COLUMNS), self.content)
        self.windows.setHorizontalHeaderLabels(list(_COLUMNS))
        self.windows.setAccessibleName("Answers in smaller windows")
        self.windows.setToolTip("The same question in smaller windows")
        self.windows.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.windows.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.windows.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.windows.setFrameShape(QTableWidget.Shape.NoFrame)
        self.windows.setShowGrid(False)
        self.windows.verticalHeader().hide()
        self.windows.verticalHeader().setDefaultSectionSize(round(2.75 * unit(self)))
        header = self.windows.horizontalHeader()
        header.setHighlightSections(False)
        for section in range(len(_COLUMNS)):
            last = section == len(_COLUMNS) - 1
            header.setSectionResizeMode(
                section, QHeaderView.ResizeMode.Stretch if last else QHeaderView.ResizeMode.ResizeToContents
            )
        self.windows.hide()
        space = unit(self)
        row = QHBoxLayout()
        row.setSpacing(2 * space)
        row.addWidget(self.columns, 3)
        row.addWidget(self.windows, 2)
        column = QVBoxLayout(self.content)
        column.setContentsMargins(2 * space, 0, 2 * space, space // 2)
        column.setSpacing(space)
        column.addWidget(self.gauge)
        column.addLayout(row, 1)
        self._paint_ground()

    def restyle(self, _colors: object) -> None:
        self._paint_ground()

    def _paint_ground(self) -> None:
        palette = self.windows.palette()
        palette.setColor(palette.ColorRole.Base, self.colors.color("window"))
        self.windows.setPalette(palette)

    def why_empty(self, trace: Trace | None) -> str:
        if trace is None:
            return "Here you will see what fills the model’s context. Ask a question to begin."
        if trace.prompt is None or not trace.steps:
            return (
                "The model is reading the prompt …" if trace.finish is None else "The run ended before its first step."
            )
        return ""

    def draw(self, trace: Trace, step: int) -> None:
        prompt = trace.prompt
        if prompt is None:
            return
        if trace is not self._drawn:
            self._drawn, self.answers = trace, []
            self.button.setChecked(False)
            self.windows.hide()
        step = min(max(step, 0), trace.steps - 1)
        own = any(slot.kind == "answer" for slot in prompt.slots)  # else the answer stands in a window of its own
        self.gauge.show_parts(parts_at(prompt, step + 1 if own else 0))
        names, shares = mass_by_part(trace)
        self.columns.show_shares(names, shares, step_words(trace, trace.steps), step)
        self._words.say(_sentence(trace.cache, len(prompt.token_ids) + step + 1, own))
        self.button.setVisible(own)
        self.button.setEnabled(trace.finish is not None)
        if self._trying:
            self._next_window(trace)

    # -- smaller windows ---------------------------------------------------------------------------------------------

    def windows_of(self, trace: Trace) -> list[int]:
        """Sizes that are tried, the largest first."""
        prompt = trace.prompt
        used = len(prompt.token_ids) + trace.steps if prompt is not None else 0
        return sorted({max(1, round(used * share)) for share in SMALLER}, reverse=True)

    def _try(self, on: bool) -> None:
        self._trying = on
        self.windows.setVisible(on or bool(self.answers))
        self.mark_stale()

    def _next_window(self, trace: Trace) -> None:
        """Shows what is known and asks for the first that is not; the next follows when that is there."""
        known: list[WindowAnswer] = []
        for window in self.windows_of(trace):
            found = self.look("window", trace.steps - 1, window=window)
            if found.words:
                known.append(WindowAnswer(window, words=found.words))
            elif found.value is None:
                break
            else:
                known.append(found.value)
        self.answers = known
        self._fill(trace, len(known) == len(self.windows_of(trace)))

    def _fill(self, trace: Trace, whole: bool) -> None:
        self.windows.setRowCount(len(self.answers) + (0 if whole else 1))
        for row, found in enumerate(self.answers):
            same = found.answer == trace.answer.strip()
            words = found.words or ("= " if same else "≠ ") + one_line(found.answer)
            cells = (f"{found.window:,}", f"{found.tokens:,}", str(found.entries), str(found.turns), words)
            for column, text in enumerate(cells):
                self._put(row, column, text, quiet=bool(found.words) or same, number=column < len(cells) - 1)
        if not whole:
            for column in range(len(_COLUMNS)):
                self._put(len(self.answers), column, "asking …" if column == len(_COLUMNS) - 1 else "", quiet=True)

    def _put(self, row: int, column: int, text: str, *, quiet: bool, number: bool = False) -> None:
        item = QTableWidgetItem(text)
        side = Qt.AlignmentFlag.AlignRight if number else Qt.AlignmentFlag.AlignLeft
        item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        item.setToolTip(tooltip(text))
        item.setForeground(self.colors.color("muted" if quiet else "text"))
        self.windows.setItem(row, column, item)

    def table(self) -> Iterable[Sequence[object]]:
        """One figure on a line: tokens of each part, bytes of each layer, attention by part and step, windows."""
        trace = self.trace
        if trace is None or trace.prompt is None:
            return
        yield ("what", "of", "step", "value")
        for part in self.gauge.parts:
            yield ("tokens", part.name, "", part.tokens)
        if trace.cache is not None:
            for layer, size in enumerate(trace.cache.layer_bytes):
                yield ("cache bytes per token", f"layer {layer + 1}", "", size / max(1, trace.cache.tokens))
        names, shares = mass_by_part(trace)
        for name, row in zip(names, shares.tolist(), strict=True):
            for step, value in enumerate(row):
                yield ("attention", name, step + 1, round(value, 6))
        for found in self.answers:
            yield ("entries in a window", f"{found.window} tokens", "", found.entries)
            yield ("turns in a window", f"{found.window} tokens", "", found.turns)
            yield ("answer in a window", f"{found.window} tokens", "", found.words or found.answer)


def _sentence(cache: CacheEvent | None, tokens: int, own: bool) -> str:
    """The key-value cache in bytes: in all, and by layer."""
    if cache is None or not cache.tokens:
        return ""
    each = [size / cache.tokens for size in cache.layer_bytes]
    if not own:  # what is kept of the source does not grow with the answer
        return f"key-value cache: {size_words(sum(cache.layer_bytes))} in {len(each)} layers"
    by_layer = f"{size_words(round(each[0]))} per token in each of {len(each)} layers"
    if len(set(each)) > 1:
        by_layer = "per token " + ", ".join(f"layer {at + 1} {size_words(round(size))}" for at, size in enumerate(each))
    return f"key-value cache: {size_words(round(sum(each) * tokens))} for {tokens:,} tokens   ·   {by_layer}"
