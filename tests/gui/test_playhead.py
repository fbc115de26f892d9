"""The playhead follows live runs, plays finished ones back, and never leaves the trace."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memviz.gui.playhead import PLAYBACK_RATE, Playhead
from memviz.gui.pump import Pump
from tests.gui.scenes import ANSWER, FakeRun, entries, events, trace_of

STEPS = len(ANSWER) + 1  # with the end mark


@pytest.fixture
def playhead(qtbot) -> Playhead:
    return Playhead()


def grow(run: FakeRun, steps: int) -> None:
    """Appends events until the trace has so many steps."""
    told = events(run.query, entries())
    for event in list(told)[len(run.trace) - 1 :]:
        if run.trace.steps >= steps:
            break
        run.trace.append(event)


def live_run(steps: int = 0) -> FakeRun:
    run = FakeRun(trace_of(upto=1))
    grow(run, steps)
    return run


def test_a_finished_run_is_shown_at_its_last_word(playhead) -> None:
    playhead.set_run(FakeRun(trace_of(), "finished"))
    assert (playhead.step, playhead.steps) == (STEPS - 2, STEPS)


def test_a_live_run_is_followed(playhead) -> None:
    run = live_run(1)
    playhead.set_run(run)
    seen: list[int] = []
    playhead.step_changed.connect(seen.append)
    grow(run, 3)
    playhead.tick(0.03)
    grow(run, 5)
    playhead.tick(0.03)
    assert seen == [2, 4]


def test_scrubbing_away_stops_following_and_the_end_takes_it_up_again(playhead) -> None:
    run = live_run(4)
    playhead.set_run(run)
    playhead.back()
    assert not playhead.follow
    grow(run, 6)
    playhead.tick(0.03)
    assert (playhead.step, playhead.steps) == (2, 6)
    playhead.last()
    assert playhead.follow


def test_space_pauses_and_resumes_a_live_run(playhead) -> None:
    run = live_run(1)
    playhead.set_run(run)
    playhead.toggle()
    playhead.toggle()
    assert run.calls == ["pause", "resume"]


def test_stepping_forward_at_the_end_of_a_paused_run_makes_one_more_token(playhead) -> None:
    run = live_run(3)
    playhead.set_run(run)
    playhead.pause()
    playhead.back()
    playhead.forward()
    assert "step" not in run.calls
    playhead.forward()
    assert run.calls[-1] == "step"


def test_playback_takes_the_time_that_its_speed_says(playhead) -> None:
    playhead.set_run(FakeRun(trace_of(), "finished"))
    playhead.last()
    playhead.set_speed(2.0)
    playhead.play()
    assert (playhead.step, playhead.playing) == (0, True)
    for _ in range(10):
        playhead.tick(0.1)
    assert playhead.step == int(2.0 * PLAYBACK_RATE)
    playhead.tick(10.0)
    assert (playhead.step, playhead.playing) == (STEPS - 1, False)


def test_without_a_trace_nothing_moves(playhead) -> None:
    for move in (playhead.first, playhead.last, playhead.forward, playhead.back, playhead.toggle, playhead.cancel):
        move()
    playhead.tick(1.0)
    assert (playhead.step, playhead.moving) == (-1, False)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.integers(-5, 20), st.sampled_from(["play", "pause", "forward", "back", "grow", "tick"]))))
def test_the_step_is_always_inside_the_trace(moves: list[int | str]) -> None:
    playhead, run = Playhead(), live_run(1)
    playhead.set_run(run)
    for move in moves:
        match move:
            case int():
                playhead.set_step(move)
            case "grow":
                grow(run, run.trace.steps + 1)
            case "tick":
                playhead.tick(0.4)
            case _:
                getattr(playhead, move)()
        assert 0 <= playhead.step < playhead.steps <= run.trace.steps


def test_the_pump_rests_when_nothing_moves(playhead, qtbot) -> None:
    pump = Pump(playhead)
    run = live_run(2)
    playhead.set_run(run)
    assert pump.awake
    grow(run, 4)
    qtbot.waitUntil(lambda: playhead.steps == 4)
    run.state = "finished"
    qtbot.waitUntil(lambda: not pump.awake)
    pump.hold()
    assert pump.awake
    pump.release()
    qtbot.waitUntil(lambda: not pump.awake)
