"""Views that never come to an end, and what is no file at all."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from memviz.core.errors import Cancelled, KnownError
from memviz.stores.attached.address import Attachment
from memviz.stores.attached.detect import foreign_file
from memviz.stores.attached.looking import look_at
from memviz.stores.attached.store import AttachedStore
from memviz.stores.sqlite import SQLiteStore

_ENDLESS = """CREATE VIEW endless AS
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i, 'text ' || i AS text FROM n"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "endless.db"
    with closing(sqlite3.connect(made)) as connection:
        connection.execute(_ENDLESS)
    return made


class _Later:
    """Cancels after a while."""

    def __init__(self) -> None:
        self._over = threading.Event()
        threading.Timer(0.1, self._over.set).start()

    def __call__(self, _done: int, _total: int, _words: str) -> None:
        if self._over.is_set():
            raise Cancelled


def test_looking_can_be_cancelled(path: Path) -> None:
    with pytest.raises(Cancelled):
        look_at(path, _Later())


def test_opening_can_be_cancelled(path: Path) -> None:
    with pytest.raises(Cancelled):
        AttachedStore.open(Attachment(path, "sqlite", columns={"table": "endless"}), progress=_Later())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.db"
    os.mkfifo(pipe)
    assert foreign_file(pipe) is None
    for opened in (look_at, AttachedStore.open, SQLiteStore.open):
        with pytest.raises(KnownError, match="is a pipe or a device; choose a file"):
            opened(pipe)
