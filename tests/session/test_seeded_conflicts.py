"""Each policy keeps its promise for every seeded conflict, by policy and by decision, and undo restores all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from memviz.core.entry import Entry
from memviz.core.query import Query
from memviz.core.recall_settings import ConflictPolicy, RecallSettings
from memviz.core.snapshot import Snapshot
from memviz.recall.conflicts import Conflict
from memviz.session import recalling
from memviz.session.session import Session
from tests.session.seeded import BOTH, CONFIDENT, MARK, NEWEST, POLICIES, SOURCES, Seeded, seed

#: (Facts of the movie memory, None: all; how many of them have a newer value.) The last takes about two minutes.
SIZES = [
    pytest.param((3_000, 300), id="300"),
    pytest.param((3_000, 1_000), id="1000", marks=pytest.mark.slow),
    pytest.param((None, 1_000), id="1000 of all", marks=pytest.mark.slow),
]


@pytest.fixture(scope="module", params=SIZES)
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, list[Seeded]]:
    facts, conflicts = request.param
    path = str(tmp_path_factory.mktemp("seeded") / "movies.sqlite")
    with Session() as session:
        session.open_memory(path, create=True).result()
        return path, seed(session, facts, conflicts)


@pytest.fixture
def movies(filled: tuple[str, list[Seeded]]) -> Iterator[tuple[Session, list[Seeded]]]:
    """Every test leaves the memory as it found it."""
    path, seeded = filled
    with Session() as session:
        session.open_memory(path).result()
        yield session, seeded


def recalled(session: Session, seeded: list[Seeded], policy: ConflictPolicy) -> list[set[int]]:
    """What is injected of each seeded fact's entries."""
    settings = RecallSettings(policy=policy)

    def ask(recaller: Any, snapshot: Snapshot) -> list[set[int]]:
        events = (recaller(Query(one.question, recall=settings), snapshot) for one in seeded)
        return [{hit.entry_id for hit in event.injected()} & one.ids for one, event in zip(seeded, events, strict=True)]

    return session.recall_call(ask).result()


def broken(seeded: list[Seeded], found: list[set[int]], promised: ConflictPolicy) -> list[str]:
    return [
        f"{one.question}: {sorted(ids)} instead of {sorted(one.promised[promised])}"
        for one, ids in zip(seeded, found, strict=True)
        if ids != one.promised[promised]
    ]


def seeded_among(session: Session, seeded: list[Seeded]) -> list[Conflict]:
    """The conflicts that were seeded, of all that are found; the memory may have others of its own."""
    wanted = {frozenset(one.ids) for one in seeded}
    found = recalling.memory_conflicts(session).result()
    return [one for one in found if frozenset(entry.id for entry in one.entries) in wanted]


def whole(session: Session) -> list[Entry]:
    def read(recaller: Any, snapshot: Snapshot) -> list[Entry]:
        return list(snapshot.scan())

    return session.recall_call(read).result()


def test_the_patterns_tell_the_policies_apart(movies: tuple[Session, list[Seeded]]) -> None:
    _, seeded = movies
    assert len(seeded) in (300, 1_000)
    for one in (NEWEST, CONFIDENT, SOURCES):
        for other in {NEWEST, CONFIDENT, SOURCES} - {one}:
            assert any(fact.promised[one] != fact.promised[other] for fact in seeded)


def test_all_of_them_are_found(movies: tuple[Session, list[Seeded]]) -> None:
    session, seeded = movies
    conflicts = seeded_among(session, seeded)
    assert len(conflicts) == len({frozenset(one.ids) for one in seeded}) == len(seeded)
    assert not any(conflict.settled for conflict in conflicts)


@pytest.mark.parametrize("policy", POLICIES)
def test_a_policy_recalls_what_it_promises(movies: tuple[Session, list[Seeded]], policy: ConflictPolicy) -> None:
    session, seeded = movies
    assert broken(seeded, recalled(session, seeded, policy), policy) == []


@pytest.mark.parametrize("policy", [NEWEST, CONFIDENT, SOURCES])
def test_a_decision_recalls_what_it_promises_and_undo_restores_all(
    movies: tuple[Session, list[Seeded]], policy: ConflictPolicy
) -> None:
    session, seeded = movies
    before = whole(session)
    conflicts = seeded_among(session, seeded)
    change = recalling.settle(session, conflicts, policy).result()
    losers = set().union(*(one.ids - one.promised[policy] for one in seeded))
    assert set(change.updated) == losers
    assert [replace(entry, superseded_by=None) for entry in whole(session)] == before  # nothing else, nothing dropped
    assert all(conflict.settled for conflict in seeded_among(session, seeded))
    assert broken(seeded, recalled(session, seeded, MARK), policy) == []
    if policy is NEWEST:
        assert broken(seeded, recalled(session, seeded, BOTH), BOTH) == []
    session.undo()
    assert whole(session) == before
