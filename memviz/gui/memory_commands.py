"""Commands about the whole memory: how it is recalled, what contradicts itself in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from memviz.core.errors import KnownError
from memviz.gui.workspace import Workspace

if TYPE_CHECKING:
    from memviz.gui.conflicts.compare import CompareDialog
    from memviz.gui.conflicts.dialog import ConflictsDialog
    from memviz.gui.docks.entries import EntriesPanel
    from memviz.gui.forget_dialog.dialog import ForgetDialog
    from memviz.gui.recall_dialog.dialog import RecallDialog


class MemoryCommands(QObject):
    """Opens the dialogs, each once: it comes again as it was left. GUI thread.

    Args:
        question: what stands in the question box.
        entries: the panel that undoes.

    Signals:
        now_wanted(): entries are about to be forgotten, which no view of the past may keep open.
    """

    now_wanted = Signal()

    def __init__(
        self, workspace: Workspace, window: QWidget, question: Callable[[], str], entries: EntriesPanel
    ) -> None:
        super().__init__(window)
        self._workspace, self._window = workspace, window
        self._question, self._entries = question, entries
        self._memory_url = workspace.session.memory_url
        workspace.pinned.reload()
        self.recall_dialog: RecallDialog | None = None
        self.conflicts_dialog: ConflictsDialog | None = None
        self.compare_dialog: CompareDialog | None = None
        self.forget_dialog: ForgetDialog | None = None

    def recall(self) -> None:
        if self.recall_dialog is None:
            from memviz.gui.recall_dialog.dialog import RecallDialog

            of = self._workspace
            self.recall_dialog = RecallDialog(
                of.session,
                of.bridge,
                of.loader,
                of.recall,
                of.pinned,
                of.vectors,
                of.settings,
                of.privacy,
                self._window,
            )
            self.recall_dialog.entry_chosen.connect(self._choose_entry)
            self.recall_dialog.applied.connect(self._settings_changed)
        self.recall_dialog.begin(self._question())

    def conflicts(self) -> None:
        if self.conflicts_dialog is None:
            from memviz.gui.conflicts.dialog import ConflictsDialog

            of = self._workspace
            self.conflicts_dialog = ConflictsDialog(
                of.session, of.bridge, of.loader, of.pump, of.conflicts, of.privacy, self._window
            )
            self.conflicts_dialog.entry_chosen.connect(self._choose_entry)
            self.conflicts_dialog.undo_wanted.connect(self._entries.undo)
            self.conflicts_dialog.undo_button.follow(self._entries.steps)
            self.conflicts_dialog.compare_wanted.connect(self.compare)
            self.conflicts_dialog.settings_changed.connect(self._settings_changed)
        self.conflicts_dialog.begin()

    def compare_policies(self) -> None:
        """Of the question in the box; of the run in view where the box is empty."""
        run = self._workspace.playhead.run
        self.compare(self._question().strip() or (run.query.text if run is not None else ""))

    def compare(self, question: str, private: bool = False) -> None:
        """``private``: the question is made of words of private entries."""
        if self.compare_dialog is None:
            from memviz.gui.conflicts.compare import CompareDialog

            of = self._workspace
            self.compare_dialog = CompareDialog(
                of.session, of.bridge, of.loader, of.recall, of.settings, of.privacy, self._window
            )
            self.compare_dialog.entry_chosen.connect(self._choose_entry)
            self.compare_dialog.policy_chosen.connect(self._settings_changed)
        try:
            query = self._workspace.asker.query(question)
        except KnownError as error:
            self._workspace.bridge.failed.emit(error)
            return
        self.compare_dialog.begin(replace(query, recall=None), private=private)

    def forget(self, chosen: Sequence[int]) -> None:
        """Takes entries out of the memory for good, after a dialog that says so; ``chosen`` are those of the table."""
        of = self._workspace
        if not of.session.memory_url:
            of.bridge.failed.emit(KnownError("No memory is open; open one first."))
            return
        if self.forget_dialog is None:
            from memviz.gui.forget_dialog.dialog import ForgetDialog

            self.forget_dialog = ForgetDialog(of.session, of.bridge, of.jobs, of.pump, of.privacy, self._window)
            self.forget_dialog.work.begins.connect(self.now_wanted)
        self.forget_dialog.begin(chosen)

    def follow_memory(self) -> None:
        """Another memory is open, or none; nothing happens where it is the one that was."""
        if self._workspace.session.memory_url == self._memory_url:
            return
        self._memory_url = self._workspace.session.memory_url
        self._workspace.recall.forget()
        self._workspace.pinned.reload()
        self._workspace.conflicts.forget()
        if self.forget_dialog is not None:
            self.forget_dialog.reject()  # it was about the other one

    def close(self) -> None:
        """The window closes: nothing is asked any more."""
        if self.compare_dialog is not None:
            self.compare_dialog.asker.cancel()
        if self.forget_dialog is not None:
            self.forget_dialog.work.cancel()

    def _choose_entry(self, entry_id: int) -> None:
        self._workspace.selection.select(entry_id, self)

    def _settings_changed(self) -> None:
        """Who did not change them reads them again."""
        for dialog in (self.conflicts_dialog, self.recall_dialog):
            if dialog is not None and dialog is not self.sender():
                dialog.read_settings()
