"""A file that the first schema's memviz wrote: a load, edits, a use, undos. It is brought up to date with its past."""

from __future__ import annotations

import lzma
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from memviz.core.edits import Delete, Update
from memviz.core.errors import KnownError
from memviz.core.vectors import VectorRow
from memviz.stores.sqlite import SQLiteStore
from tests.stores.soundness import assert_sound

_FILE = Path(__file__).with_name("schema_1.sqlite.xz")

_LOADED = {
    1: "Blade Runner was directed by Ridley Scott.",
    2: "Alien was directed by Ridley Scott.",
    3: "The Piano was directed by Jane Campion.",
    4: "银翼杀手由雷德利·斯科特执导。",
    5: "It was written by Stephen King.",
    6: "It was released in 1990.",
}
_EDITED = {**_LOADED, 1: "Blade Runner was directed by Jane Campion.", 7: "Alien was released in 1979."}
_WITHOUT_6 = {entry_id: text for entry_id, text in _EDITED.items() if entry_id != 6}
#: The texts at each version.
_VERSIONS = [
    {},
    _LOADED,
    _EDITED,
    {**{i: text for i, text in _EDITED.items() if i != 2}, 4: "银翼杀手是一部电影。"},
    _EDITED,
    _WITHOUT_6,
    {**_WITHOUT_6, 8: "A last note."},
    _WITHOUT_6,
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
    view = store.snapshot(version)
    texts = {entry.id: entry.text for entry in view.scan()}
    assert view.count == len(texts)
    view.close()
    return texts


def test_it_is_of_the_first_schema(old: Path) -> None:
    connection = sqlite3.connect(old)
    assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    assert "loads" not in {row[0] for row in connection.execute("SELECT name FROM sqlite_schema")}
    connection.close()


def test_its_entries_and_its_past_are_as_they_were(store: SQLiteStore, path: Path) -> None:
    assert (store.version, store.count) == (7, 6)
    assert [_texts(store, version) for version in range(8)] == _VERSIONS
    [piano, it] = store.get([3, 5])
    assert (piano.enabled, piano.confidence, piano.superseded_by, it.used_count) == (False, 0.5, None, 1)
    view = store.snapshot(3)
    assert [match.entry_id for match in view.match(["电影", "ridley"], limit=9)] == [4]
    assert view.get([3])[0].enabled
    assert (view.get([5])[0].used_count, view.differing()) == (1, {2, 3, 4, 6})
    view.close()
    assert assert_sound(path) == 7


def test_it_goes_on_with_what_is_new(store: SQLiteStore, path: Path) -> None:
    store.redo()
    store.load([{"text": "loaded later"}, {"text": "and this"}], 2)
    store.apply([Update(9, text="changed", superseded_by=1), Delete(1)])
    rows = [VectorRow(entry.id, entry.updated, np.ones(2, np.float32)) for entry in store.get([3, 9])]
    assert store.put_vectors("s", rows) == 2
    store.change_settings({"a": 1})
    assert [_texts(store, version) for version in range(9)] == [*_VERSIONS, _VERSIONS[6]]
    assert _texts(store, 9) == {**_VERSIONS[6], 9: "loaded later", 10: "and this"}
    while store.undo() is not None:
        pass
    assert [_texts(store, version) for version in range(8)] == _VERSIONS
    assert _texts(store, store.version) == {**_LOADED, 9: "loaded later", 10: "and this"}
    assert store.vector_spaces() == {"s": (2, 1)}
    assert_sound(path)


def test_a_file_that_cannot_be_written_stays_as_it_is(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memviz.stores.sqlite_file.os.access", lambda path, mode: False)
    before = old.read_bytes()
    with pytest.raises(KnownError, match=r"older memviz .* copy it to a folder"):
        SQLiteStore.open(old)
    assert old.read_bytes() == before
