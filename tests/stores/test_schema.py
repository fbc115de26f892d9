"""Files of older schemas are brought up to date, step by step, each as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlite_utils

from memviz.core.edits import Insert
from memviz.core.errors import KnownError
from memviz.stores import sqlite_file, sqlite_schema
from memviz.stores.sqlite import SQLiteStore

Step = Callable[[sqlite_utils.Database], None]


@pytest.fixture
def next_step() -> Iterator[Callable[[Step], None]]:
    """Adds a step to the migrations, as a newer memviz would."""
    known = list(sqlite_schema.MIGRATIONS)
    yield sqlite_schema.MIGRATIONS.append
    sqlite_schema.MIGRATIONS[:] = known


@pytest.fixture
def old(path: Path) -> Path:
    store = SQLiteStore.open(path, create=True)
    store.apply([Insert(text="kept")])
    store.close()
    return path


def _version(path: Path) -> int:
    db = sqlite_utils.Database(path)
    try:
        return sqlite_schema.user_version(db)
    finally:
        db.close()


def test_a_file_says_what_it_is(old: Path) -> None:
    db = sqlite_utils.Database(old)
    assert sqlite_schema.application_id(db).to_bytes(4, "big") == b"MVIZ"
    assert sqlite_schema.user_version(db) == len(sqlite_schema.MIGRATIONS)
    assert db.journal_mode == "wal"
    assert set(db.table_names()) >= sqlite_schema.TABLES
    db.close()


def test_an_older_file_is_brought_up_to_date(old: Path, next_step: Callable[[Step], None]) -> None:
    next_step(lambda db: db["entries"].add_column("colour", str))
    store = SQLiteStore.open(old)
    assert [entry.text for entry in store.get([1])] == ["kept"]
    store.apply([Insert(text="new")])
    store.close()
    assert _version(old) == len(sqlite_schema.MIGRATIONS)


def test_a_step_that_fails_changes_nothing(old: Path, next_step: Callable[[Step], None]) -> None:
    def fails(db: sqlite_utils.Database) -> None:
        db["entries"].add_column("colour", str)
        raise RuntimeError("half way")

    next_step(fails)
    with pytest.raises(RuntimeError):
        SQLiteStore.open(old)
    assert _version(old) == len(sqlite_schema.MIGRATIONS) - 1
    sqlite_schema.MIGRATIONS.pop()
    store = SQLiteStore.open(old)
    assert store.count == 1
    assert "colour" not in store._db["entries"].columns_dict
    store.close()


def test_an_older_file_that_cannot_be_written(
    old: Path, next_step: Callable[[Step], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    next_step(lambda db: db["entries"].add_column("colour", str))
    monkeypatch.setattr(sqlite_file.os, "access", lambda path, mode: False)
    with pytest.raises(KnownError, match=r"older memviz .* cannot be written"):
        SQLiteStore.open(old)
    assert _version(old) == len(sqlite_schema.MIGRATIONS) - 1
