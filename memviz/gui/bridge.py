"""The one door from worker threads to the GUI thread."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from typing import Any, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal, Slot

from memviz.core.errors import Cancelled, KnownError

T = TypeVar("T")


class Bridge(QObject):
    """Carries calls, results and errors into the GUI thread, in the order in which they were posted.

    Only this class emits signals from worker threads, and only its own method receives them: a plain function
    connected to a worker's signal would run in the worker. Live in the GUI thread; :meth:`post` may be called from
    any thread.

    Signals:
        failed(object): an exception that no caller handles; the window shows it.
        changed(object): a :class:`~memviz.core.edits.Change` of the open memory, whoever made it.
    """

    failed = Signal(object)
    changed = Signal(object)
    _posted = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._open = True
        self._posted.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def post(self, callback: Callable[..., Any], *arguments: Any) -> None:
        """Calls ``callback(*arguments)`` in the GUI thread, later. Any thread. Nothing happens after :meth:`close`."""
        if self._open:
            self._posted.emit((callback, arguments))

    def watch(
        self,
        future: Future[T],
        on_result: Callable[[T], Any],
        on_error: Callable[[BaseException], Any] | None = None,
    ) -> None:
        """Hands the future's result to ``on_result``, or its exception to ``on_error``, in the GUI thread.

        Without ``on_error`` the exception goes to :attr:`failed`. A cancelled job is no error there.
        """

        def done(finished: Future[T]) -> None:
            self.post(self._settle, finished, on_result, on_error)

        future.add_done_callback(done)

    def call(
        self,
        submit: Callable[[], Future[T]],
        on_result: Callable[[T], Any],
        on_error: Callable[[BaseException], Any] | None = None,
    ) -> None:
        """Sends a job and watches it; a session that takes none any more is an error like that of a job."""
        try:
            future = submit()
        except KnownError as error:
            (on_error or self.failed.emit)(error)
        else:
            self.watch(future, on_result, on_error)

    def post_change(self, change: object) -> None:
        """Announces a change of the memory; the session calls this on the store thread."""
        self.post(self.changed.emit, change)

    def close(self) -> None:
        """From now on nothing is delivered. Idempotent; GUI thread."""
        self._open = False

    def _settle(
        self,
        future: Future[T],
        on_result: Callable[[T], Any],
        on_error: Callable[[BaseException], Any] | None,
    ) -> None:
        error: BaseException | None = CancelledError() if future.cancelled() else future.exception()
        if error is None:
            if _alive(on_result):
                on_result(future.result())
        elif on_error is not None:
            if _alive(on_error):
                on_error(error)
        elif not isinstance(error, CancelledError | Cancelled):
            self.failed.emit(error)

    @Slot(object)
    def _deliver(self, posted: tuple[Callable[..., Any], tuple[Any, ...]]) -> None:
        callback, arguments = posted
        if self._open and _alive(callback):
            callback(*arguments)


def _alive(callback: Callable[..., Any]) -> bool:
    """False for a method of a Qt object that is gone already."""
    owner = callback.__self__ if inspect.ismethod(callback) else None
    return not isinstance(owner, QObject) or shiboken6.isValid(owner)
