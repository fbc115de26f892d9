"""Between a conversation, which works on threads, and the widgets that show it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from memviz.core.errors import Cancelled, KnownError
from memviz.core.filters import Comparison, Condition
from memviz.core.memory import Store
from memviz.gui.asker import Asker
from memviz.gui.bridge import Bridge
from memviz.gui.jobs import Job, Jobs
from memviz.gui.loader import Loader
from memviz.gui.settings import Settings

if TYPE_CHECKING:
    from memviz.dialogue.profile import ProfileRow
    from memviz.session.chat import Conversation
    from memviz.session.chat_state import ChatState
    from memviz.session.run import Run
    from memviz.session.session import Session


class Chat(QObject):
    """The conversation of the window. It begins with its first use. GUI thread.

    Attributes:
        private: ids of the memory's private entries, and of those that were private when they were deleted.

    Signals:
        changed(): :attr:`state`, or what may be done now, is another one.
        profile_changed(): :attr:`profile` is another one.
        private_changed(): :attr:`private` is another one.
        refused(str): why what was said could not be said; the text is still the user's.
    """

    changed = Signal()
    profile_changed = Signal()
    private_changed = Signal()
    refused = Signal(str)

    def __init__(
        self,
        session: Session,
        bridge: Bridge,
        jobs: Jobs,
        loader: Loader,
        asker: Asker,
        settings: Settings,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._bridge = bridge
        self._jobs = jobs
        self._loader = loader
        self._asker = asker
        self._settings = settings
        self._talk: Conversation | None = None
        self._left: list[Conversation] = []  # of memories that were open before; their threads end by themselves
        self._arriving = False
        self._profile_of: tuple[str, int] = ("", -1)
        self._memory_url = ""
        self.ask_when_stepping = False
        self.state: ChatState | None = None
        self.profile: tuple[ProfileRow, ...] = ()
        self.private: frozenset[int] = frozenset()
        self.run: Run | None = None
        self.pending = ""
        loader.memory_changed.connect(self._memory_changed)
        loader.model_changed.connect(self.changed)
        bridge.changed.connect(self._entries_changed)
        asker.finished.connect(self._run_ended)

    # -- what it is --------------------------------------------------------------------------------------------------

    @property
    def talk(self) -> Conversation:
        """The conversation, begun where it was not."""
        if self._talk is None:
            from memviz.session.chat import Conversation

            self._talk = Conversation(self._session, on_state=self._on_state)
            self.state = self._talk.state
        return self._talk

    def begin(self) -> None:
        """The view is shown: there is a state from now on."""
        self._take(self.talk.state)
        self._ask_private()
        self.ask_profile()

    @property
    def busy(self) -> bool:
        return self._talk is not None and self._talk.busy

    @property
    def answers(self) -> bool:
        """Whether a model would answer."""
        return self._talk is not None and self._talk.answers

    @property
    def memory(self) -> str:
        """Name of the memory in which turns are stored; empty without one."""
        return self._loader.memory.name if self._loader.memory is not None else ""

    @property
    def model(self) -> str:
        return self._loader.model_name

    # -- commands ----------------------------------------------------------------------------------------------------

    def say(self, text: str) -> bool:
        """Says something; False where that was not possible, and :attr:`refused` told why."""
        if self._loader.busy:
            self.refused.emit("The model or the memory is still being loaded; say it again in a moment.")
            return False
        try:
            self._session.cancel_runs()
            self._follow(self.talk.say(text, **self._options()))
        except KnownError as error:
            self.refused.emit(str(error))
            return False
        return True

    def step(self) -> None:
        """The next exchange of the file."""
        try:
            self._session.cancel_runs()
            self._follow(self.talk.step(ask_model=self.ask_when_stepping, **self._options()))
        except KnownError as error:
            self.refused.emit(str(error))

    def _options(self) -> dict[str, Any]:
        return asdict(self._settings.run_options)

    def _follow(self, run: Run | None) -> None:
        self.run, self.pending = run, run.query.text if run is not None else ""
        if run is not None:
            self._asker.follow(run)
        self.changed.emit()

    def open_file(self, path: str) -> None:
        """Reads a dialogue file; it is stepped through or loaded afterwards."""
        self._bridge.watch(self.talk.open_file(path), lambda _file: self.changed.emit(), self._trouble)

    def load_rest(self) -> None:
        """All that is left of the file, as a job that shows progress."""
        job = self._jobs.start("Loading the dialogue")
        self._bridge.watch(
            self.talk.load(job.progress), lambda _count: self._loaded(job), lambda error: self._loaded(job, error)
        )

    def _loaded(self, job: Job, error: BaseException | None = None) -> None:
        self._jobs.end(job)
        if error is not None:
            self._trouble(error)
        self.changed.emit()

    def _trouble(self, error: BaseException) -> None:
        if isinstance(error, KnownError):
            self.refused.emit(str(error))
        elif not isinstance(error, Cancelled | CancelledError):
            self._bridge.failed.emit(error)

    def new_session(self) -> None:
        self.talk.new_session()

    def store(self, numbers: list[int]) -> None:
        """Stores what was found."""
        self._bridge.watch(self.talk.store(*numbers), lambda _none: None, self._trouble)

    def dismiss(self, numbers: list[int]) -> None:
        self.talk.dismiss(*numbers)

    def edit_claim(self, number: int, text: str) -> None:
        self._bridge.watch(self.talk.edit_claim(number, text=text), lambda _none: None, self._trouble)

    def close(self) -> None:
        """Ends the conversation and its thread, and those that were left. Idempotent; waits for them."""
        for talk in (*self._left, self._talk):
            if talk is not None:
                talk.close()
        self._left.clear()

    # -- what comes --------------------------------------------------------------------------------------------------

    def _on_state(self, _state: ChatState) -> None:
        """On any thread; of many states at once the newest is shown."""
        if not self._arriving:
            self._arriving = True
            self._bridge.post(self._arrived)

    def _arrived(self) -> None:
        self._arriving = False
        if self._talk is not None:
            self._take(self._talk.state)

    def _take(self, state: ChatState) -> None:
        before, self.state = self.state, state
        if self.pending and (before is None or len(state.turns) > len(before.turns)):
            self.pending, self.run = "", None
        if before is None or before.owner != state.owner:
            self.ask_profile()
        self.changed.emit()

    def _run_ended(self, run: Run) -> None:
        if run is self.run and run.state != "finished":
            text, self.pending, self.run = self.pending, "", None
            self.changed.emit()
            self.refused.emit("" if not text else f"The answer {run.state}; nothing of this turn is stored.")

    def ask_profile(self) -> None:
        """Reads the owner's profile again."""
        if self._talk is not None and self._session.memory_url:
            self._bridge.watch(self._talk.profile(), self._profile_read, lambda _error: None)

    def _profile_read(self, rows: tuple[ProfileRow, ...]) -> None:
        """Before it is shown, it is known what of it is private."""
        self._ask_private(partial(self._show_profile, rows))

    def _ask_private(self, then: Callable[[], object] | None = None) -> None:
        if self._talk is None or not self._session.memory_url:
            return
        talk, known = self._talk, self.private

        def known_now(private: frozenset[int]) -> None:
            if talk is self._talk:
                if private != self.private:
                    self.private = private
                    self.private_changed.emit()
                if then is not None:
                    then()

        with suppress(KnownError):  # closed meanwhile
            future = self._session.store_call(partial(_private_entries, known))
            self._bridge.watch(future, known_now, lambda _error: None)

    def _show_profile(self, rows: tuple[ProfileRow, ...]) -> None:
        if rows != self.profile:
            self.profile = rows
            self.profile_changed.emit()

    def _entries_changed(self, _change: object) -> None:
        self._ask_private()
        self.ask_profile()

    def _memory_changed(self) -> None:
        """Turns of another memory would point at entries of this one: a new conversation begins with it."""
        url = self._loader.memory.url if self._loader.memory is not None else ""
        if url != self._memory_url:
            self._memory_url = url
            if self._talk is not None:
                self._leave(self._talk)
        self.changed.emit()

    def _leave(self, old: Conversation) -> None:
        """Begins another conversation with the same settings; the old one's thread is not waited for."""
        answered, loaded = bool(self.pending), old.busy and old.state.file is not None
        old.close(wait=False)
        self._left = [talk for talk in (*self._left, old) if talk.running]
        self._talk, self.state, self.pending, self.run = None, None, "", None
        self.private = frozenset()
        self.talk.set_owner(old.owner)
        self.talk.set_budget(old.state.buffer.budget)
        self.talk.store_claims, self.talk.by_model = old.store_claims, old.by_model
        self.begin()
        if answered:
            self.refused.emit("Another memory was opened before the answer was there; nothing of this turn is stored.")
        elif loaded:
            self.refused.emit("Another memory was opened; the rest of the dialogue was not loaded.")


def _private_entries(known: frozenset[int], store: Store) -> frozenset[int]:
    """Ids of those that are private now, and of those that were known to be and are gone. Store thread."""
    now = frozenset(map(int, store.search_ids(where=(Condition("private", Comparison.IS, True),))))
    others = known - now
    return now | (others - {entry.id for entry in store.get(sorted(others))}) if others else now
