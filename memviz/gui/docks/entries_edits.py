"""Edits of the chosen rows of the table, each at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from memviz.core.edits import Change, Insert
from memviz.gui.bridge import Bridge
from memviz.gui.bulk.runner import BulkRunner
from memviz.gui.docks.entries_conflict import TableConflicts
from memviz.gui.jobs import Jobs
from memviz.gui.tables.entry_view import EntryView

if TYPE_CHECKING:
    from memviz.core.progress import Progress
    from memviz.session.bulk.actions import Action
    from memviz.session.bulk.work import BulkJob
    from memviz.session.session import Session

NEW_KEY = "New entry"
_INITIATOR = "table"
#: A deletion of so many entries shows its progress.
_MANY = 2_000


class EntryEdits(QObject):
    """GUI thread.

    Signals:
        added(int): an entry was added, by its id.
        done(str): a sentence about an edit that undo takes back.
        refused(str): why nothing was changed; empty where the user stopped it.
        failed(object): an exception.
    """

    added = Signal(int)
    done = Signal(str)
    refused = Signal(str)
    failed = Signal(object)

    def __init__(
        self,
        session: Session,
        bridge: Bridge,
        jobs: Jobs | None,
        view: EntryView,
        conflicts: TableConflicts,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session, self._bridge, self._jobs = session, bridge, jobs
        self._view, self._conflicts = view, conflicts

    def add(self) -> None:
        """Adds an entry that says nothing yet."""
        insert = partial(self._session.edit_async, Insert(key=NEW_KEY), initiator=_INITIATOR)
        self._bridge.call(insert, lambda change: self.added.emit(change.inserted[0]), self.failed.emit)

    def delete_chosen(self) -> None:
        ids = self._view.chosen_ids()
        if len(ids) < _MANY:
            self._conflicts.delete(ids.tolist(), self._deleted)
            return
        from memviz.session.bulk.actions import DeleteEntries

        self._on_chosen("Deleting entries", DeleteEntries(), self._deleted)

    def toggle_chosen(self) -> None:
        """Disables them, or enables them all where one of them is disabled."""
        from memviz.session.bulk.actions import EnableOrDisable

        self._on_chosen("Enabling or disabling entries", EnableOrDisable(), _nothing_more)

    def run(
        self, words: str, start: Callable[[Progress], BulkJob], then: Callable[[Change], object] | None = None
    ) -> None:
        """Begins an edit of many entries, see :class:`BulkRunner`; ``then`` takes its change instead of ``done``."""
        runner = BulkRunner(self._bridge, self._jobs, self)
        runner.done.connect(lambda sentence, change: then(change) if then is not None else self.done.emit(sentence))
        runner.refused.connect(self.refused)
        runner.changed.connect(lambda: runner.deleteLater() if runner.job is None else None)
        runner.run(words, start)

    def _on_chosen(self, words: str, action: Action, then: Callable[[Change], object]) -> None:
        from memviz.session.bulk.choice import Choice
        from memviz.session.bulk.work import run_action

        ids = self._view.chosen_ids()
        if len(ids):
            self.run(words, partial(run_action, self._session, Choice(ids), action, _INITIATOR), then)

    def _deleted(self, change: Change) -> None:
        count = len(change.deleted)
        self.done.emit(f"Deleted {'1 entry' if count == 1 else f'{count:,} entries'}.")


def _nothing_more(change: Change) -> None:
    """The change itself arrives through ``Bridge.changed``."""
