"""One thread for each stateful thing: models have one, the store has one."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any, Generic, ParamSpec, TypeVar

from memviz.core.errors import BugError, Cancelled, KnownError, NotYet, without_frames

P = ParamSpec("P")
T = TypeVar("T")

#: A call that is not possible yet is tried again after this time, in seconds.
AGAIN_SECONDS = 0.1

log = logging.getLogger("memviz")


class Job(Generic[T]):
    """A call and the future that gets its result."""

    def __init__(self, call: Callable[[], T]) -> None:
        self.call = call
        self.future: Future[T] = Future()
        self._begun = False

    def run(self, *, again: bool = False) -> bool:
        """Runs the call; False where it raises ``NotYet`` and is to be run ``again``, else its future is settled.

        One that is ``NotYet`` possible, and not to be run again, is cancelled.
        """
        if not self._begun and not self.future.set_running_or_notify_cancel():
            return True
        self._begun = True
        try:
            result = self.call()
        except NotYet:
            if again:
                return False
            self.give_up()
        except KnownError as error:
            self.future.set_exception(without_frames(error))
        except BaseException as error:  # noqa: BLE001 - the future carries it to whoever asked, the callback logs it
            self.future.set_exception(error)
        else:
            self.future.set_result(result)
        return True

    def give_up(self) -> None:
        """Nobody waits any longer until it is possible."""
        self.future.set_exception(Cancelled())

    def run_logged(self) -> None:
        """Runs a call whose result nobody waits for."""
        self.future.add_done_callback(log_exception)
        self.run()


class Worker:
    """Runs calls one after the other on one named thread, which starts with the first call.

    Not ``ThreadPoolExecutor``: the interpreter waits at its exit for that one's threads, so a paused run in a session
    that nobody closed would hang the program. This thread is a daemon, and :meth:`close` is what ends it in order.

    A call that raises ``NotYet`` is tried again, until it is possible or nobody waits any longer; those that can be
    done meanwhile overtake it.

    Args:
        name: of the thread.
        pulse: called on the thread, once it has started, about every ``seconds``, between two calls.
    """

    def __init__(self, name: str, pulse: Callable[[], object] | None = None, seconds: float = 0.0) -> None:
        self.name = name
        self._pulse = pulse
        self._seconds = seconds
        self._jobs: SimpleQueue[Job[Any] | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._waiting: deque[Job[Any]] = deque()  # not possible yet; belongs to the thread
        self._patient = True

    @property
    def is_current(self) -> bool:
        """True on this worker's own thread."""
        return threading.current_thread() is self._thread

    @property
    def started(self) -> bool:
        return self._thread is not None

    @property
    def running(self) -> bool:
        """Whether its thread is there still: also for a while after it was closed without waiting."""
        thread = self._thread
        return thread is not None and thread.is_alive()

    @property
    def closed(self) -> bool:
        return self._closed

    def submit(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Queues ``call(*args, **kwargs)``; an exception goes to the future, and to the log if it is a bug.

        Raises:
            KnownError: the worker is closed.
        """
        job = Job(lambda: call(*args, **kwargs))
        job.future.add_done_callback(log_exception)
        with self._lock:
            if self._closed:
                raise KnownError("This session is closed; open a new one.")
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name=self.name, daemon=True)
                self._thread.start()
            self._jobs.put(job)
        return job.future

    def wait(self, future: Future[T]) -> T:
        """The result of a call submitted here.

        Raises:
            BugError: asked on the worker's own thread, which would wait for itself.
        """
        if self.is_current and not future.done():
            raise BugError(f"the thread {self.name} would wait for itself")
        return future.result()

    def _work(self) -> None:
        due = time.monotonic() + self._seconds
        while True:
            try:
                job = self._jobs.get(timeout=self._seconds_until(due))
            except Empty:
                self._try_again()
                job = None
            else:
                self._try_again()
                if job is None:
                    self.stop_waiting()
                    return
                if not job.run(again=self._patient):
                    self._waiting.append(job)
                job = None  # else the last call's arguments would live until the next one
            if self._pulse is not None and time.monotonic() >= due:
                Job(self._pulse).run_logged()
                due = time.monotonic() + self._seconds

    def _seconds_until(self, due: float) -> float | None:
        if self._waiting:
            return AGAIN_SECONDS
        return max(0.0, due - time.monotonic()) if self._pulse else None

    def _try_again(self) -> None:
        """Runs what was not possible before, in order, before anything newer."""
        while self._waiting:
            job = self._waiting.popleft()  # it may itself cancel those that wait
            if not job.run(again=self._patient):
                self._waiting.appendleft(job)
                return

    def stop_waiting(self) -> None:
        """Cancels the calls that are not possible yet. On the worker's thread."""
        while self._waiting:
            self._waiting.popleft().give_up()

    def be_impatient(self) -> None:
        """From now on a call that is not possible yet is cancelled. Any thread."""
        self._patient = False
        self._jobs.put(Job(self.stop_waiting))

    def close(self, *, wait: bool = True) -> None:
        """Does what is queued, then ends the thread, and joins it if ``wait``. Idempotent; later calls are refused."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._jobs.put(None)
            thread = self._thread
        if wait and thread is not None and not self.is_current:
            thread.join()


def log_exception(future: Future[Any]) -> None:
    """Writes a bug that a future carries into the log; what the user can mend is told elsewhere."""
    if future.cancelled():
        return
    error = future.exception()
    if error is None or isinstance(error, Cancelled):
        return
    if isinstance(error, KnownError):
        log.info("%s", error)
    else:
        log.error("A background call failed.", exc_info=error)
