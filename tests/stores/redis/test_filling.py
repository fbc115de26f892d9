"""While a large mirror is filled: nothing is blocked, all of it can be cancelled, and it is told how far it is."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from memviz.core.edits import Insert
from memviz.core.errors import Cancelled, KnownError
from memviz.session.session import Session
from memviz.stores.redis import filler, following
from memviz.stores.redis.catch_up import catch_up
from memviz.stores.redis.store import RedisStore
from tests.redis_servers import server
from tests.stores.redis.conftest import Open

_ROWS = 700


@pytest.fixture
def full(client: Open, url: str) -> RedisStore:
    store = client("ann", url)
    store.load([{"text": f"row {number}"} for number in range(_ROWS)], _ROWS)
    return store


@pytest.fixture
def held(full: RedisStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Mirrors are filled in the background, and not before this is set; what ends the filling ends it."""
    go = threading.Event()

    def fill(*arguments: Any, report: Callable[[int], None]) -> None:
        while not go.wait(0.005):
            report(0)
        catch_up(*arguments, report=report)

    monkeypatch.setattr(following, "MANY", 100)
    monkeypatch.setattr(following, "LONG", 0.0)
    monkeypatch.setattr(filler, "catch_up", fill)
    yield go
    go.set()


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    monkeypatch.setenv("MEMVIZ_DATA_HOME", str(tmp_path / "home"))
    with Session(progress=lambda *told: _told.append(told)) as session:
        _told.clear()
        yield session


_told: list[tuple[int, int, str]] = []


def _wait_until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_rows_are_shown_while_edits_and_questions_wait(
    session: Session, url: str, full: RedisStore, held: threading.Event
) -> None:
    session.open_memory(url).result()
    first = session.edit_async(Insert(text="first"))
    taken: list[int] = []
    looking = threading.Thread(target=lambda: taken.append(_count_of(session)))
    looking.start()
    second = session.edit_async(Insert(text="second"))
    found = session.store_call(lambda store: list(store.search_ids("row")))
    assert [entry.text for entry in session.entries(limit=2)] == ["row 0", "row 1"]
    _wait_until(lambda: any(words == "copying the memory to this computer" for _, _, words in _told))
    assert _told[-1][:2] == (0, _ROWS)
    assert not any((first.done(), second.done(), found.done(), taken))
    assert "copy of the memory is being made (0 % of 700" in " ".join(session.store_call(_notices).result())
    held.set()
    assert (first.result(10).inserted, second.result(10).inserted) == ((_ROWS + 1,), (_ROWS + 2,))
    assert len(found.result(10)) == _ROWS
    looking.join()
    assert taken[0] >= _ROWS
    assert session.store_call(_notices).result() == ()
    full.refresh()
    assert full.count == _ROWS + 2  # each was made once


def test_closing_ends_the_filling_and_what_waits_for_it(session: Session, url: str, held: threading.Event) -> None:
    session.open_memory(url).result()
    waiting: list[Future[Any]] = [session.edit_async(Insert(text="never")), session.store_call(_searched)]
    begun = time.monotonic()
    session.close()
    assert time.monotonic() - begun < 1.0
    for future in waiting:
        with pytest.raises(Cancelled):
            future.result(0)


def test_what_waits_is_never_done_to_another_memory(
    session: Session, url: str, held: threading.Event, tmp_path: Path
) -> None:
    session.open_memory(url).result()
    edit = session.edit_async(Insert(text="never"))
    begun = time.monotonic()
    session.open_memory(str(tmp_path / "other.sqlite"), create=True).result(5)
    assert time.monotonic() - begun < 1.0
    with pytest.raises(Cancelled):
        edit.result(5)
    assert session.entries() == []


def test_a_store_of_its_own_waits_with_progress_and_can_be_cancelled(
    client: Open, url: str, held: threading.Event
) -> None:
    ben = client("ben", url)
    told: list[tuple[int, int, str]] = []

    def progress(*now: Any) -> None:
        told.append(now)
        if len(told) == 2:
            raise Cancelled

    ben.while_filling = progress
    with pytest.raises(Cancelled):
        ben.search_ids("row")
    assert told[0] == (0, _ROWS, "copying the memory to this computer")
    ben.while_filling = lambda *_: held.set()
    assert len(ben.search_ids("row")) == _ROWS


def test_a_filling_whose_server_hangs_ends_at_once(
    client: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "MANY", 100)
    with server(tmp_path / "server") as hanging:
        ann = client("ann", f"{hanging.url}/notes")
        ann.load([{"text": f"row {number}"} for number in range(_ROWS)], _ROWS)
        asking = threading.Event()

        def fill(*arguments: Any, report: Callable[[int], None]) -> None:
            hanging.pause()
            asking.set()
            catch_up(*arguments, report=report)

        with monkeypatch.context() as patch:
            patch.setattr(filler, "catch_up", fill)
            ben = client("ben", ann.url)
            assert asking.wait(10)
            begun = time.monotonic()
            ben.close()
            assert time.monotonic() - begun < 1.0
        hanging.go_on()


def test_a_filling_that_fails_is_told_and_tried_again(
    client: Open, url: str, full: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "MANY", 100)
    with monkeypatch.context() as patch:
        patch.setattr(filler, "catch_up", _fails)
        ben = client("ben", url)
        with pytest.raises(KnownError, match="no room"):
            ben.search_ids("row")
    assert len(ben.search_ids("row")) == _ROWS


def _fails(*_: Any, **__: Any) -> None:
    raise KnownError("There is no room.")


def _count_of(session: Session) -> int:
    snapshot = session._snapshot()
    assert snapshot is not None
    try:
        return snapshot.count
    finally:
        snapshot.close()


def _searched(store: Any) -> list[int]:
    return list(store.search_ids("row"))


def _notices(store: Any) -> tuple[str, ...]:
    return store.notices
