"""Computing vectors is stopped or cancelled: nothing is lost, and it goes on when it is wanted."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence

import numpy as np
import pytest

import memviz
from memviz.core.errors import Cancelled
from memviz.session import memory_vectors
from memviz.session.memory_vectors import index_folder
from memviz.session.session import Session
from tests.session.scripted_embedder import SPACE, ScriptedEmbedder, first, until, vectors_of

pytestmark = pytest.mark.usefixtures("own_indexes")


def test_a_cancelled_job_loses_nothing_and_goes_on(
    session: Session, embedder: ScriptedEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory_vectors, "_ENTRIES", 2)

    def stop(done: int, total: int, words: str) -> None:
        if done == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        session.use_embedder("builtin", progress=stop).result()
    assert vectors_of(session) == 2
    assert session.dense.count == 2
    assert session.embedding_state.notice
    assert not session.embedding_state.working
    session.edit(memviz.Insert(key="", text="qqqq"))
    until(lambda: first(session, "qqqq") == 5)
    seen = len(embedder.seen)
    assert session.use_embedder("builtin").result().done == 5
    assert len(embedder.seen) == seen + 2


@pytest.fixture
def stopped(session: Session, embedder: ScriptedEmbedder, monkeypatch: pytest.MonkeyPatch) -> Session:
    """After the first of four entries."""
    monkeypatch.setattr(memory_vectors, "_ENTRIES", 1)
    embedder.free.clear()
    working = session.use_embedder("builtin")
    assert embedder.waiting.wait(20)
    session.stop_embedding()
    embedder.free.set()
    with pytest.raises(Cancelled):
        working.result()
    return session


def test_stopping_from_outside(stopped: Session, embedder: ScriptedEmbedder) -> None:
    until(lambda: stopped.embedding_state.done == 1)
    state = stopped.embedding_state
    assert (state.stopped, state.working, state.total, vectors_of(stopped)) == (True, "", 4, 1)
    assert state.notice.startswith("Stopped")
    state = stopped.use_embedder("builtin").result()
    assert (state.done, state.stopped, state.notice) == (4, False, "")


def test_changes_are_followed_after_a_stop_and_nothing_else_is_computed(
    stopped: Session, embedder: ScriptedEmbedder
) -> None:
    stopped.edit(memviz.Update(1, text="zzzz zzzz", key="zz"), memviz.Update(3, text="qqqq qqqq", key="q"))
    stopped.edit(memviz.Insert(key="", text="xxxx xxxx"))
    until(lambda: (first(stopped, "zzzz"), first(stopped, "qqqq"), first(stopped, "xxxx")) == (1, 3, 5))
    stopped.edit(memviz.Delete(1))
    until(lambda: stopped.dense.count == 2 and first(stopped, "zzzz") != 1)
    rows = [{"key": f"row {number}", "text": f"number {number}"} for number in range(20)]
    stopped._told(stopped.store_call(lambda store: store.load(rows, 20)).result())
    until(lambda: stopped.embedding_state.total == 24)
    state = stopped.embedding_state
    assert (state.stopped, state.working, state.done, vectors_of(stopped)) == (True, "", 2, 2)
    assert state.notice.startswith("Stopped")
    assert len(embedder.seen) == 4
    assert stopped.use_embedder("builtin").result().done == 24


def test_a_stop_is_over_when_nothing_is_missing(stopped: Session) -> None:
    stopped.edit(memviz.Delete(2), memviz.Delete(3), memviz.Update(4, text="zzzz zzzz", key="zz"))
    until(lambda: not stopped.embedding_state.stopped)
    state = stopped.embedding_state
    assert (state.done, state.total, state.notice, first(stopped, "zzzz")) == (2, 2, "", 4)
    rows = [{"key": f"row {number}", "text": f"number {number}"} for number in range(20)]
    stopped._told(stopped.store_call(lambda store: store.load(rows, 20)).result())
    until(lambda: stopped.embedding_state.done == 22)


def test_an_index_that_was_not_read_whole_is_read_after_the_stop(
    memory: str, embedder: ScriptedEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Session() as session:
        session.open_memory(memory).result()
        session.use_embedder("builtin").result()
    shutil.rmtree(index_folder(f"sqlite:///{memory}", SPACE))
    monkeypatch.setattr(memory_vectors, "_VECTORS", 1)

    def stop(done: int, total: int, words: str) -> None:
        if words == "reading vectors":
            raise Cancelled

    with Session() as session:
        session.open_memory(memory).result()
        seen = len(embedder.seen)
        with pytest.raises(Cancelled):
            session.use_remembered_embedder(progress=stop).result()
        until(lambda: session.dense.count == 4 and not session.embedding_state.stopped)
        assert len(embedder.seen) == seen


def test_many_changes_can_be_stopped_too(
    session: Session, embedder: ScriptedEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.use_embedder("builtin").result()
    monkeypatch.setattr(memory_vectors, "_ENTRIES", 1)
    embed, seen = embedder.embed, len(embedder.seen)

    def stops(texts: Sequence[str], *, query: bool = False) -> np.ndarray:
        if len(embedder.seen) == seen + 1 and not query:
            assert session.embedding_state.working == memory_vectors.FOLLOWING
            session.stop_embedding()
        return embed(texts, query=query)

    monkeypatch.setattr(embedder, "embed", stops)
    session.edit(*(memviz.Update(entry_id, text=f"{entry_id} zzzz", key="") for entry_id in (1, 2, 3, 4)))
    until(lambda: session.embedding_state.stopped and session.embedding_state.done == 2)
    assert vectors_of(session) == session.dense.count == 2
    assert len(embedder.seen) == seen + 2


def test_making_lists_can_be_stopped_and_is_not_begun_again_by_a_change(
    session: Session, embedder: ScriptedEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.use_embedder("builtin").result()
    index = session.dense.index
    index.exact_up_to = 100
    make_lists, made = index.make_lists, []

    def stops(progress: Callable[[int, int, str], None]) -> None:
        made.append(1)
        session.stop_embedding()
        make_lists(progress)

    monkeypatch.setattr(index, "make_lists", stops)
    session.edit(*(memviz.Insert(key="", text=f"{'abcdefghij'[n % 10] * (n // 10 + 1)} zz") for n in range(200)))
    until(lambda: session.embedding_state.stopped and session.embedding_state.done == 204)
    session.edit(memviz.Update(7, text="0123456789"))
    until(lambda: first(session, "0123456789") == 7)
    until(lambda: not session.embedding_state.working)
    state = session.embedding_state
    assert (state.stopped, state.total, state.kind, made) == (True, 204, "Flat", [1])


def test_a_choice_that_is_cancelled_at_once_leaves_no_index_behind(
    session: Session, embedder: ScriptedEmbedder
) -> None:
    session.use_embedder("builtin").result()

    def stop(done: int, total: int, words: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        session.use_embedder("/another/folder", progress=stop).result()
    assert session.dense is None  # nobody would follow changes for it
