"""A file that the second schema's memviz wrote: loads, edits, undos, superseded entries, uses, settings, vectors."""

from __future__ import annotations

import hashlib
import lzma
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlite_utils

from memviz.core.edits import Update
from memviz.core.errors import KnownError
from memviz.stores import sqlite_backup, sqlite_schema
from memviz.stores.sqlite import SQLiteStore
from memviz.stores.sqlite_backup import backups_of
from tests.stores.soundness import assert_sound

_FILE = Path(__file__).with_name("schema_2.sqlite.xz")

_LOADED = {
    1: "Blade Runner was directed by Ridley Scott.",
    2: "Alien was directed by Ridley Scott.",
    3: "The Piano was directed by Jane Campion.",
    4: "银翼杀手由雷德利·斯科特执导。",
}
_EDITED = {**_LOADED, 1: "Blade Runner was directed by Jane Campion.", 5: "It was released in 1990."}
_SUPERSEDED = {**_EDITED, 6: "Alien was directed by James Cameron."}
_LATER = {**_SUPERSEDED, 7: "Loaded later.", 8: "And this."}
_WITHOUT_5 = {entry_id: text for entry_id, text in _LATER.items() if entry_id != 5}
#: The texts at each version.
_VERSIONS = [
    {},
    _LOADED,
    _EDITED,
    _SUPERSEDED,
    {**{i: text for i, text in _SUPERSEDED.items() if i != 3}, 4: "银翼杀手是一部电影。"},
    _SUPERSEDED,
    _LATER,
    _WITHOUT_5,
    {**_WITHOUT_5, 9: "A last note."},
    _WITHOUT_5,
]


@pytest.fixture
def old(path: Path) -> Path:
    path.write_bytes(lzma.decompress(_FILE.read_bytes()))
    return path


@pytest.fixture
def store(old: Path) -> Iterator[SQLiteStore]:
    store = SQLiteStore.open(old)
    yield store
    store.close()


def _texts(store: SQLiteStore, version: int) -> dict[int, str]:
    with closing(store.snapshot(version)) as view:
        texts = {entry.id: entry.text for entry in view.scan()}
        assert view.count == len(texts)
        return texts


def _format(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_its_entries_and_its_past_are_as_they_were(old: Path) -> None:
    assert _format(old) == 2
    with closing(SQLiteStore.open(old)) as store:
        assert (store.version, store.count) == (9, 7)
        assert [_texts(store, version) for version in range(10)] == _VERSIONS
        [first, alien, later] = store.get([1, 2, 7])
        assert (first.used_count, first.confidence, first.tags) == (1, 0.5, ("film",))
        assert (alien.superseded_by, alien.source, later.enabled) == (6, "films.txt", False)
        assert store.settings == {"recall": {"limit": 7}, "note": "银翼"}
        assert store.vector_spaces() == {"space": (4, 3)}
        assert list(store.search_ids("银翼")) == [4]
    assert assert_sound(old) == 9


def test_it_goes_on_with_what_is_new(store: SQLiteStore, path: Path) -> None:
    assert store.redo() is not None
    assert _texts(store, store.version) == _VERSIONS[8]
    store.load([{"text": "can be undone"}], 1, undoable=True)
    store.apply([Update(1, owner="Ann")])
    steps = 0
    while store.undo() is not None:
        steps += 1
    assert steps == 6  # the loads of then stay
    assert _texts(store, store.version) == {**_LOADED, 7: "Loaded later.", 8: "And this."}
    assert [_texts(store, version) for version in range(10)] == _VERSIONS
    store.close()
    assert_sound(path)


def test_the_file_as_it_was_is_kept_beside_it(old: Path) -> None:
    before = _digest(old)
    with closing(SQLiteStore.open(old)) as store:
        [copy] = backups_of(old)
        assert copy.name == "memory.sqlite.schema-2.backup"
        assert _format(copy) == 2
        [notice] = store.notices
        assert "“memory.sqlite.schema-2.backup”" in notice
    with closing(SQLiteStore.open(old)) as store:
        assert store.notices == ()
    assert backups_of(old) == [copy]
    again = old.with_name("again.sqlite")
    again.write_bytes(copy.read_bytes())
    with closing(SQLiteStore.open(again)) as store:
        assert [_texts(store, version) for version in range(10)] == _VERSIONS
    assert before == hashlib.sha256(lzma.decompress(_FILE.read_bytes())).hexdigest()


def test_a_step_that_fails_leaves_the_file_and_no_copy(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(db: sqlite_utils.Database) -> None:
        db["entries"].add_column("colour", str)
        raise RuntimeError("half way")

    before = _digest(old)
    monkeypatch.setattr(sqlite_schema, "MIGRATIONS", [*sqlite_schema.MIGRATIONS, fails])
    monkeypatch.setattr("memviz.stores.sqlite_file.MIGRATIONS", sqlite_schema.MIGRATIONS)
    with pytest.raises(RuntimeError):
        SQLiteStore.open(old)
    assert (_digest(old), _format(old), backups_of(old)) == (before, 2, [])


def test_no_room_for_the_copy_leaves_the_file(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_paths: Path) -> None:
        raise OSError(28, "No space left on device")

    before = _digest(old)
    monkeypatch.setattr(sqlite_backup.shutil, "copymode", full)
    with pytest.raises(KnownError, match=r"No copy of .*No space left.*left as it is"):
        SQLiteStore.open(old)
    assert (_digest(old), _format(old), [each.name for each in old.parent.iterdir()]) == (before, 2, [old.name])
