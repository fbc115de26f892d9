"""Vectors that a team computes once."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from memviz.core.edits import Delete, Insert, Update
from memviz.core.errors import KnownError
from memviz.core.vectors import VectorRow
from memviz.session.session import Session
from memviz.stores.redis import shared_vectors
from memviz.stores.redis.keys import BUCKET
from memviz.stores.redis.shared_vectors import SharedVectors
from memviz.stores.redis.store import RedisStore
from tests.contracts.beside_contract import kept
from tests.redis_servers import Server, server
from tests.session.scripted_embedder import ScriptedEmbedder, embedder, vectors_of
from tests.stores.redis.conftest import Open

__all__ = ["embedder"]

SPACE = "mean · 3"


def _rows(store: RedisStore, ids: list[int], scale: float = 1.0) -> list[VectorRow]:
    return [
        VectorRow(entry.id, entry.updated, np.array([scale, entry.id % 7, len(entry.text)], np.float32))
        for entry in store.get(ids)
    ]


def _filled(store: RedisStore, count: int = 6) -> list[int]:
    return list(store.apply([Insert(text=f"row {number}") for number in range(count)]).inserted)


def _lacks(store: RedisStore, space: str = SPACE) -> list[int]:
    store._looked = 0.0
    return [entry.id for entry in store.without_vector(space, limit=10_000)]


def test_another_users_mirror_takes_what_is_there(client: Open, url: str) -> None:
    ann, ben = client("ann", url), client("ben", url)
    ids = _filled(ann)
    assert ann.put_vectors(SPACE, _rows(ann, ids)) == len(ids)
    assert _lacks(ben) == []
    assert ben.vector_spaces() == ann.vector_spaces() == {SPACE: (3, len(ids))}
    theirs, mine = kept(ben, SPACE), kept(ann, SPACE)
    assert theirs.keys() == mine.keys()
    assert all((theirs[entry_id] == mine[entry_id]).all() for entry_id in ids)
    late = client("cem", url)
    assert late.vector_spaces() == {SPACE: (3, len(ids))}  # counted on the server
    assert sorted(kept(late, SPACE)) == ids


def test_only_what_is_new_is_fetched(client: Open, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ann, ben = client("ann", url), client("ben", url)
    ann.load([{"text": f"row {number}"} for number in range(3 * BUCKET)], 3 * BUCKET)
    ids = list(ann.search_ids())
    ann.put_vectors(SPACE, _rows(ann, ids[:-1]))
    assert _lacks(ben) == ids[-1:]
    fetched: list[tuple[object, ...]] = []
    batch = ben._link.batch

    def counted(commands: list[tuple[str, tuple[object, ...]]], **named: object) -> object:
        fetched.extend(command for _, command in commands if command[0] == "HMGET" and ":vectors:" in str(command[1]))
        return batch(commands, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(ben._link, "batch", counted)
    assert _lacks(ben) == ids[-1:]
    assert fetched == []
    ann.put_vectors(SPACE, _rows(ann, ids[-1:]))
    assert _lacks(ben) == []
    assert [command[2:] for command in fetched] == [(ids[-1],)]


def test_vectors_of_an_older_text_are_never_taken(client: Open, url: str) -> None:
    ann, ben = client("ann", url), client("ben", url)
    ids = _filled(ann)
    ann.put_vectors(SPACE, _rows(ann, ids))
    ben.apply([Update(ids[0], text="new"), Update(ids[1], owner="Ben"), Delete(ids[2]), Update(ids[3], key="new")])
    assert _lacks(ben) == [ids[0], ids[3]]
    cem = client("cem", url)
    assert _lacks(cem) == [ids[0], ids[3]]  # the owner decides no vector
    assert cem.put_vectors(SPACE, _rows(cem, ids)) == 5
    assert _lacks(ann) == []
    assert sorted(kept(ann, SPACE)) == [ids[0], *ids[1:2], *ids[3:]]
    assert kept(ann, SPACE)[ids[0]][2] == len("new")
    ann.undo()
    assert _lacks(ben) == [ids[0], ids[2], ids[3]]


def test_vectors_come_after_their_entries(client: Open, url: str) -> None:
    """Somebody puts vectors of entries that the other's mirror has not heard of."""
    ann, ben = client("ann", url), client("ben", url)
    ids = _filled(ann)
    ann.put_vectors(SPACE, _rows(ann, ids[:2]))
    assert _lacks(ben) == ids[2:]
    more = _filled(ann)
    ann.put_vectors(SPACE, _rows(ann, [*ids[2:], *more]))
    assert len(kept(ben, SPACE)) >= 2
    ben.refresh()
    assert _lacks(ben) == []
    assert sorted(kept(ben, SPACE)) == [*ids, *more]


def test_two_users_compute_at_the_same_time(client: Open, url: str, tmp_path: Path) -> None:
    maker = client("maker", url)
    maker.load([{"text": f"row {number}"} for number in range(2_000)], 2_000)
    failed: list[BaseException] = []

    def compute(name: str) -> None:
        try:
            store = RedisStore.open(url, folder=tmp_path / name)
            while found := store.without_vector(SPACE, limit=150):
                store.put_vectors(SPACE, _rows(store, [entry.id for entry in found]))
            store.close()
        except BaseException as error:  # noqa: BLE001 - told by the test
            failed.append(error)

    threads = [threading.Thread(target=compute, args=(name,)) for name in ("ann", "ben")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert _lacks(maker) == []
    assert len(kept(client("ann", url), SPACE)) == len(kept(maker, SPACE)) == 2_000


def test_pieces_say_that_there_is_more(client: Open, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_vectors, "PIECE", 1)
    ann, ben = client("ann", url), client("ben", url)
    ann.load([{"text": f"row {number}"} for number in range(3 * BUCKET)], 3 * BUCKET)
    ids = list(ann.search_ids())
    ann.put_vectors(SPACE, _rows(ann, ids))
    ben.refresh()
    first = ben.vector_changes(SPACE)
    assert (0 < len(first.ids) <= BUCKET, first.more) == (True, True)
    assert sorted(kept(ben, SPACE, piece=100)) == ids


def test_dropping_drops_for_everybody(client: Open, url: str, redis_server: Server) -> None:
    ann, ben = client("ann", url), client("ben", url)
    ids = _filled(ann)
    ann.put_vectors(SPACE, _rows(ann, ids))
    ann.put_vectors("other", _rows(ann, ids[:2]))
    assert _lacks(ben) == []
    assert _lacks(ben, "other") == ids[2:]
    space_id = ben._follow.vectors._spaces[SPACE].space_id
    assert redis_server.client().exists(ann._keys.vectors_of(space_id, 0))
    ben.drop_vectors(SPACE)
    assert not redis_server.client().exists(ann._keys.vectors_of(space_id, 0))
    assert _lacks(ann) == ids
    assert ann.vector_spaces() == ben.vector_spaces() == {"other": (3, 2)}
    ann.put_vectors(SPACE, _rows(ann, ids[:1]))  # the same name, another space
    assert _lacks(ben) == ids[1:]


def test_a_space_that_is_dropped_while_somebody_puts(
    client: Open, url: str, monkeypatch: pytest.MonkeyPatch, redis_server: Server
) -> None:
    ann, ben = client("ann", url), client("ben", url)
    ids = _filled(ann)
    ann.put_vectors(SPACE, _rows(ann, ids[:1]))
    tell = SharedVectors._tell

    def late(self: SharedVectors, *arguments: object) -> None:
        ben.drop_vectors(SPACE)
        tell(self, *arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(SharedVectors, "_tell", late)
        ann.put_vectors(SPACE, _rows(ann, ids))
    assert redis_server.client().keys(f"{ann._keys.vectors_of('x', 0).rpartition(':')[0]}:*") == []
    assert _lacks(ann) == _lacks(ben) == ids


def test_another_dimension_of_another_user_is_refused(client: Open, url: str) -> None:
    ann, ben = client("ann", url), client("ben", url)
    ids = _filled(ann)
    ann.put_vectors(SPACE, _rows(ann, ids))
    ben.refresh()
    [entry] = ben.get(ids[:1])
    with pytest.raises(KnownError, match="has vectors of 3 numbers, and one of 5"):
        ben.put_vectors(SPACE, [VectorRow(entry.id, entry.updated, np.ones(5, np.float32))])
    assert ben.vector_spaces() == {SPACE: (3, len(ids))}


def test_vectors_go_with_entries_that_go(client: Open, url: str, redis_server: Server) -> None:
    ann = client("ann", url)
    ids = _filled(ann)
    ann.put_vectors(SPACE, _rows(ann, ids))
    [space] = ann._follow.vectors._spaces.values()
    ann.apply([Delete(entry_id) for entry_id in ids[:2]])
    ann._follow.hashes.flush()
    on_server = redis_server.client().hkeys(ann._keys.vectors_of(space.space_id, 0))
    assert sorted(map(int, on_server)) == ids[2:]


def test_a_full_or_lost_server_takes_no_vectors_and_keeps_none(client: Open, tmp_path: Path) -> None:
    with server(tmp_path / "server") as full:
        ann = client("ann", f"{full.url}/notes")
        ids = _filled(ann)
        ann.put_vectors(SPACE, _rows(ann, ids[:1]))
        full.client().config_set("maxmemory", "1mb")
        with pytest.raises(KnownError, match="is full"):
            ann.put_vectors(SPACE, _rows(ann, ids))
        full.client().config_set("maxmemory", "0")
        assert _lacks(ann) == ids[1:]
        full.kill()
        with pytest.raises(KnownError, match=r"does not answer|was lost"):
            ann.put_vectors(SPACE, _rows(ann, ids))
        with pytest.raises(KnownError, match="until it is back"):
            ann.drop_vectors(SPACE)
        assert _lacks(ann) == ids[1:]  # from the copy
        assert sorted(kept(ann, SPACE)) == ids[:1]
        full.start()
        full.wait()
        ann._link._try_after = 0.0
        assert ann.put_vectors(SPACE, _rows(ann, ids)) == len(ids)
        assert _lacks(client("ben", ann.url)) == []


def test_a_server_that_went_back(client: Open, url: str, redis_server: Server) -> None:
    """A backup was brought back: vectors that were put since are missing there, and stamps come again."""
    ann, ben = client("ann", url), client("ben", url)
    ids = _filled(ann)
    ann.put_vectors(SPACE, _rows(ann, ids[:2]))
    theirs = redis_server.client()
    [bucket] = theirs.keys(f"{ann._keys.vectors_of('x', 0).rpartition(':')[0]}:*")
    before = {key: theirs.dump(key) for key in (bucket.decode(), ann._keys.vectors)}
    ann.put_vectors(SPACE, _rows(ann, ids[2:4]))
    ann.put_vectors(SPACE, _rows(ann, ids[4:5]))
    assert _lacks(ben) == ids[5:]
    for key, value in before.items():
        theirs.restore(key, 0, value, replace=True)
    assert _lacks(ann) == _lacks(ben) == ids[5:]
    ben.put_vectors(SPACE, _rows(ben, ids[5:]))
    assert _lacks(ann) == []


def test_a_replica_takes_vectors_and_keeps_its_own(
    client: Open, tmp_path: Path, url: str, redis_server: Server
) -> None:
    ann = client("ann", url)
    ids = _filled(ann)
    ann.put_vectors(SPACE, _rows(ann, ids[:2]))
    with server(tmp_path / "replica", replicaof=f"127.0.0.1 {redis_server.port}") as replica:
        replica.wait(lambda there: there.info("replication")["master_link_status"] == "up")
        copy = client("ben", url.replace(str(redis_server.port), str(replica.port)))
        assert _lacks(copy) == ids[2:]
        assert copy.put_vectors(SPACE, _rows(copy, ids[2:])) == 4
        assert _lacks(copy) == []
        with pytest.raises(KnownError, match="cannot be written"):
            copy.drop_vectors(SPACE)
    assert _lacks(ann) == ids[2:]


def test_looking_asks_the_server_once(client: Open, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ann, ben = client("ann", url), client("ben", url)
    ids = _filled(ann)
    ann.put_vectors(SPACE, _rows(ann, ids))
    ben.refresh()
    asked: list[int] = []
    batch = ben._link.batch

    def counted(commands: list[tuple[str, tuple[object, ...]]], **named: object) -> object:
        asked.append(len(commands))
        return batch(commands, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(ben._link, "batch", counted)
    assert ben.refresh() == []
    assert len(asked) == 1
    _lacks(ben)
    asked.clear()
    _lacks(ben)
    assert len(asked) == 1
    ben.without_vector(SPACE, limit=5)
    assert len(asked) == 1


def test_the_second_user_of_a_team_embeds_nothing(
    url: str, client: Open, embedder: ScriptedEmbedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = _filled(client("maker", url), 50)
    for name in ("ann", "ben"):
        monkeypatch.setenv("MEMVIZ_DATA_HOME", str(tmp_path / name))
        with Session() as session:
            session.open_memory(url).result()
            state = session.use_embedder("builtin").result()
            assert (state.done, vectors_of(session)) == (len(ids), len(ids))
            assert session.dense is not None
            assert session.dense.count == len(ids)
            assert session.dense.search("row 7", limit=1)[0].entry_id == ids[7]
        assert len(embedder.seen) == len(ids)
