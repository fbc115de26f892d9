"""The bill of a run: its parts add up, and what it says follows from what happened."""

from __future__ import annotations

import pytest

from memviz.core.decay import Decay, DecayKind
from memviz.core.edits import Insert
from memviz.core.entry import Kind
from memviz.core.errors import KnownError
from memviz.core.events import Candidate, PromptEvent, RecallEvent, Slot
from memviz.core.query import Query
from memviz.core.recall_settings import RecallSettings
from memviz.core.trace import Trace
from memviz.session import recalling
from memviz.session.ledger import candidates_of, disagreements, passed, prompt_tokens, summary
from memviz.session.session import Session
from tests.session.scripted import ScriptedModel

EVERYTHING = RecallSettings(
    recency=0.4, confidence=0.3, use=0.2, decay={Kind.FACT: Decay(DecayKind.POWER, 3.0)}, owner="ann"
)
CANDIDATES = (
    Candidate(1, 1, 3.0, {"bm25": 3.0}, "injected", found={"lexical": 1}),
    Candidate(2, 2, 2.0, {"bm25": 2.0}, "injected", found={"lexical": 2, "dense": 1}),
    Candidate(5, 5, 1.8, {"bm25": 1.8}, "injected", found={"dense": 2}),
    Candidate(3, 6, 1.5, {"bm25": 1.5}, "cut", "faded", "decayed", {"lexical": 3}),
    Candidate(4, 7, 1.0, {"bm25": 1.0}, "cut", "too late", "rank", {"lexical": 4}),
)
RECALL = RecallEvent(CANDIDATES, "BM25, higher is better", ("x",), 1, 0.0)


@pytest.mark.parametrize("settings", [RecallSettings(), EVERYTHING])
def test_the_parts_of_every_candidate_add_up_to_its_score(session: Session, settings: RecallSettings) -> None:
    session.edit(
        Insert(key="Alien · director", text="Alien was directed by Ann.", owner="bob", confidence=0.4),
        Insert(key="Alien · year", text="Alien was released in 1979.", owner="ann", confidence=0.1),
    )
    session.use_model(ScriptedModel()).result()
    run = session.ask(Query("who directed Alien or Blade Runner?", recall=settings, pinned=(4,), limit=2)).wait()
    rows = run.as_dict()["entries"]
    assert len(rows) >= 5
    assert {"injected", "cut"} == {row["status"] for row in rows}
    for row in rows:
        assert sum(row["parts"].values()) == pytest.approx(row["score"], abs=1e-6)
        assert bool(row["cause"]) == bool(row["reason"]) == (row["status"] == "cut")
    by_score = sorted(rows, key=lambda row: (-sum(row["parts"].values()), row["id"]))
    assert [row["rank"] for row in by_score] == list(range(1, len(rows) + 1))


def test_what_the_prompt_had_no_room_for_is_cut_by_the_budget() -> None:
    trace = Trace(Query("x"))
    trace.append(RECALL)
    slots = (Slot(0, "sink", "<s>"), Slot(1, "entry", "one", 1, ((1, 4), (6, 8))), Slot(2, "question", "?"))
    trace.append(PromptEvent("x", ("t",) * 9, slots, cut=(Candidate(2, 2, 2.0, {}, "cut", "no room"),)))
    rows = candidates_of(trace)
    assert [(one.entry_id, one.status, one.cause) for one in rows[:2]] == [(1, "injected", ""), (2, "cut", "budget")]
    assert rows[1].parts == {"bm25": 2.0}
    assert prompt_tokens(trace.prompt) == {1: 5}
    said = summary(RECALL, rows, trace.prompt)
    assert said[:3] == [
        "2 of 5 candidates injected",
        "cut: 1 budget, 1 decayed, 1 rank",
        "tokens: 5 by entries, 9 in all",
    ]
    assert "found: 4 by words, 2 by vectors, 1 by both" in said


def test_recall_and_model_may_disagree() -> None:
    assert disagreements(CANDIDATES, {1: 0.1, 2: 0.001, 5: 0.3}) == {
        2: "injected, unused",
        5: "most attention, low rank",
    }
    assert disagreements(CANDIDATES, {1: 0.4, 2: 0.1, 5: 0.3}) == {}
    assert disagreements(CANDIDATES, {}) == {}
    assert [passed(one) for one in CANDIDATES] == ["passed", "passed", "passed", "decayed", "passed"]


def test_why_not_is_asked_of_the_memory_of_the_run(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    session.use_model(ScriptedModel()).result()
    run = session.ask("who directed Alien", limit=1).wait()
    version = session.store_call(lambda store: store.version).result()
    found = recalling.why_not_in_run(session, run, 1, version).result()
    assert (found.cause, found.recalled) == ("share", False)
    asked: list[int | float | None] = []
    monkeypatch.setattr(session, "recall_call", lambda call, *, as_of=None: asked.append(as_of))
    recalling.why_not_in_run(session, run, 1, version)
    recalling.why_not_in_run(session, run, 1, version + 1)
    assert asked == [None, run.memory_version]  # a memory that was edited since is asked as it was
    alone = session.ask("who directed Alien", use_memory=False).wait()
    with pytest.raises(KnownError, match="did not ask the memory"):
        recalling.why_not_in_run(session, alone, 1, version)


def test_one_setting_is_kept_for_the_memory(session: Session) -> None:
    before = recalling.keep_recall_setting(session, "recency", 0.5).result()
    assert before == RecallSettings()
    assert recalling.recall_settings(session).result() == RecallSettings(recency=0.5)
    with pytest.raises(KnownError, match="from"):
        recalling.keep_recall_setting(session, "least_retention", 7).result()
    assert recalling.recall_settings(session).result() == RecallSettings(recency=0.5)


@pytest.mark.parametrize(
    ("pinned", "words"), [((0,), "1 or more"), ((True,), "1 or more"), ((2, 2), "twice"), (tuple(range(1, 102)), "101")]
)
def test_what_cannot_be_pinned(session: Session, pinned: tuple[int, ...], words: str) -> None:
    with pytest.raises(KnownError, match=words):
        session.ask(Query("who?", pinned=pinned))
