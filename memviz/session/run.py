"""One question on its way: its trace, and the handle to pause, step and cancel it."""

from __future__ import annotations

import logging
import threading
import time
import weakref
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Future
from enum import StrEnum
from typing import Any, TypeVar

from memviz.core.entry import Entry
from memviz.core.errors import BugError, Cancelled, KnownError
from memviz.core.events import Event, FinishEvent, OutputEvent
from memviz.core.privacy import Masking, masked_entry
from memviz.core.query import Query
from memviz.core.trace import Trace
from memviz.session.results import EntryRow, entry_rows, rows_as_dicts, step_rows
from memviz.session.runner import Job, log_exception

T = TypeVar("T")

log = logging.getLogger("memviz")

#: A wait is cut into pieces of this length, because some systems deliver Ctrl+C only between two waits.
_WAIT_SECONDS = 0.5


class RunState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        return self in (RunState.FINISHED, RunState.CANCELLED, RunState.FAILED)


class Run:
    """A question that was asked. All methods may be called on any thread; none but :meth:`wait` blocks.

    Attributes:
        query: what was asked, with all options.
        counts_use: entries that the prompt held count as used at the end.
        trace: what happened so far; grows while the run goes on, and stays when it is cancelled or fails.
        masked: the same as others may see it, private entries masked; where none is private it is the trace itself.
        error: why it failed.
        model_name: the model that answers; empty until the run has begun.
        memory_url, memory_version, memory_count: the memory as the run read it; empty, None and 0 without memory.
    """

    def __init__(
        self, query: Query, post: Callable[[Callable[[], object]], object], *, counts_use: bool = True
    ) -> None:
        """``post`` queues a call on the query thread."""
        self.query = query
        self.counts_use = counts_use
        self.trace = self.masked = Trace(query)
        self.error: BaseException | None = None
        self.model_name = ""
        self.memory_url = ""
        self.memory_version: int | None = None
        self.memory_count = 0
        self._recalled: Mapping[int, Entry] = {}
        self._masking: Masking | None = None
        self._post = post
        self._changed = threading.Condition()
        self._state = RunState.WAITING
        self._pausing = False
        self._steps_allowed = 0
        self._cancelling = False
        self._thread: threading.Thread | None = None
        self._callbacks: list[Callable[[Run], None]] = []
        self._asides: list[Job[Any]] = []
        self._model: weakref.ref[Any] | None = None
        self.weights_version = 0

    def __repr__(self) -> str:
        return f"<Run {self.state} {self.query.text[:60]!r}: {self.trace.steps} steps>"

    @property
    def state(self) -> RunState:
        return self._state

    @property
    def done(self) -> bool:
        """True when it is finished, cancelled or failed."""
        return self._state.is_final

    # -- control -----------------------------------------------------------------------------------------------------

    def pause(self) -> None:
        """Stops before the next event, until :meth:`resume` or :meth:`step`."""
        with self._changed:
            self._pausing = True
            self._steps_allowed = 0

    def resume(self) -> None:
        with self._changed:
            self._pausing = False
            self._steps_allowed = 0
            self._changed.notify_all()

    def step(self) -> None:
        """Goes on to the end of the next step (its ``OutputEvent``), then pauses; two calls go two steps."""
        with self._changed:
            self._steps_allowed = self._steps_allowed + 1 if self._pausing else 1
            self._pausing = True
            self._changed.notify_all()

    def cancel(self) -> None:
        """Ends the run at its next event; its trace is kept and ends with ``FinishEvent("cancelled")``."""
        with self._changed:
            self._cancelling = True
            self._changed.notify_all()
            if self._state is RunState.WAITING:
                self.note(FinishEvent("cancelled", ""))
                self._conclude(RunState.CANCELLED)

    def progress(self, _done: int, _total: int, _words: str) -> None:
        """Stops what is done for the run before its next event. Raises ``Cancelled`` where the user cancelled it."""
        if self._cancelling:
            raise Cancelled

    def wait(self, timeout: float | None = None) -> Run:
        """Waits until the run is done, and returns it. A cancelled run raises nothing.

        Raises:
            TimeoutError: it was not done after ``timeout`` seconds.
            KnownError: why it failed; any other exception is a bug.
        """
        if threading.current_thread() is self._thread:
            raise BugError("the query thread would wait for itself")
        end = None if timeout is None else time.monotonic() + timeout
        with self._changed:
            while not self.done:
                left = _WAIT_SECONDS if end is None else min(_WAIT_SECONDS, end - time.monotonic())
                if left <= 0:
                    raise TimeoutError(f"the run was not done after {timeout} seconds")
                self._changed.wait(left)
        if self.error is not None:
            raise self.error
        return self

    def add_done_callback(self, callback: Callable[[Run], None]) -> None:
        """Calls ``callback(run)`` once on the query thread when the run is done, also if it is done already."""
        with self._changed:
            if not self.done:
                self._callbacks.append(callback)
                return
        self._call_later(callback)

    def aside(self, call: Callable[[], T]) -> Future[T]:
        """Calls ``call`` on the query thread: between two events while the run goes on, at once while it is paused."""
        job: Job[T] = Job(call)
        job.future.add_done_callback(log_exception)
        with self._changed:
            if not self.done and self._state is not RunState.WAITING:
                self._asides.append(job)
                self._changed.notify_all()
                return job.future
        self._hand_on(job)
        return job.future

    def _hand_on(self, job: Job[Any]) -> None:
        """Queues a call; where the session is closed its future says so."""
        try:
            self._post(job.run)
        except KnownError as error:
            if job.future.set_running_or_notify_cancel():
                job.future.set_exception(error)

    # -- results -----------------------------------------------------------------------------------------------------

    @property
    def answer(self) -> str:
        """What the model said so far, without the space around it."""
        return self.trace.answer.strip()

    def entries(self, *, masked: bool = False) -> list[EntryRow]:
        """Every entry that recall looked at, best first, with the attention that it got; private ones may be masked."""
        if not masked:
            return entry_rows(self.trace, self._recalled)
        return entry_rows(self.masked, {entry_id: masked_entry(entry) for entry_id, entry in self._recalled.items()})

    def recalled(self, entry_id: int) -> Entry | None:
        """The entry as it was when this run read it."""
        return self._recalled.get(entry_id)

    def as_dict(self, *, masked: bool = False) -> dict[str, Any]:
        """What ``memviz ask --json`` prints: values that JSON can hold.

        Args:
            masked: private entries, and what the answer can only have from them, are masked.
        """
        trace = self.masked if masked else self.trace
        finish = trace.finish
        memory = None
        if self.memory_version is not None:
            memory = {"url": self.memory_url, "version": self.memory_version, "entries": self.memory_count}
        return {
            "query": self.query.text,
            "answer": trace.answer.strip(),
            "model": self.model_name,
            "memory": memory,
            "state": str(self.state),
            "finish": finish.reason if finish else None,
            "notices": [notice.message for notice in trace.notices],
            "entries": rows_as_dicts(self.entries(masked=masked)),
            "steps": step_rows(trace),
            **_vector(trace),
            "timings": {name: float(seconds) for name, seconds in finish.timings.items()} if finish else {},
        }

    # -- for the recorder, on the query thread -----------------------------------------------------------------------

    def begin(self) -> bool:
        """Marks the run as running; False when it was cancelled while it waited."""
        with self._changed:
            if self._state is not RunState.WAITING:
                return False
            self._thread = threading.current_thread()
            self._state = RunState.RUNNING
            self._changed.notify_all()
            return True

    def set_model(self, model: Any, name: str) -> None:
        """The model that answers; it may go while the run stays."""
        self.model_name = name
        self._model = weakref.ref(model)
        self.weights_version = getattr(model, "weights_version", 0)

    @property
    def model(self) -> Any:
        """The model that answered, or None where it is gone."""
        return self._model() if self._model is not None else None

    def set_recalled(self, entries: Mapping[int, Entry], told: Collection[int], turns: Iterable[Entry] = ()) -> None:
        """What recall looked at, the ids of those that it lets into the prompt, and the turns of the dialogue."""
        self._recalled = entries
        self._masking = Masking.of([*entries.values(), *turns], self.query.text, told)
        if self._masking is not None:
            masked = Trace(self.query)
            for event in self.trace:
                masked.append(self._masking.event(event))
            self.masked = masked

    def note(self, event: Event) -> None:
        """Adds an event to the trace, as it is and masked, and never waits."""
        if self._masking is not None:
            self.masked.append(self._masking.event(event))
        self.trace.append(event)

    def append(self, event: Event) -> None:
        """Adds an event to the trace, and stays here while the run is paused.

        Raises:
            Cancelled: the user cancelled the run.
        """
        self.note(event)
        with self._changed:
            if isinstance(event, OutputEvent) and self._steps_allowed:
                self._steps_allowed -= 1
            if self._cancelling:
                raise Cancelled  # what was asked meanwhile is done after the run
            self._do_asides()
            while self._pausing and not self._steps_allowed and not self._cancelling:
                if self._state is not RunState.PAUSED:
                    self._state = RunState.PAUSED
                    self._changed.notify_all()
                self._changed.wait()
                if not self._cancelling:
                    self._do_asides()
            if self._cancelling:
                raise Cancelled
            if self._state is RunState.PAUSED:
                self._state = RunState.RUNNING
                self._changed.notify_all()

    def _do_asides(self) -> None:
        """Does what was asked meanwhile; the lock is held before and after, but not while a call runs."""
        while self._asides:
            job = self._asides.pop(0)
            self._changed.release()
            try:
                job.run()
            finally:
                self._changed.acquire()

    def conclude(self, state: RunState, error: BaseException | None = None) -> None:
        """Ends the run; callbacks are called on this thread."""
        with self._changed:
            self.error = error
            callbacks = self._conclude(state)
            left, self._asides = self._asides, []
        for job in left:
            self._hand_on(job)
        for callback in callbacks:
            self._call(callback)

    def _conclude(self, state: RunState) -> list[Callable[[Run], None]]:
        callbacks, self._callbacks = self._callbacks, []
        self._state = state
        self._changed.notify_all()
        if self._thread is None:
            for callback in callbacks:
                self._call_later(callback)
            return []
        return callbacks

    def _call_later(self, callback: Callable[[Run], None]) -> None:
        self._post(lambda: self._call(callback))

    def _call(self, callback: Callable[[Run], None]) -> None:
        try:
            callback(self)
        except KnownError as error:
            log.warning("%s", error)
        except Exception:
            log.exception("A listener of a run failed.")


def _vector(trace: Trace) -> dict[str, Any]:
    """Of an encoder that made a vector: how, and the cosine of each recalled entry's."""
    embedding = trace.embedding
    if embedding is None:
        return {}
    return {"pooling": embedding.pooling, "cosines": {str(entry_id): cosine for entry_id, cosine in embedding.cosines}}
