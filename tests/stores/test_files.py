"""Files that are no memory, or not one that can be used: one sentence each, and the file stays as it was."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from memviz.core.edits import Insert, Update
from memviz.core.errors import KnownError
from memviz.stores.sqlite import SQLiteStore


def _refused(path: Path, words: str, *, create: bool = False) -> None:
    with pytest.raises(KnownError, match=words) as caught:
        SQLiteStore.open(path, create=create)
    message = str(caught.value)
    assert path.name in message
    assert message.endswith(".")
    assert "\n" not in message


def _memory(path: Path, entries: int = 1) -> Path:
    store = SQLiteStore.open(path, create=True)
    store.apply([Insert(text=f"entry {n}") for n in range(entries)])
    store.close()
    return path


def test_missing_file_and_folder(path: Path) -> None:
    _refused(path, "no file")
    assert not path.exists()
    with pytest.raises(KnownError, match=r"no folder .*absent"):
        SQLiteStore.open(path.parent / "absent" / "m.sqlite", create=True)
    _refused(path.parent, "is a folder", create=True)


def test_created_file_is_opened_again(path: Path) -> None:
    _memory(path)
    again = SQLiteStore.open(path, create=True)
    assert (again.count, again.read_only) == (1, False)
    assert again.url == f"sqlite:///{path.as_posix()}"
    again.close()


@pytest.mark.parametrize("name", ["with space.sqlite", "100% ?mode=memory#x.db", "银翼 'quote'.sqlite"])
def test_any_file_name(tmp_path: Path, name: str) -> None:
    store = SQLiteStore.open(tmp_path / name, create=True)
    store.apply([Insert(text="here")])
    snapshot = store.snapshot()
    assert snapshot.count == 1
    snapshot.close()
    store.close()
    assert [file.name for file in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("content", [b"some notes", b"PK\x03\x04" + bytes(5_000), b"SQLite format 2\0" + bytes(4_000)])
def test_not_sqlite(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    _refused(path, "not a SQLite file", create=True)
    assert path.read_bytes() == content


def test_empty_file_is_a_memory_only_when_asked_for(path: Path) -> None:
    path.touch()
    _refused(path, "is empty")
    SQLiteStore.open(path, create=True).close()


@pytest.mark.parametrize(
    "sql",
    ["CREATE TABLE notes (id INTEGER PRIMARY KEY)", "PRAGMA application_id = 77", "PRAGMA user_version = 3"],
)
def test_another_programs_file(path: Path, sql: str) -> None:
    other = sqlite3.connect(path)
    other.execute(sql)
    other.commit()
    other.close()
    before = path.read_bytes()
    _refused(path, "another program’s SQLite file; attach one of its tables with sqlite:///", create=True)
    assert path.read_bytes() == before


def test_newer_memviz(path: Path) -> None:
    connection = sqlite3.connect(_memory(path))
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    _refused(path, "newer memviz .*format 99.*update memviz")


def test_tables_missing(path: Path) -> None:
    connection = sqlite3.connect(_memory(path))
    connection.execute("DROP TABLE change_rows")
    connection.close()
    _refused(path, "damaged")


def test_locked_from_the_start(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memviz.stores.sqlite_file.BUSY_SECONDS", 0.1)
    other = sqlite3.connect(_memory(path), isolation_level=None)
    other.execute("PRAGMA journal_mode = DELETE")
    other.execute("BEGIN EXCLUSIVE")
    _refused(path, "locked by another program")
    other.close()
    SQLiteStore.open(path).close()


def test_locked_later(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memviz.stores.sqlite_file.BUSY_SECONDS", 0.1)
    store = SQLiteStore.open(_memory(path))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(KnownError, match=r"locked by another program; .*wait"):
        store.apply([Update(1, text="lost?")])
    assert store.get([1])[0].text == "entry 0"
    other.execute("ROLLBACK")
    store.apply([Update(1, text="works now")])
    other.close()
    store.close()


def test_removed_or_replaced_while_open(path: Path) -> None:
    store = SQLiteStore.open(_memory(path))
    path.unlink()
    for call in (lambda: store.apply([Insert(text="lost")]), store.undo, store.snapshot):
        with pytest.raises(KnownError, match="removed or replaced"):
            call()
    assert not path.exists()
    _memory(path, entries=5)
    with pytest.raises(KnownError, match="removed or replaced"):
        store.apply([Insert(text="into another file")])
    store.close()
    again = SQLiteStore.open(path)
    assert again.count == 5
    again.close()


def test_truncated(path: Path) -> None:
    content = _memory(path, entries=2_000).read_bytes()
    path.write_bytes(content[: len(content) // 2])
    _assert_damage_is_said(path)


def test_damaged_pages(path: Path) -> None:
    content = bytearray(_memory(path, entries=2_000).read_bytes())
    content[8_192:] = os.urandom(len(content) - 8_192)
    path.write_bytes(content)
    _assert_damage_is_said(path)


def _assert_damage_is_said(path: Path) -> None:
    """At the opening, or when the damaged part is read: as a KnownError, never as SQLite's own."""
    with pytest.raises(KnownError, match="damaged"):  # noqa: PT012 - whichever of these comes to the damage first
        store = SQLiteStore.open(path)
        try:
            store.get(store.search_ids("entry"))
            store.history(limit=10_000)
        finally:
            store.close()


def test_rows_that_nobody_here_wrote(path: Path) -> None:
    connection = sqlite3.connect(_memory(path, entries=2))
    connection.execute("UPDATE entries SET kind = 'rumour' WHERE id = 2")
    connection.execute("""UPDATE change_rows SET "after" = '[' WHERE entry_id = 1""")
    connection.commit()
    connection.close()
    store = SQLiteStore.open(path)
    with pytest.raises(KnownError, match="Entry 2 is damaged"):
        store.get([1, 2])
    with pytest.raises(KnownError, match="history of this memory is damaged"):
        store.history(1)
    store.close()


def test_a_full_disk_changes_nothing(store: SQLiteStore) -> None:
    store.apply([Insert(text="kept")])
    pages = store._db.conn.execute("PRAGMA page_count").fetchone()[0]
    store._db.conn.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(KnownError, match=r"disk .* is full, nothing was changed"):
        store.apply([Insert(text="too much " * 100_000)])
    assert [entry.text for entry in store.get(store.search_ids())] == ["kept"]
    store._db.conn.execute("PRAGMA max_page_count = 1000000")
    store.apply([Insert(text="fits again")])


# Read-only: tried as a user who may not write, since the superuser may.

_READ_ONLY = """
import os, sys
from memviz.core.edits import Insert
from memviz.core.errors import KnownError
from memviz.stores.sqlite import SQLiteStore
if os.geteuid() == 0:
    os.setuid(65534)
store = SQLiteStore.open(sys.argv[1])
snapshot = store.snapshot()
assert store.read_only
assert (store.count, list(store.search_ids("red")), snapshot.match(["film"], limit=1)[0].entry_id) == (1, [1], 1)
snapshot.close()
store.mark_used([1])
for edit in (lambda: store.apply([Insert(text="x")]), store.undo, store.redo):
    try:
        edit()
    except KnownError as error:
        assert "is read-only; copy it" in str(error), error
    else:
        raise AssertionError("edited")
assert store.get([1])[0].used_count == 0
store.close()
try:
    SQLiteStore.open(os.path.join(os.path.dirname(sys.argv[1]), "new.sqlite"), create=True).close()
except KnownError as error:
    print(error)
"""


@pytest.fixture
def shared_folder() -> Iterator[Path]:
    """A folder that other users can reach, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


@pytest.fixture
def as_reader() -> Callable[[Path], str]:
    """Runs the script above on a file, as somebody who may only read."""

    def run(path: Path) -> str:
        done = subprocess.run([sys.executable, "-c", _READ_ONLY, path], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


unix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")


@unix
def test_read_only_file(shared_folder: Path, as_reader: Callable[[Path], str]) -> None:
    path = _memory(shared_folder / "m.sqlite")
    _replace_text(path)
    path.chmod(0o444)
    shared_folder.chmod(0o777)
    assert as_reader(path) == ""


@unix
def test_read_only_folder(shared_folder: Path, as_reader: Callable[[Path], str]) -> None:
    path = _memory(shared_folder / "m.sqlite")
    _replace_text(path)
    path.chmod(0o444)
    shared_folder.chmod(0o555)
    assert "cannot be written; choose another one" in as_reader(path)
    assert [file.name for file in shared_folder.iterdir()] == ["m.sqlite"]


@unix
def test_read_only_folder_while_its_owner_edits(shared_folder: Path, as_reader: Callable[[Path], str]) -> None:
    path = _memory(shared_folder / "m.sqlite")
    owner = SQLiteStore.open(path)
    owner.apply([Update(1, text="red film")])
    try:
        if os.geteuid() != 0:
            path.chmod(0o444)
            shared_folder.chmod(0o555)
        as_reader(path)
    finally:
        shared_folder.chmod(0o755)
        owner.close()


@unix
def test_read_only_folder_with_newer_changes_beside_the_file(shared_folder: Path) -> None:
    path = _memory(shared_folder / "m.sqlite")
    path.with_name("m.sqlite-wal").write_bytes(b"changes")
    shared_folder.chmod(0o555)
    script = _READ_ONLY.split("snapshot =")[0]
    done = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, timeout=60)
    assert "copy both files to another folder" in done.stderr


def _replace_text(path: Path) -> None:
    store = SQLiteStore.open(path)
    store.apply([Update(1, text="red film")])
    store.close()
