"""Editing and reading the memory through the session."""

from __future__ import annotations

import threading
from pathlib import Path
from queue import Queue

import pytest

import memviz
from memviz.core.edits import Change, Insert
from memviz.core.errors import BugError
from memviz.session.bundled import memory_file
from memviz.session.session import Session
from memviz.stores.in_memory import forget


def test_edit_undo_redo_history(session: Session):
    change = session.edit(memviz.Update(1, text="new"), memviz.Delete(2), memviz.Insert(text="added"))
    assert (change.updated, change.deleted, change.inserted) == ((1,), (2,), (5,))
    assert session.entry(1).text == "new"
    assert session.undo() is not None
    assert session.entry(1).text == "Blade Runner was directed by Ridley Scott."
    assert session.entry(2).text == "Blade Runner was released in 1982."
    assert session.redo() is not None
    with pytest.raises(memviz.KnownError, match="no entry 2"):
        session.entry(2)
    assert [row.kind for row in session.history(1)] == ["redo", "undo", "edit", "edit"]


def test_search_and_list(session: Session):
    assert [entry.id for entry in session.entries()] == [1, 2, 3, 4]
    assert [entry.id for entry in session.entries("campion")] == [4]
    assert len(session.entries(limit=2)) == 2


def test_listeners_hear_what_another_session_does(session: Session, memory: str):
    heard: Queue[Change] = Queue()
    session.on_change(heard.put)
    with Session() as other:
        other.open_memory(memory).result()
        other.edit(memviz.Update(1, text="theirs"), initiator="their table")
    change = heard.get(timeout=5)
    assert (change.updated, change.initiator) == ((1,), "their table")
    session.edit(memviz.Update(1, text="ours"))
    assert heard.get(timeout=5).initiator == "api"
    assert heard.empty()


def test_listeners_hear_every_change_on_the_store_thread(session: Session):
    heard: list[tuple[str, str, str]] = []

    def listen(change: Change) -> None:
        heard.append((change.kind, change.initiator, threading.current_thread().name))

    unsubscribe = session.on_change(listen)
    session.edit(memviz.Update(1, text="new"), initiator="table")
    session.undo()
    session.redo()
    unsubscribe()
    session.undo()
    assert heard == [
        ("edit", "table", "memviz-store"),
        ("undo", "api", "memviz-store"),
        ("redo", "api", "memviz-store"),
    ]


def test_failing_listener_harms_nobody(session: Session, caplog: pytest.LogCaptureFixture):
    heard: list[Change] = []
    session.on_change(lambda change: 1 / 0)
    session.on_change(heard.append)
    session.edit(memviz.Update(1, text="new"))
    assert len(heard) == 1
    assert "ZeroDivisionError" in caplog.text


def test_refused_edit_changes_nothing_and_tells_nobody(session: Session):
    heard: list[Change] = []
    session.on_change(heard.append)
    with pytest.raises(memviz.KnownError):
        session.edit(memviz.Update(1, text="new"), memviz.Delete(99))
    assert session.entry(1).text == "Blade Runner was directed by Ridley Scott."
    assert heard == []


def test_blocking_call_on_the_store_thread_is_refused(session: Session):
    with pytest.raises(BugError):
        session.store_call(lambda store: session.entry(1)).result()


def test_a_memory_that_cannot_be_opened_leaves_the_old_one(session: Session, memory: str, tmp_path: Path):
    (tmp_path / "text.sqlite").write_text("not a database")
    for bad in (str(tmp_path / "missing.sqlite"), str(tmp_path / "text.sqlite"), "redis://localhost/0", " "):
        with pytest.raises(memviz.KnownError):
            session.open_memory(bad).result()
    assert session.memory_name == "four"
    assert session.entry(1).id == 1


def test_addresses_of_one_file(memory: str):
    with Session() as session:
        info = session.open_memory(f"sqlite:///{memory}").result()
        assert session.open_memory(info.url).result() == info
        assert session.memory_url == info.url


def test_a_memory_without_a_file_is_kept_while_others_are_open(memory: str):
    with Session() as session:
        info = session.open_memory("memory://session-test").result()
        assert (info.url, info.name, info.count) == ("memory://session-test", "session-test", 0)
        session.edit(Insert(text="kept"))
        session.open_memory(memory).result()
        assert session.open_memory("memory://session-test").result().count == 1
        for odd in ("memory://", "memory:///a", "memory://a b"):
            with pytest.raises(memviz.KnownError, match=r"memory://(name|scratch)\.$"):
                session.open_memory(odd).result()
    forget("session-test")


def test_without_memory_the_sentence_says_so():
    with Session() as session, pytest.raises(memviz.KnownError, match="No memory is open"):
        session.entries()


def test_closed_session_refuses(memory: str):
    session = Session()
    session.open_memory(memory).result()
    session.close()
    session.close()
    assert session.memory_url == ""
    with pytest.raises(memviz.KnownError, match="closed"):
        session.entries()


def test_cannot_be_closed_on_its_own_thread(session: Session):
    with pytest.raises(BugError):
        session.store_call(lambda store: session.close()).result()


def test_bundled_memory_is_unpacked_once_with_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MEMVIZ_DATA_HOME", str(tmp_path))
    reports: list[tuple[int, int]] = []
    with Session(progress=lambda done, total, words: reports.append((done, total))) as session:
        info = session.open_memory("movies").result()
        assert (info.name, info.count) == ("movies", 78_962)
        assert max(total for _, total in reports) > 0
        assert session.entries("blade runner director")[0].key == "Blade Runner · director"
    written = memory_file("movies").stat().st_mtime_ns
    with Session() as session:
        session.open_memory("movies").result()
    assert memory_file("movies").stat().st_mtime_ns == written
    assert [path.name for path in (tmp_path / "memories").iterdir()] == ["movies.sqlite"]


def test_unpacking_can_be_stopped_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MEMVIZ_DATA_HOME", str(tmp_path))

    def stop(done: int, total: int, words: str) -> None:
        if total:
            raise memviz.Cancelled

    with Session(progress=stop) as session, pytest.raises(memviz.Cancelled):
        session.open_memory("movies").result()
    assert list((tmp_path / "memories").iterdir()) == []


def test_data_folder_that_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MEMVIZ_DATA_HOME", str(tmp_path / "file"))
    with Session() as session, pytest.raises(memviz.KnownError, match="MEMVIZ_DATA_HOME"):
        session.open_memory("movies").result()
