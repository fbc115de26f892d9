"""Questions about recall through the session."""

from __future__ import annotations

import threading

import pytest

import memviz
from memviz.core.decay import DAY, Decay, DecayKind
from memviz.core.edits import Insert, Update
from memviz.core.entry import Kind
from memviz.core.errors import Cancelled, KnownError
from memviz.core.query import Query
from memviz.core.recall_settings import SETTING, ConflictPolicy, RecallSettings
from memviz.session import recalling
from memviz.session.run import RunState
from memviz.session.session import Session
from tests.session.scripted import ScriptedModel

FORGETS = RecallSettings(decay={Kind.FACT: Decay(DecayKind.EXPONENTIAL, 10.0)})


def test_the_memory_keeps_its_settings(session: Session, memory: str) -> None:
    assert recalling.recall_settings(session).result() == RecallSettings()
    recalling.change_recall_settings(session, FORGETS).result()
    session.open_memory(memory).result()
    assert recalling.recall_settings(session).result() == FORGETS
    session.store_call(lambda store: store.change_settings({SETTING: {"densest": 1}})).result()
    with pytest.raises(KnownError, match="densest"):
        recalling.recall_settings(session).result()


def test_recall_without_a_model(session: Session) -> None:
    recalled = recalling.recall_only(session, Query("who directed Alien")).result()
    assert recalled.injected[0] == 3
    assert recalled.entries[3].key == "Alien · director"


def test_why_not_and_trying_it(session: Session) -> None:
    session.edit(Update(3, enabled=False))
    found = recalling.why_not_recalled(session, Query("who directed Alien"), 3).result()
    assert found.cause == "disabled"
    assert found.remedies[0].edit is not None
    session.edit(found.remedies[0].edit)
    assert recalling.why_not_recalled(session, Query("who directed Alien"), 3).result().recalled


def test_why_not_beside_a_paused_run(session: Session) -> None:
    session.use_model(ScriptedModel(["one ", "two "])).result()
    run = session.ask("who directed Alien")
    run.pause()
    while run.state is not RunState.PAUSED:
        threading.Event().wait(0.001)
    found = recalling.why_not_recalled(session, run.query, 4).result(20)
    assert found.remedies
    run.cancel()
    run.wait()


@pytest.mark.parametrize("look", ["why", "conflicts"])
def test_a_session_that_closes_ends_long_looks(session: Session, look: str) -> None:
    begun, closing = threading.Event(), threading.Event()

    def progress(done: int, total: int, words: str) -> None:
        begun.set()
        closing.wait(20)

    if look == "why":
        future = recalling.why_not_recalled(session, Query("who directed Alien"), 4, progress=progress)
    else:
        session.edit(Insert(key="Alien · director", text="Alien was directed by Ann."))
        future = recalling.memory_conflicts(session, progress)
    assert begun.wait(20)
    closer = threading.Thread(target=session.close)
    closer.start()
    while not session._closing:
        threading.Event().wait(0.001)
    closing.set()
    closer.join(20)
    with pytest.raises(Cancelled):
        future.result(20)


def test_conflicts_are_settled_in_one_change_and_undone(session: Session) -> None:
    session.edit(
        Insert(key="Alien · director", text="Alien was directed by Ann.", confidence=0.3),
        Insert(key="The Piano · director", text="The Piano was directed by Bob."),
    )
    conflicts = recalling.memory_conflicts(session).result()
    assert [conflict.name for conflict in conflicts] == ["Alien · director", "The Piano · director"]
    change = recalling.settle(session, conflicts, ConflictPolicy.NEWEST).result()
    assert change.updated == (3, 4)
    assert [session.entry(entry_id).superseded_by for entry_id in (3, 4)] == [5, 6]
    assert all(conflict.settled for conflict in recalling.memory_conflicts(session).result())
    session.undo()
    assert [session.entry(entry_id).superseded_by for entry_id in (3, 4)] == [None, None]
    own = RecallSettings(policy=ConflictPolicy.CONFIDENT, exceptions={"The Piano · director": ConflictPolicy.BOTH})
    recalling.change_recall_settings(session, own).result()
    assert recalling.settle(session, conflicts).result().updated == (5,)


def test_the_model_is_told_that_entries_disagree(session: Session) -> None:
    session.edit(Insert(key="Alien · director", text="Alien was directed by Ann."))
    model = ScriptedModel(["?"])
    session.use_model(model).result()
    [query, *_] = recalling.queries_with(Query("who directed Alien"), RecallSettings(), [ConflictPolicy.BOTH])
    run = session.ask(query).wait()
    told = {entry.id: entry.text for entry in model.given}
    assert told[5] == "Alien was directed by Ann. (1 other entry disagrees about this)"
    assert run.recalled(5).text == "Alien was directed by Ann."


def test_forecast(session: Session) -> None:
    now = session.store_call(lambda store: store.snapshot()).result()
    session.edit(Update(1, expires=now.now + 100 * DAY))
    now.close()
    recalling.change_recall_settings(session, FORGETS).result()
    [told] = recalling.forecast(session, [Query("who directed Blade Runner")]).result()
    assert told.now.injected[0] == 1
    assert told.lost[7] == told.lost[30] == ()
    assert [entry.id for entry, _ in told.lost[365]] == list(told.now.injected)
    reasons = {entry.id: reason for entry, reason in told.lost[365]}
    assert "of it is left after 365 days" in reasons[2]
    assert reasons[1] == "it has expired by then"


def test_pinned_questions(session: Session) -> None:
    recalling.pin_questions(session, ["who?", " who? ", "", "when?"]).result()
    assert recalling.pinned_questions(session).result() == ["who?", "when?"]
    assert recalling.pin_questions(session, ["where?", "who?"]).result() == ["who?", "when?", "where?"]
    assert recalling.unpin_questions(session, [" when? ", "none"]).result() == ["who?", "where?"]
    assert recalling.unpin_questions(session, ["who?", "where?"]).result() == []
    assert recalling.pinned_questions(session).result() == []
    assert recalling.PINNED_QUESTIONS not in session.store_call(lambda store: store.settings).result()


def test_nothing_is_open() -> None:
    with Session() as session, pytest.raises(memviz.KnownError, match="No memory is open"):
        recalling.recall_only(session, Query("who")).result()
