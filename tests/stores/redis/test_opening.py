"""Opening: an empty mirror, one that is behind, one of another history; first rows before the mirror is whole."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from memviz.core.edits import Change, Delete, Insert, Update
from memviz.core.errors import KnownError
from memviz.stores.redis import filler, following, materialise
from memviz.stores.redis.catch_up import catch_up
from memviz.stores.redis.head import memories
from memviz.stores.redis.store import RedisStore
from tests.redis_servers import Server
from tests.stores.redis.conftest import Open
from tests.stores.redis.test_together import _all, _on_server

_ROWS = 700


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Mirrors of more than a few rows are filled in the background, and not before this is set."""
    go = threading.Event()

    def fill(*args: object, **named: object) -> None:
        assert go.wait(10)
        catch_up(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(following, "MANY", 100)
    monkeypatch.setattr(filler, "catch_up", fill)
    return go


@pytest.fixture
def loaded(client: Open, url: str, monkeypatch: pytest.MonkeyPatch) -> RedisStore:
    store = client("ann", url)
    store.load([{"text": f"row {number}", "key": f"k{number}"} for number in range(_ROWS)], _ROWS)
    return store


def test_first_rows_come_before_the_mirror(client: Open, url: str, loaded: RedisStore, held: threading.Event) -> None:
    loaded.apply([Delete(3), Update(5, text="changed"), Insert(text="new")])
    loaded.mark_used([7])
    loaded.change_settings({"a": 1})
    ben = client("ben", url)
    assert ben.progress_of_copy == (0, _ROWS)
    assert (ben.version, ben.count, ben.settings) == (loaded.version, _ROWS, {"a": 1})
    assert list(ben.search_ids()) == list(loaded.search_ids())
    assert list(ben.search_ids(descending=True)) == list(loaded.search_ids(descending=True))
    assert ben.get([9, 3, 5, _ROWS + 1, 7, 10**6, -1, 2**70]) == loaded.get([9, 5, _ROWS + 1, 7])
    assert ben.refresh() == []
    waiting = threading.Timer(0.2, held.set)
    waiting.start()
    assert list(ben.search_ids("changed")) == [5]  # waits
    assert ben.progress_of_copy is None
    assert ben.refresh() == []
    assert _all(ben) == _all(loaded)
    assert ben.history() == loaded.history()
    waiting.join()


def test_edits_wait_for_the_mirror_and_know_what_came_meanwhile(
    client: Open, url: str, loaded: RedisStore, held: threading.Event
) -> None:
    ben = client("ben", url)
    loaded.apply([Update(5, text="changed")])
    held.set()
    ben.apply([Update(5, owner="Ben")])
    [entry] = ben.get([5])
    assert (entry.text, entry.owner) == ("changed", "Ben")
    assert [change.version for change in ben.refresh()] == [2]


def test_a_filling_that_was_ended_goes_on(client: Open, url: str, loaded: RedisStore, held: threading.Event) -> None:
    ben = client("ben", url)
    threading.Timer(0.1, held.set).start()
    ben.close()
    again = client("ben", url)
    assert len(again.search_ids("row")) == _ROWS


def test_rows_of_a_client_that_died_before_their_hashes_are_shown(
    client: Open, url: str, loaded: RedisStore, held: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(materialise.Materialiser, "owe", lambda *_: None)
    loaded.apply([Update(5, text="changed"), Delete(6), Insert(text="new")])
    loaded.mark_used([7])
    monkeypatch.undo()
    monkeypatch.setattr(following, "MANY", 100)
    ben = client("ben", url)
    assert ben.progress_of_copy is not None
    assert ben.get([5, 6, 7, _ROWS + 1]) == loaded.get([5, 7, _ROWS + 1])
    assert _on_server(ben)[5] == "row 4"
    assert len(ben.search_ids("row")) == _ROWS - 2
    monkeypatch.setattr(materialise, "GIVEN_UP", 0.0)
    ben.refresh()
    assert _on_server(ben) == _all(loaded)


def test_a_client_that_died_is_rolled_forward_at_the_next_opening(
    client: Open, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = client("ann", url)
    ann.apply([Insert(text="1"), Insert(text="2"), Insert(text="3")])
    with monkeypatch.context() as patch:
        patch.setattr(materialise.Materialiser, "owe", lambda *_: None)
        ann.apply([Update(1, text="one"), Delete(2), Insert(text="4")])
    assert _on_server(ann) == {1: "1", 2: "2", 3: "3"}
    ben = client("ben", url)
    assert _on_server(ben) == _all(ben) == {1: "one", 3: "3", 4: "4"}


def test_a_late_write_changes_nothing(client: Open, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client stops between commit and hashes, others go on, and then it wakes up."""
    ann, ben = client("ann", url), client("ben", url)
    ann.apply([Insert(text="1"), Insert(text="2")])
    late: list[tuple[object, ...]] = []
    with monkeypatch.context() as patch:
        ann.apply([Update(1, text="one"), Update(2, text="two")])
        patch.setattr(ann._link, "batch", _holding(ann._link.batch, late))
        ann._follow.hashes.flush()
    ben.refresh()
    ben.apply([Delete(1), Update(2, text="zwei")])
    ben._follow.hashes.flush()
    ann._link.batch(late[0][0])  # type: ignore[arg-type]
    assert _on_server(ann) == {2: "zwei"}
    assert len(ben.refresh()) == 0


def _holding(batch: object, late: list[tuple[object, ...]]) -> object:
    def hold(commands: list[tuple[str, tuple[object, ...]]], **named: object) -> object:
        if any(":entry:" in key for key, _ in commands):
            late.append((commands,))
            return []
        return batch(commands, **named)  # type: ignore[operator]

    return hold


def test_a_restart_reads_only_what_came_since(client: Open, url: str, loaded: RedisStore) -> None:
    ben = client("ben", url)
    assert len(ben.search_ids("row")) == _ROWS
    ben.close()
    for number in range(5):
        loaded.apply([Update(1, text=f"edit {number}")])
    read = loaded._link.call(loaded._keys.head, "INFO", "commandstats").decode()
    again = client("ben", url)
    assert again.progress_of_copy is None
    assert again.get([1])[0].text == "edit 4"
    after = loaded._link.call(loaded._keys.head, "INFO", "commandstats").decode()
    assert _calls(after, "hgetall") - _calls(read, "hgetall") <= 3  # head, staged loads; no entry
    assert again.refresh() == []


@pytest.mark.parametrize("damage", [b"no database at all", b"SQLite format 3\0" + b"x" * 5_000])
def test_a_damaged_mirror_is_made_anew(
    client: Open, url: str, loaded: RedisStore, tmp_path: Path, damage: bytes
) -> None:
    ben = client("ben", url)
    assert len(ben.search_ids("row")) == _ROWS
    ben.close()
    [file] = (tmp_path / "ben").rglob("*.sqlite")
    file.write_bytes(damage)
    again = client("ben", url)
    assert len(again.search_ids("row")) == _ROWS


def _calls(stats: str, command: str) -> int:
    lines = [line for line in stats.splitlines() if line.startswith(f"cmdstat_{command}:")]
    return int(lines[0].partition("calls=")[2].partition(",")[0]) if lines else 0


def test_a_server_that_went_back_is_followed(client: Open, url: str, redis_server: Server) -> None:
    """As after a backup was brought back, or a failover that lost edits: the mirror is ahead of the server."""
    ann = client("ann", url)
    ann.apply([Insert(text="1")])
    ann.apply([Insert(text="2")])
    keys, server = ann._keys, redis_server.client()
    kept = {key: server.dump(key) for key in server.keys(f"{keys.head.rpartition(':')[0]}*")}
    ann.apply([Insert(text="lost")])
    for key in server.keys(f"{keys.head.rpartition(':')[0]}*"):
        server.delete(key)
    for key, value in kept.items():
        server.restore(key, 0, value)
    assert [change.kind for change in ann.refresh()] == ["load"]
    assert _all(ann) == {1: "1", 2: "2"}
    ben = client("ben", url)
    ben.apply([Insert(text="other")])
    assert [change.version for change in ann.refresh()] == [3]
    assert _all(ann) == _all(ben) == {1: "1", 2: "2", 3: "other"}


def test_another_memory_of_the_same_name_is_another_memory(client: Open, url: str, redis_server: Server) -> None:
    ann = client("ann", url)
    ann.apply([Insert(text="old")])
    ann.search_ids()
    for key in ann._keys.of_head:
        redis_server.client().delete(key)
    assert ann.refresh() == []
    assert "was deleted" in ann.notices[-1]
    assert _all(ann) == {1: "old"}
    with pytest.raises(KnownError, match="was deleted"):
        ann.apply([Insert(text="lost")])
    with pytest.raises(KnownError, match="has no memory “notes"):
        client("ann", url, create=False)
    anew = client("ann", url)
    assert (anew.version, _all(anew)) == (0, {})
    with pytest.raises(KnownError, match="another one is in its place"):
        ann.apply([Insert(text="lost")])


def test_two_windows_of_one_user_share_a_mirror(client: Open, url: str, loaded: RedisStore) -> None:
    one, two = client("ann", url), client("ann", url)
    one.apply([Update(1, text="one")])
    two.apply([Update(2, text="two")])
    loaded.apply([Update(3, text="three")])
    assert [change.updated for change in one.refresh()] == [(2,), (3,)]
    assert [change.updated for change in two.refresh()] == [(1,), (3,)]
    assert [change.updated for change in loaded.refresh()] == [(1,), (2,)]
    assert _all(one) == _all(two) == _all(loaded)


def test_the_memories_of_a_server(client: Open, url: str) -> None:
    ann = client("ann", url)
    assert url.rpartition("/")[2] in memories(ann._link)
    with pytest.raises(KnownError, match="it has "):
        client("ann", f"{url} not there", create=False)
    assert ann.refresh() == []
    assert isinstance(ann.apply([Insert(text="x")]), Change)
