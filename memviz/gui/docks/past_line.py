"""A line of the inspector while the table shows the past: that the inspector shows the present."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from memviz.gui.selection import Selection
from memviz.gui.tables.entry_model import EntryModel
from memviz.gui.tables.entry_source import ADDED, CHANGED, DELETED, Past
from memviz.gui.tables.labels import PlainLabel

_WORDS = {
    ADDED: "It was added later.",
    CHANGED: "It was changed since: here it is as it is now.",
    DELETED: "It was deleted since.",
}


class PastLine(PlainLabel):
    """Follows the chosen entry; hidden while the table shows the memory as it is. GUI thread."""

    def __init__(self, model: EntryModel, selection: Selection, parent: QWidget) -> None:
        super().__init__("", parent, color="warning")
        self._model = model
        self._selection = selection
        self.wrap()
        self.setAccessibleName("What the table shows")
        model.past_shown.connect(self._show)
        selection.changed.connect(self._show)
        self._show()

    def _show(self, *_: object) -> None:
        past: Past | None = self._model.past
        entry_id = self._selection.entry_id
        self.setVisible(past is not None and entry_id is not None)
        if past is not None and entry_id is not None:
            fate = _WORDS.get(past.fate(entry_id), "This entry is the same now.")
            self.setText(f"The table shows version {past.version:,}. {fate}")
