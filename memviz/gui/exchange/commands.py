"""Import and export as commands of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from memviz.core.edits import Change
from memviz.core.errors import KnownError
from memviz.gui.docks.entries import EntriesPanel
from memviz.gui.workspace import Workspace
from memviz.session.exporting import Exported
from memviz.session.import_report import ImportReport

if TYPE_CHECKING:
    from memviz.gui.exchange.export_dialog import ExportDialog
    from memviz.gui.exchange.import_dialog import ImportDialog


class ExchangeCommands(QObject):
    """Opens the dialogs, each once: it comes again as it was left. GUI thread."""

    def __init__(self, workspace: Workspace, window: QWidget, entries: EntriesPanel) -> None:
        super().__init__(window)
        self._workspace, self._window, self._entries = workspace, window, entries
        self.import_dialog: ImportDialog | None = None
        self.export_dialog: ExportDialog | None = None
        self._url = workspace.session.memory_url
        entries.files_dropped.connect(self.import_files)
        workspace.loader.memory_changed.connect(self._memory_changed)

    def import_entries(self) -> None:
        self.import_files([])

    def import_files(self, files: list[str]) -> None:
        """Shows the import, of these files or as it was left."""
        if self._refused():
            return
        memory = self._workspace.loader.memory
        if memory is not None and memory.read_only:
            self._workspace.bridge.failed.emit(
                KnownError(
                    "This memory is only read: nothing can be imported into it. Open another one, or make a new one."
                )
            )
            return
        if self.import_dialog is None:
            from memviz.gui.exchange.import_dialog import ImportDialog
            from memviz.gui.exchange.jobs import ExchangeJobs

            of = self._workspace
            jobs = ExchangeJobs(of.session, of.bridge, of.jobs, self)
            self.import_dialog = ImportDialog(jobs, of.pump, of.privacy, self._window)
            self.import_dialog.imported.connect(self._imported)
        self.import_dialog.start(files)

    def export_entries(self) -> None:
        if self._refused():
            return
        if self.export_dialog is None:
            from memviz.gui.exchange.export_dialog import ExportDialog
            from memviz.gui.exchange.jobs import ExchangeJobs

            of = self._workspace
            jobs = ExchangeJobs(of.session, of.bridge, of.jobs, self)
            self.export_dialog = ExportDialog(jobs, of.pump, self._window)
            self.export_dialog.exported.connect(self._exported)
        model = self._entries.model
        whole = model.rowCount() and not model.counting
        shown = model.entry_ids(0, model.rowCount() - 1).tolist() if whole else []
        name = self._workspace.session.memory_name
        self.export_dialog.begin(name, model.total, shown, self._entries.view.chosen_ids().tolist())

    def close(self) -> None:
        """The window closes: what is under way ends. Idempotent."""
        for dialog in (self.import_dialog, self.export_dialog):
            if dialog is not None:
                dialog.jobs.close()

    def _memory_changed(self) -> None:
        """What the dialogs say is of the memory before: which entries are exported, which are there already."""
        url, self._url = self._url, self._workspace.session.memory_url
        if url == self._url:
            return
        if self.export_dialog is not None and self.export_dialog.jobs.job is None:
            self.export_dialog.reject()
        if self.import_dialog is not None and not self.import_dialog.jobs.writing:
            self.import_dialog.ask_again()

    def _refused(self) -> bool:
        if self._workspace.session.memory_url:
            return False
        self._workspace.bridge.failed.emit(KnownError("No memory is open; open one first, or make a new one."))
        return True

    def _imported(self, _change: Change, report: ImportReport) -> None:
        from memviz.gui.exchange.words import done_words

        self._entries.say_done(done_words(report), undo=report.undoable)

    def _exported(self, done: Exported) -> None:
        from memviz.gui.exchange.words import exported_words

        self._entries.say_done(exported_words(done))
