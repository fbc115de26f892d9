"""What a front end asks about recall: settings, reasons, conflicts, what will be forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any

from memviz.core.decay import DAY
from memviz.core.entry import Entry
from memviz.core.errors import KnownError
from memviz.core.events import RecallEvent
from memviz.core.memory import Store
from memviz.core.progress import Progress, no_progress
from memviz.core.query import Query
from memviz.core.recall_settings import SETTING, ConflictPolicy, RecallSettings, settings_from_json
from memviz.core.snapshot import Snapshot
from memviz.core.why_not import WhyNot
from memviz.recall.conflicts import Conflict, find_conflicts
from memviz.recall.why_not import why_hidden, why_not
from memviz.session.run import Run
from memviz.session.session import Session
from memviz.session.settling import settle as settle

#: Under this name a memory keeps the questions that are pinned to it.
PINNED_QUESTIONS = "pinned_questions"

#: Days ahead that a forecast looks.
FORECAST_DAYS = (7, 30, 365)


@dataclass(frozen=True, slots=True)
class Recalled:
    """What a question recalls, without asking a model. ``entries``: of every candidate, by id."""

    event: RecallEvent
    entries: Mapping[int, Entry]

    @property
    def injected(self) -> tuple[int, ...]:
        return tuple(one.entry_id for one in self.event.injected())


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a question recalls now, and what it will have lost.

    Attributes:
        question: its text.
        now: what it recalls now.
        lost: days ahead -> (entry, why it is not recalled then), in the order of today's ranks.
    """

    question: str
    now: Recalled
    lost: Mapping[int, tuple[tuple[Entry, str], ...]]


def recall_settings(session: Session) -> Future[RecallSettings]:
    """How the open memory is recalled. The future raises KnownError where it keeps what memviz does not understand."""
    return session.store_call(lambda store: settings_from_json(store.settings.get(SETTING, {})))


def change_recall_settings(session: Session, settings: RecallSettings) -> Future[None]:
    """Keeps the settings in the memory, for everyone who opens it."""
    return session.store_call(lambda store: store.change_settings({SETTING: settings.as_json()}))


def keep_recall_setting(session: Session, name: str, value: Any) -> Future[RecallSettings]:
    """Changes one setting of the memory for everyone; the future gives the settings as they were before.

    It raises :class:`KnownError` for a setting that does not exist, or a memory that cannot be written.
    """

    def keep(store: Store) -> RecallSettings:
        before = settings_from_json(store.settings.get(SETTING, {}))
        store.change_settings({SETTING: before.changed(**{name: value}).as_json()})
        return before

    return session.store_call(keep)


def pinned_questions(session: Session) -> Future[list[str]]:
    return session.store_call(_pinned)


def pin_questions(session: Session, questions: Iterable[str]) -> Future[list[str]]:
    """Pins these questions too, each once, after those that are pinned; the future gives all of them."""
    return _change_pinned(session, lambda pinned: [*pinned, *questions])


def unpin_questions(session: Session, questions: Iterable[str]) -> Future[list[str]]:
    """Pins these questions no longer; the future gives those that stay."""
    gone = {text.strip() for text in questions}
    return _change_pinned(session, lambda pinned: [text for text in pinned if text not in gone])


def _change_pinned(session: Session, change: Callable[[list[str]], list[str]]) -> Future[list[str]]:
    """Reads and writes them in one go, since two may be pinned in the same moment."""

    def changed(store: Store) -> list[str]:
        before = _pinned(store)
        after = list(dict.fromkeys(text.strip() for text in change(before) if text.strip()))
        if after != before:
            store.change_settings({PINNED_QUESTIONS: after or None})
        return after

    return session.store_call(changed)


def _pinned(store: Store) -> list[str]:
    return [str(text) for text in store.settings.get(PINNED_QUESTIONS, [])]


def recall_only(session: Session, query: Query) -> Future[Recalled]:
    """What a question recalls from the open memory."""
    return session.recall_call(lambda recaller, snapshot: _recalled(recaller, query, snapshot), as_of=query.as_of)


def why_not_recalled(
    session: Session, query: Query, entry_id: int, now: float | None = None, progress: Progress = no_progress
) -> Future[WhyNot]:
    """Why a question does not inject an entry, and the smallest changes that would bring it back.

    Args:
        now: the time by which entries have expired or faded; None: as ``query.as_of`` says.
        progress: called on the query thread, many times a second and with no figures; it may raise ``Cancelled``, as
            the future does then, and when the session is closed.
    """
    progress = session.stoppable(progress)

    def look(recaller: Any, snapshot: Snapshot) -> WhyNot:
        return why_not(recaller, query, snapshot if now is None else _At(snapshot, now), entry_id, progress)

    return session.recall_call(look, as_of=query.as_of)


def why_not_in_run(
    session: Session, run: Run, entry_id: int, version: int, progress: Progress = no_progress
) -> Future[WhyNot]:
    """Why a run did not inject an entry, asked of the memory as the run read it.

    Args:
        version: that the open memory has now.
        progress: as in :func:`why_not_recalled`.

    The future raises :class:`KnownError` where the run asked another memory, or its model recalls in another way and
    the entry is not hidden from every recall.
    """
    recall = run.trace.recall
    if recall is None or run.memory_url != session.memory_url:
        raise KnownError("This run did not ask the memory that is open; ask again to see why.")
    query = run.query if version == run.memory_version else replace(run.query, as_of=run.memory_version)
    if recall.settings is None:
        return session.recall_call(lambda _, snapshot: _hidden_from(recall, snapshot, entry_id), as_of=query.as_of)
    return why_not_recalled(session, query, entry_id, recall.now, progress)


def _hidden_from(recall: RecallEvent, snapshot: Snapshot, entry_id: int) -> WhyNot:
    """Why an entry is not recalled whatever the way of recall.

    Raises:
        KnownError: only the way of recall can tell.
    """
    for entry in snapshot.get([entry_id]):
        hidden = why_hidden(entry, recall.now)
        if hidden is not None:
            return WhyNot(entry_id, False, *hidden, ranks={}, score=None, parts={}, remedies=())
    raise KnownError(f"The model of this run is given entries by {recall.metric.split(',')[0]}, and by nothing else.")


def memory_conflicts(session: Session, progress: Progress = no_progress) -> Future[list[Conflict]]:
    """All conflicts of the open memory, settled ones too. Query thread; ``progress`` may raise Cancelled."""
    stoppable = session.stoppable(progress)
    return session.recall_call(lambda _, snapshot: find_conflicts(snapshot, stoppable))


def conflicts_and_version(session: Session, progress: Progress = no_progress) -> Future[tuple[int, list[Conflict]]]:
    """As :func:`memory_conflicts`, with the version of the memory that was looked at."""
    stoppable = session.stoppable(progress)
    return session.recall_call(lambda _, snapshot: (snapshot.version, find_conflicts(snapshot, stoppable)))


def forecast(
    session: Session, questions: Sequence[Query], days: Sequence[int] = FORECAST_DAYS
) -> Future[list[Forecast]]:
    """What these questions will no longer recall when the memory stays as it is and nobody uses it."""

    def look(recaller: Any, snapshot: Snapshot) -> list[Forecast]:
        return [_forecast(recaller, query, snapshot, days) for query in questions]

    return session.recall_call(look)


def _forecast(recaller: Any, query: Query, snapshot: Snapshot, days: Sequence[int]) -> Forecast:
    now = _recalled(recaller, query, snapshot)
    lost = {}
    for ahead in days:
        then = _recalled(recaller, query, _At(snapshot, snapshot.now + ahead * DAY))
        reasons = {one.entry_id: one.reason for one in then.event.candidates}
        lost[ahead] = tuple(
            (now.entries[entry_id], reasons.get(entry_id) or "it has expired by then")
            for entry_id in now.injected
            if entry_id not in then.injected
        )
    return Forecast(query.text, now, lost)


def _recalled(recaller: Any, query: Query, snapshot: Snapshot) -> Recalled:
    event: RecallEvent = recaller(query, snapshot)
    entries = snapshot.get([one.entry_id for one in event.candidates])
    return Recalled(event, {entry.id: entry for entry in entries})


class _At:
    """A snapshot at another time; what has expired by then is filtered by whoever looks."""

    def __init__(self, snapshot: Snapshot, now: float) -> None:
        self._snapshot = snapshot
        self.now = now

    def __getattr__(self, name: str) -> Any:
        return getattr(self._snapshot, name)


def queries_with(query: Query, settings: RecallSettings, policies: Sequence[ConflictPolicy]) -> list[Query]:
    """The same question under each policy, to be asked one after the other and compared."""
    return [replace(query, recall=settings.changed(policy=policy)) for policy in policies]
