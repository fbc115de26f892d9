"""Edits of the table on top of somebody else's newer ones: the user decides, seeing both versions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from memviz.core.edit_conflict import EditConflict
from memviz.core.edits import Change, Delete
from memviz.core.entry import Entry
from memviz.core.errors import KnownError
from memviz.core.memory import Store
from memviz.gui.bridge import Bridge
from memviz.gui.docks.conflict_box import ConflictBox
from memviz.gui.docks.conflict_edits import mine_on_top, versions_of
from memviz.gui.tables import cells
from memviz.gui.tables.entry_model import EntryModel
from memviz.gui.tables.notice import Notice

if TYPE_CHECKING:
    from memviz.session.session import Session

_INITIATOR = "table"
#: Entry id, column name, what was typed.
Typed = tuple[int, str, object]


class TableConflicts(ConflictBox):
    """The box under the table, and what its buttons do. GUI thread.

    Args:
        edit_again: opens the editor of a cell with what was typed.
        failed: takes every other error.
    """

    def __init__(
        self,
        session: Session,
        bridge: Bridge,
        model: EntryModel,
        notice: Notice,
        edit_again: Callable[[int, str, str], object],
        failed: Callable[[BaseException], object],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._session, self._bridge, self._model, self._notice = session, bridge, model, notice
        self._open_editor, self._failed = edit_again, failed
        self._typed: Typed | None = None
        model.conflicted.connect(self.take)
        model.vanished.connect(self.take_vanished)
        self.mine_taken.connect(self._save_mine)
        self.edited_again.connect(self._type_again)

    def take(self, conflict: EditConflict, typed: Typed) -> None:
        """An edit of a cell was refused."""
        _, name, value = typed
        if isinstance(value, str):
            self._typed = typed
            self.show_conflict(conflict, versions_of(conflict, {name: value}))
        else:
            self._notice.say(str(conflict), trouble=True)

    def take_vanished(self, seen: Entry, name: str, typed: str) -> None:
        """The row of an open editor went away: its entry was deleted, or it is out of sight."""

        def look(found: list[Entry]) -> None:
            if found:
                words = f"Entry {seen.id} went out of sight while you typed; what you typed is not saved yet."
                self._notice.say(words, action="Save it", act=partial(self._model.type_over, seen, name, typed))
            else:
                wanted = {name: cells.parsed(name, typed)}
                conflict = EditConflict(seen.id, (), {name: getattr(seen, name)}, None, wanted)
                self.take(conflict, (seen.id, name, typed))

        def get(store: Store) -> list[Entry]:
            return store.get([seen.id])

        self._bridge.watch(self._session.store_call(get), look, self._failed)

    def delete(self, ids: Sequence[int], then: Callable[[Change], object]) -> None:
        """Deletes entries that are still as the table shows them; others only where the user says so once more."""
        if ids:
            self._delete([Delete(entry_id, self._model.seen(entry_id)) for entry_id in ids], then)

    def _delete(self, edits: Sequence[Delete], then: Callable[[Change], object]) -> None:
        def refused(error: BaseException) -> None:
            if isinstance(error, EditConflict) and error.now is not None:
                anyway = partial(self._delete, [Delete(edit.entry_id) for edit in edits], then)
                self._notice.say(str(error), trouble=True, action="Delete anyway", act=anyway)
            else:
                self._failed(error)

        try:
            future = self._session.edit_async(*edits, initiator=_INITIATOR)
        except KnownError as error:
            self._failed(error)
        else:
            self._bridge.watch(future, then, refused)

    def _save_mine(self) -> None:
        conflict, typed = self.conflict, self._typed
        if conflict is None or typed is None:
            return

        def refused(error: BaseException) -> None:
            if isinstance(error, EditConflict):  # once more
                self.take(error, typed)
            else:
                self.show()  # what was typed stays in sight
                self._failed(error)

        try:
            future = self._session.edit_from(partial(mine_on_top, conflict), initiator=_INITIATOR)
        except KnownError as error:
            refused(error)
        else:
            self._bridge.watch(future, _nothing_more, refused)

    def _type_again(self) -> None:
        if self._typed is not None and isinstance(self._typed[2], str):
            self._open_editor(self._typed[0], self._typed[1], self._typed[2])


def _nothing_more(change: Change) -> None:
    """The change itself arrives through ``Bridge.changed``."""
