"""The prompt as the model sees it, each slot in its colour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QMouseEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QVBoxLayout, QWidget

from memviz.core.events import PromptEvent, Slot
from memviz.core.trace import Trace
from memviz.gui.fonts import mono_font
from memviz.gui.metrics import unit
from memviz.gui.slot_colors import styles_of
from memviz.gui.theme import Colors
from memviz.gui.views.base import View
from memviz.gui.widgets import ElidedLabel, keep_from_sideways

ALPHA = 0.25
CHOSEN_ALPHA = 0.6


class PromptView(View):
    """Text, slots and counts of the prompt; a click on an entry's tokens chooses the entry."""

    title: ClassVar[str] = "Prompt"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawn: PromptEvent | None = None
        self._offsets: list[int] = [0]
        self._summary = ElidedLabel(self.controls, "Summary of the prompt")
        self.add_control(self._summary, 1)
        self._text = QPlainTextEdit(self.content)
        self._text.setReadOnly(True)
        keep_from_sideways(self._text)
        self._text.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves Space and arrows to the transport
        self._text.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self._text.setAccessibleName("Prompt")
        self._text.setToolTip("The prompt as the model sees it; click an entry’s words to choose it")
        self._text.viewport().installEventFilter(self)
        self._text.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        column = QVBoxLayout(self.content)
        space = unit(self)
        column.setContentsMargins(2 * space, 0, 2 * space, 0)
        column.setSpacing(space // 2)
        column.addWidget(self._text, 1)
        self.restyle(self.colors)

    def restyle(self, colors: Colors) -> None:
        self._text.setFont(mono_font(self.font()))
        palette = self._text.palette()
        palette.setColor(palette.ColorRole.Base, colors.color("window"))
        self._text.setPalette(palette)

    def why_empty(self, trace: Trace | None) -> str:
        if trace is None:
            return "The prompt of the next question will stand here. Press Return in the question box to ask."
        if trace.prompt is None:
            return "The run has no prompt (yet)."
        return ""

    def draw(self, trace: Trace, step: int) -> None:
        del step
        prompt = trace.prompt
        if prompt is None:
            return
        if prompt is not self._drawn:
            self._drawn = prompt
            self._offsets = [0]
            for text in prompt.token_texts:
                self._offsets.append(self._offsets[-1] + len(text.encode("utf-16-le")) // 2)
            self._text.setPlainText("".join(prompt.token_texts))
            self._summary.say(_summary(prompt))
        self._text.setExtraSelections([s for slot in prompt.slots for s in self._marks(prompt, slot)])

    def _marks(self, prompt: PromptEvent, slot: Slot) -> Iterable[QTextEdit.ExtraSelection]:
        if slot.kind != "entry":
            return
        chosen = slot.entry_id is not None and slot.entry_id == self.entry_id
        style = styles_of(prompt.slots)[slot.index]
        look = QTextCharFormat()
        look.setBackground(style.brush(CHOSEN_ALPHA if chosen else ALPHA))
        for start, end in slot.spans:
            selection = QTextEdit.ExtraSelection()
            cursor = QTextCursor(self._text.document())
            cursor.setPosition(self._offset(start))
            cursor.setPosition(self._offset(end), QTextCursor.MoveMode.KeepAnchor)
            selection.cursor = cursor
            selection.format = look
            yield selection

    def _offset(self, token: int) -> int:
        return self._offsets[max(0, min(token, len(self._offsets) - 1))]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            watched is self._text.viewport()
            and event.type() == QEvent.Type.MouseButtonRelease
            and isinstance(event, QMouseEvent)
            and not self._text.textCursor().hasSelection()
        ):
            slot = self.slot_at(self._text.cursorForPosition(event.position().toPoint()).position())
            if slot is not None and slot.entry_id is not None:
                self.entry_chosen.emit(slot.entry_id)
        return super().eventFilter(watched, event)

    def slot_at(self, place: int) -> Slot | None:
        """The slot whose tokens hold this character of the prompt."""
        prompt = self._drawn
        for slot in prompt.slots if prompt is not None else ():
            if any(self._offset(start) <= place < self._offset(end) for start, end in slot.spans):
                return slot
        return None

    def selected_text(self) -> str:
        return self._text.textCursor().selectedText().replace("\u2029", "\n")

    def plain_text(self) -> str:
        return self._text.toPlainText()

    def table(self) -> Iterable[Sequence[object]]:
        yield ("token", "text", "slot", "entry id")
        prompt = self.trace.prompt if self.trace is not None else None
        if prompt is None:
            return
        owner: dict[int, Slot] = {
            token: slot for slot in prompt.slots for start, end in slot.spans for token in range(start, end)
        }
        for token, text in enumerate(prompt.token_texts):
            slot = owner.get(token)
            yield (
                token,
                text,
                slot.label if slot is not None else "",
                slot.entry_id if slot is not None and slot.entry_id is not None else "",
            )


def _summary(prompt: PromptEvent) -> str:
    entries = sum(slot.kind == "entry" for slot in prompt.slots)
    words = [f"{len(prompt.token_texts):,} tokens", f"{entries} {'entry' if entries == 1 else 'entries'}"]
    if prompt.cut:
        words.append(f"{len(prompt.cut)} cut: {prompt.cut[0].reason}")
    if prompt.capture:
        words.append(f"attention captured as {prompt.capture}")
    return "  ·  ".join(words)
