"""What the other program changes while its file is open here."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from memviz.core.edits import Insert
from memviz.core.errors import KnownError
from memviz.core.vectors import VectorRow
from memviz.stores.attached import reread
from memviz.stores.attached.address import Attachment
from memviz.stores.attached.store import AttachedStore
from tests.stores.attached.conftest import Written


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "notes.db"


@pytest.fixture
def other(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, title TEXT, body TEXT)")
        connection.executemany(
            "INSERT INTO notes VALUES (?, ?, ?)", [(1, "a", "first"), (2, "b", "second"), (3, "c", "third")]
        )
        yield connection


@pytest.fixture
def store(path: Path, other: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> Iterator[AttachedStore]:
    monkeypatch.setattr("memviz.stores.attached.store._SHARE", 1.0)
    monkeypatch.setattr("memviz.stores.attached.store._AGAIN_SECONDS", 0.0)
    monkeypatch.setattr("memviz.stores.attached.store._PATIENCE_SECONDS", 30.0)
    with closing(AttachedStore.open(Attachment(path).with_columns({"table": "notes"}))) as opened:
        yield opened


def _texts(store: AttachedStore) -> dict[int, str]:
    return {entry.id: entry.text for entry in store.get(store.search_ids())}


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_changes_are_told(store: AttachedStore, other: sqlite3.Connection, mode: str) -> None:
    assert store.refresh() == []
    other.execute(f"PRAGMA journal_mode = {mode}")
    other.execute("UPDATE notes SET body = 'another' WHERE id = 2")
    other.execute("DELETE FROM notes WHERE id = 1")
    other.execute("INSERT INTO notes VALUES (9, 'd', 'fourth')")
    [change] = store.refresh()
    assert (change.inserted, change.updated, change.deleted) == ((4,), (2,), (1,))
    assert _texts(store) == {2: "another", 3: "third", 4: "fourth"}
    assert store.history(2)[0].diff.before.text == "second"
    assert store.refresh() == []
    with closing(store.snapshot(1)) as then:
        assert [entry.text for entry in then.scan()] == ["first", "second", "third"]
    other.execute("DELETE FROM notes WHERE id = 9")
    assert store.refresh()[0].deleted == (4,)
    other.execute("INSERT INTO notes VALUES (9, 'd', 'fourth again')")
    assert store.refresh()[0].inserted == (5,)


def test_very_many_changes_come_in_pieces(
    store: AttachedStore, other: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memviz.stores.attached.store._PIECE", 2)
    other.execute("BEGIN")
    other.execute("UPDATE notes SET body = body || '!' WHERE id < 3")
    other.execute("DELETE FROM notes WHERE id = 3")
    other.execute("INSERT INTO notes VALUES (9, 'd', 'fourth')")
    other.execute("INSERT INTO notes VALUES (10, 'e', 'fifth')")
    other.execute("COMMIT")
    assert [change.updated for change in store.refresh()] == [(1, 2)]
    assert [change.inserted for change in store.refresh()] == [(4, 5)]
    assert [change.deleted for change in store.refresh()] == [(3,)]
    assert store.refresh() == []
    assert _texts(store) == {1: "first!", 2: "second!", 4: "fourth", 5: "fifth"}
    other.execute("UPDATE notes SET body = 'last' WHERE id = 10")
    assert store.refresh()[0].updated == (5,)


def test_a_field_that_is_emptied(store: AttachedStore, other: sqlite3.Connection) -> None:
    other.execute("UPDATE notes SET title = NULL WHERE id = 1")
    assert store.refresh()[0].updated == (1,)
    assert store.get([1])[0].key == ""


def test_removed_replaced_and_back(store: AttachedStore, other: sqlite3.Connection, path: Path) -> None:
    content = path.read_bytes()
    path.unlink()
    assert store.refresh() == []
    assert "There is no file" in store.notices[0]
    assert _texts(store) == {1: "first", 2: "second", 3: "third"}
    path.write_bytes(b"something else")
    store.refresh()
    assert "not a SQLite file" in store.notices[0]
    path.unlink()
    with closing(sqlite3.connect(path)) as new:
        new.execute("CREATE TABLE others (body TEXT)")
        new.commit()
    store.refresh()
    assert "no table “notes”" in store.notices[0]
    path.write_bytes(content)
    assert store.refresh() == []
    assert store.notices == ()
    assert _texts(store) == {1: "first", 2: "second", 3: "third"}


def test_edits_are_refused_and_vectors_are_kept(store: AttachedStore, other: sqlite3.Connection) -> None:
    for call in (lambda: store.apply([Insert(text="x")]), store.undo, store.redo, lambda: store.load([], 0)):
        with pytest.raises(KnownError, match=r"memviz only reads; .*memviz entries copy 'sqlite:///.*table=notes"):
            call()
    with pytest.raises(KnownError, match="only reads"):
        store.change_settings({"a": 1})
    store.mark_used([1])
    assert store.get([1])[0].used_count == 0
    entry = store.get([1])[0]
    assert store.put_vectors("space", [VectorRow(1, entry.updated, np.ones(3, np.float32))]) == 1
    assert store.vector_spaces() == {"space": (3, 1)}
    with pytest.raises(KnownError, match="only reads"):
        store.apply([Insert(text="x")])
    other.execute("UPDATE notes SET body = 'another' WHERE id = 1")
    store.refresh()
    assert store.vector_spaces() == {"space": (3, 0)} or store.vector_spaces() == {}


def test_a_memory_that_was_made_here_is_no_target(path: Path, other: sqlite3.Connection) -> None:
    with pytest.raises(KnownError, match="choose another file"):
        AttachedStore.open(path, create=True)


def test_superseded_memories(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memviz.stores.attached.store._SHARE", 1.0)
    monkeypatch.setattr("memviz.stores.attached.store._PATIENCE_SECONDS", 30.0)
    path = written("mcp-memory.db")
    with closing(AttachedStore.open(path)) as store:
        with closing(sqlite3.connect(path)) as other:
            names = [row[0] for row in other.execute("SELECT content_hash FROM memories ORDER BY id")]
            other.execute("UPDATE memories SET superseded_by = ? WHERE id = 1", (names[1],))
            other.commit()
        store.refresh()
        assert store.get([1])[0].superseded_by == 2
        with closing(sqlite3.connect(path)) as other:
            other.execute("UPDATE memories SET superseded_by = NULL WHERE id = 1")
            other.commit()
        store.refresh()
        assert store.get([1])[0].superseded_by is None


def test_a_large_file_is_read_beside_the_store(
    store: AttachedStore, other: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memviz.stores.attached.store._PATIENCE_SECONDS", 0.0)
    held = threading.Event()
    compare = reread.differences

    def slowly(connection, rows):
        held.wait(20)
        return compare(connection, rows)

    monkeypatch.setattr(reread, "differences", slowly)
    other.execute("UPDATE notes SET body = 'another' WHERE id = 2")
    assert store.refresh() == []
    assert store.refresh() == []
    assert _texts(store)[2] == "second"  # meanwhile it is read, searched, looked at
    held.set()
    store._rereader._thread.join(20)
    assert store.refresh()[0].updated == (2,)


def test_closed_while_it_is_read(store: AttachedStore, other: sqlite3.Connection, monkeypatch) -> None:
    monkeypatch.setattr("memviz.stores.attached.store._PATIENCE_SECONDS", 0.0)
    other.execute("INSERT INTO notes VALUES (9, 'd', 'fourth')")
    store.refresh()
    store.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "memviz-attached"]


def test_nothing_is_left_behind(path: Path, other: sqlite3.Connection, tmp_path: Path, monkeypatch) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    store = AttachedStore.open(Attachment(path).with_columns({"table": "notes"}))
    assert len(list(temporary.iterdir())) == 1
    assert oct(next(temporary.iterdir()).stat().st_mode)[-3:] == "700"
    store.close()
    assert list(temporary.iterdir()) == []
