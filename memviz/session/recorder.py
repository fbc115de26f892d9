"""One query, one walk: snapshot, recall, model, trace. Runs on the query thread from start to end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from memviz.core.entry import Entry
from memviz.core.errors import BugError, Cancelled, KnownError, without_frames
from memviz.core.events import Event, FinishEvent, NoticeEvent, RecallEvent
from memviz.core.past import asked_of
from memviz.core.progress import Progress
from memviz.core.protocols import MemoryModel, Recaller
from memviz.core.query import Query
from memviz.core.snapshot import Snapshot
from memviz.session.run import Run, RunState


@dataclass(frozen=True, slots=True)
class Walk:
    """What a walk needs, asked for when it begins: a model that is still loading may be there by then.

    Attributes:
        model: the loaded model, or None.
        model_name: as the user knows it.
        recalls: whether the model is given entries for a question; False for one whose memory is its own.
        snapshot: takes a snapshot of the open memory, as of a version or time; None when no memory is open.
        recall: ranks entries.
        used: told the memory's URL and the ids of the entries that a finished run's prompt held.
    """

    model: MemoryModel | None
    model_name: str
    recalls: Callable[[Query], bool]
    snapshot: Callable[[int | float | None, Progress], Snapshot | None]
    recall: Recaller
    used: Callable[[str, Sequence[int]], None]


def record(run: Run, prepare: Callable[[], Walk]) -> None:
    """Takes the run to its end, whatever happens. A bug is raised as well, for the log."""
    if not run.begin():
        return
    started = time.perf_counter()
    try:
        walk = prepare()
        finish = _walk(run, walk, started)
    except Cancelled:
        run.note(FinishEvent("cancelled", run.trace.answer, {"total": time.perf_counter() - started}))
        run.conclude(RunState.CANCELLED)
    except KnownError as error:
        run.note(FinishEvent("failed", run.trace.answer, {"total": time.perf_counter() - started}))
        run.conclude(RunState.FAILED, without_frames(error))
    except BaseException as error:
        run.note(FinishEvent("failed", run.trace.answer, {"total": time.perf_counter() - started}))
        run.conclude(RunState.FAILED, error)
        raise  # a bug: into the future, and from there into the log
    else:
        run.note(finish)
        try:
            _report_use(run, walk)  # before the end is told: whoever then reads the memory sees the use
        finally:
            run.conclude(RunState.FINISHED)


def _walk(run: Run, walk: Walk, started: float) -> FinishEvent:
    if walk.model is None:
        raise KnownError("No model is loaded; load one, then ask again.")
    run.set_model(walk.model, walk.model_name)
    recall, injected = _recalled(run, walk)
    finish: FinishEvent | None = None
    with _closing(walk.model.run(run.query, injected, recall)) as events:
        for event in events:
            if isinstance(event, FinishEvent):
                finish = event
                break
            run.append(event)
    if finish is None:
        raise BugError(f"the model {walk.model_name} ended its run without a FinishEvent")
    timings = {"recall": recall.seconds} if recall is not None else {}
    return replace(finish, timings={**timings, **finish.timings, "total": time.perf_counter() - started})


def _recalled(run: Run, walk: Walk) -> tuple[RecallEvent | None, list[Entry]]:
    """Recalls from a snapshot, which is closed before the model starts: a paused run holds no file open."""
    if not run.query.use_memory or not walk.recalls(run.query):
        return None, []
    snapshot = walk.snapshot(run.query.as_of, run.progress)
    if snapshot is None:
        run.append(NoticeEvent("No memory is open.", "warning"))
        return None, []
    try:
        run.memory_url, run.memory_version, run.memory_count = snapshot.url, snapshot.version, snapshot.count
        recall = walk.recall(run.query, snapshot)
        entries = {entry.id: entry for entry in snapshot.get([c.entry_id for c in recall.candidates])}
        turns = snapshot.get(run.query.excluded)
    finally:
        snapshot.close()
    run.set_recalled(entries, {candidate.entry_id for candidate in recall.injected()}, turns)
    run.append(recall)
    if run.query.as_of is not None:
        run.append(NoticeEvent(asked_of(snapshot.version, snapshot.count)))
    injected = told_entries(recall, entries.values())
    if recall.note:
        run.append(NoticeEvent(recall.note, "info" if injected else "warning"))
    return recall, injected


def told_entries(recall: RecallEvent, entries: Iterable[Entry]) -> list[Entry]:
    """The injected ones among ``entries`` by rank, as the model is told them: with what recall says about them."""
    known = {entry.id: entry for entry in entries}
    return [_told(known[one.entry_id], recall) for one in recall.injected() if one.entry_id in known]


def _told(entry: Entry, recall: RecallEvent) -> Entry:
    remark = recall.remarks.get(entry.id)
    return replace(entry, text=f"{entry.text} ({remark})") if remark else entry


@contextmanager
def _closing(events: Iterator[Event]) -> Iterator[Iterator[Event]]:
    """Closes a generator on the way out, so that a cancelled model takes its hooks off; plain iterators have no end."""
    try:
        yield events
    finally:
        close = getattr(events, "close", None)
        if close is not None:
            close()


def _report_use(run: Run, walk: Walk) -> None:
    """A question to the past, or to a time to come, looks on: it uses nothing of what is there now."""
    if run.query.as_of is not None or not run.counts_use:
        return
    used = [row.id for row in run.entries() if row.status == "injected"]
    if used and run.memory_version is not None:
        walk.used(run.memory_url, used)
