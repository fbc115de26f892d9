"""Copying memories between files and servers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from memviz.cli import main
from memviz.core.edits import Delete, Insert, Update
from memviz.core.entry import Entry
from memviz.core.errors import Cancelled, KnownError
from memviz.core.memory import Store
from memviz.core.vectors import VectorRow
from memviz.session import copying
from memviz.session.copying import copy_memory, open_store
from memviz.stores.sqlite import SQLiteStore
from tests.redis_servers import PROGRAM, server


@pytest.fixture
def source(tmp_path: Path) -> str:
    """Entries of all kinds, with a gap in their ids."""
    path = tmp_path / "source.sqlite"
    with closing(SQLiteStore.open(path, create=True)) as store:
        store.apply([Insert(key=f"k{n}", text=f"t{n} 银翼", tags=["a"], metadata={"n": n}) for n in range(25)])
        store.apply([Delete(3), Update(5, enabled=False, private=True), Update(6, superseded_by=7, expires=1.0)])
        store.mark_used([7, 7])
        store.change_settings({"decay": {"fact": "none"}})
        entries = store.get(list(store.search_ids())[:9])
        store.put_vectors("space", [VectorRow(e.id, e.updated, np.full(4, e.id, np.float32)) for e in entries])
    return str(path)


@pytest.fixture(params=["sqlite", "redis"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'target.sqlite'}"
        return
    if PROGRAM is None:
        pytest.skip("needs redis-server (on Debian: apt-get install redis-server)")
    with server(tmp_path / "server") as started:
        yield f"{started.url}/copy"


def _entries(store: Store) -> list[Entry]:
    return store.get(store.search_ids())


def test_everything_but_the_history_is_copied(source: str, target: str) -> None:
    copied = copy_memory(source, target)
    assert (copied.entries, copied.shift, copied.vectors, copied.settings) == (24, 0, {"space": 9}, ("decay",))
    with closing(open_store(source)) as old, closing(open_store(target)) as new:
        assert _entries(new) == _entries(old)
        assert new.settings == old.settings
        before, after = old.vector_changes("space"), new.vector_changes("space")
        assert sorted(after.ids.tolist()) == sorted(before.ids.tolist())
        assert after.vectors[after.ids.tolist().index(9)].tolist() == [9.0] * 4
        assert new.apply([Insert(text="next")]).inserted == (26,)


def test_back_again(source: str, target: str, tmp_path: Path) -> None:
    there = copy_memory(source, target)
    back = copy_memory(target, str(tmp_path / "back.sqlite"))
    assert back.digest == there.digest


def test_a_memory_with_entries_is_not_overwritten(source: str, target: str) -> None:
    with closing(open_store(target, create=True)) as store:
        store.apply([Insert(text="mine"), Insert(text="gone")])
        store.apply([Delete(2)])
        store.change_settings({"decay": "mine"})
    with pytest.raises(KnownError, match=r"holds 1 entry.*--into"):
        copy_memory(source, target)
    copied = copy_memory(source, target, into=True)
    assert (copied.shift, copied.settings) == (2, ())
    with closing(open_store(source)) as old, closing(open_store(target)) as new:
        mine, *copies = _entries(new)
        assert (mine.text, new.settings) == ("mine", {"decay": "mine"})
        assert [replace(entry, id=entry.id - 2, superseded_by=None) for entry in copies] == [
            replace(entry, superseded_by=None) for entry in _entries(old)
        ]
        assert new.get([8])[0].superseded_by == 9


def test_a_copy_that_is_stopped_leaves_nothing(source: str, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "_BATCH", 10)

    def stop(done: int, total: int, words: str) -> None:
        if done >= 20:
            raise Cancelled

    with pytest.raises(Cancelled):
        copy_memory(source, target, progress=stop)
    with closing(open_store(target)) as new:
        assert (new.count, new.settings) == (0, {})


def test_a_copy_that_differs_is_found_and_removed(source: str, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "_shifted", lambda entry, by: replace(entry, owner="x") if entry.id == 9 else entry)
    with pytest.raises(KnownError, match="not equal to its source"):
        copy_memory(source, target)
    with closing(open_store(target)) as new:
        assert new.count == 0


def test_a_memory_is_not_copied_onto_itself(source: str) -> None:
    with pytest.raises(KnownError, match="onto itself"):
        copy_memory(source, f"sqlite:///{source}", into=True)
    with pytest.raises(KnownError, match="There is no file"):
        copy_memory(f"{source}.not", source)


def test_the_command(source: str, target: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["entries", "copy", source, target]) == 0
    out = capsys.readouterr().out
    assert "Copied 24 entries" in out
    assert "Checked: 24 entries read back, SHA-256 " in out
    assert main(["entries", "copy", source, target]) == 2
    assert "--into" in capsys.readouterr().err


def test_the_memories_of_a_server(target: str, source: str, capsys: pytest.CaptureFixture[str]) -> None:
    if not target.startswith("redis"):
        assert main(["entries", "memories", target]) == 2
        assert "no address" in capsys.readouterr().err
        return
    assert main(["entries", "memories", target]) == 0
    assert capsys.readouterr().out == "(no memory)\n"
    copy_memory(source, target)
    assert main(["entries", "memories", target.rpartition("/")[0]]) == 0
    assert capsys.readouterr().out == "copy\n"
