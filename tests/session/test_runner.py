from __future__ import annotations

import logging
import threading

import pytest

from memviz.core.errors import BugError, KnownError
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
