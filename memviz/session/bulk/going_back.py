"""The way back: one entry, or the whole memory, to what it was; always as a new change, which can be undone."""

from __future__ import annotations

from concurrent.futures import Future
from contextlib import closing

from memviz.core.edits import Change, Edit, LazyEdits, Restore, Update, described
from memviz.core.entry import EDITABLE_FIELDS, Entry
from memviz.core.memory import Store
from memviz.core.progress import Progress, no_progress
from memviz.session.bulk.work import BulkJob, run_edits
from memviz.session.session import Session


def take_back_to(session: Session, version: int, who: str = "api", progress: Progress = no_progress) -> BulkJob:
    """Makes all entries what they were at a version: ids, times and all. Returns at once.

    What came since stays in the history; counts of use, settings and vectors have no past and stay as they are.
    The future raises ``KnownError`` for a version that the memory never had.
    """
    report = session.stoppable(progress)

    def edits(store: Store, job: BulkJob) -> LazyEdits:
        report(0, 0, "comparing with what was")
        back = store.edits_back_to(version, report)
        job.chosen = len(back)
        return back

    return run_edits(session, edits, described(who, f"Back to version {version}"), report)


def count_differing(session: Session, version: int, progress: Progress = no_progress) -> Future[int]:
    """How many entries :func:`take_back_to` would change; ``progress`` may raise ``Cancelled``."""
    report = session.stoppable(progress)

    def count(store: Store) -> int:
        with closing(store.edits_back_to(version, report)) as back:
            return len(back)

    return session.store_call(count)


def restore_entry(session: Session, entry: Entry, who: str = "api") -> Future[Change]:
    """Makes one entry what it was: its fields where it is there, all of it where it was deleted."""

    def edits(store: Store) -> list[Edit]:
        there = store.get([entry.id])
        if not there:
            return [Restore(entry, new=True)]
        fields = {name: getattr(entry, name) for name in EDITABLE_FIELDS}
        return [Update(entry.id, **fields)]

    return session.edit_from(edits, described(who, "Restore"))
