"""Edit a Fact: what is to become of it on the left, what that does on the right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from memviz.core.errors import KnownError
from memviz.core.neurons import EditOutcome
from memviz.gui.choosers import short_name
from memviz.gui.fact_dialog.form import BEST, FactForm
from memviz.gui.fact_dialog.table import OutcomeTable
from memviz.gui.fonts import ui_font
from memviz.gui.loader import Loader
from memviz.gui.metrics import unit
from memviz.gui.privacy import Privacy
from memviz.gui.pump import Pump
from memviz.gui.weights_edits import WeightsEdits
from memviz.gui.widgets import plain_label
from memviz.session.fact_checks import RECALLER, SuggestedChecks, edit_checks, fact_edit, outcome_words

EXPERIMENT = (
    "An experiment: one layer’s weights are changed by one rank (after ROME, Meng et al. 2022). Applied, the edit stays"
    " in the loaded model until it is undone or another model is loaded; nothing is written unless you save it."
)
EMPTY = (
    "Write what the model shall answer and press Try: here you will see its answers before and after, for the fact, for"
    " the same fact in other words, and for other facts, which must stay. Trying changes nothing."
)
MASKED = "This prompt holds private entries; View ▸ Mask Private Entries shows it again, to be edited."
NOT_LEARNED = "This prompt asks for nothing that the model learned, so there is nothing to suggest; try “{}”."
_EXAMPLE = "Blade Runner was directed by"


class FactDialog(QDialog):
    """The window behind it stays usable. GUI thread.

    While private entries are masked, a prompt that holds one is neither shown nor edited.

    Signals:
        asked(str): the user wants to ask this question with the weights as they are now.
    """

    asked = Signal(str)

    def __init__(
        self, edits: WeightsEdits, loader: Loader, pump: Pump, privacy: Privacy, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Edit a Fact")
        self._privacy = privacy
        self._private = False  # the prompt holds private entries
        self._edits = edits
        self._loader = loader
        self._given: tuple[str, str] | None = None
        self._question = ""
        self._model = ""
        self._layers = 0
        self._suggesting = False
        self._texts: tuple[str, ...] = ()
        self._asked_layer = BEST
        self._outcome: EditOutcome | None = None
        self._tried_at = 0
        self.form = FactForm(self)
        self.table = OutcomeTable(self)
        self.experiment = plain_label(self, "What an edit is", quiet=True)
        self.experiment.setText(EXPERIMENT)
        self.summary = plain_label(self, "Result")
        self.summary.setFont(ui_font(self.font(), scale=1.1, semi_bold=True))
        self.summary.setWordWrap(True)
        self.words = plain_label(self, "State of the edit")
        self.hint = plain_label(self, "What will be here", quiet=True)
        self.hint.setText(EMPTY)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for label in (self.experiment, self.hint, self.words):
            label.setWordWrap(True)
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the trial")
        self.bar.setToolTip("Progress of the trial")
        self.try_button = self._button(
            "Try", "Find the edit and show what it changes; the model stays as it is", self._try
        )
        self.cancel_button = self._button("Cancel", "Stop the trial; the model stays as it is", edits.cancel)
        self.apply_button = self._button("Apply", "Put this edit into the loaded model", self._apply)
        self.undo_button = self._button("Undo", "Take the newest edit back, bit by bit", edits.undo)
        self.save_button = self._button(
            "Save As a Model Folder …", "Write the edited model into a new folder; the old one stays", self._save
        )
        self.ask_button = self._button("Ask", "Ask the question again with the weights as they are now", self._ask)
        self.close_button = self._button("Close", "Close this dialog; applied edits stay", self.close)
        self.try_button.setDefault(True)
        self._lay_out()
        self.form.suggestion_wanted.connect(self._suggest)
        edits.changed.connect(self._changed)
        edits.layers_known.connect(self._layers_known)
        edits.suggested.connect(self._suggested)
        edits.tried.connect(self._tried)
        edits.stopped.connect(self._stopped)
        edits.saved.connect(self._saved)
        pump.ticked.connect(self._tick)
        privacy.changed.connect(self._refresh)
        self._show_outcome(None)

    def _lay_out(self) -> None:
        space = unit(self)
        left = QVBoxLayout()
        left.setSpacing(space)
        left.addWidget(self.form, 1)
        tries = QHBoxLayout()
        tries.setSpacing(space)
        tries.addStretch(1)
        tries.addWidget(self.cancel_button)
        tries.addWidget(self.try_button)
        left.addLayout(tries)
        right = QVBoxLayout()
        right.setSpacing(space)
        for widget in (self.experiment, self.summary, self.bar):
            right.addWidget(widget)
        right.addWidget(self.table, 1)
        right.addWidget(self.hint, 1)
        right.addWidget(self.words)
        buttons = QHBoxLayout()
        buttons.setSpacing(space)
        for button in (self.apply_button, self.undo_button, self.ask_button, self.save_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        right.addLayout(buttons)
        both = QHBoxLayout(self)
        both.setContentsMargins(2 * space, 2 * space, 2 * space, 2 * space)
        both.setSpacing(3 * space)
        both.addLayout(left, 4)
        both.addLayout(right, 7)
        self.resize(136 * space, 84 * space)

    # -- what is edited ----------------------------------------------------------------------------------------------

    def begin(self, question: str, prompt: str, selected: str, *, private: bool = False) -> None:
        """Shows the dialog: as it was left, or with another run's question and prompt and what is selected there.

        Args:
            private: the prompt holds private entries.
        """
        self._question, self._private = question, private
        if (question, prompt) != self._given:
            self._given = question, prompt
            self.form.fill(prompt or question, selected)
            self._show_outcome(None)
            self._say("")
        self._look_at_model()
        self.show()
        self.raise_()
        self.activateWindow()
        (self.form.target if self.form.subject.text() else self.form.subject).setFocus()
        if self._can_suggest and not self.form.neighbours.text().strip():
            self._edits.suggest(self.form.prompt.text())

    @property
    def _can_suggest(self) -> bool:
        return self._edits.model_name == RECALLER

    def _look_at_model(self) -> None:
        """What is known of an edit holds for one model."""
        name = self._edits.model_name
        if name != self._model:
            self._model, self._layers, self._texts = name, 0, ()
            self._show_outcome(None)
            self._say("")
        if name and not self._layers and not self._loader.loading_model:
            self._edits.find_layers()
        elif not name:
            self._say("No model is loaded; choose one above the questions.")
        self._refresh()

    def _layers_known(self, layers: int) -> None:
        if layers != self._layers:
            self._layers = layers
            self.form.set_layers(layers)
        self._refresh()

    def _suggest(self, prompt: str) -> None:
        self._suggesting = True
        self._edits.suggest(prompt)

    def _suggested(self, suggestion: SuggestedChecks | None) -> None:
        wanted, self._suggesting = self._suggesting, False
        if suggestion is not None:
            self._texts = suggestion.texts
            self.form.take(suggestion, all_of_it=wanted)
            self.form.target.setFocus()
            self._say("")
        elif wanted:
            self._say(NOT_LEARNED.format(_EXAMPLE))

    # -- what is done ------------------------------------------------------------------------------------------------

    def _try(self) -> None:
        entered = self.form.entered()
        try:
            fact = fact_edit(entered.prompt, entered.subject, entered.target, entered.neighbours)
        except KnownError as error:
            self._say(str(error), warning=True)
            return
        self._show_outcome(None)
        self._say("")
        self._asked_layer, self._tried_at = entered.layer, self._edits.count
        checks = edit_checks(fact, entered.paraphrases, entered.neighbours)
        self._edits.try_edit(fact, checks, self._texts, None if entered.layer == BEST else [entered.layer])

    def _tried(self, outcome: EditOutcome) -> None:
        self._show_outcome(outcome)
        if self._asked_layer == BEST and self._layers > 1:
            self._say("These rows chose the layer, so they are no independent measure of the edit.")

    def _apply(self) -> None:
        if self._outcome is not None:
            self._say("")
            self._edits.apply(self._outcome.edit)

    def _save(self) -> None:
        suggested = str(Path.cwd() / f"{short_name(self._edits.model_name)}-edited")
        path, _ = QFileDialog.getSaveFileName(self, "Save As a Model Folder", suggested)
        if path:
            self._edits.save(Path(path))

    def _saved(self, folder: Path) -> None:
        self._say(f"The edited model is saved in {folder}. Open a Model opens it from there.")

    def _ask(self) -> None:
        self.asked.emit(self._question.strip() or self.form.prompt.text())

    def _stopped(self, words: str) -> None:
        self._suggesting = False
        self._say(words, warning=bool(words))

    # -- how it looks ------------------------------------------------------------------------------------------------

    def _changed(self) -> None:
        if self.isVisible():
            self._look_at_model()

    def _show_outcome(self, outcome: EditOutcome | None) -> None:
        self._outcome = outcome
        self.table.show_outcome(outcome)
        self._refresh()

    def _say(self, words: str, *, warning: bool = False) -> None:
        self.words.setText(("⚠ " if warning else "") + words)
        self._refresh()

    @property
    def _hides(self) -> bool:
        return self._private and self._privacy.masks

    def _refresh(self) -> None:
        hides = self._hides
        self.form.setVisible(not hides)
        self.table.setVisible(self._outcome is not None and not hides)
        self.hint.setVisible(self._outcome is None or hides)
        self.words.setVisible(bool(self.words.text()) and not hides)
        trying, edits = self._edits.job is not None, self._edits
        there = bool(edits.model_name) and not self._loader.loading_model
        self.form.setEnabled(not trying)
        self.form.suggest.setVisible(self._can_suggest)
        self.try_button.setEnabled(there and self._layers > 0 and not trying and not hides)
        self.cancel_button.setEnabled(trying)
        self.apply_button.setEnabled(
            there and self._outcome is not None and self._tried_at == edits.count and not trying and not hides
        )
        self.undo_button.setEnabled(there and edits.count > 0 and not trying)
        self.save_button.setEnabled(there and edits.count > 0 and not trying)
        self.ask_button.setEnabled(there and not trying)
        self.bar.setVisible(trying)
        self.hint.setText(MASKED if hides else "" if trying else EMPTY)
        self.summary.setText(self._summary_words())
        self._tick()

    def _summary_words(self) -> str:
        if self._edits.job is not None:
            return self._edits.job.words
        if self._outcome is None:
            return f"{self._edits.words()} in the loaded model" if self._edits.count else "Nothing was tried yet"
        applied = self._edits.count > self._tried_at
        return (
            f"{outcome_words(self._outcome)}   ·   layer {self._outcome.edit.layer + 1}"
            f"   ·   {'applied' if applied else 'not applied'}"
        )

    def _tick(self) -> None:
        job = self._edits.job
        if job is None:
            return
        done, total, words = job.latest
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        self.summary.setText("Cancelling …" if job.cancelled else f"{words or job.words} …")

    def reject(self) -> None:
        """Escape and the close button end a trial as well."""
        self._edits.cancel()
        super().reject()

    def _button(self, words: str, tip: str, pressed: Callable[[], object]) -> QPushButton:
        button = QPushButton(words, self)
        button.setAccessibleName(words)
        button.setToolTip(tip)
        button.setAutoDefault(False)
        button.clicked.connect(pressed)
        return button
