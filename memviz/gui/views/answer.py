"""The answer, each token shaded by what it read."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import ClassVar

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QHelpEvent, QMouseEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QMenu, QPlainTextEdit, QTextEdit, QToolTip, QVBoxLayout, QWidget

from memviz.core.arrays import FloatArray
from memviz.core.events import OutputEvent
from memviz.core.trace import Trace
from memviz.gui.fonts import ui_font
from memviz.gui.head_choice import HeadChoice
from memviz.gui.metrics import unit
from memviz.gui.query_list import verdict
from memviz.gui.slot_colors import SlotStyle
from memviz.gui.tables.plain import one_line, tooltip
from memviz.gui.theme import Colors
from memviz.gui.views.base import View
from memviz.gui.views.chips import EntryChips
from memviz.gui.views.slot_table import SlotRows, WeightColumns, slot_rows
from memviz.gui.views.step_words import reading_words
from memviz.gui.widgets import ElidedLabel, keep_from_sideways

#: Opacity of the shade of a token that read everything from one slot; less in the dark, where the text is light.
MOST_ALPHA = 0.8
MOST_ALPHA_DARK = 0.55


class AnswerView(View):
    """The question small, the answer large. Tokens beyond the chosen step are faint; the chosen one is underlined."""

    title: ClassVar[str] = "Answer"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._columns = WeightColumns()
        self._drawn: tuple[Trace, HeadChoice, bool] | None = None
        self._ends: list[int] = []
        self._most_read: list[int | None] = []
        self._queued = ""
        self._question = ElidedLabel(self.controls, "Question")
        self.add_control(self._question, 1)
        self._text = QPlainTextEdit(self.content)
        self._text.setReadOnly(True)
        self._text.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self._text.setUndoRedoEnabled(False)
        keep_from_sideways(self._text)
        self._text.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves Space and arrows to the transport
        self._text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._text.setAccessibleName("Answer")
        self._text.setToolTip("The answer; point at a token for its probability, click it to go to its step")
        self._text.document().setDocumentMargin(0)
        self._text.viewport().installEventFilter(self)
        self._text.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.chips = EntryChips(self.content)
        self.chips.entry_chosen.connect(self.entry_chosen)
        column = QVBoxLayout(self.content)
        space = unit(self)
        column.setContentsMargins(2 * space, 0, 2 * space, space)
        column.setSpacing(space // 2)
        column.addWidget(self._text, 1)
        column.addWidget(self.chips)
        self.restyle(self.colors)

    def restyle(self, colors: Colors) -> None:
        self._text.setFont(ui_font(self.font(), scale=1.4))
        palette = self._text.palette()
        palette.setColor(palette.ColorRole.Base, colors.color("window"))
        self._text.setPalette(palette)

    def show_queued(self, text: str) -> None:
        """A question waits for the model, or none does any more."""
        self._queued = text
        self.mark_stale()

    def why_empty(self, trace: Trace | None) -> str:
        if self._queued:
            return f"“{one_line(self._queued, 120)}” is asked as soon as the model is loaded."
        if trace is None:
            return "No question was asked yet. Type one on the left and press Return."
        if not trace.steps and trace.finish is None:
            return reading_words(trace) if trace.progress is not None else "The model is reading the memory …"
        if not trace.steps:
            return "The run ended before the first word. Press Return in the question box to ask again."
        return ""

    def draw(self, trace: Trace, step: int) -> None:
        self._write_text(trace)
        self._text.setExtraSelections(self._marks(trace, step))
        self._bring_into_sight(step)
        self._question.say(_question_words(trace))
        self.chips.show_mass(trace, self.heads, self.entry_id)

    def _write_text(self, trace: Trace) -> None:
        """Appends what is new; everything anew for another run, other heads or another theme."""
        look = (trace, self.heads, self.colors.dark)
        if look != self._drawn:
            self._drawn = look
            self._ends = []
            self._most_read = []
            self._text.clear()
        outputs = trace.outputs
        if len(self._ends) == len(outputs):
            return
        prompt = trace.prompt
        rows = slot_rows(prompt.sources) if prompt is not None else None
        weights = self._columns.update(trace, self.heads, raw=False)
        cursor = QTextCursor(self._text.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        for at in range(len(self._ends), min(len(outputs), weights.shape[1])):
            start = self._ends[-1] if self._ends else 0
            text = _shown(outputs[at])
            if start == 0:
                text = text.lstrip()
            row, weight = _strongest(rows, weights[:, at])
            style = rows.styles[row] if rows is not None and rows.memory else None
            cursor.insertText(text, self._shade(outputs[at], style, weight))
            self._most_read.append(rows.slots[row].entry_id if rows is not None and rows.memory else None)
            self._ends.append(start + _length(text))

    def _bring_into_sight(self, step: int) -> None:
        cursor = self._text.textCursor()
        if 0 <= step < len(self._ends) and not cursor.hasSelection():
            cursor.setPosition(self._ends[step])
            self._text.setTextCursor(cursor)

    def _shade(self, output: OutputEvent, style: SlotStyle | None, weight: float) -> QTextCharFormat:
        look = QTextCharFormat()
        if output.special:
            look.setForeground(self.colors.color("faint"))
        elif style is not None and weight > 0.0:
            most = MOST_ALPHA_DARK if self.colors.dark else MOST_ALPHA
            look.setBackground(style.brush(most * math.sqrt(min(1.0, weight))))
        return look

    def _marks(self, trace: Trace, step: int) -> list[QTextEdit.ExtraSelection]:
        """The chosen token underlined, those that read the chosen entry most with dots; later ones faint."""
        count = min(len(self._ends), trace.steps)
        if not 0 <= step < count:
            return []
        chosen = QTextCharFormat()
        chosen.setFontUnderline(True)
        chosen.setUnderlineColor(self.colors.color("accent"))
        chosen.setUnderlineStyle(QTextCharFormat.UnderlineStyle.SingleUnderline)
        start = self._ends[step - 1] if step else 0
        marks = [*self._entry_marks(step), self._selection(start, self._ends[step], chosen)]
        if step < count - 1:
            later = QTextCharFormat()
            later.setForeground(self.colors.color("faint"))
            later.setBackground(self.colors.color("window"))
            marks.append(self._selection(self._ends[step], self._ends[-1], later))
        return marks

    def _entry_marks(self, step: int) -> Iterable[QTextEdit.ExtraSelection]:
        dotted = QTextCharFormat()
        dotted.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
        dotted.setUnderlineColor(self.colors.color("text"))
        start = None
        for at in range(step + 2):
            chosen = self.entry_id is not None and at <= step and self._most_read[at] == self.entry_id
            if chosen and start is None:
                start = self._ends[at - 1] if at else 0
            elif not chosen and start is not None:
                yield self._selection(start, self._ends[at - 1], dotted)
                start = None

    def _selection(self, start: int, end: int, look: QTextCharFormat) -> QTextEdit.ExtraSelection:
        selection = QTextEdit.ExtraSelection()
        cursor = QTextCursor(self._text.document())
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        selection.cursor = cursor
        selection.format = look
        return selection

    # -- pointing ----------------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._text.viewport():
            if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
                at = self._token_at(event.pos())
                QToolTip.showText(event.globalPos(), self.token_tip(at) if at >= 0 else "", self._text.viewport())
                return True
            if event.type() == QEvent.Type.MouseButtonRelease and isinstance(event, QMouseEvent):
                at = self._token_at(event.position().toPoint())
                if at >= 0 and not self._text.textCursor().hasSelection():
                    self.step_chosen.emit(at)
        return super().eventFilter(watched, event)

    def _token_at(self, point: QPoint) -> int:
        cursor = self._text.cursorForPosition(point)
        rect = self._text.cursorRect(cursor)
        if point.y() > rect.bottom() + unit(self) or abs(point.x() - rect.x()) > 4 * unit(self):
            return -1
        place = cursor.position() - (1 if point.x() < rect.x() else 0)
        return next((at for at, end in enumerate(self._ends) if place < end), -1)

    def token_tip(self, at: int) -> str:
        """What is to be said about a token: probability, runners-up, what it read most."""
        trace = self.trace
        if trace is None or not 0 <= at < trace.steps:
            return ""
        output = trace.outputs[at]
        lines = [f"step {at + 1}   “{one_line(output.text)}”   probability {math.exp(output.logprob):.3f}"]
        if output.alternatives:
            lines.append(
                "instead:  "
                + "   ".join(f"“{one_line(a.text)}” {math.exp(a.logprob):.3f}" for a in output.alternatives)
            )
        prompt = trace.prompt
        if prompt is not None:
            weights = self._columns.update(trace, self.heads, raw=False)[:, at]
            rows = slot_rows(prompt.sources)
            best = sorted(rows.slots[: rows.memory], key=lambda slot: -weights[slot.index])[:3]
            lines.append("read:  " + "   ".join(f"{one_line(s.label, 60)} {weights[s.index]:.3f}" for s in best))
            lines.append(f"({self.heads.words(prompt.layers)}{', without the sink' if self.heads.sums_to_one else ''})")
        return tooltip("\n".join(lines))

    def fill_menu(self, menu: QMenu) -> None:
        cursor = self._text.textCursor()
        copy = menu.addAction("Copy selection", self._text.copy)
        copy.setEnabled(cursor.hasSelection())
        menu.addAction("Copy answer", self._copy_all)
        menu.addSeparator()
        super().fill_menu(menu)

    def _copy_all(self) -> None:
        self._text.selectAll()
        self._text.copy()
        self._text.moveCursor(QTextCursor.MoveOperation.End)

    def selected_text(self) -> str:
        return self._text.textCursor().selectedText().replace("\u2029", "\n")

    def plain_text(self) -> str:
        return self._text.toPlainText()

    def table(self) -> Iterable[Sequence[object]]:
        yield ("step", "token", "probability", "most read", "weight")
        trace = self.trace
        prompt = trace.prompt if trace is not None else None
        if trace is None:
            return
        weights = self._columns.update(trace, self.heads, raw=False)
        rows = slot_rows(prompt.sources) if prompt is not None else None
        for at, output in enumerate(trace.outputs):
            label, weight = "", 0.0
            if rows is not None and rows.memory:
                slot = max(rows.slots[: rows.memory], key=lambda each: weights[each.index, at])
                label, weight = slot.label, weights[slot.index, at].item()
            yield (at + 1, output.text, round(math.exp(output.logprob), 6), label, round(weight, 6))


def _shown(output: OutputEvent) -> str:
    """A token as it stands in the answer; a special one as a small sign."""
    if output.special:
        return " ⏎" if output.text in ("", "\n") else f" {one_line(output.text)}"
    return output.text.replace("\0", "␀")


def _length(text: str) -> int:
    """Length in the units of a Qt document: UTF-16, a line break is one."""
    return len(text.replace("\r\n", "\n").encode("utf-16-le")) // 2


def _strongest(rows: SlotRows | None, weights: FloatArray) -> tuple[int, float]:
    """Row and weight of the memory slot that a step read most; the first row and nothing where there is no memory."""
    if rows is None or not rows.memory:
        return 0, 0.0
    row = max(range(rows.memory), key=lambda each: weights[rows.slots[each].index])
    return row, float(weights[rows.slots[row].index])


def _question_words(trace: Trace) -> str:
    """The question, and once it is answered whether that was right, where the right answer is known."""
    query = trace.query
    if not query.expected or trace.finish is None:
        return query.text
    right = "right" if verdict(query, trace.answer) == "✓ " else f"right would be “{one_line(query.expected)}”"
    return f"{query.text}   {verdict(query, trace.answer)}{right}"
