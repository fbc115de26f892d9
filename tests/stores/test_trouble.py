"""The world gets in the way in the middle of something: one sentence, and nothing is lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from memviz.core.edits import Delete, Insert, Update
from memviz.core.errors import KnownError
from memviz.core.progress import Progress, no_progress
from memviz.stores import sqlite_edits, sqlite_load, sqlite_steps
from memviz.stores.sqlite import SQLiteStore
from tests.stores.soundness import assert_sound

_LONG = "more than fits " * 40
_MANY = 700

unix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has other limits")


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in ((sqlite_edits, "BATCH"), (sqlite_steps, "BATCH"), (sqlite_load, "_BATCH")):
        monkeypatch.setattr(module, name, 100)


def _edit(store: SQLiteStore, progress: Progress = no_progress) -> object:
    return store.apply([Insert(text=_LONG * 4_000)], progress=progress)


def _bulk_edit(store: SQLiteStore, progress: Progress = no_progress) -> object:
    edits = [Update(entry_id, text=f"{_LONG} {entry_id}") for entry_id in store.search_ids()]
    return store.apply(edits, progress=progress)


def _bulk_delete(store: SQLiteStore, progress: Progress = no_progress) -> object:
    return store.apply([Delete(entry_id) for entry_id in store.search_ids()], progress=progress)


def _import(store: SQLiteStore, progress: Progress = no_progress) -> object:
    return store.load(({"text": f"{_LONG} {n}"} for n in range(_MANY)), _MANY, progress, undoable=True)


def _undo(store: SQLiteStore, progress: Progress = no_progress) -> object:
    return store.undo(progress=progress)


Step = Callable[..., object]
_STEPS = [_edit, _bulk_edit, _bulk_delete, _import, _undo]


def _filled(path: Path) -> SQLiteStore:
    store = SQLiteStore.open(path, create=True)
    store.apply([Insert(text="kept")])
    store.load(({"text": f"row {n} {_LONG}"} for n in range(_MANY)), _MANY, undoable=True)
    return store


def _state(store: SQLiteStore) -> object:
    return store.version, store.count, store.get(store.search_ids()), store.history(limit=5)


@pytest.mark.parametrize("step", [_edit, _bulk_edit, _import])  # the others use what they make free
def test_the_file_can_grow_no_more(path: Path, step: Step) -> None:
    with closing(_filled(path)) as store:
        before = _state(store)
        pages = store._db.conn.execute("PRAGMA page_count").fetchone()[0]
        store._db.conn.execute(f"PRAGMA max_page_count = {pages + 20}")
        with pytest.raises(KnownError, match=r"disk of .* is full, nothing was changed; free some space"):
            step(store)
        assert _state(store) == before
        store._db.conn.execute("PRAGMA max_page_count = 1000000")
        step(store)
        assert store.version == 3
    assert_sound(path)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MB that is really full when it is full."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = (
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], capture_output=True, check=False)
        if shutil.which("mount") and os.geteuid() == 0
        else None
    )
    if done is None or done.returncode:
        pytest.skip("needs to be allowed to mount a small disk")
    yield folder
    subprocess.run(["umount", folder], check=True)


@unix
@pytest.mark.parametrize("step", _STEPS)
def test_a_disk_that_is_full(small_disk: Path, step: Step) -> None:
    path = small_disk / "memory.sqlite"
    filler = small_disk / "filler"
    with closing(_filled(path)) as store:
        before = _state(store)
        with filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4_096)
            except OSError:
                pass
        with pytest.raises(KnownError, match=r"(is full, nothing was changed|the disk reports an error)") as caught:
            step(store)
        assert "\n" not in str(caught.value)
        assert _state(store) == before  # reading goes on
        filler.unlink()
        store.apply([Update(1, text="goes on")])
    assert_sound(path)


_LIMITED = """
import resource, sys
from memviz.core.errors import KnownError
from memviz.stores.sqlite import SQLiteStore
from tests.stores import test_trouble
store = SQLiteStore.open(sys.argv[1])
before = test_trouble._state(store)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
try:
    getattr(test_trouble, sys.argv[2])(store)
except KnownError as error:
    assert "\\n" not in str(error)
    print(error)
else:
    raise SystemExit("it fitted")
assert test_trouble._state(store) == before
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
store.close()
"""


@unix
@pytest.mark.parametrize("step", ["_edit", "_bulk_edit", "_import"])
def test_a_limit_of_the_size_of_files(path: Path, step: str) -> None:
    _filled(path).close()
    done = subprocess.run([sys.executable, "-c", _LIMITED, path, step], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "memory.sqlite" in done.stdout
    assert assert_sound(path) == 2


@unix
@pytest.mark.parametrize("replaced", [False, True])
@pytest.mark.parametrize("step", [_bulk_edit, _import, _undo])
def test_the_file_goes_away_in_the_middle(path: Path, tmp_path: Path, replaced: bool, step: Step) -> None:
    """What is committed was moved away with the file; what is under way is refused, and another file stays as it is."""
    moved = tmp_path / "moved.sqlite"
    with closing(_filled(path)) as store:

        def progress(done: int, total: int, words: str) -> None:
            if not moved.exists():
                os.rename(path, moved)
                if replaced:
                    path.write_bytes(b"another file")

        with pytest.raises(KnownError, match=r"removed or replaced by another program; open the memory again"):
            step(store, progress)
        assert store.get([1])[0].text == "kept"
    assert path.exists() == replaced
    if replaced:
        assert path.read_bytes() == b"another file"
    for ending in ("-wal", "-shm"):  # SQLite found them by the old name
        beside = path.with_name(path.name + ending)
        if beside.exists():
            beside.rename(moved.with_name(moved.name + ending))
    with closing(SQLiteStore.open(moved)) as store:
        assert (store.version, store.count) == (2, _MANY + 1)
    assert_sound(moved)


_WITHOUT_RIGHTS = """
import os, sys
from memviz.core.edits import Insert
from memviz.core.errors import KnownError
from memviz.stores.sqlite import SQLiteStore
if os.geteuid() == 0:
    os.setuid(65534)
path = sys.argv[1]
os.mkdir(os.path.dirname(path))
store = SQLiteStore.open(path, create=True)
kept = [store.apply([Insert(text="before")]).version]
os.chmod(path, 0o444)
os.chmod(os.path.dirname(path), 0o500)
try:
    kept.append(store.apply([Insert(text="after")]).version)
except KnownError as error:
    assert "cannot be written" in str(error) or "read-only" in str(error), error
store.close()
again = SQLiteStore.open(path)
assert again.read_only
assert again.version == kept[-1], "an acknowledged edit is lost"
try:
    again.apply([Insert(text="refused")])
except KnownError as error:
    print(error)
"""


@unix
def test_the_right_to_write_is_lost_while_it_is_open(tmp_path: Path) -> None:
    folder = Path(tempfile.mkdtemp())  # one that another user can reach
    folder.chmod(0o777)
    try:
        path = folder / "own" / "memory.sqlite"
        done = subprocess.run([sys.executable, "-c", _WITHOUT_RIGHTS, path], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert "is read-only; copy it to a folder where you may write" in done.stdout
    finally:
        (folder / "own").chmod(0o777)
        shutil.rmtree(folder)
