"""What other programs keep: a dialog where a table must be chosen, and files that are dropped on the window."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QWidget

from memviz.gui.workspace import Workspace

if TYPE_CHECKING:
    from memviz.gui.dialogs.attach import AttachDialog

#: Endings of files that are opened as memories when they are dropped; others may mean something to a panel.
_ENDINGS = (".sqlite", ".sqlite3", ".db", ".db3")


class Attaching(QObject):
    """Opens the dialog when a file of another program was to be opened. GUI thread."""

    def __init__(self, workspace: Workspace, window: QWidget) -> None:
        super().__init__(window)
        self._workspace, self._window = workspace, window
        self.dialog: AttachDialog | None = None
        workspace.loader.table_wanted.connect(self.choose)
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def choose(self, path: str) -> None:
        """Asks which table of the file is meant; one dialog, for the newest file."""
        if self.dialog is None:
            from memviz.gui.dialogs.attach import AttachDialog

            self.dialog = AttachDialog(self._workspace.bridge, self._workspace.jobs, self._window)
            self.dialog.wanted.connect(self._workspace.loader.open_memory)
        self.dialog.begin(path)

    def close(self) -> None:
        """The window closes."""
        if self.dialog is not None:
            self.dialog.end()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Takes a memory file, or a folder, that is dropped on the window."""
        if isinstance(event, QDragEnterEvent) and event.type() == QEvent.Type.DragEnter and _dropped(event):
            event.acceptProposedAction()
            return True
        if isinstance(event, QDropEvent) and event.type() == QEvent.Type.Drop and (path := _dropped(event)):
            event.acceptProposedAction()
            self._workspace.loader.open_memory(path)
            return True
        return super().eventFilter(watched, event)


def _dropped(event: QDropEvent) -> str:
    """The path of the memory that is dragged; empty where it is something else, or several."""
    urls = event.mimeData().urls()
    path = urls[0].toLocalFile() if len(urls) == 1 else ""
    return path if path and (Path(path).suffix.lower() in _ENDINGS or Path(path).is_dir()) else ""
