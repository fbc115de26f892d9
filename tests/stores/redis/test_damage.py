"""What is damaged on the server or in the copy is told by name, and mended where it can be."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from memviz.cli import main
from memviz.core.edits import Delete, Insert, Update
from memviz.core.errors import KnownError
from memviz.session.copying import copy_memory
from memviz.stores.redis import following, materialise
from memviz.stores.redis.address import parse_address
from memviz.stores.redis.keys import Keys
from memviz.stores.redis.store import RedisStore
from memviz.stores.sqlite import SQLiteStore
from memviz.stores.sqlite_errors import DamagedFile
from tests.redis_servers import Server, server
from tests.stores.redis.conftest import Open
from tests.stores.redis.test_together import _all, _on_server

_ROWS = 700


@pytest.mark.parametrize("background", [False, True])
def test_entries_that_the_server_has_lost_are_told_and_taken_when_they_are_back(
    client: Open, url: str, redis_server: Server, monkeypatch: pytest.MonkeyPatch, background: bool
) -> None:
    monkeypatch.setattr(following, "MANY", 100 if background else 1_000)
    ann = client("ann", url)
    ann.load([{"text": f"row {number}"} for number in range(_ROWS)], _ROWS)
    ann.apply([Delete(50)])
    ann._follow.hashes.flush()
    server, lost = redis_server.client(), [ann._keys.entry(entry_id) for entry_id in (30, 600)]
    kept = {key: server.dump(key) for key in lost}
    server.delete(*lost)
    ben = client("ben", url)
    assert len(ben.search_ids("row")) == _ROWS - 3
    assert (ben.count, ann.notices) == (_ROWS - 1, ())
    [notice] = ben.notices
    assert "2 entries of this memory are missing from the server (ids 30, 600); restore" in notice
    ben.apply([Insert(text="new")])  # leaves what others know of them as it was
    assert "ids 30, 600" in ben.notices[0]
    cem = client("cem", url)
    assert len(cem.search_ids("row")) == _ROWS - 3
    assert cem.notices == (notice,)
    ann.apply([Update(600, text="here it is still")])
    assert [change.updated for change in ben.refresh()] == [(600,)]
    assert "1 entry of this memory is missing from the server (id 30);" in ben.notices[0]
    ben.close()
    for key, value in kept.items():
        server.restore(key, 0, value, replace=True)
    again = client("ben", url)
    assert again.notices == ()
    ann.refresh()
    assert _all(again) == _all(ann)
    assert 30 in again.search_ids("29")


def test_entries_of_which_not_even_the_id_is_left(client: Open, url: str, redis_server: Server) -> None:
    ann = client("ann", url)
    ann.load([{"text": "x"}] * 20, 20)
    redis_server.client().delete(*(ann._keys.entry(entry_id) for entry_id in range(1, 21)))
    redis_server.client().hset(ann._keys.ids, "0", "")
    [notice] = client("ben", url).notices
    assert notice.startswith("20 entries of this memory are missing from the server; restore")


def _spoil(folder: Path) -> None:
    """The later pages of entries and words in the copy, none of which the opening reads."""
    [file] = folder.rglob("*.sqlite")
    for beside in folder.rglob("*.sqlite-*"):
        beside.unlink()
    content = bytearray(file.read_bytes())
    half = len(content) // 8_192 * 4_096
    assert half > 100 * 4_096
    content[half:] = b"\xa5" * len(content[half:])
    file.write_bytes(content)


@pytest.fixture
def spoilt(client: Open, url: str, tmp_path: Path) -> RedisStore:
    """A memory of which “ben” has a damaged copy."""
    ann = client("ann", url)
    ann.load([{"text": f"row {number} {'and so on ' * 30}", "key": f"k{number}"} for number in range(1_100)], 1_100)
    ann.apply([Update(7, text="seven")])
    ben = client("ben", url)
    assert len(ben.search_ids("row")) == 1_099
    ben.close()
    _spoil(tmp_path / "ben")
    return ann


_CALLS: dict[str, Callable[[RedisStore], object]] = {
    "search": lambda ben: ben.search_ids("seven"),
    "get": lambda ben: ben.get([7, 1_050]),
    "snapshot": lambda ben: ben.snapshot().close(),
    "history": lambda ben: ben.history(),
    "apply": lambda ben: ben.apply([Update(8, text="eight")]),
    "undo": lambda ben: ben.undo(),
    "use": lambda ben: ben.mark_used([7]),
    "settings": lambda ben: ben.change_settings({"a": 1}),
    "load": lambda ben: ben.load([{"text": "more"}], 1),
    "vectors": lambda ben: ben.without_vector("space", limit=1_100),
    "refresh": lambda ben: ben.refresh(),
}


@pytest.mark.parametrize("call", _CALLS)
def test_a_copy_that_is_damaged_inside_is_made_anew(client: Open, spoilt: RedisStore, call: str) -> None:
    ben = client("ben", spoilt.url)
    _CALLS[call](ben)
    spoilt.refresh()
    ben.search_ids("row")
    assert _all(ben) == _all(spoilt)
    assert ben.history() == spoilt.history()
    assert (ben.settings, ben.notices) == (spoilt.settings, ())


def test_damage_that_comes_while_a_memory_is_open(
    client: Open, spoilt: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle of an edit that is on the server already: it is made once."""
    ben = client("ben whose copy is sound", spoilt.url)
    assert len(ben.search_ids("row")) == 1_099

    def replay(*_: object, **__: object) -> bool:
        with ben._mirror._file.errors():
            raise DamagedFile("pages are odd")

    monkeypatch.setattr(ben._mirror, "replay", replay)
    [entry_id] = ben.apply([Insert(text="once")]).inserted
    assert list(ben.search_ids("once")) == [entry_id]
    assert [change.kind for change in ben.refresh()] == ["load"]
    assert len(spoilt.refresh()) == 1
    assert _all(ben) == _all(spoilt)
    monkeypatch.setattr(materialise, "GIVEN_UP", 0.0)
    for _ in range(2):
        ben.refresh()
    assert _on_server(ben)[entry_id] == "once"
    monkeypatch.setattr(ben._mirror, "replay", replay)
    ben.apply([Insert(text="twice")])
    assert "damaged again; check the disk" in ben.notices[-1]


def test_a_question_on_a_damaged_copy_says_what_is_done(client: Open, spoilt: RedisStore) -> None:
    ben = client("ben", spoilt.url)
    with (
        closing(ben._mirror.snapshot()) as view,
        pytest.raises(KnownError, match=r"copy of redis.*is made anew from the"),
    ):
        list(view.scan())
    assert ben.refresh() != [] or ben.progress_of_copy is not None
    ben.search_ids("row")
    with closing(ben.snapshot()) as view:
        assert len(list(view.scan())) == 1_100


def test_a_damaged_copy_of_a_server_that_is_gone(client: Open, tmp_path: Path) -> None:
    with server(tmp_path / "server") as gone:
        ann = client("ann", f"{gone.url}/notes")
        ann.apply([Insert(text="1")])
        gone.kill()
        with suppress(KnownError):
            ann.apply([Insert(text="2")])

        with pytest.raises(DamagedFile), ann._mirror._file.errors():
            raise DamagedFile("pages are odd")
        assert ann.refresh() == []
        assert _all(ann) == {1: "1"}  # what can still be read of it stays
        gone.start()
        gone.wait()
        ann._link._try_after = 0.0
        ann.refresh()
        assert not ann._mirror.is_damaged
        assert _all(ann) == {1: "1"}


@pytest.mark.parametrize("kind", ["string", "hash"])
def test_another_program_has_the_key_of_a_new_entry(
    client: Open, url: str, redis_server: Server, tmp_path: Path, kind: str
) -> None:
    ann, theirs = client("ann", url), redis_server.client()
    taken = ann._keys.entry(2)
    theirs.set(taken, "hello") if kind == "string" else theirs.hset(taken, "text", "hello")
    before = theirs.dump(taken)
    for attempt in (
        lambda: ann.apply([Insert(text="1"), Insert(text="2")]),
        lambda: ann.load([{"text": "1"}, {"text": "2"}], 2),
    ):
        with pytest.raises(KnownError, match=rf"something else .*“{re.escape(taken)}”.* rename that key there"):
            attempt()
        assert (ann.version, ann.count, ann.notices) == (0, 0, ())
        assert theirs.dump(taken) == before
    assert not theirs.exists(ann._keys.entry(1))
    theirs.rename(taken, "elsewhere")
    ann.apply([Insert(text="1"), Insert(text="2")])
    ann._follow.hashes.flush()
    assert _all(client("ben", url)) == _all(ann) == _on_server(ann)


def test_a_copy_onto_a_server_names_the_key_that_is_in_its_way(
    url: str, redis_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMVIZ_DATA_HOME", str(tmp_path / "home"))
    with closing(SQLiteStore.open(tmp_path / "notes.sqlite", create=True)) as store:
        store.apply([Insert(text=f"{number}") for number in range(5)])
    taken = Keys(parse_address(url).name).entry(1)
    redis_server.client().set(taken, "hello")
    with pytest.raises(KnownError, match=re.escape(taken)):
        copy_memory(str(tmp_path / "notes.sqlite"), url)
    assert redis_server.client().get(taken) == b"hello"
    redis_server.client().delete(taken)
    assert copy_memory(str(tmp_path / "notes.sqlite"), url).entries == 5


def test_another_program_takes_the_key_of_an_entry_that_is_there(client: Open, url: str, redis_server: Server) -> None:
    ann, theirs = client("ann", url), redis_server.client()
    ann.load([{"text": f"row {number}"} for number in range(20)], 20)
    taken = ann._keys.entry(4)
    theirs.delete(taken)
    theirs.set(taken, "x")
    with pytest.raises(KnownError, match=re.escape(taken)):
        client("ben", url)
    ann.apply([Update(4, text="four"), Update(5, text="five")])
    for _ in range(2):
        ann.refresh()
        [notice] = ann.notices
        assert f"“{taken}”" in notice
    ann.apply([Update(6, text="six")])
    assert ann.notices == (notice,)
    assert theirs.get(taken) == b"x"
    assert theirs.hget(ann._keys.entry(5), "text") == b"five"  # the others are written all the same
    theirs.delete(taken)
    ann.refresh()
    assert ann.notices == ()
    assert _all(client("ben", url)) == _all(ann) == _on_server(ann)


def test_an_entry_on_the_server_that_is_none(client: Open, url: str, redis_server: Server) -> None:
    ann = client("ann", url)
    ann.load([{"text": f"row {number}"} for number in range(20)], 20)
    redis_server.client().hset(ann._keys.entry(4), "text", b"\xff")
    with pytest.raises(KnownError, match=rf"“{re.escape(ann._keys.entry(4))}” on the server is no entry, or damaged"):
        client("ben", url)


def test_commands_tell_what_turns_out_while_they_run(
    client: Open,
    url: str,
    redis_server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The copy is filled in the background: at the opening nobody knows yet."""
    monkeypatch.setattr(following, "MANY", 10)
    monkeypatch.setenv("MEMVIZ_DATA_HOME", str(tmp_path / "home"))
    ann = client("ann", url)
    ann.load([{"text": f"row {number}"} for number in range(20)], 20)
    redis_server.client().delete(ann._keys.entry(4))
    assert main(["recall", "row 12", "--memory", url]) == 0
    told = capsys.readouterr()
    assert "memviz: note: 1 entry of this memory is missing from the server (id 4); restore" in told.err
    assert "row 12" in told.out
