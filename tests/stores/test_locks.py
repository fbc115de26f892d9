"""Nothing that looks at the file of an open memory takes away the locks that SQLite holds on it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from memviz.core.edits import Insert
from memviz.core.errors import KnownError
from memviz.core.held_files import is_held
from memviz.exchange.formats import open_reader
from memviz.exchange.writers import writing
from memviz.session.addresses import memory_address
from memviz.session.session import Session
from memviz.stores.attached.store import AttachedStore
from memviz.stores.file_head import head_of
from memviz.stores.sqlite import SQLiteStore
from memviz.stores.sqlite_file import existing_file
from memviz.stores.sqlite_schema import APPLICATION_ID, MIGRATIONS

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there a handle has its own locks")

#: Whether another process could lock what a connection with a write-ahead log holds as long as it is open
#: (https://sqlite.org/wal.html): it would take itself for the last one and delete the log.
_LOCK = """
import fcntl, sys
with open(sys.argv[1], "rb+") as file:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 510, 0x40000002)
    except OSError:
        sys.exit(1)
"""


def _is_held(path: Path) -> bool:
    return subprocess.run([sys.executable, "-S", "-c", _LOCK, path], check=False).returncode == 1


@pytest.mark.parametrize(
    "look", [existing_file, head_of, lambda path: memory_address(str(path))], ids=["existing_file", "head", "address"]
)
def test_looking_at_an_open_file_keeps_its_locks(
    store: SQLiteStore, path: Path, look: Callable[[Path], object]
) -> None:
    store.apply([Insert(text="one")])
    assert _is_held(path)
    look(path)
    assert _is_held(path)


def test_a_session_holds_its_memory_after_it_was_opened(path: Path) -> None:
    with Session() as session:
        for _ in range(2):  # again: the old connection is closed once the new one is there
            session.open_memory(str(path), create=True).result()
            session.edit(Insert(text="one"))
            assert _is_held(path)


def test_what_a_head_says(store: SQLiteStore, path: Path, tmp_path: Path) -> None:
    store.close()
    head = head_of(path)
    assert head is not None
    assert (head.application_id, head.user_version) == (APPLICATION_ID, len(MIGRATIONS))
    assert head.pages > 10
    for name, content in (("empty", b""), ("text", b"no SQLite file" * 99), ("cut", path.read_bytes()[:5_000])):
        (tmp_path / name).write_bytes(content)
        assert head_of(tmp_path / name) is None
    assert head_of(tmp_path / "missing") is None
    assert head_of(tmp_path) is None
    os.mkfifo(tmp_path / "pipe")
    assert head_of(tmp_path / "pipe") is None
    with closing(SQLiteStore.open(path)) as again:
        assert again.count == 0


def _written(path: Path) -> None:
    with writing(path, "jsonl"):
        pass


def test_what_would_read_an_open_memory_by_itself_is_refused(store: SQLiteStore, path: Path, tmp_path: Path) -> None:
    store.apply([Insert(text="one")])
    link = tmp_path / "link.csv"
    link.symlink_to(path)
    for act in (
        lambda: open_reader(path),
        lambda: open_reader(link),
        lambda: _written(link),
        lambda: AttachedStore.open(path),
    ):
        with pytest.raises(KnownError, match=r"open here|a database"):
            act()
        assert _is_held(path)
    other = SQLiteStore.open(path)
    other.close()
    other.close()
    assert is_held(link)
    store.close()
    assert not is_held(path)
