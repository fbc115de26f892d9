"""Which entry is chosen, in every view at once."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal


class Selection(QObject):
    """The chosen entry. GUI thread.

    Signals:
        changed(object entry_id, object initiator): the id (or None) and who chose it, so that a widget can ignore
            its own echo.
    """

    changed = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._entry_id: int | None = None

    @property
    def entry_id(self) -> int | None:
        return self._entry_id

    def select(self, entry_id: int | None, initiator: object = None) -> None:
        """Chooses an entry, or none. Choosing it again says nothing."""
        if entry_id != self._entry_id:
            self._entry_id = entry_id
            self.changed.emit(entry_id, initiator)
