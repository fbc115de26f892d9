"""What worker threads say arrives in the GUI thread, in order, and not after the end."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from PySide6.QtCore import QObject, QThread

from memviz.core.errors import Cancelled, KnownError
from memviz.gui.bridge import Bridge


@pytest.fixture
def bridge(qtbot) -> Bridge:
    return Bridge()


@pytest.fixture
def worker():
    with ThreadPoolExecutor(1) as pool:
        yield pool


def test_results_arrive_in_the_gui_thread(bridge, worker, qtbot, qapp) -> None:
    seen: list[tuple[int, bool]] = []
    future = worker.submit(lambda: 7)
    bridge.watch(future, lambda value: seen.append((value, QThread.currentThread() is qapp.thread())))
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == [(7, True)]


def test_ten_thousand_calls_arrive_in_order(bridge, worker, qtbot) -> None:
    """Some PySide6 versions abort after some hundred emissions."""
    seen: list[int] = []
    worker.submit(lambda: [bridge.post(seen.append, number) for number in range(10_000)])
    qtbot.waitUntil(lambda: len(seen) == 10_000)
    assert seen == list(range(10_000))


def test_an_error_goes_to_its_handler_or_to_failed(bridge, worker, qtbot) -> None:
    def fail() -> None:
        raise KnownError("no")

    handled: list[BaseException] = []
    with qtbot.waitSignal(bridge.failed) as failed:
        bridge.watch(worker.submit(fail), handled.append)
    assert isinstance(failed.args[0], KnownError)
    assert not handled
    bridge.watch(worker.submit(fail), lambda _: None, handled.append)
    qtbot.waitUntil(lambda: len(handled) == 1)


def test_a_cancelled_job_is_no_error(bridge, worker, qtbot) -> None:
    def stop() -> None:
        raise Cancelled("stopped")

    failed: list[object] = []
    bridge.failed.connect(failed.append)
    done: list[str] = []
    bridge.watch(worker.submit(stop), lambda _: None)
    never: Future[None] = Future()
    never.cancel()
    bridge.watch(never, lambda _: None)
    bridge.watch(worker.submit(str), done.append)
    qtbot.waitUntil(lambda: done == [""])
    assert failed == []


def test_nothing_is_delivered_to_the_dead_or_after_the_end(bridge, qtbot) -> None:
    class Listener(QObject):
        heard = 0

        def hear(self) -> None:
            Listener.heard += 1

    import shiboken6

    listener = Listener()
    bridge.post(listener.hear)
    shiboken6.delete(listener)
    seen: list[int] = []
    bridge.post(seen.append, 1)
    qtbot.waitUntil(lambda: seen == [1])
    bridge.post(seen.append, 2)
    bridge.close()
    bridge.post(seen.append, 3)
    thread = threading.Thread(target=bridge.post, args=(seen.append, 4))
    thread.start()
    thread.join()
    qtbot.wait(1)  # one turn of the event loop
    assert Listener.heard == 0
    assert seen == [1]
