"""A conversation with a memory: turns are said, answered and stored, and what they tell is remembered."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any

from memviz.core.errors import Cancelled, KnownError, MaybeDone
from memviz.core.progress import Progress, no_progress
from memviz.core.query import Query
from memviz.core.recall_settings import RecallSettings
from memviz.dialogue.files import DialogueFile, read_dialogue_file
from memviz.dialogue.turns import ASSISTANT, USER, SpokenTurn
from memviz.session.chat_base import DEFAULT_BUDGET, DEFAULT_OWNER, Listener
from memviz.session.chat_file import FileReader
from memviz.session.chat_remembered import RemembersClaims
from memviz.session.chat_state import ChatTurn, Sitting
from memviz.session.chat_store import Said, not_stored, recall_settings, store_turns, token_counts
from memviz.session.run import Run, RunState
from memviz.session.session import Session

__all__ = ["DEFAULT_BUDGET", "DEFAULT_OWNER", "Conversation"]

_STILL_ANSWERED = "The turn before is still answered or stored; wait a moment, or cancel it."


def _nothing() -> None:
    """For whoever need not be told."""


class Conversation(RemembersClaims):
    """Talks with the model of a session, and remembers in its memory. Close it before the session.

    A thread of its own (``memviz-chat``) counts tokens, stores turns and finds claims, one after the other; it waits
    for the session's threads, never the reverse. Methods may be called from any other thread; those that return a
    ``Future`` or a :class:`Run` never block. :attr:`state` is a value.

    Args:
        session: with a memory that can be written, and a model or none. The conversation belongs to the memory that is
            open when it begins: under another one it stores nothing, and says so.
        owner: whose memory it is, where a dialogue file does not say; the name stands in every key.
        budget: tokens of the short-term buffer.
        store_claims: store what is found at once; else it is proposed.
        only_own: recall only what belongs to the owner, or to nobody.
        by_model: let the model find claims, where it converses; else rules do.
        on_state: called with every new state, on the thread that made it.
        now: the time, for what is said live.
    """

    def __init__(
        self,
        session: Session,
        *,
        owner: str = DEFAULT_OWNER,
        budget: int = DEFAULT_BUDGET,
        store_claims: bool = False,
        only_own: bool = True,
        by_model: bool = False,
        on_state: Listener | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(session, owner, budget, on_state, now, store_claims=store_claims, by_model=by_model)
        self.only_own = only_own
        self._reader: FileReader | None = None
        self._answering: Run | None = None
        self._unread: deque[ChatTurn] = deque()  # stored, but not searched for claims yet
        self._recall = RecallSettings()  # as the memory said last
        if session.memory_url:
            self._worker.submit(self._read_settings)

    # -- talking -----------------------------------------------------------------------------------------------------

    def say(self, text: str, **options: Any) -> Run | None:
        """The user says something. The model answers with the buffer and what the memory recalls; then both turns are
        stored, and what they tell is found. Without a model that converses the turn is only recorded: None.

        Args:
            options: fields of :class:`Query`.

        Raises:
            KnownError: nothing is said, the turn before is not stored yet, no memory that can be written is open, or
                another one than the conversation's.
        """
        return self._say(SpokenTurn(USER, text.strip(), self._now(), self._state.owner), options)

    def _say(self, turn: SpokenTurn, options: dict[str, Any], stored: Callable[[], None] = _nothing) -> Run | None:
        self._check(turn.text)
        sitting = self._state.sitting
        if not self.answers:
            self._do(self._remember, [Said(turn, sitting)], stored)
            return None
        recall = self._recall.changed(owner=sitting.owner) if self.only_own else None
        held = tuple(self._state.turns[each.number - 1].entry_id for each in self._state.buffer.held)
        question = Query(turn.text, dialogue=self._state.buffer.dialogue(), recall=recall, excluded=held)
        run = self._session.ask(question, **options)
        with self._lock:
            self._pending += 1
            self._answering = run
        run.add_done_callback(lambda done: self._answered(done, turn, sitting, stored))
        return run

    def _check(self, text: str) -> None:
        if not text:
            raise KnownError("Nothing is said; type something.")
        if self.busy:
            raise KnownError(_STILL_ANSWERED)
        self._memory.take()

    def _answered(self, run: Run, turn: SpokenTurn, sitting: Sitting, stored: Callable[[], None]) -> None:
        """On the query thread: hands over to the chat's own."""
        with suppress(KnownError):  # closed meanwhile
            self._do(self._after, run, turn, sitting, stored)
        self._settled()

    def _after(self, run: Run, turn: SpokenTurn, sitting: Sitting, stored: Callable[[], None]) -> None:
        self._answering = None
        if run.state is not RunState.FINISHED:
            self._change(notice=f"The answer {run.state}; nothing of this turn was stored.")
            return
        recalled = tuple(row.id for row in run.entries() if row.status == "injected")
        said = [Said(turn, sitting)]
        if run.answer:
            said.append(Said(SpokenTurn(ASSISTANT, run.answer, turn.time), sitting, recalled, run.model_name))
        self._remember(said, stored)
        if not run.answer:
            self._change(notice="The model answered nothing; what you said is stored.")

    def _remember(
        self,
        said: Sequence[Said],
        stored: Callable[[], None] = lambda: None,
        progress: Callable[[], None] = _nothing,
    ) -> None:
        """Stores turns, and finds claims in them.

        Args:
            stored: called once the turns are in the memory, before claims are found.
            progress: called before each further turn is read; where it raises, the rest is read the next time.
        """
        tokens, exact = token_counts(self._session, [each.turn.text for each in said])
        try:
            new = store_turns(self._memory, len(self._state.turns) + 1, said)
        except KnownError as error:
            self._change(notice=not_stored("What was said", error))
            raise
        with self._lock:  # the user may have emptied the buffer meanwhile
            buffer = self._state.buffer
            for turn, count in zip(new, tokens, strict=True):
                buffer = buffer.added(turn.turn, count)
            self._change(turns=self._state.turns + new, buffer=buffer, exact_tokens=exact, notice="")
        self._unread.extend(new)
        stored()
        self._read_turns(progress)
        self._read_settings()

    def _read_turns(self, progress: Callable[[], None] = _nothing) -> None:
        while self._unread:
            if self._closing:
                raise Cancelled
            self._consolidate(self._unread.popleft())
            if self._unread:
                progress()

    def _read_settings(self) -> None:
        """How the memory is recalled now, for the next question."""
        self._recall = recall_settings(self._memory)

    # -- dialogue files ----------------------------------------------------------------------------------------------

    def open_file(self, path: str | Path) -> Future[DialogueFile]:
        """Reads a dialogue file, to be stepped through or loaded; errors as :func:`read_dialogue_file`."""
        return self._do(self._open_file, path)

    def _open_file(self, path: str | Path) -> DialogueFile:
        reader = FileReader(read_dialogue_file(path))
        self._reader = reader
        self._change(file=reader.place(), notice="")
        return reader.file

    def step(self, *, ask_model: bool = False, **options: Any) -> Run | None:
        """The next exchange of the file: what the user said, and what was answered then.

        One that cannot be stored stays the next one.

        Args:
            ask_model: let the model answer instead; its run is returned, and the recorded answer passed over.

        Raises:
            KnownError: no file, or its end; and as :meth:`say`.
        """
        reader = self._reader
        if reader is None:
            raise KnownError("No dialogue is loaded; load a file first.")
        exchange = reader.exchange()
        self._check(exchange[0].text)
        self._enter(reader)

        def stored() -> None:
            self._advance(reader, len(exchange))

        if ask_model and exchange[0].role == USER and self.answers:
            return self._say(exchange[0], options, stored)
        sitting = self._state.sitting
        self._do(self._remember, [Said(turn, sitting) for turn in exchange], stored)
        return None

    def load(self, progress: Progress = no_progress) -> Future[int]:
        """All that is left of the file; the future gives the number of turns.

        ``progress`` is called on the chat's thread before each turn; where it raises ``Cancelled``, what was loaded
        before stays, and a later call goes on from there. The future raises :class:`KnownError` where something cannot
        be stored; that too may be tried again.
        """
        return self._do(self._load, progress)

    def _load(self, progress: Progress) -> int:
        if self._answering is not None:
            raise KnownError(_STILL_ANSWERED)
        reader = self._reader
        if reader is None:
            return 0
        begun = reader.place().done
        self._read_turns()  # those that an earlier load left
        while not reader.at_end:
            self._load_session(reader, progress)
        progress(reader.file.count, reader.file.count, "loaded")
        return reader.file.count - begun

    def _load_session(self, reader: FileReader, progress: Progress) -> None:
        if self._closing:
            raise Cancelled
        words, rest = f"session {reader.session().name}", reader.rest()

        def told() -> None:
            place = reader.place()
            progress(place.done - len(self._unread), place.total, words)

        told()
        self._enter(reader)
        sitting = self._state.sitting
        try:
            self._remember([Said(turn, sitting) for turn in rest], lambda: self._advance(reader, len(rest)), told)
        except MaybeDone:
            raise
        except KnownError as error:
            place = reader.place()
            stored = f"{place.done:,} of the {place.total:,} turns of “{place.name}” are stored"
            raise KnownError(f"{error} ({stored}; loading goes on from there.)") from None

    def _enter(self, reader: FileReader) -> None:
        """A session of a file is a sitting of its own; the conversation's owner speaks where it names nobody."""
        if reader.begins_session:
            session = reader.session()
            self._change(owner=session.owner or self._own_owner)
            self.new_session(session.name)

    def _advance(self, reader: FileReader, turns: int) -> None:
        """Goes on in the file once the turns are stored."""
        reader.advance(turns)
        if reader is self._reader:
            self._change(file=reader.place())

    # -- the end -----------------------------------------------------------------------------------------------------

    def close(self, *, wait: bool = True) -> None:
        """Stores what was said, stops what loads, ends the thread. Idempotent.

        Args:
            wait: for the end of the thread; without, this may be called from the GUI thread.
        """
        self._closing = True
        self._on_state = None
        self._unsubscribe()
        self._session.cancel_runs()
        self._worker.close(wait=wait)
