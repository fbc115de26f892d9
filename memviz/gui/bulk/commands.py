"""Commands that change many entries, and the history: opens their dialogs, each once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QWidget

from memviz.core.entry import Entry
from memviz.core.errors import KnownError
from memviz.gui.workspace import Workspace

if TYPE_CHECKING:
    from memviz.gui.bulk.dialog import BulkDialog
    from memviz.gui.bulk.duplicates_dialog import DuplicatesDialog
    from memviz.gui.docks.entries import EntriesPanel
    from memviz.gui.history.dialog import HistoryDialog

#: Name of an edit -> its page in the dialog.
PAGES = {"replace": 0, "set": 1, "tags": 2, "confidence": 3}
_WHO = "table"


class BulkCommands(QObject):
    """GUI thread.

    Args:
        entries: the panel whose chosen rows are meant.
    """

    def __init__(self, workspace: Workspace, entries: EntriesPanel, window: QWidget) -> None:
        super().__init__(window)
        self._workspace, self._entries, self._window = workspace, entries, window
        self.dialog: BulkDialog | None = None
        self.duplicates_dialog: DuplicatesDialog | None = None
        self.history_dialog: HistoryDialog | None = None
        entries.bulk_wanted.connect(self.edit)
        entries.paste_wanted.connect(self.paste)

    def edit(self, name: str) -> None:
        """An edit of many entries by its name."""
        if self._entries.refuses_edits():
            return
        if name == "merge":
            self.merge()
            return
        if self.dialog is None:
            from memviz.gui.bulk.dialog import BulkDialog

            of = self._workspace
            self.dialog = BulkDialog(
                of.session, of.bridge, of.jobs, of.pump, of.bulk_desk, self._entries.scope, of.privacy, self._window
            )
            self.dialog.entry_chosen.connect(self._choose)
            self.dialog.undo_wanted.connect(self._entries.undo)
            self.dialog.undo.follow(self._entries.steps)
        self.dialog.begin(PAGES[name])

    def replace(self) -> None:
        self.edit("replace")

    def set_fields(self) -> None:
        self.edit("set")

    def tag(self) -> None:
        self.edit("tags")

    def confidence(self) -> None:
        self.edit("confidence")

    def duplicates(self) -> None:
        if self.duplicates_dialog is None:
            from memviz.gui.bulk.duplicates_dialog import DuplicatesDialog

            of = self._workspace
            self.duplicates_dialog = DuplicatesDialog(
                of.session, of.bridge, of.jobs, of.pump, of.bulk_desk, of.privacy, self._window
            )
            self.duplicates_dialog.entry_chosen.connect(self._choose)
            self.duplicates_dialog.undo_wanted.connect(self._entries.undo)
            self.duplicates_dialog.undo_button.follow(self._entries.steps)
        self.duplicates_dialog.begin()

    def history(self) -> None:
        if self.history_dialog is None:
            from memviz.gui.history.dialog import HistoryDialog

            of = self._workspace
            self.history_dialog = HistoryDialog(of.session, of.bridge, of.jobs, of.pump, of.privacy, self._window)
            self.history_dialog.entry_chosen.connect(self._choose)
        self.history_dialog.begin()

    def merge(self) -> None:
        """Makes the chosen entries one, after a look."""
        if self._entries.refuses_edits():
            return
        from memviz.gui.bulk.merge_dialog import MOST

        ids = self._entries.view.chosen_ids()
        if not 2 <= len(ids) <= MOST:
            self._entries.notice.say(
                "Choose two or more rows to merge (with Ctrl or Shift)."
                if len(ids) < 2
                else f"At most {MOST} entries are merged by hand; “Find Duplicates” settles many groups at once."
            )
            return
        future = self._workspace.session.store_call(lambda store: (store.version, store.get(ids.tolist())))
        self._workspace.bridge.watch(future, self._merge)

    def _merge(self, read: tuple[int, Sequence[Entry]]) -> None:
        from memviz.gui.bulk.merge_dialog import MergeDialog
        from memviz.session.bulk.merging import merge

        version, entries = read
        if len(entries) < 2:
            self._entries.notice.say("The chosen entries are not in the memory any more; choose others.", trouble=True)
            return
        dialog = MergeDialog(entries, self._workspace.privacy, self._window)

        def ended(result: int) -> None:
            if result == QDialog.DialogCode.Accepted:
                start = partial(merge, self._workspace.session, [dialog.merge()], _WHO, seen_at=version)
                self._entries.edits.run("Merging entries", start)
            dialog.deleteLater()

        dialog.finished.connect(ended)
        dialog.open()

    def paste(self) -> None:
        """Adds what is on the clipboard as new entries; more than one after a look."""
        from memviz.gui.bulk.paste_dialog import PasteDialog
        from memviz.session.bulk.pasting import Pasted, paste, pasted

        if not self._workspace.session.memory_url:
            self._entries.notice.say("No memory is open; open one first.")
            return
        try:
            found = pasted(QGuiApplication.clipboard().text())
        except KnownError as error:
            self._entries.notice.say(str(error), trouble=True)
            return

        def add(what: Pasted) -> None:
            start = partial(paste, self._workspace.session, what.inserts, _WHO)
            self._entries.edits.run("Adding entries", start)

        if len(found.inserts) == 1:
            add(found)
            return
        dialog = PasteDialog(found, self._workspace.privacy, self._window)

        def ended(result: int) -> None:
            if result == QDialog.DialogCode.Accepted:
                add(found)
            dialog.deleteLater()

        dialog.finished.connect(ended)
        dialog.open()

    def follow_memory(self) -> None:
        """Another memory is open, or none."""
        if self.duplicates_dialog is not None:
            self.duplicates_dialog.forget()
        for dialog in (self.dialog, self.history_dialog):
            if dialog is not None and dialog.isVisible():
                dialog.begin()

    def _choose(self, entry_id: int) -> None:
        self._workspace.selection.select(entry_id, self)
