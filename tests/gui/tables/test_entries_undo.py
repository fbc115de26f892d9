from __future__ import annotations

from memviz.core.edits import Insert, Update
from memviz.gui.docks.entries_undo import UndoState, undo_state


def state(session):
    return session.store_call(undo_state).result()


def test_what_can_be_undone_and_redone(desk):
    session = desk.session
    assert state(session) == UndoState(can_undo=True, can_redo=False)
    session.edit(Update(1, text="a"))
    session.undo()
    assert state(session) == UndoState(can_undo=True, can_redo=True)
    session.undo()
    assert state(session) == UndoState(can_undo=False, can_redo=True)
    session.redo()
    session.edit(Update(2, text="b"))
    assert state(session) == UndoState(can_undo=True, can_redo=False)


def test_a_bulk_change_hides_nothing(desk):
    desk.session.edit(*(Insert(text=f"entry {number}") for number in range(100)))
    assert state(desk.session) == UndoState(can_undo=True, can_redo=False)
    desk.session.undo()
    assert state(desk.session) == UndoState(can_undo=True, can_redo=True)
