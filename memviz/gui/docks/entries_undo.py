"""What there is to undo and to redo, in words."""

from __future__ import annotations

from dataclasses import dataclass

from memviz.core.memory import Store
from memviz.gui.bulk.words import step_words


@dataclass(frozen=True, slots=True)
class UndoState:
    """``undo``, ``redo``: what each would be about (“Replace in 1,204 entries”); empty where there is nothing.

    ``undo_entries``, ``redo_entries``: how many entries.
    """

    undo: str = ""
    redo: str = ""
    undo_entries: int = 0
    redo_entries: int = 0

    @property
    def can_undo(self) -> bool:
        return bool(self.undo)

    @property
    def can_redo(self) -> bool:
        return bool(self.redo)


def undo_state(store: Store) -> UndoState:
    """Runs on the store thread."""
    steps = store.next_steps()
    return UndoState(
        step_words(steps.undo),
        step_words(steps.redo),
        steps.undo.entries if steps.undo is not None else 0,
        steps.redo.entries if steps.redo is not None else 0,
    )
