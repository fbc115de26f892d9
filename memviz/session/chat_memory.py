"""The memory of a conversation: the one that was open when it began, whatever the session opens afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from memviz.core.edits import Change, Edit
from memviz.core.errors import KnownError
from memviz.core.memory import Store
from memviz.session.session import Session

T = TypeVar("T")

#: Who edits, for the history and for listeners.
INITIATOR = "chat"


class OtherMemory(KnownError):  # noqa: N818 - a state of the world
    """The session has another memory open than the conversation’s own. Nothing was read or written."""

    def __init__(self) -> None:
        super().__init__(
            "Another memory is open now than the one of this dialogue; open that one again, or begin a new dialogue."
        )


class ChatMemory:
    """Reads and writes the memory of a session for as long as it is the same one. Not for the store thread.

    A conversation that began without a memory takes the first one that it is used with.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._url = session.memory_url

    @property
    def is_open(self) -> bool:
        return self._session.memory_url == self._url

    def take(self) -> None:
        """Before something is said.

        Raises:
            KnownError: no memory is open, or another one.
        """
        url = self._session.memory_url
        if not url:
            raise KnownError("No memory is open; open or make one, so that the dialogue can be stored.")
        self._url = self._url or url
        if url != self._url:
            raise OtherMemory

    def call(self, ask: Callable[[Store], T]) -> T:
        """What ``ask(store)`` says. Blocks.

        Raises:
            KnownError: no memory is open, or another one.
        """
        return self._session.store_call(lambda store: ask(self._own(store))).result()

    def edit(self, edits: Sequence[Edit]) -> Change:
        """Applies all edits in one transaction, or none. Blocks.

        Raises:
            KnownError: no memory is open, or another one, or one that cannot be written.
        """

        def decide(store: Store) -> Sequence[Edit]:
            self._own(store)
            return edits

        return self._session.edit_from(decide, INITIATOR).result()

    def _own(self, store: Store) -> Store:
        """On the store thread, where no other memory can come in between."""
        self._url = self._url or store.url
        if store.url != self._url:
            raise OtherMemory
        return store
