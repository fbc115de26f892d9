"""Vectors of the open memory: computed, and kept up to date while it is edited."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import memviz
from memviz.core.errors import Cancelled, KnownError
from memviz.core.vectors import VectorRow
from memviz.session import memory_vectors
from memviz.session.embedders import choice_from_json, embedded_text
from memviz.session.embedding_state import NO_EMBEDDING
from memviz.session.session import Session
from tests.session.scripted_embedder import SPACE, ScriptedEmbedder, first, until, vectors_of

pytestmark = pytest.mark.usefixtures("own_indexes")


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
