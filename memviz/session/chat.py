"""A conversation with a memory: turns are said, answered and stored, and what they tell is remembered."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from memviz.core.edits import Change, Update
from memviz.core.errors import Cancelled, KnownError
from memviz.core.events import Query
from memviz.core.progress import Progress, no_progress
from memviz.core.protocols import Conversing
from memviz.core.recall_settings import RecallSettings
from memviz.dialogue.claims import VALUE
from memviz.dialogue.files import DialogueFile, read_dialogue_file
from memviz.dialogue.profile import ProfileRow, profile_of
from memviz.dialogue.short_term import ShortTerm
from memviz.dialogue.turns import ASSISTANT, USER, SpokenTurn
from memviz.session.chat_claims import by_model, by_rules
from memviz.session.chat_file import FileReader
from memviz.session.chat_state import ChatState, ChatTurn, ClaimStatus, Proposal
from memviz.session.chat_store import (
    INITIATOR,
    KnownEntries,
    Said,
    recall_settings,
    source_of,
    store_claim,
    store_turns,
    token_counts,
)
from memviz.session.run import Run, RunState
from memviz.session.runner import Worker
from memviz.session.session import Session

DEFAULT_BUDGET = 512
DEFAULT_OWNER = "User"

Listener = Callable[[ChatState], None]


class Conversation:
    """Talks with the model of a session, and remembers in its memory. Close it before the session.

    A thread of its own (``memviz-chat``) counts tokens, stores turns and finds claims, one after the other; it waits
    for the session's threads, never the reverse. Methods may be called from any other thread; those that return a
    ``Future`` or a :class:`Run` never block. :attr:`state` is a value.

    Args:
        session: with a memory that can be written, and a model or none.
        owner: whose memory it is; the name stands in every key.
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
        self.store_claims = store_claims
        self.only_own = only_own
        self.by_model = by_model
        self._session = session
        self._on_state = on_state
        self._now = now
        self._lock = threading.RLock()
        self._idle = threading.Condition(self._lock)
        self._worker = Worker("memviz-chat")
        self._known = KnownEntries(session)
        self._pending = 0
        self._closing = False
        self._reader: FileReader | None = None
        self._recall = RecallSettings()  # as the memory said last
        self._state = ChatState(owner.strip() or DEFAULT_OWNER, self._sitting(), ShortTerm(budget))
        self._unsubscribe = session.on_change(self._memory_changed)
        if session.memory_url:
            self._worker.submit(self._read_settings)

    # -- what it is --------------------------------------------------------------------------------------------------

    @property
    def state(self) -> ChatState:
        return self._state

    @property
    def busy(self) -> bool:
        """Whether something that was said is not stored yet."""
        return self._pending > 0

    @property
    def answers(self) -> bool:
        """Whether the session has a model that converses; else turns are recorded only."""
        return isinstance(self._session.model, Conversing)

    def _change(self, **values: Any) -> ChatState:
        with self._lock:
            self._state = replace(self._state, version=self._state.version + 1, **values)
            state = self._state
            if self._on_state is not None:
                self._on_state(state)
        return state

    def _do(self, call: Callable[..., Any], *arguments: Any) -> Future[Any]:
        with self._lock:
            self._pending += 1
        future = self._worker.submit(call, *arguments)
        future.add_done_callback(lambda _done: self._settled())
        return future

    def _settled(self) -> None:
        with self._lock:
            self._pending -= 1
            self._idle.notify_all()
            if self._on_state is not None:
                self._on_state(self._state)

    # -- settings ----------------------------------------------------------------------------------------------------

    def set_owner(self, owner: str) -> None:
        """Whose memory what is said from now on is."""
        self._change(owner=owner.strip() or DEFAULT_OWNER)

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

    # -- talking -----------------------------------------------------------------------------------------------------

    def say(self, text: str, **options: Any) -> Run | None:
        """The user says something. The model answers with the buffer and what the memory recalls; then both turns are
        stored, and what they tell is found. Without a model that converses the turn is only recorded: None.

        Args:
            options: fields of :class:`Query`.

        Raises:
            KnownError: nothing is said, the turn before is not stored yet, no memory that can be written is open.
        """
        return self._say(SpokenTurn(USER, text.strip(), self._now(), self._state.owner), options)

    def _say(self, turn: SpokenTurn, options: dict[str, Any]) -> Run | None:
        self._check(turn.text)
        if not self.answers:
            self._do(self._remember, [Said(turn)])
            return None
        recall = self._recall.changed(owner=self._state.owner) if self.only_own else None
        held = tuple(self._state.turns[each.number - 1].entry_id for each in self._state.buffer.held)
        question = Query(turn.text, dialogue=self._state.buffer.dialogue(), recall=recall, excluded=held)
        run = self._session.ask(question, **options)
        with self._lock:
            self._pending += 1
        run.add_done_callback(lambda done: self._answered(done, turn))
        return run

    def _check(self, text: str) -> None:
        if not text:
            raise KnownError("Nothing is said; type something.")
        if self.busy:
            raise KnownError("The turn before is still answered or stored; wait a moment, or cancel it.")
        if not self._session.memory_url:
            raise KnownError("No memory is open; open or make one, so that the dialogue can be stored.")

    def _answered(self, run: Run, turn: SpokenTurn) -> None:
        """On the query thread: hands over to the chat's own."""
        with suppress(KnownError):  # closed meanwhile
            self._do(self._after, run, turn)
        self._settled()

    def _after(self, run: Run, turn: SpokenTurn) -> None:
        if run.state is not RunState.FINISHED:
            self._change(notice=f"The answer {run.state}; nothing of this turn was stored.")
            return
        recalled = tuple(row.id for row in run.entries() if row.status == "injected")
        said = [Said(turn)]
        if run.answer:
            said.append(Said(SpokenTurn(ASSISTANT, run.answer, turn.time), recalled, run.model_name))
        self._remember(said)
        if not run.answer:
            self._change(notice="The model answered nothing; what you said is stored.")

    def _remember(self, said: Sequence[Said]) -> None:
        """Stores turns, and finds claims in them."""
        tokens, exact = token_counts(self._session, [each.turn.text for each in said])
        try:
            new = store_turns(self._session, self._state, said)
        except KnownError as error:
            self._change(notice=f"What was said is not stored: {error}")
            raise
        with self._lock:  # the user may have emptied the buffer meanwhile
            buffer = self._state.buffer
            for turn, count in zip(new, tokens, strict=True):
                buffer = buffer.added(turn.turn, count)
            self._change(turns=self._state.turns + new, buffer=buffer, exact_tokens=exact, notice="")
        for turn_ in new:
            self._consolidate(turn_)
        self._read_settings()

    def _read_settings(self) -> None:
        """How the memory is recalled now, for the next question."""
        self._recall = recall_settings(self._session)

    # -- what is remembered ------------------------------------------------------------------------------------------

    def _consolidate(self, said: ChatTurn) -> None:
        if said.turn.role != USER:
            return
        owner = self._state.owner
        model = self.by_model and self.answers
        found = by_model(self._session, said, owner) if model else by_rules(said, owner)
        if found.notice:
            self._change(notice=found.notice)
        known = self._state.proposals
        new = tuple(
            Proposal(number, claim, said.number, found.found_by)
            for number, claim in enumerate(found.claims, len(known) + 1)
        )
        if new:
            self._change(proposals=known + new)
            if self.store_claims:
                self._store([each.number for each in new])

    def store(self, *numbers: int) -> Future[None]:
        """Stores claims that were found, by their numbers; those that are stored already stay as they are."""
        return self._do(self._store, numbers)

    def _store(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            proposal = self._proposal(number)
            if proposal.status is ClaimStatus.STORED:
                continue
            source = source_of(self._state.turns[proposal.turn - 1].session)
            claim, found_by = proposal.claim, proposal.found_by
            try:
                entry_id = store_claim(self._session, self._known, claim, source=source, found_by=found_by)
            except KnownError as error:
                self._change(notice=f"It was not stored: {error}")
                raise
            self._put(replace(proposal, status=ClaimStatus.STORED, entry_id=entry_id))

    def dismiss(self, *numbers: int) -> None:
        """Claims that the user does not want; one that is stored stays in the memory, where it can be deleted."""
        for proposal in map(self._proposal, numbers):
            if proposal.status is ClaimStatus.PROPOSED:
                self._put(replace(proposal, status=ClaimStatus.DISMISSED))

    def edit_claim(self, number: int, *, text: str = "", value: str = "") -> Future[None]:
        """Changes the sentence or the value of a claim, before or after it was stored."""
        return self._do(self._edit_claim, number, text.strip(), value.strip())

    def _edit_claim(self, number: int, text: str, value: str) -> None:
        proposal = self._proposal(number)
        claim = replace(proposal.claim, text=text or proposal.claim.text, value=value or proposal.claim.value)
        if proposal.status is ClaimStatus.STORED and proposal.entry_id is not None:
            metadata = {**self._session.entry(proposal.entry_id).metadata, VALUE: claim.value}
            self._session.edit(Update(proposal.entry_id, text=claim.text, metadata=metadata), initiator=INITIATOR)
        self._put(replace(self._proposal(number), claim=claim))

    def _proposal(self, number: int) -> Proposal:
        proposals = self._state.proposals
        if not 1 <= number <= len(proposals):
            raise KnownError(f"There is no claim {number}; {len(proposals)} were found.")
        return proposals[number - 1]

    def _put(self, proposal: Proposal) -> None:
        with self._lock:
            known = self._state.proposals
            at = proposal.number - 1
            self._change(proposals=(*known[:at], proposal, *known[at + 1 :]))

    def profile(self, owner: str = "") -> Future[tuple[ProfileRow, ...]]:
        """The profile of an owner; of the conversation's where none is named."""
        whose = owner or self._state.owner
        return self._worker.submit(lambda: profile_of(whose, self._known.of(whose)))

    def _memory_changed(self, change: Change) -> None:
        """On the store thread: an undo of a stored claim makes it a proposal again, a redo stores it."""
        self._known.changed(change)
        gone, come = set(change.deleted), set(change.inserted)
        with self._lock:
            for proposal in self._state.proposals if gone or change.kind == "redo" else ():
                if proposal.entry_id in gone and proposal.status is ClaimStatus.STORED:
                    self._put(replace(proposal, status=ClaimStatus.PROPOSED))
                elif proposal.entry_id in come and proposal.status is ClaimStatus.PROPOSED:
                    self._put(replace(proposal, status=ClaimStatus.STORED))

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
        self._read(reader, len(exchange))
        if ask_model and exchange[0].role == USER and self.answers:
            return self._say(exchange[0], options)
        self._do(self._remember, [Said(turn) for turn in exchange])
        return None

    def load(self, progress: Progress = no_progress) -> Future[int]:
        """All that is left of the file; the future gives the number of turns.

        ``progress`` is called on the chat's thread between two sessions; where it raises ``Cancelled``, what was loaded
        before stays.
        """
        return self._do(self._load, progress)

    def _load(self, progress: Progress) -> int:
        reader, loaded = self._reader, 0
        while reader is not None and not reader.at_end:
            if self._closing:
                raise Cancelled
            place = reader.place()
            progress(place.done, place.total, f"session {reader.session().name}")
            rest = reader.rest()
            self._read(reader, len(rest))
            self._remember([Said(turn) for turn in rest])
            loaded += len(rest)
        if reader is not None:
            progress(reader.file.count, reader.file.count, "loaded")
        return loaded

    def _read(self, reader: FileReader, turns: int) -> None:
        """Goes on in the file; a session of it is a sitting of its own."""
        if reader.begins_session:
            session = reader.session()
            if session.owner:
                self.set_owner(session.owner)
            self.new_session(session.name)
        reader.advance(turns)
        self._change(file=reader.place())

    # -- the end -----------------------------------------------------------------------------------------------------

    def wait(self, timeout: float = 600.0) -> ChatState:
        """Waits until everything is stored, and returns the state. Not for the GUI thread.

        Raises:
            TimeoutError: it was not done in time.
        """
        with self._idle:
            if not self._idle.wait_for(lambda: not self._pending, timeout):
                raise TimeoutError(f"the conversation was not done after {timeout} seconds")
        return self._state

    def close(self) -> None:
        """Stores what was said, stops what loads, ends the thread. Idempotent."""
        self._closing = True
        self._on_state = None
        self._unsubscribe()
        self._session.cancel_runs()
        self._worker.close()
