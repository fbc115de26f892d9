"""Pause, step and cancel at any moment; the session stays usable and every generator is closed."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator

import pytest

from memviz.core.errors import BugError, KnownError
from memviz.core.events import Event, FinishEvent, OutputEvent
from memviz.session.run import Run, RunState
from memviz.session.session import Session
from tests.session.scripted import ScriptedModel


@pytest.fixture
def session():
    with Session() as session:
        yield session


def wait_for(run: Run, *states: RunState) -> None:
    with run._changed:
        assert run._changed.wait_for(lambda: run.state in states, timeout=20), run


class GatedModel(ScriptedModel):
    """Waits for permission before every event."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Semaphore(0)

    def _events(self, query, entries) -> Iterator[Event]:
        for event in super()._events(query, entries):
            assert self.gate.acquire(timeout=20)
            yield event


def ask(session: Session, model: ScriptedModel | None = None, **options) -> Run:
    if model is not None:
        session.use_model(model).result()
    return session.ask("who?", **options)


def test_answer_and_events(session: Session):
    model = ScriptedModel()
    run = ask(session, model).wait(20)
    assert run.state is RunState.FINISHED
    assert run.answer == "one two three"
    assert isinstance(list(run.trace)[-1], FinishEvent)
    assert model.ended.is_set()
    assert run.trace.notices[0].message == "No memory is open."


def test_step_goes_to_the_end_of_the_next_step(session: Session):
    model = GatedModel()
    run = ask(session, model)
    run.pause()
    run.step()
    model.gate.release(100)
    wait_for(run, RunState.PAUSED)
    assert run.trace.steps == 1
    run.step()
    run.step()
    with run._changed:
        assert run._changed.wait_for(lambda: run.trace.steps == 3 and run.state is RunState.PAUSED, timeout=20)
    run.resume()
    assert run.wait(20).state is RunState.FINISHED


def test_step_of_a_free_running_run_pauses_it(session: Session):
    model = GatedModel()
    run = ask(session, model)
    run.step()
    model.gate.release(100)
    wait_for(run, RunState.PAUSED)
    assert run.trace.steps == 1
    run.cancel()
    assert run.wait(20).state is RunState.CANCELLED


@pytest.mark.parametrize("after", range(10))
def test_cancel_after_any_event(session: Session, after: int):
    """The scripted run has 8 model events and a finish; before each of them the run is cancelled."""
    model = GatedModel()
    run = ask(session, model)
    for _ in range(after):
        model.gate.release()
    with run._changed:
        run._changed.wait_for(lambda: len(run.trace) > after, timeout=0.05)
    run.cancel()
    model.gate.release(100)
    run.wait(20)
    finish = run.trace.finish
    assert finish is not None
    assert (run.state, finish.reason) in [(RunState.CANCELLED, "cancelled"), (RunState.FINISHED, "end")]
    assert list(run.trace)[-1] is finish
    assert after > 7 or run.state is RunState.CANCELLED
    follower = session.ask("and now?").wait(20)
    assert follower.answer == "one two three"
    assert model.ended.is_set()


def test_cancel_while_it_waits_behind_another(session: Session):
    model = GatedModel()
    first = ask(session, model)
    second = session.ask("second")
    called = threading.Event()
    second.add_done_callback(lambda run: called.set())
    second.cancel()
    assert second.wait(20).state is RunState.CANCELLED
    assert second.trace.finish == FinishEvent("cancelled", "")
    model.gate.release(100)
    assert first.wait(20).state is RunState.FINISHED
    assert called.wait(20)
    assert len(model.asked) == 1


def test_cancel_is_idempotent_and_late_cancel_changes_nothing(session: Session):
    run = ask(session, ScriptedModel()).wait(20)
    run.cancel()
    run.cancel()
    assert run.state is RunState.FINISHED
    assert sum(isinstance(event, FinishEvent) for event in run.trace) == 1


def test_random_controls_from_two_threads(session: Session):
    """Whatever is pressed, every run ends and the next one answers."""
    model = ScriptedModel([" x"] * 50)
    session.use_model(model).result()
    dice = random.Random(7)
    for _ in range(60):
        run = session.ask("who?")
        presses = [dice.choice([run.pause, run.resume, run.step]) for _ in range(10)]
        presser = threading.Thread(target=lambda presses=presses: [press() for press in presses])
        presser.start()
        for _ in range(5):
            dice.choice([run.pause, run.resume, run.step])()
        presser.join()
        dice.choice([run.cancel, run.resume])()
        run.wait(20)
        assert run.trace.finish is not None
    assert session.ask("last", max_tokens=50).wait(20).trace.steps == 50


def test_failure_keeps_the_trace(session: Session, caplog: pytest.LogCaptureFixture):
    model = ScriptedModel(fail_at=1)
    run = ask(session, model)
    with pytest.raises(ArithmeticError):
        run.wait(20)
    assert run.state is RunState.FAILED
    assert run.trace.steps == 1
    assert run.answer == "one"
    assert run.trace.finish.reason == "failed"
    assert model.ended.is_set()
    assert ask(session, ScriptedModel()).wait(20).answer == "one two three"
    assert "scripted failure" in caplog.text


def test_model_without_finish_event_is_a_bug(session: Session):
    class Endless(ScriptedModel):
        def _events(self, query, entries):
            yield OutputEvent(0, "x", 0, -1.0)

    with pytest.raises(BugError, match="FinishEvent"):
        ask(session, Endless()).wait(20)


def test_without_model_the_run_says_so(session: Session):
    with pytest.raises(KnownError, match="No model is loaded"):
        ask(session).wait(20)


def test_wait_on_the_query_thread_is_refused(session: Session):
    errors: list[BaseException] = []

    def wait(run: Run) -> None:
        try:
            run.wait()
        except BugError as error:
            errors.append(error)

    session.use_model(GatedModel()).result()
    run = session.ask("who?")
    run.add_done_callback(wait)
    session.model.gate.release(100)
    run.wait(20)
    session.close()
    assert len(errors) == 1


def test_timeout(session: Session):
    model = GatedModel()
    run = ask(session, model)
    with pytest.raises(TimeoutError):
        run.wait(0.01)
    model.gate.release(100)
    run.wait(20)


def test_done_callback_once_on_the_query_thread(session: Session):
    names: list[str] = []
    model = GatedModel()
    run = ask(session, model)
    run.add_done_callback(lambda run: names.append(threading.current_thread().name))
    model.gate.release(100)
    run.wait(20)
    run.add_done_callback(lambda run: names.append(threading.current_thread().name))
    session.close()
    assert names == ["memviz-query", "memviz-query"]


def test_closing_cancels_a_paused_run_and_those_behind_it():
    session = Session()
    model = ScriptedModel()
    session.use_model(model).result()
    paused = session.ask("first")
    paused.pause()
    waiting = session.ask("second")
    session.close()
    session.close()
    assert {paused.state, waiting.state} <= {RunState.CANCELLED, RunState.FINISHED}
    assert waiting.state is RunState.CANCELLED
    assert model.closed
    with pytest.raises(KnownError, match="closed"):
        session.ask("third")


def test_replaced_model_is_closed_after_the_run_that_uses_it(session: Session):
    old = GatedModel()
    run = ask(session, old)
    replaced = session.use_model(ScriptedModel([" new"]))
    assert not old.closed
    old.gate.release(100)
    assert run.wait(20).answer == "one two three"
    replaced.result()
    assert old.closed
    assert session.ask("who?").wait(20).answer == "new"


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("", {}, "empty"),
        (" \n\t ", {}, "empty"),
        ("x" * 500_000, {}, "500,000 characters"),
        ("\ud800", {}, "surrogate"),
        ("who?", {"max_tokens": 0}, "1 token"),
        ("who?", {"temperature": float("nan")}, "temperature"),
        ("who?", {"temperature": -1.0}, "temperature"),
        ("who?", {"top_p": 0.0}, "top-p"),
        ("who?", {"limit": 0}, "entry"),
        ("who?", {"seed": -1}, "seed"),
    ],
)
def test_bad_queries_are_refused_at_once(session: Session, text: str, options: dict, words: str):
    with pytest.raises(KnownError, match=words):
        session.ask(text, **options)


def test_options_reach_the_model(session: Session):
    model = ScriptedModel()
    run = ask(session, model, max_tokens=2, seed=5, use_memory=False).wait(20)
    assert model.asked[0][0].seed == 5
    assert run.answer == "one two"
    assert run.as_dict()["memory"] is None
