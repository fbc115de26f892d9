"""Doing something to many entries as one change, and seeing before what it would do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass, replace

from memviz.core.edit_conflict import ChangedMeanwhile
from memviz.core.edits import Change, Delete, Edit, EntryDiff, Update, described
from memviz.core.entry import Entry
from memviz.core.memory import Store
from memviz.core.progress import Progress, no_progress
from memviz.core.snapshot import TableSnapshot
from memviz.session.bulk.actions import Action, DeleteEntries, EnableOrDisable, SetFields
from memviz.session.bulk.choice import Choice, each_of, ids_of
from memviz.session.bulk.updates import Updates
from memviz.session.session import Session


@dataclass(frozen=True, slots=True)
class Preview:
    """What an action would do.

    Attributes:
        chosen: how many entries it looks at.
        gone: how many of the chosen are not in the memory any more.
        changing: how many it would change.
        first: the first of those, before and after.
        version: of the memory that was looked at.
    """

    chosen: int
    gone: int
    changing: int
    first: tuple[EntryDiff, ...]
    version: int


class BulkJob:
    """A bulk edit under way.

    Attributes:
        future: of its change; raises ``KnownError`` or ``Cancelled`` where nothing was changed.
        chosen, gone: as in :class:`Preview`, once the future is done.
    """

    def __init__(self) -> None:
        self.future: Future[Change]
        self.chosen = 0
        self.gone = 0


def run_action(
    session: Session,
    choice: Choice,
    action: Action,
    who: str = "api",
    progress: Progress = no_progress,
    *,
    seen: Preview | None = None,
) -> BulkJob:
    """Does it to all chosen entries, in one change that one undo takes back. Returns at once.

    Args:
        progress: called on the store thread, first for the looking, then for the writing; it may raise ``Cancelled``.
        seen: what whoever asks saw of it. The future raises ``ChangedMeanwhile`` where other entries are meant by now,
            or some of them are not as they were.
    """
    report = session.stoppable(progress)

    def edits(store: Store, job: BulkJob) -> Sequence[Edit]:
        ids, job.gone = ids_of(store, choice)
        job.chosen = len(ids)
        if seen is not None:
            if job.chosen != seen.chosen:
                raise _changed()
            check_as_at(store, ids.tolist(), seen.version, report)
        if isinstance(action, SetFields | DeleteEntries) and action.blind:
            return [action.edit_of(entry_id) for entry_id in ids.tolist()]
        if isinstance(action, EnableOrDisable):
            action.begin(each_of(store, ids, report))
        updates = Updates()
        for entry in each_of(store, ids, report):
            edit = action.edit(entry)
            if edit is not None:
                assert isinstance(edit, Update)  # a deletion is blind
                updates.add(edit)
        return updates

    return run_edits(session, edits, described(who, action.words), report)


def check_as_at(store: Store, ids: Sequence[int], version: int, progress: Progress = no_progress) -> None:
    """Raises a ChangedMeanwhile where one of these entries is not as it was at a version. Store thread."""
    if store.version == version:
        return
    with closing(store.snapshot(version, progress)) as then:
        differing = then.differing()
    if not differing.isdisjoint(ids):
        raise _changed()


def _changed() -> ChangedMeanwhile:
    return ChangedMeanwhile("These entries changed since you looked, so nothing was done; look again, and then do it.")


def run_edits(
    session: Session, edits_of: Callable[[Store, BulkJob], Sequence[Edit]], initiator: str, progress: Progress
) -> BulkJob:
    """Applies what ``edits_of(store, job)`` decides on the store thread; a memory that is read only refuses first."""
    job = BulkJob()

    def edits(store: Store) -> Sequence[Edit]:
        if store.read_only:
            store.apply([])  # refuses, in the words of whatever keeps the memory
        return edits_of(store, job)

    job.future = session.edit_from(edits, initiator, progress)
    return job


def look_ahead(view: TableSnapshot, choice: Choice, action: Action, progress: Progress, shown: int) -> Preview:
    """What an action would do to the chosen entries of a view, with the first ``shown`` of those that it changes."""
    ids, gone = ids_of(view, choice)
    changing = 0
    first: list[EntryDiff] = []
    for entry in each_of(view, ids, progress):
        edit = action.edit(entry)
        if edit is not None:
            changing += 1
            if len(first) < shown:
                first.append(diff_of(entry, edit))
    return Preview(len(ids), gone, changing, tuple(first), view.version)


def diff_of(entry: Entry, edit: Edit) -> EntryDiff:
    """What an update or a deletion makes of an entry, its time aside."""
    if isinstance(edit, Update):
        return EntryDiff(entry.id, entry, replace(entry, **edit.fields))
    return EntryDiff(entry.id, entry, None if isinstance(edit, Delete) else entry)
