from __future__ import annotations

from memviz.core.edits import Delete, Insert, Update, described
from memviz.gui.docks.entries_undo import UndoState, undo_state


def state(session):
    return session.store_call(undo_state).result()


def test_what_can_be_undone_and_redone(desk):
    session = desk.session
    assert state(session) == UndoState("Adding 5 entries", "", 5, 0)
    session.edit(Update(1, text="a"))
    assert state(session) == UndoState("Edit of 1 entry", "", 1, 0)
    session.undo()
    assert state(session) == UndoState("Adding 5 entries", "Edit of 1 entry", 5, 1)
    session.undo()
    assert state(session) == UndoState("", "Adding 5 entries", 0, 5)
    session.redo()
    session.edit(Update(2, text="b"), Update(3, text="b"), initiator=described("table", "Replace"))
    assert state(session) == UndoState("Replace in 2 entries", "", 2, 0)
    session.edit(Delete(2))
    assert state(session).undo == "Deleting 1 entry"


def test_a_bulk_change_hides_nothing(desk):
    desk.session.edit(*(Insert(text=f"entry {number}") for number in range(100)))
    assert state(desk.session) == UndoState("Adding 100 entries", "", 100, 0)
    desk.session.undo()
    assert state(desk.session) == UndoState("Adding 5 entries", "Adding 100 entries", 5, 100)
