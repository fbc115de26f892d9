from __future__ import annotations

import logging
import threading

import pytest

from memviz.core.errors import BugError, Cancelled, KnownError, NotYet
from memviz.session.runner import Worker


@pytest.fixture
def worker():
    worker = Worker("memviz-test")
    yield worker
    worker.close()


def test_calls_run_in_order_on_one_named_thread(worker: Worker):
    seen: list[tuple[int, str]] = []
    futures = [worker.submit(lambda at: seen.append((at, threading.current_thread().name)), at) for at in range(20)]
    for future in futures:
        future.result()
    assert seen == [(at, "memviz-test") for at in range(20)]


def test_pulses_come_between_calls_and_fail_without_harm(caplog: pytest.LogCaptureFixture):
    beats = threading.Semaphore(0)

    def beat() -> None:
        beats.release()
        raise KnownError("No beat.")

    worker = Worker("memviz-test", beat, 0.01)
    assert not beats.acquire(timeout=0.05)
    worker.submit(int).result()
    assert all(beats.acquire(timeout=5) for _ in range(3))
    assert worker.submit(lambda: 7).result() == 7
    worker.close()
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_no_thread_before_the_first_call(worker: Worker):
    assert not worker.started


def test_bug_is_logged_and_in_the_future(worker: Worker, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.INFO, "memviz"):
        future = worker.submit(lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            future.result()
        worker.close()
    assert [(record.levelname, record.exc_info[0]) for record in caplog.records] == [("ERROR", ZeroDivisionError)]


def test_known_error_is_no_log_error(worker: Worker, caplog: pytest.LogCaptureFixture):
    def fail() -> None:
        raise KnownError("Plug it in.")

    with caplog.at_level(logging.INFO, "memviz"):
        with pytest.raises(KnownError):
            worker.submit(fail).result()
        worker.close()
    assert [record.levelname for record in caplog.records] == ["INFO"]


class Later:
    """Calls that are possible once ``ready`` is set, and tell in which order they were done."""

    def __init__(self) -> None:
        self.ready = threading.Event()
        self.done: list[int] = []

    def call(self, number: int) -> int:
        if not self.ready.is_set():
            raise NotYet("Not yet.")
        self.done.append(number)
        return number


def test_what_is_not_possible_yet_is_tried_again_in_order_and_others_overtake_it(worker: Worker):
    later = Later()
    futures = [worker.submit(later.call, number) for number in range(5)]
    assert worker.submit(lambda: 7).result(5) == 7
    assert not any(future.done() for future in futures)
    later.ready.set()
    assert worker.submit(later.call, 5).result(5) == 5
    assert [future.result(0) for future in futures] == [0, 1, 2, 3, 4]
    assert later.done == [0, 1, 2, 3, 4, 5]


def test_what_is_not_possible_yet_goes_on_without_anything_newer(worker: Worker):
    later = Later()
    future = worker.submit(later.call, 1)
    worker.submit(int).result(5)
    later.ready.set()
    assert future.result(5) == 1


@pytest.mark.parametrize("how", ["stop_waiting", "close"])
def test_what_is_not_possible_yet_is_cancelled(worker: Worker, how: str):
    later = Later()
    future = worker.submit(later.call, 1)
    if how == "close":
        worker.close()
    else:
        worker.submit(worker.stop_waiting).result(5)
    with pytest.raises(Cancelled):
        future.result(5)
    later.ready.set()
    assert later.done == []


def test_an_impatient_worker_does_not_try_again(worker: Worker):
    later = Later()
    before = worker.submit(later.call, 1)
    worker.be_impatient()
    with pytest.raises(Cancelled):
        before.result(5)
    with pytest.raises(Cancelled):
        worker.submit(later.call, 2).result(5)


def test_waiting_for_itself_is_refused(worker: Worker):
    def wait_for_itself() -> None:
        worker.wait(worker.submit(int))

    with pytest.raises(BugError):
        worker.submit(wait_for_itself).result()


def test_close_does_what_is_queued_and_refuses_more(worker: Worker):
    gate, done = threading.Event(), []
    worker.submit(gate.wait)
    worker.submit(done.append, 1)
    gate.set()
    worker.close()
    worker.close()
    assert done == [1]
    with pytest.raises(KnownError):
        worker.submit(int)
