"""The same question under each policy, one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from memviz.core.entry import Entry
from memviz.core.errors import Cancelled, KnownError
from memviz.core.events import RecallEvent
from memviz.core.privacy import Masking, masked_entry
from memviz.core.protocols import RecallNeed
from memviz.core.query import Query
from memviz.core.recall_settings import ConflictPolicy, RecallSettings
from memviz.gui.bridge import Bridge
from memviz.session import recalling

if TYPE_CHECKING:
    from memviz.session.run import Run
    from memviz.session.session import Session


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a question under one policy.

    Attributes:
        event: what was recalled; None where nothing came of it.
        entries: of every candidate, by id.
        answer: None where no model was asked.
        error: why nothing came of it.
        masked: the same as others may see it; None where nothing of it is private.
    """

    policy: ConflictPolicy
    event: RecallEvent | None = None
    entries: Mapping[int, Entry] | None = None
    answer: str | None = None
    error: str = ""
    masked: Outcome | None = None


class PolicyAsker(QObject):
    """Asks by each policy; changes nothing and counts no use. GUI thread.

    Signals:
        began(object): a policy that is asked by now.
        told(object): an :class:`Outcome`.
        ended(): all were asked, or it was cancelled.
    """

    began = Signal(object)
    told = Signal(object)
    ended = Signal()

    def __init__(self, session: Session, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._bridge = session, bridge
        self._waiting: list[Query] = []
        self._run: Run | None = None
        self._number = 0  # counts what was asked: an older answer is not told
        self.busy = False

    @property
    def answers(self) -> bool:
        """Whether the loaded model can be asked: one that is given entries by recall settings."""
        model = self._session.model
        return model is not None and model.recall.kind == RecallNeed().kind

    def ask(self, query: Query, settings: RecallSettings, policies: Sequence[ConflictPolicy]) -> None:
        """Begins; what was asked before is dropped."""
        self.cancel()
        self._number += 1
        self.busy = True
        if self.answers:
            self._session.cancel_runs()  # there is one model, and a run may be paused
        self._waiting = recalling.queries_with(query, settings, policies)
        self._next()

    def cancel(self) -> None:
        self._waiting = []
        self._number += 1
        run, self._run = self._run, None
        if run is not None:
            run.cancel()
        if self.busy:
            self.busy = False
            self.ended.emit()

    def _next(self) -> None:
        if not self._waiting:
            self.busy = False
            self.ended.emit()
            return
        query = self._waiting.pop(0)
        policy = _policy(query)
        self.began.emit(policy)
        if not self.answers:
            future = recalling.recall_only(self._session, query)
            number = self._number
            recalled = partial(self._recalled, number, policy, query.text)
            self._bridge.watch(future, recalled, partial(self._failed, number, policy))
            return
        try:
            self._run = self._session.ask(replace(query), counts_use=False)
        except KnownError as error:
            self._failed(self._number, policy, error)
            return
        self._run.add_done_callback(partial(self._post, self._number, policy))

    def _post(self, number: int, policy: ConflictPolicy, run: Run) -> None:
        """On the query thread."""
        self._bridge.post(self._answered, number, policy, run)

    def _answered(self, number: int, policy: ConflictPolicy, run: Run) -> None:
        if number != self._number:
            return
        if run.state == "finished":
            found = (
                {one.entry_id: run.recalled(one.entry_id) for one in run.trace.recall.candidates}
                if run.trace.recall
                else {}
            )
            entries = {entry_id: entry for entry_id, entry in found.items() if entry is not None}
            masked = None
            if run.masked is not run.trace:
                shown = {entry_id: masked_entry(entry) for entry_id, entry in entries.items()}
                masked = Outcome(policy, run.masked.recall, shown, run.masked.answer.strip())
            self._tell(Outcome(policy, run.trace.recall, entries, run.answer, masked=masked))
        elif run.error is not None:
            self._failed(number, policy, run.error)
        else:
            self._tell(Outcome(policy, error="It was cancelled by another question."))

    def _recalled(self, number: int, policy: ConflictPolicy, question: str, found: recalling.Recalled) -> None:
        if number == self._number:
            self._tell(Outcome(policy, found.event, found.entries, masked=_masked(policy, question, found)))

    def _failed(self, number: int, policy: ConflictPolicy, error: BaseException) -> None:
        if number != self._number:
            return
        if isinstance(error, KnownError):
            self._tell(Outcome(policy, error=str(error)))
        elif isinstance(error, Cancelled | CancelledError):
            self._tell(Outcome(policy, error="It was cancelled."))
        else:
            self._bridge.failed.emit(error)
            self._tell(Outcome(policy, error="It failed."))

    def _tell(self, outcome: Outcome) -> None:
        self._run = None
        self.told.emit(outcome)
        self._next()


def _masked(policy: ConflictPolicy, question: str, found: recalling.Recalled) -> Outcome | None:
    """What was only recalled, as others may see it; None where nothing of it is private."""
    masking = Masking.of(found.entries.values(), question, {one.entry_id for one in found.event.injected()})
    event = masking.event(found.event) if masking is not None else None
    if not isinstance(event, RecallEvent):
        return None
    return Outcome(policy, event, {entry_id: masked_entry(entry) for entry_id, entry in found.entries.items()})


def _policy(query: Query) -> ConflictPolicy:
    return query.recall.policy if query.recall is not None else ConflictPolicy.MARK
