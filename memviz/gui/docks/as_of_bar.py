"""Of which time a question is asked."""

from __future__ import annotations

import time

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from memviz.core.errors import KnownError
from memviz.gui.metrics import unit
from memviz.gui.recall_choice import AsOf, Moment, RecallChoice, as_of_words
from memviz.gui.tables.labels import PlainLabel
from memviz.gui.widgets import choice_box, plain_label

_HINTS = {
    Moment.DATE: "2024-05-01 14:00",
    Moment.VERSION: "12",
    Moment.AHEAD: "30",
}


class AsOfBar(QWidget):
    """One line under the question box: now, a date, a version, or some days ahead. GUI thread."""

    def __init__(self, choice: RecallChoice, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choice = choice
        space = unit(self)
        label = plain_label(self, quiet=True)
        label.setText("As of")
        self.moment = choice_box(
            self,
            "Ask as of",
            "Ask the memory as it is, as it was at a date or a version, or as it will have faded in some days",
            [(moment.value, moment) for moment in Moment],
        )
        self.moment.currentIndexChanged.connect(self._moment_chosen)
        self.typed = QLineEdit(self)
        self.typed.setAccessibleName("Time to ask as of")
        self.typed.textEdited.connect(self._typed)
        self.words = PlainLabel("", self, color="muted", scale=0.92)
        self.words.setWordWrap(True)
        row = QHBoxLayout()
        row.setSpacing(space)
        row.addWidget(label)
        row.addWidget(self.moment)
        row.addWidget(self.typed, 1)
        row.addStretch(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(space, 0, space, space)
        column.setSpacing(space // 2)
        column.addLayout(row)
        column.addWidget(self.words)
        choice.changed.connect(self._show)
        self._show()

    def _moment_chosen(self) -> None:
        moment = Moment(self.moment.currentData())  # Qt gives back a plain string
        if moment != self._choice.as_of.moment:
            self._choice.ask_as_of(AsOf(moment, _HINTS[Moment.AHEAD] if moment is Moment.AHEAD else ""))
            self.typed.setFocus()

    def _typed(self, text: str) -> None:
        self._choice.ask_as_of(AsOf(self._choice.as_of.moment, text))

    def _show(self) -> None:
        as_of = self._choice.as_of
        self.moment.setCurrentIndex(self.moment.findData(as_of.moment))
        self.typed.setVisible(as_of.moment is not Moment.NOW)
        self.typed.setPlaceholderText(_HINTS.get(as_of.moment, ""))
        if self.typed.text() != as_of.typed:
            self.typed.setText(as_of.typed)
        words, color = "", "muted"
        tip = {
            Moment.DATE: "A date, or a date and a time, as your clock shows it; a date alone means its beginning",
            Moment.VERSION: "A version of the memory, as its history shows it; 0 is the empty memory",
            Moment.AHEAD: "Days from now; entries fade until then by the memory’s decay",
        }.get(as_of.moment, "")
        self.typed.setToolTip(tip or "The time to ask as of")
        if as_of.moment is not Moment.NOW and as_of.typed.strip():
            now = time.time()
            try:
                words = f"The next questions are asked as of {as_of_words(as_of.value(now), now)}."
            except KnownError as error:
                words, color = str(error), "error"
        elif as_of.moment is not Moment.NOW:
            words = tip + "."
        self.words.set_color(color)
        self.words.setText(words)
        self.words.setVisible(bool(words))
