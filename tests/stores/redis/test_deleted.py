"""A memory that is deleted from its server while it is open, and made again under its name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from memviz.core.edits import Insert, Update
from memviz.core.errors import KnownError
from memviz.core.vectors import VectorRow
from memviz.stores.redis.store import RedisStore
from memviz.stores.sqlite import SQLiteStore
from tests.redis_servers import Server, cluster
from tests.stores.redis.conftest import Open
from tests.stores.redis.test_together import _all, _on_server


def _delete(servers: list[Server], store: RedisStore) -> None:
    """All of the memory, as somebody with redis-cli would."""
    for each in servers:
        there = each.client().pipeline(transaction=False)
        for key in _keys([each], store):
            there.delete(key)
        there.execute()


def _keys(servers: list[Server], store: RedisStore) -> list[bytes]:
    prefix = store._keys.head.partition("}")[0]
    return [key for each in servers for key in each.client().keys(f"{prefix}*")]


@pytest.fixture(params=["server", "cluster"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[list[Server], str]]:
    """Servers, and the address of a memory on them."""
    if request.param == "cluster":
        with cluster(tmp_path / "cluster") as nodes:
            yield nodes, f"redis+cluster://{','.join(f'127.0.0.1:{node.port}' for node in nodes)}/notes"
    else:
        yield [request.getfixturevalue("redis_server")], request.getfixturevalue("url")


def test_a_deleted_memory_keeps_its_rows_here_and_leaves_nothing_there(
    client: Open, place: tuple[list[Server], str], tmp_path: Path
) -> None:
    servers, url = place
    ann = client("ann", url)
    ann.apply([Insert(text=f"{number}") for number in range(20)])
    _delete(servers, ann)
    for _ in range(3):
        assert ann.refresh() == []
        with pytest.raises(KnownError, match="was deleted"):
            ann.apply([Update(1, text="lost")])
    assert "was deleted from the server" in ann.notices[-1]
    [file] = (tmp_path / "ann").rglob("*.sqlite")
    assert f"open mirrors/{file.name} of" in ann.notices[-1]
    with closing(SQLiteStore.open(file)) as own:
        assert own.apply([Insert(text="goes on")]).version == 2
    row = VectorRow(1, ann.get([1])[0].updated, np.ones(3, np.float32))
    assert ann.put_vectors("space", [row]) == 1
    with pytest.raises(KnownError, match="was deleted"):
        ann.drop_vectors("space")
    with pytest.raises(KnownError, match="was deleted"):
        ann.load([{"text": "x"}], 1)
    ann.close()
    assert _keys(servers, ann) == []


def test_another_memory_of_the_same_name_is_not_mixed_with_the_old_one(
    client: Open, place: tuple[list[Server], str]
) -> None:
    servers, url = place
    ann = client("ann", url)
    ann.apply([Insert(text=f"{number}") for number in range(20)])
    ann.apply([Update(2, text="two")])
    old = _all(ann)
    _delete(servers, ann)
    ben = client("ben", url)
    ben.apply([Insert(text="other")])
    ann._follow.hashes.flush()  # before it has noticed anything
    for number in range(3):
        with pytest.raises(KnownError, match="another one is in its place"):
            ann.apply([Update(1, text="lost")])
        ben.apply([Update(1, text=f"other {number}")])
        assert ann.refresh() == []
        assert (_all(ann), ann.count) == (old, 20)
        assert "another one is in its place" in ann.notices[-1]
        assert "to see the new one, open it again" in ann.notices[-1]
    ann.close()
    assert _on_server(ben) == _all(ben) == {1: "other 2"}
    assert _all(client("ann", url)) == {1: "other 2"}


def test_what_was_owed_when_the_memory_went_is_never_written(client: Open, url: str, redis_server: Server) -> None:
    """The script looks: whoever sends does not know yet that another memory is there."""
    ann = client("ann", url)
    ann.apply([Insert(text=f"{number}") for number in range(20)])
    late = ann._follow.hashes.due()
    _delete([redis_server], ann)
    with closing(client("ben", url)) as ben:
        ben.apply([Insert(text="other")])
        ben._follow.hashes.flush()
        before = {key: redis_server.client().dump(key) for key in _keys([redis_server], ann)}
        assert set(ann._link.batch(late)) == {b"gone"}
        ann._follow.hashes._written = [1, 2, 3]
        ann._follow.hashes.flush()
        assert {key: redis_server.client().dump(key) for key in _keys([redis_server], ann)} == before


def test_a_load_into_a_memory_that_goes_leaves_another_one_alone(client: Open, url: str, redis_server: Server) -> None:
    ann = client("ann", url)
    others: list[RedisStore] = []

    def told(done: int, total: int, words: str) -> None:
        if words == "sending entries" and done:
            _delete([redis_server], ann)
            others.append(client("ben", url))
            others[0].apply([Insert(text="other")] * 3)
            others[0]._follow.hashes.flush()

    with pytest.raises(KnownError, match="another one is in its place"):
        ann.load([{"text": "x"}] * 1_200, 1_200, told)
    assert _on_server(others[0]) == {1: "other", 2: "other", 3: "other"}
