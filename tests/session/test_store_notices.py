"""What is told of where a memory is kept, when that changes after it was opened."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from memviz.core.edits import Insert
from memviz.session import session as session_module
from memviz.session.session import Session


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.005)


class Lossy:
    """A store whose server is lost and found again by a test."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.notices: tuple[str, ...] = ("Kept loosely.",)
        self.fails = False

    def refresh(self) -> Any:
        if self.fails:
            raise OSError("gone")
        return self._store.refresh()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


@pytest.fixture
def stores(monkeypatch: pytest.MonkeyPatch) -> list[Lossy]:
    made: list[Lossy] = []
    opened = session_module.open_store

    def open_store(*args: Any, **options: Any) -> Lossy:
        made.append(Lossy(opened(*args, **options)))
        return made[-1]

    monkeypatch.setattr(session_module, "open_store", open_store)
    return made


def test_notices_that_change_are_told_once_and_those_of_the_opening_not_again(stores: list[Lossy]) -> None:
    told: list[tuple[str, ...]] = []
    with Session() as session:
        end = session.on_notices(lambda notices: 1 / 0)
        session.on_notices(told.append)
        assert session.open_memory("memory://a", create=True).result().notices == ("Kept loosely.",)
        stores[0].notices = ("Kept loosely.", "The server is lost.")
        until(lambda: len(told) == 1)
        session.edit(Insert(text="goes on"))  # a listener that fails stops nobody
        stores[0].notices, stores[0].fails = ("Kept loosely.",), True
        until(lambda: len(told) == 2)
        assert told == [("Kept loosely.", "The server is lost."), ("Kept loosely.",)]
        end()
        session.open_memory("memory://b", create=True).result()
        stores[1].notices = ()
        until(lambda: len(told) == 3)
        assert told[2] == ()


def test_a_question_of_words_alone_computes_no_vectors(session: Session) -> None:
    session.recalled("who directed Blade Runner?").result()
    assert (session.embedding_state.name, session.dense) == ("", None)
