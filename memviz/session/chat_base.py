"""What every part of a conversation works on: its state, its thread, its memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from memviz.core.protocols import Conversing
from memviz.dialogue.short_term import ShortTerm
from memviz.session.chat_memory import ChatMemory
from memviz.session.chat_state import ChatState
from memviz.session.runner import Worker
from memviz.session.session import Session

DEFAULT_BUDGET = 512
DEFAULT_OWNER = "User"

Listener = Callable[[ChatState], None]


class ChatBase:
    """A part of :class:`~memviz.session.chat.Conversation`. Methods may be called from any thread."""

    def __init__(
        self, session: Session, owner: str, budget: int, on_state: Listener | None, now: Callable[[], float]
    ) -> None:
        self._session = session
        self._memory = ChatMemory(session)
        self._on_state = on_state
        self._now = now
        self._lock = threading.RLock()
        self._idle = threading.Condition(self._lock)
        self._worker = Worker("memviz-chat")
        self._pending = 0
        self._aside = 0
        self._closing = False
        self._own_owner = owner.strip() or DEFAULT_OWNER
        self._state = ChatState(self._own_owner, self._sitting(), ShortTerm(budget))

    @property
    def state(self) -> ChatState:
        return self._state

    @property
    def busy(self) -> bool:
        """Whether something that was said is not stored yet."""
        return self._pending > 0

    @property
    def running(self) -> bool:
        """Whether its thread is there still."""
        return self._worker.running

    @property
    def answers(self) -> bool:
        """Whether the session has a model that converses; else turns are recorded only."""
        return isinstance(self._session.model, Conversing)

    @property
    def owner(self) -> str:
        """Whose memory it is where a dialogue file does not say; ``state.owner`` is who speaks now."""
        return self._own_owner

    # -- settings ----------------------------------------------------------------------------------------------------

    def set_owner(self, owner: str) -> None:
        """Whose memory what is said from now on is; what is being answered stays with whoever said it."""
        self._own_owner = owner.strip() or DEFAULT_OWNER
        self._change(owner=self._own_owner)

    def set_budget(self, budget: int) -> None:
        """Another size of the short-term buffer.

        Raises:
            KnownError: less than a token.
        """
        self._change(buffer=self._state.buffer.with_budget(budget))

    def new_session(self, name: str = "") -> None:
        """A new sitting: the short-term buffer is empty, the memory keeps everything."""
        with self._lock:
            self._change(session=name or self._sitting(), buffer=self._state.buffer.emptied(), notice="")

    def _sitting(self) -> str:
        return time.strftime("%Y-%m-%d %H:%M", time.localtime(self._now()))

    # -- state and thread --------------------------------------------------------------------------------------------

    def _change(self, **values: Any) -> ChatState:
        with self._lock:
            self._state = replace(self._state, version=self._state.version + 1, **values)
            state = self._state
            if self._on_state is not None:
                self._on_state(state)
        return state

    def _do(self, call: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Queues what belongs to something that was said, or that the user asked for."""
        with self._lock:
            self._pending += 1
        return self._queued(self._settled, call, *arguments)

    def _do_aside(self, call: Callable[..., Any], *arguments: Any) -> None:
        """Queues what keeps nobody from saying more."""
        with self._lock:
            self._aside += 1
        self._queued(self._settled_aside, call, *arguments)

    def _queued(self, settled: Callable[[], None], call: Callable[..., Any], *arguments: Any) -> Future[Any]:
        try:
            future = self._worker.submit(call, *arguments)
        except BaseException:
            settled()
            raise
        future.add_done_callback(lambda _done: settled())
        return future

    def _settled(self) -> None:
        with self._lock:
            self._pending -= 1
            self._idle.notify_all()
            if self._on_state is not None:
                self._on_state(self._state)

    def _settled_aside(self) -> None:
        with self._lock:
            self._aside -= 1
            self._idle.notify_all()

    def wait(self, timeout: float = 600.0) -> ChatState:
        """Waits until everything is stored and followed, and returns the state. Not for the GUI thread.

        Raises:
            TimeoutError: it was not done in time.
        """
        with self._idle:
            if not self._idle.wait_for(lambda: not self._pending and not self._aside, timeout):
                raise TimeoutError(f"the conversation was not done after {timeout} seconds")
        return self._state
