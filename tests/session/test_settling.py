"""Decisions about conflicts, and taking them back."""

from __future__ import annotations

import pytest

from memviz.core.decay import DAY, Decay, DecayKind
from memviz.core.edits import Delete, Insert, Update
from memviz.core.entry import Entry, Kind
from memviz.core.memory import Store
from memviz.core.recall_settings import ConflictPolicy, RecallSettings
from memviz.recall.conflicts import Conflict
from memviz.session import fading, recalling, settling
from memviz.session.session import Session
from memviz.stores.sqlite import SQLiteStore

ANN = "Alien was directed by Ann."


@pytest.fixture
def conflict(session: Session) -> Conflict:
    """Entry 3 says Ridley Scott, the newer entry 5 says Ann."""
    session.edit(Insert(key="Alien · director", text=ANN, confidence=0.3))
    return recalling.memory_conflicts(session).result()[0]


def test_a_decision_leaves_the_times_as_they_are(session: Session, conflict: Conflict) -> None:
    before = session.entry(3)
    settling.settle(session, [conflict], ConflictPolicy.NEWEST).result()
    settled = session.entry(3)
    assert (settled.superseded_by, settled.updated) == (5, before.updated)
    settling.unsettle(session, [conflict]).result()
    assert session.entry(3) == before
    session.undo()
    assert session.entry(3) == settled


def test_taking_back_what_an_edit_superseded_makes_nothing_newer(session: Session, conflict: Conflict) -> None:
    before = session.entry(3)
    session.edit(Update(3, superseded_by=5))
    assert session.entry(3).updated > before.updated
    settling.unsettle(session, [conflict]).result()
    assert session.entry(3) == before
    session.edit(Update(3, superseded_by=5))
    session.edit(Update(3, text="Alien was directed by Bob."))
    edited = session.entry(3)
    settling.unsettle(session, [conflict]).result()
    assert session.entry(3).updated == edited.updated


def test_undo_brings_everything_back(session: Session, conflict: Conflict) -> None:
    session.edit(Update(3, tags=["film"], metadata={"turn": 3}, private=True))
    session.store_call(lambda store: store.mark_used([3])).result()
    before = session.entry(3)
    settling.settle(session, [conflict], ConflictPolicy.CONFIDENT).result()
    settling.settle(session, [conflict], ConflictPolicy.NEWEST).result()
    settled = [session.entry(3), session.entry(5)]
    settling.unsettle(session, [conflict]).result()
    session.undo()
    assert [session.entry(3), session.entry(5)] == settled
    while session.entry(3).superseded_by or session.entry(5).superseded_by:
        session.undo()
    assert session.entry(3) == before


def test_what_others_change_in_between_stays(
    session: Session, conflict: Conflict, memory: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = settling._current
    tags: list[str] = []
    quiet = iter([False, True, False, True])  # the decision is made again after somebody else's edit

    def then_changed(store: Store, conflicts: list[Conflict]) -> list[Entry]:
        found = read(store, conflicts)
        if not next(quiet):
            tags.append(f"seen {len(tags)}")
            beside = SQLiteStore.open(memory)
            beside.apply([Update(3, keep_time=True, tags=tags)])
            beside.close()
        return found

    monkeypatch.setattr(settling, "_current", then_changed)
    settling.settle(session, [conflict], ConflictPolicy.NEWEST).result()
    assert (session.entry(3).superseded_by, session.entry(3).tags) == (5, ("seen 0",))
    settling.unsettle(session, [conflict]).result()
    assert (session.entry(3).superseded_by, session.entry(3).tags) == (None, ("seen 0", "seen 1"))


def test_what_was_edited_meanwhile_is_judged_as_it_is_now(session: Session, conflict: Conflict) -> None:
    session.edit(Update(5, text="Alien was directed by Ridley Scott!"))
    assert settling.settle(session, [conflict], ConflictPolicy.NEWEST).result().updated == ()
    session.edit(Delete(5))
    assert settling.settle(session, [conflict], ConflictPolicy.NEWEST).result().updated == ()
    assert session.entry(3).superseded_by is None


def test_settlements_say_what_will_happen(conflict: Conflict) -> None:
    settings = RecallSettings(policy=ConflictPolicy.CONFIDENT)
    [one] = settling.settlements([conflict], settings)
    assert (one.policy, one.winner.id, [entry.id for entry in one.losers]) == (ConflictPolicy.CONFIDENT, 3, [5])
    [other] = settling.settlements([conflict], settings, ConflictPolicy.NEWEST)
    assert other.winner.id == 5
    both = settings.changed(exceptions={"Alien · director": ConflictPolicy.BOTH})
    assert settling.settlements([conflict], both) == []


def test_an_exception_is_kept_and_forgotten(session: Session, conflict: Conflict) -> None:
    changed = settling.change_exception(session, conflict.name, ConflictPolicy.BOTH).result()
    assert changed.exceptions == {"Alien · director": ConflictPolicy.BOTH}
    assert recalling.recall_settings(session).result() == changed
    assert settling.change_exception(session, conflict.name, None).result() == RecallSettings()


def test_a_sample_of_ages(session: Session) -> None:
    now = session.entry(1).updated
    old = [Insert(text=f"old {days}", created=now - days * DAY) for days in range(1, 40)]
    session.edit(*old, Insert(text="later", created=now + 10 * DAY))
    sample = fading.age_sample(session, 11).result()
    assert (sample.total, len(sample.entries)) == (44, 11)
    ages = [aged.age for aged in sample.entries]
    assert ages == sorted(ages, reverse=True)
    assert ages[0] == pytest.approx(39 * DAY, abs=60)
    assert ages[-1] < 0
    settings = RecallSettings(decay={Kind.FACT: Decay(DecayKind.EXPONENTIAL, 5.0)}, least_retention=0.5)
    below = sum(age > 5 * DAY for age in ages)
    assert fading.below_threshold(sample.entries, settings) == {Kind.FACT: below, **dict.fromkeys([*Kind][1:], 0)}
    assert fading.retention_of(sample.entries[-1], settings)[1] == 1.0


def test_when_an_entry_fades() -> None:
    entry = Entry(1, "", "x", updated=1_000.0, last_used=2_000.0, used_count=1)
    laws = {
        DecayKind.NONE: float("inf"),
        DecayKind.EXPONENTIAL: 1_000.0 + 10 * DAY,
        DecayKind.POWER: 1_000.0 + 10 * DAY,
        DecayKind.USE: 2_000.0 + 20 * DAY,
    }
    for kind, when in laws.items():
        settings = RecallSettings(decay={Kind.FACT: Decay(kind, 10.0)}, least_retention=0.5)
        assert fading.fades_at(entry, settings) == pytest.approx(when)
    expiring = Entry(1, "", "x", updated=1_000.0, expires=5_000.0)
    assert fading.fades_at(expiring, RecallSettings()) == 5_000.0
