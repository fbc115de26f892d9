"""The conflicts of the open memory, looked for beside the window and kept fresh as long as that is cheap."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import CancelledError
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from memviz.core.edits import Change
from memviz.core.errors import Cancelled
from memviz.gui.bridge import Bridge
from memviz.gui.jobs import Job, Jobs
from memviz.session import recalling, settling

if TYPE_CHECKING:
    from memviz.recall.conflicts import Conflict
    from memviz.session.session import Session


class ConflictScan(QObject):
    """What was found last. A change of entries in known conflicts is followed; any other makes it stale. GUI thread.

    Attributes:
        conflicts: all, settled ones too; None before the first look.
        stale: the memory changed in a way that was not followed.
        error: why the last look came to no end; empty when it did.

    Signals:
        changed(): other conflicts, or a look began or ended, or it became stale.
    """

    changed = Signal()

    def __init__(self, session: Session, bridge: Bridge, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._bridge, self._jobs = session, bridge, jobs
        self.conflicts: list[Conflict] | None = None
        self.stale = False
        self.error = ""
        self.job: Job | None = None
        self._rivals: dict[int, tuple[int, ...]] = {}
        self._of_entry: dict[int, int] = {}  # entry id -> place of its conflict
        self._version = 0  # of the memory that was looked at
        self._newest = 0  # of the changes that were heard of while looking
        bridge.changed.connect(self._memory_edited)

    def rivals(self, entry_id: int) -> tuple[int, ...]:
        """Entries that say something else about the same thing and are not superseded, as far as it is known."""
        return self._rivals.get(entry_id, ())

    def forget(self) -> None:
        """Another memory is open, or none."""
        if self.job is not None:
            self.job.cancel()
        self.stale, self.error = False, ""
        self._take(None)

    def look(self) -> None:
        """Looks at every entry, beside the window; nothing happens while that goes on already."""
        if self.job is not None or not self._session.memory_url:
            return
        self.error, self._newest = "", 0
        self.job = self._jobs.start("Looking for conflicts")
        url = self._session.memory_url
        future = recalling.conflicts_and_version(self._session, self.job.progress)
        self._bridge.watch(future, partial(self._found, url), self._not_found)
        self.changed.emit()

    def cancel(self) -> None:
        if self.job is not None:
            self.job.cancel()

    def _end(self) -> None:
        if self.job is not None:
            self._jobs.end(self.job)
            self.job = None

    def _found(self, url: str, found: tuple[int, list[Conflict]]) -> None:
        self._end()
        if url != self._session.memory_url:
            return
        self._version, conflicts = found
        self.stale = self._newest > self._version
        self._take(conflicts)

    def _not_found(self, error: BaseException) -> None:
        self._end()
        if isinstance(error, Cancelled | CancelledError):
            self.error = "The search was cancelled."
        else:
            self._bridge.failed.emit(error)
            self.error = "The search came to no end."
        self.changed.emit()

    def _take(self, conflicts: Sequence[Conflict] | None) -> None:
        self.conflicts = None if conflicts is None else list(conflicts)
        self._of_entry = {entry.id: place for place, one in enumerate(self.conflicts or ()) for entry in one.entries}
        self._rivals = {}
        for one in self.conflicts or ():
            self._rivals.update(one.standing_rivals())
        self.changed.emit()

    # -- what changes ------------------------------------------------------------------------------------------------

    def _memory_edited(self, change: Change) -> None:
        if self.job is not None:
            self._newest = max(self._newest, change.version)
        if self.conflicts is None or change.version <= self._version:
            return  # it was looked at with this change
        known = {entry_id for entry_id in change.updated if entry_id in self._of_entry}
        if change.inserted or change.deleted or len(known) < len(change.updated) or change.kind == "load":
            self.stale = True
            self.changed.emit()
        if known:
            places = sorted({self._of_entry[entry_id] for entry_id in known})
            ids = [entry.id for place in places for entry in self.conflicts[place].entries]
            found = settling.conflicts_again(self._session, ids)
            self._bridge.watch(found, partial(self._refreshed, self._session.memory_url, change.version, ids))

    def _refreshed(self, url: str, version: int, ids: list[int], found: list[Conflict]) -> None:
        """The same conflicts with their entries as they are now; one that is another one now makes all stale."""
        if self.conflicts is None or url != self._session.memory_url or version <= self._version:
            return  # a whole look that saw the change came first
        now = {one.topic: one for one in found}
        touched = {self._of_entry[entry_id] for entry_id in ids if entry_id in self._of_entry}
        conflicts: list[Conflict] = []
        for place, one in enumerate(self.conflicts):
            fresh = now.get(one.topic) if place in touched else one
            if fresh is None or fresh.claims != one.claims:
                self.stale = True
            if fresh is not None:
                conflicts.append(fresh)
        self._take(conflicts)
