"""The way back: one entry, or the whole memory, to what it was; always as a new change, which can be undone."""

from __future__ import annotations

from concurrent.futures import Future
from contextlib import closing

import numpy as np

from memviz.core.edits import Change, Delete, Edit, Restore, Update, described
from memviz.core.entry import EDITABLE_FIELDS, Entry
from memviz.core.memory import Store
from memviz.core.progress import Progress, no_progress
from memviz.session.bulk.choice import entries_of
from memviz.session.bulk.work import BulkJob, run_edits
from memviz.session.session import Session


def take_back_to(session: Session, version: int, who: str = "api", progress: Progress = no_progress) -> BulkJob:
    """Makes all entries what they were at a version: ids, times and all. Returns at once.

    What came since stays in the history; counts of use, settings and vectors have no past and stay as they are.
    The future raises ``KnownError`` for a version that the memory never had.
    """
    report = session.stoppable(progress)

    def edits(store: Store, job: BulkJob) -> list[Edit]:
        report(0, 0, "comparing with what was")
        with closing(store.snapshot(version, report)) as then:
            differing = np.asarray(sorted(then.differing()), dtype=np.int64)
            job.chosen = len(differing)
            were = [entry for batch in entries_of(then, differing, report) for entry in batch]
        gone = set(differing.tolist()) - {entry.id for entry in were}
        return [*(Delete(entry_id) for entry_id in sorted(gone)), *(Restore(entry) for entry in were)]

    return run_edits(session, edits, described(who, f"Back to version {version}"), report)


def count_differing(session: Session, version: int, progress: Progress = no_progress) -> Future[int]:
    """How many entries :func:`take_back_to` would change; ``progress`` may raise ``Cancelled``."""
    report = session.stoppable(progress)

    def count(store: Store) -> int:
        with closing(store.snapshot(version, report)) as then:
            return len(then.differing())

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
