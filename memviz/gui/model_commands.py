"""Commands about the model: opening, training and measuring one, its options, the memory in its weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog, QFileDialog

from memviz.core.errors import KnownError
from memviz.gui.choosers import short_name
from memviz.gui.dialogs.run_options import RunOptionsDialog
from memviz.gui.dialogs.template import TemplateDialog
from memviz.gui.views.prompt import PromptView
from memviz.gui.workspace import Workspace

if TYPE_CHECKING:
    from memviz.gui.fact_dialog.dialog import FactDialog
    from memviz.gui.main_window import MainWindow
    from memviz.gui.measure_dialog.dialog import MeasureDialog
    from memviz.gui.model_dialog.dialog import ModelDialog
    from memviz.gui.training.dialog import TrainingDialog


class ModelCommands(QObject):
    """Opens the dialogs, each once: it comes again as it was left. GUI thread.

    Args:
        ask: asks a question that a dialog proposes.
        report: says what went wrong.
    """

    def __init__(
        self,
        workspace: Workspace,
        window: MainWindow,
        ask: Callable[[str], object],
        report: Callable[[BaseException], object],
    ) -> None:
        super().__init__(window)
        self._workspace, self._window, self._ask, self._report = workspace, window, ask, report
        self.training_dialog: TrainingDialog | None = None
        self.model_dialog: ModelDialog | None = None
        self.fact_dialog: FactDialog | None = None
        self.measure_dialog: MeasureDialog | None = None

    def open_model(self) -> None:
        """One dialog: it comes again as it was left, with what is there now."""
        if self.model_dialog is None:
            from memviz.gui.model_dialog.dialog import ModelDialog

            self.model_dialog = ModelDialog(self._workspace.bridge, self._workspace.settings, self._window)
            self.model_dialog.wanted.connect(self._workspace.loader.load_model)
        self.model_dialog.begin(self._workspace.loader.model_name)

    def train(self) -> None:
        """One training at a time: its window comes again."""
        if self.training_dialog is None:
            from memviz.gui.training.dialog import TrainingDialog

            self.training_dialog = TrainingDialog(self._window)
            self.training_dialog.wanted.connect(self._workspace.loader.load_model)
        self.training_dialog.show()
        self.training_dialog.raise_()
        self.training_dialog.activateWindow()

    def measure_recall(self) -> None:
        """One dialog: it comes again as it was left."""
        if self.measure_dialog is None:
            from memviz.gui.measure_dialog.dialog import MeasureDialog

            of = self._workspace
            self.measure_dialog = MeasureDialog(of.session, of.bridge, of.jobs, of.pump, of.privacy, self._window)
            self.measure_dialog.asked.connect(self._ask)
        self.measure_dialog.show()
        self.measure_dialog.raise_()
        self.measure_dialog.activateWindow()

    def save_weights(self) -> None:
        """Edited facts and scaled neurons become a model folder of its own."""
        workspace = self._workspace
        if not workspace.edits.count and not workspace.neurons.scales:
            self._report(KnownError("Nothing of the weights is changed; scale a neuron or edit a fact first."))
            return
        suggested = str(Path.cwd() / f"{short_name(workspace.loader.model_name)}-changed")
        path, _ = QFileDialog.getSaveFileName(self._window, "Save Changed Weights As a Model Folder", suggested)
        if path:
            workspace.edits.save(Path(path), workspace.neurons.scales)

    def edit_stopped(self, words: str) -> None:
        """The dialog says it where it is open."""
        if words and (self.fact_dialog is None or not self.fact_dialog.isVisible()):
            self._window.central.notices.say(words, "warning")

    def weights_saved(self, folder: Path) -> None:
        self._window.central.notices.say(f"The changed model is saved in {folder}; Open a Model opens it.", "info")

    def run_options(self) -> None:
        settings = self._workspace.settings
        dialog = RunOptionsDialog(settings.run_options, self._window)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            settings.run_options = dialog.options()
        dialog.deleteLater()

    def template(self) -> None:
        settings = self._workspace.settings
        own = getattr(getattr(self._workspace.session.model, "template", None), "text", "")
        dialog = TemplateDialog(settings.run_options.template, own, self._window)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            settings.run_options = replace(settings.run_options, template=dialog.template())
        dialog.deleteLater()

    def edit_fact(self) -> None:
        """One dialog: it comes again as it was left, or with the run in view where that is another one."""
        if self.fact_dialog is None:
            from memviz.gui.fact_dialog.dialog import FactDialog

            workspace = self._workspace
            self.fact_dialog = FactDialog(
                workspace.edits, workspace.loader, workspace.pump, workspace.privacy, self._window
            )
            self.fact_dialog.asked.connect(self._ask)
        run = self._workspace.playhead.run
        prompt = run.trace.prompt if run is not None else None
        view = self._window.central.views.get("prompt")
        selected = view.selected_text() if isinstance(view, PromptView) else ""
        self.fact_dialog.begin(
            run.query.text if run is not None else self._window.queries.box.toPlainText(),
            prompt.text if prompt is not None else "",
            selected,
            private=run is not None and run.masked is not run.trace,
        )

    def close(self) -> None:
        """What was trained up to the last round stays in its checkpoint, and nobody asks the hub."""
        if self.training_dialog is not None:
            self.training_dialog.process.close()
        if self.model_dialog is not None:
            self.model_dialog.reader.close()
        if self.measure_dialog is not None:
            self.measure_dialog.measuring.close()
