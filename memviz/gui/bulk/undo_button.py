"""The button of a dialog that takes back the last edit of the memory."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QWidget

from memviz.gui.bulk.words import without_tags
from memviz.gui.docks.entries_steps import EntrySteps
from memviz.gui.docks.entries_undo import UndoState
from memviz.gui.privacy import Privacy
from memviz.gui.tables.plain import one_line, tooltip


class UndoButton(QPushButton):
    """Names what it would take back, and cannot be pressed where there is nothing. GUI thread."""

    def __init__(self, privacy: Privacy, parent: QWidget | None = None) -> None:
        super().__init__("Undo", parent)
        self._privacy = privacy
        privacy.changed.connect(self._refresh)
        self._state = UndoState()
        self._free = True
        self.setAccessibleName("Undo")
        self.setAutoDefault(False)
        self._refresh()

    def follow(self, steps: EntrySteps) -> None:
        """From now on it says what there is to undo."""
        self.show_steps(steps.state)
        steps.changed.connect(self.show_steps)

    def show_steps(self, state: UndoState) -> None:
        """There is something else to undo."""
        self._state = state
        self._refresh()

    def set_free(self, free: bool) -> None:
        """``free``: no other edit of the dialog is under way."""
        self._free = free
        self._refresh()

    def _refresh(self) -> None:
        self.setEnabled(self._free and self._state.can_undo)
        step = without_tags(self._state.undo) if self._privacy.masks else self._state.undo
        what = f": {one_line(step, 120)}" if step else ""
        self.setToolTip(tooltip(f"Take back the last edit of the memory{what}"))
