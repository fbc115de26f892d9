"""Whether private entries are masked in the window and its dialogs."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QObject, Signal

from memviz.core.edits import EntryDiff
from memviz.core.entry import Entry
from memviz.core.privacy import masked_diff, masked_entry


class Privacy(QObject):
    """One for a window; View ▸ Mask Private Entries switches it. GUI thread.

    Whoever shows entries asks it for each value that is shown, never for what is edited or written, and draws anew
    when it is switched.

    Attributes:
        masks: private entries are masked.

    Signals:
        changed(bool): it was switched; the new ``masks``.
    """

    changed = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.masks = False

    def set_masks(self, masks: bool) -> None:
        """Switches it; whoever shows entries has drawn them anew when this returns."""
        if masks != self.masks:
            self.masks = masks
            self.changed.emit(masks)

    def hides(self, entry: Entry) -> bool:
        """Whether no word of this entry may be shown."""
        return self.masks and entry.private

    def entry(self, entry: Entry) -> Entry:
        """The entry as it may be shown."""
        return masked_entry(entry) if self.masks else entry

    def diff(self, diff: EntryDiff, private: Collection[int] = ()) -> EntryDiff:
        """The change as it may be shown; itself where nothing of it is masked.

        Args:
            private: ids of entries that are private by now, whatever they were then.
        """
        return masked_diff(diff, private=diff.entry_id in private) if self.masks else diff
