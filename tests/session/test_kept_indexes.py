"""The index of a memory’s vectors is kept, and opened again beside a memory that may be another by then."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import memviz
from memviz.core.recall_settings import RecallSettings
from memviz.session import recalling
from memviz.session.embedding_state import NO_EMBEDDING
from memviz.session.memory_vectors import index_folder
from memviz.session.session import Session
from tests.session.scripted_embedder import SPACE, ScriptedEmbedder, first, until

pytestmark = pytest.mark.usefixtures("own_indexes")


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
