"""What is to become of a fact, and what it is checked by."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from memviz.gui.metrics import unit
from memviz.gui.tables.plain_edit import PlainEdit
from memviz.gui.widgets import choice_box, plain_label
from memviz.session.fact_checks import SuggestedChecks

BEST = -1


@dataclass(frozen=True, slots=True)
class Entered:
    """What stands in the form; paraphrases and neighbours line by line, ``layer`` from 0 or :data:`BEST`."""

    prompt: str
    subject: str
    target: str
    paraphrases: tuple[str, ...]
    neighbours: tuple[str, ...]
    layer: int


class FactForm(QWidget):
    """The fields under each other. GUI thread.

    Signals:
        suggestion_wanted(str): the user wants to know what to check for this prompt.
    """

    suggestion_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.prompt = self._text("Prompt", "The words that the model goes on from, as it reads them", 2, 6)
        self.subject = self._line("Subject", "The part of the prompt that the fact is about", "a part of the prompt")
        self.from_selection = QPushButton("Selection", self)
        self.from_selection.setAccessibleName("Take the selection as the subject")
        self.from_selection.setToolTip("Take the words that are selected in the prompt as the subject")
        self.from_selection.clicked.connect(self._take_selection)
        self.target = self._line("New object", "What the model shall answer from now on", "what it shall answer")
        self.paraphrases = self._text("Paraphrases", "The same fact in other words; one prompt a line", 3, 3)
        self.neighbours = self._text(
            "Neighbours", "Other facts, whose answers must not change; one prompt a line", 0, 0
        )
        self.neighbours.setPlaceholderText("other facts, which must stay; one prompt a line")
        self.paraphrases.setPlaceholderText("the same fact in other words; one prompt a line")
        self.suggest = QPushButton("Suggest", self)
        self.suggest.setAccessibleName("Suggest paraphrases and neighbours")
        self.suggest.setToolTip("Fill in paraphrases and neighbours from the facts that this model learned")
        self.suggest.clicked.connect(self._suggest)
        self.layer = choice_box(
            self, "Layer", "Which layer is edited; the best of all is found by trying each", [("best of all", BEST)]
        )
        for button in (self.from_selection, self.suggest):
            button.setAutoDefault(False)
        space = unit(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(space // 2)
        self._add(column, "Prompt", self.prompt)
        self._add(column, "Subject", self.subject, self.from_selection)
        self._add(column, "New object", self.target)
        self._add(column, "Paraphrases", self.paraphrases)
        self._add(column, "Neighbours", self.neighbours, stretch=1)
        row = QHBoxLayout()
        row.setSpacing(space)
        layer_words = plain_label(self, quiet=True)
        layer_words.setText("Layer")
        row.addWidget(layer_words)
        row.addWidget(self.layer)
        row.addStretch(1)
        row.addWidget(self.suggest)
        column.addSpacing(space // 2)
        column.addLayout(row)

    def entered(self) -> Entered:
        return Entered(
            self.prompt.text(),
            self.subject.text(),
            self.target.text(),
            _lines(self.paraphrases),
            _lines(self.neighbours),
            self.layer.currentData() if self.layer.currentData() is not None else BEST,
        )

    def fill(self, prompt: str, subject: str) -> None:
        """Another fact: everything else is empty."""
        self.prompt.set_text(prompt)
        self.subject.setText(subject.strip() if subject.strip() in prompt else "")
        self.target.clear()
        self.paraphrases.set_text("")
        self.neighbours.set_text("")

    def take(self, suggestion: SuggestedChecks, *, all_of_it: bool) -> None:
        """Fills in what is suggested: all of it, or only what is empty."""
        if all_of_it or not self.subject.text().strip():
            self.subject.setText(suggestion.subject)
        for field, lines in ((self.paraphrases, suggestion.paraphrases), (self.neighbours, suggestion.neighbours)):
            if all_of_it or not field.text().strip():
                field.set_text("\n".join(lines))
        self.target.setPlaceholderText(f"what it shall answer instead of “{suggestion.answer}”")

    def set_layers(self, layers: int) -> None:
        """How many can be chosen; the chosen one stays where it is there."""
        chosen = self.layer.currentData()
        self.layer.clear()
        self.layer.addItem("best of all", BEST)
        for layer in range(layers):
            self.layer.addItem(str(layer + 1), layer)
        self.layer.setCurrentIndex(max(0, self.layer.findData(chosen)))

    def _take_selection(self) -> None:
        selected = self.prompt.textCursor().selectedText().strip()
        if selected:
            self.subject.setText(selected)
        self.subject.setFocus()

    def _suggest(self) -> None:
        self.suggestion_wanted.emit(self.prompt.text())

    # -- parts -------------------------------------------------------------------------------------------------------

    def _line(self, name: str, tip: str, placeholder: str) -> QLineEdit:
        line = QLineEdit(self)
        line.setAccessibleName(name)
        line.setToolTip(tip)
        line.setPlaceholderText(placeholder)
        return line

    def _text(self, name: str, tip: str, fewest: int, most: int) -> PlainEdit:
        """A field for several lines; of a fixed height where ``most`` is given."""
        text = PlainEdit(self)
        text.setAccessibleName(name)
        text.setToolTip(tip)
        if most:
            text.fit_lines(fewest, most)
        else:
            text.setLineWrapMode(PlainEdit.LineWrapMode.NoWrap)
        return text

    def _add(
        self, column: QVBoxLayout, words: str, field: QWidget, beside: QWidget | None = None, stretch: int = 0
    ) -> None:
        label = plain_label(self, quiet=True)
        label.setText(words)
        column.addWidget(label)
        if beside is None:
            column.addWidget(field, stretch)
            return
        row = QHBoxLayout()
        row.setSpacing(unit(self))
        row.addWidget(field, 1)
        row.addWidget(beside)
        column.addLayout(row)


def _lines(field: PlainEdit) -> tuple[str, ...]:
    return tuple(line for line in field.text().splitlines() if line.strip())
