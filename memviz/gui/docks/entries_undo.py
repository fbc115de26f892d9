"""Whether there is something to undo or to redo."""

from __future__ import annotations

from dataclasses import dataclass

from memviz.core.memory import Store

_LOOKED_AT = 64


@dataclass(frozen=True, slots=True)
class UndoState:
    can_undo: bool = False
    can_redo: bool = False


def undo_state(store: Store) -> UndoState:
    """What the newest changes say. Runs on the store thread.

    Redo is possible while, since the newest edit, more was undone than redone. A bulk change may fill all the rows
    that are looked at: then undo counts as possible, and says so itself where it is not.
    """
    rows = store.history(limit=_LOOKED_AT)
    can_undo = len(rows) == _LOOKED_AT or any(row.kind == "edit" and not row.undone for row in rows)
    ahead = 0
    for _, kind in sorted({(row.version, row.kind) for row in rows}, reverse=True):
        if kind == "edit":
            break
        ahead += 1 if kind == "undo" else -1
    return UndoState(can_undo, ahead > 0)
