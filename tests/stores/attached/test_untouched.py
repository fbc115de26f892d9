"""A file that another program has open, or left in the middle of something: read whole, and nothing is touched."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from memviz.core.errors import KnownError
from memviz.stores.attached.address import Attachment
from memviz.stores.attached.picture import connect, looked_into, picture
from memviz.stores.attached.store import AttachedStore
from tests.stores.attached.conftest import traces


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "theirs"
    folder.mkdir()
    return folder / "notes.db"


@pytest.fixture
def other(path: Path) -> Iterator[sqlite3.Connection]:
    """Another program, with a table of notes."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("CREATE TABLE notes (title TEXT, body TEXT)")
    connection.execute("INSERT INTO notes VALUES ('one', 'the first note')")
    yield connection
    connection.close()


def _texts(path: Path) -> list[str]:
    before = traces(path.parent)
    with closing(AttachedStore.open(Attachment(path).with_columns({"table": "notes"}))) as store:
        texts = [entry.text for entry in store.get(store.search_ids())]
        assert traces(path.parent) == before
    assert traces(path.parent) == before
    with looked_into(path) as connection:
        assert connection.execute("SELECT count(*) FROM notes").fetchone()[0] == len(texts)
    assert traces(path.parent) == before
    return texts


def test_rollback_journal(path: Path, other: sqlite3.Connection) -> None:
    assert _texts(path) == ["the first note"]


def test_write_ahead_log_that_is_in_use(path: Path, other: sqlite3.Connection) -> None:
    other.execute("PRAGMA journal_mode = WAL")
    other.execute("INSERT INTO notes VALUES ('two', 'only in the log')")
    assert path.with_name("notes.db-wal").stat().st_size > 0
    assert _texts(path) == ["the first note", "only in the log"]


def test_write_ahead_log_of_a_program_that_is_in_the_middle_of_a_change(path: Path, other: sqlite3.Connection) -> None:
    other.execute("PRAGMA journal_mode = WAL")
    other.execute("PRAGMA cache_size = 1")
    other.execute("BEGIN")
    other.executemany("INSERT INTO notes VALUES (?, ?)", (("n", "x" * 3_000) for _ in range(50)))
    assert path.with_name("notes.db-wal").stat().st_size > 50_000  # spilled, and not committed
    assert _texts(path) == ["the first note"]


def test_write_ahead_log_that_a_crash_left(path: Path, other: sqlite3.Connection) -> None:
    other.execute("PRAGMA journal_mode = WAL")
    other.execute("INSERT INTO notes VALUES ('two', 'only in the log')")
    left = [path.read_bytes(), path.with_name("notes.db-wal").read_bytes()]
    other.close()
    path.write_bytes(left[0])
    path.with_name("notes.db-wal").write_bytes(left[1])
    assert _texts(path) == ["the first note", "only in the log"]
    assert sorted(file.name for file in path.parent.iterdir()) == ["notes.db", "notes.db-wal"]


def test_file_with_a_log_that_nobody_has_open(path: Path, other: sqlite3.Connection) -> None:
    other.execute("PRAGMA journal_mode = WAL")
    other.close()
    assert [file.name for file in path.parent.iterdir()] == ["notes.db"]
    assert _texts(path) == ["the first note"]


def test_journal_that_a_crash_left(path: Path, other: sqlite3.Connection) -> None:
    """The change was half in the file when the program died: what is read is what was before."""
    other.execute("PRAGMA cache_size = 1")
    other.executemany("INSERT INTO notes VALUES (?, ?)", (("n", "x" * 3_000) for _ in range(20)))
    other.execute("BEGIN")
    other.execute("UPDATE notes SET body = 'half a change' || body")
    left = [path.read_bytes(), path.with_name("notes.db-journal").read_bytes()]
    other.execute("ROLLBACK")
    other.close()
    path.write_bytes(left[0])
    path.with_name("notes.db-journal").write_bytes(left[1])
    assert b"half a change" in left[0]
    assert _texts(path) == ["the first note", *["x" * 3_000] * 20]


def test_no_room_for_the_copy(
    path: Path, other: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    monkeypatch.setattr("memviz.stores.attached.picture._back_up", full)
    with pytest.raises(
        KnownError, match=r"cannot be copied to .* \(the disk is full\); free some space, or set TMPDIR"
    ):
        picture(path, tmp_path)


def test_locked_by_a_change(path: Path, other: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memviz.stores.attached.picture._WAIT_SECONDS", 0.1)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(KnownError, match="is locked by another program"):
        AttachedStore.open(Attachment(path).with_columns({"table": "notes"}))


def test_reading_keeps_nobody_from_writing(path: Path, other: sqlite3.Connection) -> None:
    with closing(AttachedStore.open(Attachment(path).with_columns({"table": "notes"}))), closing(other):
        other.execute("PRAGMA busy_timeout = 0")
        other.execute("INSERT INTO notes VALUES ('two', 'written meanwhile')")


def test_pictures_of_a_file_that_is_always_written_are_whole(
    path: Path, other: sqlite3.Connection, tmp_path: Path
) -> None:
    """Each change moves an amount between two rows and goes on to the log's next round: every picture has the sum."""
    other.execute("PRAGMA journal_mode = WAL")
    other.execute("PRAGMA wal_autocheckpoint = 20")
    other.execute("CREATE TABLE amounts (name TEXT, amount INTEGER, filler TEXT)")
    other.executemany("INSERT INTO amounts VALUES (?, 100, ?)", ((f"{n}", "x" * 2_000) for n in range(100)))
    stop = threading.Event()

    def write() -> None:
        at = 0
        while not stop.is_set():
            at += 1
            other.execute("BEGIN")
            other.execute("UPDATE amounts SET amount = amount - 1 WHERE rowid = ?", (at % 100 + 1,))
            other.execute("UPDATE amounts SET amount = amount + 1 WHERE rowid = ?", ((at * 7) % 100 + 1,))
            other.execute("COMMIT")

    writer = threading.Thread(target=write)
    writer.start()
    taken = 0
    try:
        for number in range(30):
            folder = tmp_path / f"picture {number}"
            folder.mkdir()
            try:
                copied = picture(path, folder)
            except KnownError:
                continue  # each time the log began anew
            with closing(connect(copied)) as connection:
                assert connection.execute("SELECT sum(amount) FROM amounts").fetchone() == (10_000,)
                assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            taken += 1
    finally:
        stop.set()
        writer.join()
    assert taken >= 10
