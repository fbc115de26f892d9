"""What the user should know of where the open memory is kept, also when that changes later."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from memviz.core.memory import Store

#: Takes all sentences that hold now.
NoticesListener = Callable[[tuple[str, ...]], None]

log = logging.getLogger("memviz")


def notices_of(store: Store | None) -> tuple[str, ...]:
    """A sentence each; a store on a server has some, and they change with the connection."""
    notices: tuple[str, ...] = getattr(store, "notices", ())
    return notices


class StoreNotices:
    """Remembers what was told last, and tells listeners when it is no longer so. :meth:`listen` from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: list[NoticesListener] = []
        self._told: tuple[str, ...] = ()

    def listen(self, listener: NoticesListener) -> Callable[[], None]:
        with self._lock:
            self._listeners = [*self._listeners, listener]

        def unsubscribe() -> None:
            with self._lock:
                self._listeners = [known for known in self._listeners if known is not listener]

        return unsubscribe

    def opened(self, store: Store | None) -> None:
        """Another store: what holds now is told by whoever opened it. Store thread."""
        self._told = notices_of(store)

    def look(self, store: Store) -> None:
        """Store thread."""
        notices = notices_of(store)
        if notices == self._told:
            return
        self._told = notices
        for listener in self._listeners:
            try:
                listener(notices)
            except Exception:
                log.exception("A listener of the memory’s notices failed.")


class NoticesDoor:
    """A part of :class:`~memviz.session.session.Session`."""

    _notices: StoreNotices

    def on_notices(self, listener: NoticesListener) -> Callable[[], None]:
        """Calls ``listener(notices)`` on the store thread when the open memory’s notices change: a server is lost, or
        is back. What holds at the opening is in ``StoreInfo.notices``. Returns what ends that."""
        return self._notices.listen(listener)
