"""How entries and question become the prompt."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QVBoxLayout, QWidget

from memviz.gui.fonts import mono_font
from memviz.gui.metrics import unit
from memviz.gui.widgets import plain_label

#: What a template must hold, each exactly once.
QUESTION = "{question}"
ENTRIES = "{entries}"
#: And what it may hold.
DIALOGUE = "{dialogue}"
EXAMPLE = "Facts:\n{entries}\nQuestion: {question}\nAnswer:"


class TemplateDialog(QDialog):
    """Edits the template of the next questions; an empty one means the model's own."""

    def __init__(self, template: str | None, own: str, parent: QWidget | None = None) -> None:
        """``own``: the loaded model's template, shown as the starting point; empty if it has none."""
        super().__init__(parent)
        self.setWindowTitle("Prompt Template")
        self._own = own
        space = unit(self)
        words = plain_label(self, "Explanation")
        words.setText(
            f"{ENTRIES} stands for the recalled entries, {QUESTION} for the question, {DIALOGUE}, if wanted, for what"
            " was said before. "
            "Restore the default to use the model’s own template."
        )
        words.setWordWrap(True)
        self.text = QPlainTextEdit(self)
        self.text.setFont(mono_font(self.font()))
        self.text.setPlainText(template if template is not None else own or EXAMPLE)
        self.text.setAccessibleName("Template")
        self.text.setToolTip("The prompt with places for entries and question")
        self.text.textChanged.connect(self._check)
        self._warning = plain_label(self, "What is missing")
        self._warning.setWordWrap(True)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok
            | QDialogButtonBox.StandardButton.Cancel
            | QDialogButtonBox.StandardButton.RestoreDefaults,
            self,
        )
        self._ok = buttons.button(QDialogButtonBox.StandardButton.Ok)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        buttons.button(QDialogButtonBox.StandardButton.RestoreDefaults).clicked.connect(self._restore)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * space, 2 * space, 2 * space, 2 * space)
        column.setSpacing(space)
        for widget in (words, self.text, self._warning, buttons):
            column.addWidget(widget)
        self.resize(70 * space, 48 * space)
        self._check()

    def template(self) -> str | None:
        """What was entered; None for the model's own."""
        text = self.text.toPlainText()
        return None if not text.strip() or text == self._own else text

    def _restore(self) -> None:
        self.text.setPlainText(self._own)

    def _check(self) -> None:
        text = self.text.toPlainText()
        wrong = [mark for mark in (ENTRIES, QUESTION) if text.strip() and text.count(mark) != 1]
        if ENTRIES in wrong and ENTRIES not in text and self._own and ENTRIES not in self._own:
            wrong.remove(ENTRIES)  # a model that translates needs none
        self._ok.setEnabled(not wrong)
        self._warning.setText(f"The template must hold {' and '.join(wrong)} exactly once." if wrong else "")
