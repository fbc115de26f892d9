"""A question through the whole walk, on a real store and real recall."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest

from memviz.core.edits import Update
from memviz.core.errors import KnownError
from memviz.core.events import FinishEvent, PromptEvent, RecallEvent
from memviz.session.run import RunState
from memviz.session.session import Session
from tests.session.scripted import ScriptedModel

QUESTION = "who directed Blade Runner?"


@pytest.fixture
def model(session: Session) -> ScriptedModel:
    model = ScriptedModel([" Ridley", " Scott"])
    session.use_model(model).result()
    return model


def test_one_walk(session: Session, model: ScriptedModel):
    run = session.ask(QUESTION).wait(20)
    kinds = [type(event) for event in run.trace]
    assert kinds[:2] == [RecallEvent, PromptEvent]
    assert kinds[-1] is FinishEvent
    assert run.answer == "Ridley Scott"
    assert run.model_name == "scripted"
    assert run.memory_version == 1
    assert run.memory_count == 4
    injected = [row.id for row in run.entries() if row.status == "injected"]
    assert model.asked[0][1] == injected
    assert injected[0] == 1
    assert [row.rank for row in run.entries()] == list(range(1, len(run.entries()) + 1))


def test_shares_leave_the_sink_out(session: Session, model: ScriptedModel):
    run = session.ask(QUESTION).wait(20)
    injected = [row for row in run.entries() if row.status == "injected"]
    even = 1 / (len(injected) + 1)  # the entries and the question share what the sink does not get
    assert [row.attention for row in injected] == pytest.approx([even] * len(injected))


def test_as_dict_is_json_with_the_promised_keys(session: Session, model: ScriptedModel, memory: str):
    value = session.ask(QUESTION).wait(20).as_dict()
    assert json.loads(json.dumps(value, allow_nan=False)) == value
    assert {"query", "answer", "model", "memory", "entries", "steps", "timings"} <= value.keys()
    assert value["memory"] == {"url": f"sqlite:///{Path(memory).as_posix()}", "version": 1, "entries": 4}
    assert {"id", "key", "text", "rank", "score", "attention", "status"} <= value["entries"][0].keys()
    assert [step["token"] for step in value["steps"]] == [" Ridley", " Scott"]
    weights = value["steps"][0]["read_weights"]
    assert list(weights) == [str(row["id"]) for row in value["entries"] if row["status"] == "injected"]
    assert sum(weights.values()) == pytest.approx(0.5 * len(weights) / (len(weights) + 1))
    assert {"recall", "total"} <= value["timings"].keys()


@pytest.mark.parametrize("query", ["?!… —", "who is the", "星球大战"])
def test_nothing_recalled_asks_without_memory_and_says_so(session: Session, model: ScriptedModel, query: str):
    run = session.ask(query).wait(20)
    assert model.asked[0][1] == []
    assert run.state is RunState.FINISHED
    recall_says, model_says = (notice.message for notice in run.trace.notices)
    assert "word" in recall_says
    assert "without memory" in model_says


def test_run_keeps_the_memory_it_read(session: Session, model: ScriptedModel):
    run = session.ask(QUESTION).wait(20)
    session.edit(Update(1, text="Blade Runner was directed by Jane Campion."))
    assert run.entries()[0].text == "Blade Runner was directed by Ridley Scott."
    again = session.ask(QUESTION).wait(20)
    assert again.entries()[0].text == "Blade Runner was directed by Jane Campion."
    assert (run.memory_version, again.memory_version) == (1, 2)


def test_use_is_counted_after_a_finished_run_only(session: Session, model: ScriptedModel):
    cancelled = session.ask(QUESTION)
    cancelled.pause()
    cancelled.cancel()
    cancelled.wait(20)
    assert session.entry(1).used_count == 0
    version = session.store_call(lambda store: store.version).result()
    session.ask(QUESTION).wait(20)
    assert session.entry(1).used_count == 1
    assert session.entry(1).last_used is not None
    assert session.store_call(lambda store: store.version).result() == version


def test_memory_can_be_replaced_while_a_run_waits(session: Session, model: ScriptedModel, tmp_path: Path):
    paused = session.ask(QUESTION)
    paused.step()
    info = session.open_memory(str(tmp_path / "other.sqlite"), create=True).result()
    assert (info.name, info.count, info.read_only) == ("other", 0, False)
    paused.resume()
    assert paused.wait(20).state is RunState.FINISHED
    after = session.ask(QUESTION).wait(20)
    assert after.memory_count == 0
    assert after.entries() == []


def test_a_question_to_the_past_sees_the_entries_of_then(session: Session, model: ScriptedModel):
    session.edit(Update(1, text="Blade Runner was directed by Jane Campion.", enabled=False))
    assert session.ask(QUESTION).wait(20).recalled(1) is None
    used = session.store_call(lambda store: [entry.used_count for entry in store.get([1, 2, 3, 4])])
    before = used.result()
    run = session.ask(QUESTION, as_of=1).wait(20)
    assert (run.memory_version, run.memory_count) == (1, 4)
    assert [notice.message for notice in run.trace.notices] == [
        "The memory is asked as of version 1 (number of entries: 4)."
    ]
    was = run.recalled(1)
    assert was is not None
    assert was.text == "Blade Runner was directed by Ridley Scott."
    assert model.asked[-1][1][0] == 1
    assert session.ask(QUESTION, as_of=0.0).wait(20).memory_count == 0
    after = session.store_call(lambda store: [entry.used_count for entry in store.get([1, 2, 3, 4])])
    assert after.result() == before  # who only looks back uses nothing


def test_a_version_that_never_was_fails_the_run(session: Session, model: ScriptedModel):
    run = session.ask(QUESTION, as_of=7)
    with pytest.raises(KnownError, match="version 7; choose one from 0 to 1"):
        run.wait(20)
    assert run.state is RunState.FAILED
    assert model.asked == []


def test_key_hashing_reads_anew_what_expires_until_then(session: Session):
    from memviz.recall.key_hashing import KeyHashingRecaller

    with Session(recaller=KeyHashingRecaller()) as other:
        other.use_model(ScriptedModel(["x"])).result()
        other.open_memory(session.memory_url).result()
        other.edit(Update(1, expires=time.time() + 1_000))
        now, later = (other.ask(QUESTION, as_of=when).wait(20) for when in (None, time.time() + 5_000))
    assert [now.recalled(1) is None, later.recalled(1) is None] == [False, True]
    assert now.memory_version == later.memory_version == 2


def test_what_expires_between_two_questions_is_told_by_the_second(session: Session):
    from memviz.recall.key_hashing import KeyHashingRecaller
    from memviz.session.recalling import why_not_in_run

    with Session(recaller=KeyHashingRecaller()) as other:
        other.use_model(ScriptedModel(["x"])).result()
        other.open_memory(session.memory_url).result()
        soon = time.time() + 0.3
        other.edit(Update(1, expires=soon), Update(2, enabled=False))
        runs = [other.ask(QUESTION).wait(20)]
        while time.time() < soon:
            threading.Event().wait(0.01)
        runs.append(other.ask(QUESTION).wait(20))
        reasons = [why_not_in_run(other, runs[1], entry_id, 2).result(20) for entry_id in (1, 2)]
        with pytest.raises(KnownError, match="by nearness"):
            why_not_in_run(other, runs[1], 4, 2).result(20)
    assert [run.recalled(1) is None for run in runs] == [False, True]
    assert [why.cause for why in reasons] == ["expired", "disabled"]
    assert "no recall sees it any more" in reasons[0].reason
