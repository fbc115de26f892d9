"""Vectors of the open memory, kept up to date while it is edited, closed, and opened again."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import memviz
from memviz.core.errors import Cancelled, KnownError
from memviz.core.recall_settings import RecallSettings
from memviz.core.vectors import VectorRow
from memviz.session import embedders, memory_vectors, recalling, registry
from memviz.session.embedders import choice_from_json, embedded_text
from memviz.session.embedding_state import NO_EMBEDDING
from memviz.session.memory_vectors import index_folder
from memviz.session.session import Session

SPACE = "scripted · 16"


class ScriptedEmbedder:
    """A text's vector counts its letters; can be held before it embeds."""

    space, dimension, truncated = SPACE, 16, 0

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.free = threading.Event()
        self.free.set()
        self.waiting = threading.Event()
        self.closed = False

    def understands(self, text: str) -> float:
        return 1.0

    def embed(self, texts: Sequence[str], *, query: bool = False) -> np.ndarray:
        assert not self.closed
        if not query:
            self.waiting.set()
            assert self.free.wait(30)
            self.seen += texts
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            for character in text.lower():
                vectors[row, ord(character) % self.dimension] += 1
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def embedder(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedEmbedder]:
    made = ScriptedEmbedder()

    def load(table: Mapping[str, str], name: str) -> Any:
        if name != "builtin":
            return registry.load(table, name)
        made.closed = False
        return lambda: made

    monkeypatch.setattr(embedders, "load", load)
    yield made
    made.free.set()


@pytest.fixture(autouse=True)
def _own_indexes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMVIZ_DATA_HOME", str(tmp_path / "data"))


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.005)


def vectors_of(session: Session, space: str = SPACE) -> int:
    return session.store_call(lambda store: store.vector_spaces()).result().get(space, (0, 0))[1]


def first(session: Session, text: str) -> int | None:
    found = session.dense.search(text, limit=1) if session.dense is not None else []
    return found[0].entry_id if found else None


def test_every_entry_gets_a_vector_and_is_found(session: Session, embedder: ScriptedEmbedder) -> None:
    assert (session.embedding_state, session.dense) == (NO_EMBEDDING, None)
    told: list[tuple[int, int, str]] = []
    state = session.use_embedder("builtin", progress=lambda *step: told.append(step)).result()
    assert (state.name, state.space, state.done, state.total) == ("builtin", SPACE, 4, 4)
    assert (state.working, state.kind, state.notice, dict(state.others)) == ("", "Flat", "", {})
    assert (0, 4, "computing vectors") in told
    assert session.dense is not None
    assert (session.dense.count, session.dense.exact, session.dense.space) == (4, True, SPACE)
    assert first(session, "The Piano was directed by Jane Campion.") == 4
    assert session.store_call(lambda store: store.settings["embedder"]).result() == {"name": "builtin"}


def test_changes_are_followed(session: Session, embedder: ScriptedEmbedder) -> None:
    session.use_embedder("builtin").result()
    session.edit(memviz.Update(2, text="zzzz zzzz zzzz", key="zz"), memviz.Insert(key="", text="qqqq qqqq"))
    until(lambda: (first(session, "zzzz"), first(session, "qqqq")) == (2, 5))
    session.edit(memviz.Delete(2))
    until(lambda: session.dense.count == 4 and first(session, "zzzz") != 2)
    session.undo()
    until(lambda: first(session, "zzzz") == 2)
    before = len(embedder.seen)
    session.edit(memviz.Update(1, confidence=0.5), memviz.Update(5, text="xxxx xxxx"))
    until(lambda: first(session, "xxxx") == 5)
    assert len(embedder.seen) == before + 1  # what only another field changed in has its vector still
    until(lambda: session.embedding_state.done == 5)


def test_rows_that_are_loaded_are_embedded_too(session: Session, embedder: ScriptedEmbedder) -> None:
    session.use_embedder("builtin").result()
    rows = [{"key": f"row {number}", "text": f"number {number}"} for number in range(300)]
    session._told(session.store_call(lambda store: store.load(rows, 300)).result())
    until(lambda: vectors_of(session) == 304 and session.dense.count == 304)


def test_an_entry_that_changes_while_it_is_embedded_is_embedded_again(
    session: Session, embedder: ScriptedEmbedder
) -> None:
    embedder.free.clear()
    working = session.use_embedder("builtin")
    assert embedder.waiting.wait(20)
    assert session.embedding_state.working
    session.edit(memviz.Update(3, text="zzzz zzzz", key="zz"), memviz.Insert(key="", text="qqqq qqqq"))
    session.edit(memviz.Delete(1))
    embedder.free.set()
    assert working.result().done == 4
    until(lambda: (first(session, "zzzz"), first(session, "qqqq")) == (3, 5))
    assert vectors_of(session) == session.dense.count == 4


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


def test_changes_are_followed_after_an_embedder_failed(
    session: Session, embedder: ScriptedEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory_vectors, "_ENTRIES", 1)
    embed = embedder.embed

    def fails(texts: Sequence[str], *, query: bool = False) -> np.ndarray:
        if not query and any("Alien" in text for text in texts):
            raise KnownError("It cannot read this.")
        return embed(texts, query=query)

    monkeypatch.setattr(embedder, "embed", fails)
    with pytest.raises(KnownError, match="cannot read this"):
        session.use_embedder("builtin").result()
    session.edit(memviz.Update(1, text="zzzz zzzz", key="zz"), memviz.Delete(2))
    until(lambda: session.dense.count == 1 and first(session, "zzzz") == 1)
    until(lambda: (session.embedding_state.done, session.embedding_state.total) == (1, 3))
    state = session.embedding_state
    assert (state.stopped, state.working, state.notice) == (True, "", "It cannot read this.")


def test_a_start_reads_what_was_kept(memory: str, embedder: ScriptedEmbedder) -> None:
    with Session() as session:
        session.open_memory(memory).result()
        session.use_embedder("builtin").result()
        session.edit(memviz.Update(2, text="zzzz zzzz", key="zz"))
        until(lambda: first(session, "zzzz") == 2)
    seen = len(embedder.seen)
    with Session() as session:
        session.open_memory(memory)
        state = session.use_remembered_embedder().result()
        assert (state.name, state.done, state.notice) == ("builtin", 4, "")
        assert first(session, "zzzz") == 2
        session.edit(memviz.Update(3, text="qqqq qqqq", key="q"))
        until(lambda: first(session, "qqqq") == 3)
    assert len(embedder.seen) == seen + 1
    with Session() as session:
        session.open_memory(memory)
        session.use_embedder(None).result()
        assert session.use_remembered_embedder().result() == NO_EMBEDDING
        assert session.dense is None


def test_an_index_older_than_the_store_catches_up(memory: str, embedder: ScriptedEmbedder, tmp_path: Path) -> None:
    folder = index_folder(f"sqlite:///{memory}", SPACE)
    with Session() as session:
        session.open_memory(memory).result()
        session.use_embedder("builtin").result()
    shutil.copytree(folder, tmp_path / "older")
    with Session() as session:
        session.open_memory(memory).result()
        session.use_remembered_embedder().result()
        session.edit(memviz.Update(2, text="zzzz zzzz", key="zz"), memviz.Delete(4))
        until(lambda: first(session, "zzzz") == 2)
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "older", folder)
    with Session() as session:
        session.open_memory(memory).result()
        state = session.use_remembered_embedder().result()
        assert (state.notice, session.dense.count) == ("", 3)
        assert first(session, "zzzz") == 2


def test_an_index_newer_than_the_store_is_built_anew(memory: str, embedder: ScriptedEmbedder, tmp_path: Path) -> None:
    with Session() as session:
        session.open_memory(memory).result()
        session.use_embedder("builtin").result()
    shutil.copy(memory, tmp_path / "backup")
    with Session() as session:
        session.open_memory(memory).result()
        session.use_remembered_embedder().result()
        session.edit(memviz.Update(2, text="zzzz zzzz", key="zz"))
        until(lambda: first(session, "zzzz") == 2)
    shutil.copy(tmp_path / "backup", memory)
    for beside in ("-wal", "-shm"):
        Path(memory + beside).unlink(missing_ok=True)
    with Session() as session:
        session.open_memory(memory).result()
        state = session.use_remembered_embedder().result()
        assert "built anew" in state.notice
        assert first(session, "Blade Runner was released in 1982.") == 2


def test_a_damaged_index_is_built_anew_with_a_notice(memory: str, embedder: ScriptedEmbedder) -> None:
    with Session() as session:
        session.open_memory(memory).result()
        session.use_embedder("builtin").result()
    (index_folder(f"sqlite:///{memory}", SPACE) / "index.json").write_text("{")
    with Session() as session:
        session.open_memory(memory).result()
        state = session.use_remembered_embedder().result()
        assert "damaged" in state.notice
        assert session.dense.count == 4


def test_without_room_on_the_disk_the_index_is_in_memory(
    session: Session, embedder: ScriptedEmbedder, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir(exist_ok=True)
    (tmp_path / "data" / "indexes").write_text("a file, where a folder should be")
    state = session.use_embedder("builtin").result()
    assert "cannot be kept" in state.notice
    assert session.dense.count == 4


def test_another_memory_takes_its_own_vectors(session: Session, embedder: ScriptedEmbedder, tmp_path: Path) -> None:
    session.use_embedder("builtin").result()
    old = session.dense
    session.open_memory(str(tmp_path / "other.sqlite"), create=True).result()
    until(lambda: session.dense is None)
    until(lambda: old.search("anything", limit=3) == [])  # a run that still has it finds nothing
    assert session.embedding_state == NO_EMBEDDING
    state = session.use_embedder("builtin").result()
    assert (state.done, state.total, session.dense.search("anything", limit=3)) == (0, 0, [])
    session.edit(memviz.Insert(key="", text="zzzz"))
    until(lambda: first(session, "zzzz") == 1)


def test_a_session_closes_while_vectors_are_computed(
    memory: str, embedder: ScriptedEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory_vectors, "_ENTRIES", 2)
    with Session() as session:
        session.open_memory(memory)
        embedder.free.clear()
        working = session.use_embedder("builtin")
        assert embedder.waiting.wait(20)
        threading.Timer(0.1, embedder.free.set).start()
    with pytest.raises(Cancelled):
        working.result()
    assert embedder.closed


def test_vectors_of_another_space_are_told_and_dropped_when_asked(session: Session, embedder: ScriptedEmbedder) -> None:
    entry = session.entry(1)
    row = VectorRow(1, entry.updated, np.ones(3, np.float32))
    session.store_call(lambda store: store.put_vectors("older", [row])).result()
    state = session.use_embedder("builtin").result()
    assert dict(state.others) == {"older": (3, 1)}
    with pytest.raises(KnownError, match=r"no vectors of “none”; it has “older”"):
        session.drop_vectors("none").result()
    session.drop_vectors("older").result()
    assert vectors_of(session, "older") == 0
    session.drop_vectors(SPACE).result()
    assert session.dense is None
    assert vectors_of(session) == 0
    assert session.use_embedder("builtin").result().done == 4


def test_the_same_space_with_another_dimension_is_a_sentence(session: Session, embedder: ScriptedEmbedder) -> None:
    row = VectorRow(1, session.entry(1).updated, np.ones(3, np.float32))
    session.store_call(lambda store: store.put_vectors(SPACE, [row])).result()
    with pytest.raises(KnownError, match="numbers"):
        session.use_embedder("builtin").result()
    assert "numbers" in session.embedding_state.notice
    session.drop_vectors(SPACE).result()
    assert session.use_embedder("builtin").result().done == 4


def test_an_embedder_that_fails_is_told_and_not_remembered(session: Session, embedder: ScriptedEmbedder) -> None:
    with pytest.raises(KnownError, match="no prefixes"):
        session.use_embedder("builtin", query_prefix="query: ").result()
    with pytest.raises(KnownError, match="no model folder"):
        session.use_embedder("/no/such/folder").result()
    assert "no model folder" in session.embedding_state.notice
    assert session.store_call(lambda store: store.settings.get("embedder")).result() is None


def test_a_memory_that_grows_gets_an_approximate_index_that_is_checked_and_kept(
    memory: str, embedder: ScriptedEmbedder
) -> None:
    with Session() as session:
        session.open_memory(memory).result()
        session.use_embedder("builtin").result()
        index = session.dense.index
        index.exact_up_to = 100
        session.edit(*(memviz.Insert(key="", text=f"{'abcdefghij'[n % 10] * (n // 10 + 1)} zz") for n in range(200)))
        until(lambda: session.embedding_state.check is not None)
        state = session.embedding_state
        assert (state.kind, state.done, session.dense.exact) == ("IVF5,SQ8", 204, False)
        assert state.check.recall > 0.9
        recalling.change_recall_settings(session, RecallSettings(probes=2)).result()
        assert (state.check.probes, session.check_index().result().probes) == (32, 2)
        session.edit(memviz.Update(7, text="0123456789"))
        until(lambda: first(session, "0123456789") == 7)
    with Session() as session:
        session.open_memory(memory).result()
        session.use_remembered_embedder().result()
        assert session.dense.count == 204
        assert first(session, "0123456789") == 7


def test_no_memory_no_vectors() -> None:
    with Session() as session, pytest.raises(KnownError, match="No memory is open"):
        session.use_embedder("builtin").result()


def test_the_index_is_checked_when_asked(session: Session, embedder: ScriptedEmbedder) -> None:
    with pytest.raises(KnownError, match="No embedder"):
        session.check_index().result()
    session.use_embedder("builtin").result()
    assert session.check_index().result().recall == 1.0


def test_what_is_embedded_names_its_subject() -> None:
    def of(key: str, text: str) -> str:
        return embedded_text(memviz.Entry(id=1, key=key, text=text))

    assert of("Blade Runner · year", "Blade Runner was released in 1982.") == "Blade Runner was released in 1982."
    assert of("星球大战", "科幻片，哈里森·福特主演") == "星球大战: 科幻片，哈里森·福特主演"
    assert of("Rome · met", "We met there.") == "Rome: We met there."
    assert of("Rome · met", " ") == "Rome · met"
    assert of("", "We met.") == "We met."


def test_settings_that_make_no_sense_name_no_embedder() -> None:
    assert [choice_from_json(value) for value in (None, "", 3, {"name": 4}, [])] == [None] * 5
    choice = choice_from_json({"name": "e5", "query_prefix": "query: ", "passage_prefix": 3})
    assert choice is not None
    assert (choice.name, choice.query_prefix, choice.passage_prefix) == ("e5", "query: ", None)
