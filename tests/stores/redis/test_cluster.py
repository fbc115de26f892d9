"""A cluster: one memory on all nodes, slots that move, nodes that are lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from redis.crc import key_slot

from memviz.core.edits import Insert, Update
from memviz.core.errors import KnownError
from memviz.core.vectors import VectorRow
from memviz.stores.redis import committing, durability, link
from memviz.stores.redis.keys import BUCKET
from memviz.stores.redis.store import RedisStore
from tests.contracts.beside_contract import kept
from tests.redis_servers import SLOTS, Server, cluster, soon_lost
from tests.stores.redis.conftest import Open
from tests.stores.redis.test_together import _all, _on_server


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Server]]:
    with cluster(tmp_path_factory.mktemp("cluster")) as started:
        yield started


def _url(nodes: list[Server], name: str) -> str:
    return f"redis+cluster://{','.join(f'127.0.0.1:{node.port}' for node in nodes)}/{name}"


def test_one_memory_lies_on_all_nodes(client: Open, nodes: list[Server]) -> None:
    store = client("ann", _url(nodes, "spread"))
    many = 8 * BUCKET
    store.load([{"text": f"row {number}"} for number in range(many)], many)
    on_each = [len(node.client().keys("memviz:{spread*:entry:*")) for node in nodes]
    assert sum(on_each) == many
    assert min(on_each) >= BUCKET - 1
    plain = client(
        "ben", f"redis://127.0.0.1:{nodes[2].port}/spread"
    )  # any node will do, and says that it is a cluster
    assert len(plain.search_ids("row")) == many
    assert _all(plain) == _all(store)
    assert "without a replica" in " ".join(store.notices)


def test_vectors_lie_on_all_nodes(client: Open, nodes: list[Server]) -> None:
    ann, ben = client("ann", _url(nodes, "vectors")), client("ben", _url(nodes, "vectors"))
    many = 8 * BUCKET
    ann.load([{"text": f"row {number}"} for number in range(many)], many)
    entries = ann.get(ann.search_ids())
    rows = [VectorRow(entry.id, entry.updated, np.array([entry.id % 7, 1], np.float32)) for entry in entries]
    assert ann.put_vectors("space", rows) == many
    on_each = [len(node.client().keys("memviz:{vectors:*:vectors:*")) for node in nodes]
    assert (sum(on_each), min(on_each) > 0) == (9, True)
    ben.refresh()
    assert ben.without_vector("space", limit=1) == []
    assert sorted(kept(ben, "space")) == [entry.id for entry in entries]


def test_slots_that_move(client: Open, nodes: list[Server]) -> None:
    """The head's slot moves to another node while its memory is edited: first half of its keys, then all, then it."""
    store = client("ann", _url(nodes, "moving"))
    [entry_id] = store.apply([Insert(text="0")]).inserted
    slot = key_slot(store._keys.head.encode())
    source = nodes[slot * 3 // SLOTS]
    target = nodes[(slot * 3 // SLOTS + 1) % 3]
    names = {node: node.client().execute_command("CLUSTER", "MYID") for node in nodes}
    target.client().execute_command("CLUSTER", "SETSLOT", slot, "IMPORTING", names[source])
    source.client().execute_command("CLUSTER", "SETSLOT", slot, "MIGRATING", names[target])
    store.apply([Update(entry_id, text="1")])
    for key in source.client().execute_command("CLUSTER", "GETKEYSINSLOT", slot, 100):
        source.client().execute_command("MIGRATE", "127.0.0.1", target.port, key, 0, 1_000)
    store.apply([Update(entry_id, text="2")])  # is asked for over there
    assert store.refresh() == []
    for node in (target, source, nodes[3 - nodes.index(source) - nodes.index(target)]):
        node.client().execute_command("CLUSTER", "SETSLOT", slot, "NODE", names[target])
    store.apply([Update(entry_id, text="3")])  # has moved
    assert store._link.topology.primary(slot) == ("127.0.0.1", target.port)
    assert _all(client("ben", _url(nodes, "moving"))) == _on_server(store) == {entry_id: "3"}
    assert store.version == 4


def test_a_lost_node_without_replica_stops_the_cluster_and_loses_nothing(
    client: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with cluster(tmp_path / "cluster") as nodes:
        store = client("ann", _url(nodes, "n"))
        store.apply([Insert(text="1")])
        soon_lost(nodes)
        node = _head_node(nodes, store)
        node.kill()
        monkeypatch.setattr(link, "PATIENCE", 0.3)
        with pytest.raises(KnownError, match=r"does not answer|was lost|is down"):
            store.apply([Insert(text="2")])
        assert _all(store) == {1: "1"}
        node.start()
        node.wait()
        assert _until(lambda: store.apply([Insert(text="3")]).version in (2, 3))
        texts = list(_all(store).values())
        assert (texts[0], texts[-1]) == ("1", "3")
        assert _all(client("ben", _url(nodes, "n"))) == _all(store) == _on_server(store)


def test_a_primary_killed_during_edits_loses_no_acknowledged_edit(
    client: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with cluster(tmp_path / "cluster", replicas=True) as nodes:
        store, ben = client("ann", _url(nodes, "n")), client("ben", _url(nodes, "n"))
        assert not [words for words in store.notices if "without a replica" in words]
        monkeypatch.setattr(link, "PATIENCE", 0.2)  # else a replica may take over before an edit is refused
        acknowledged: list[str] = []
        refused = 0
        soon_lost(nodes)
        killed = _head_node(nodes, store)
        begun, number = time.monotonic(), 0
        while time.monotonic() - begun < 30:
            number += 1
            if number == 40:
                killed.kill()
            try:
                store.apply([Insert(text=f"edit {number}")])
                acknowledged.append(f"edit {number}")
            except KnownError:
                refused += 1
                store._link._try_after = 0.0
                time.sleep(0.02)
            if refused and len(acknowledged) > 60:
                break
        assert refused, "the primary was not killed in time"
        assert len(acknowledged) > 60, "no replica took over"
        fresh = client("cem", _url(nodes, "n"))
        texts = list(_all(fresh).values())
        assert set(acknowledged) <= set(texts)
        assert len(texts) == len(set(texts)), "an edit was made twice"
        assert _until(lambda: len(ben.refresh()) >= 0 and _all(ben) == _all(fresh))
        assert _on_server(fresh) == _all(fresh)
        assert "has lost the replica" in " ".join(store.notices)
        assert "has lost" not in " ".join(fresh.notices)  # which has never seen one
        killed.start()  # comes back as a replica
        killed.wait()
        store.apply([Insert(text="after")])
        monkeypatch.setattr(durability, "AGAIN_SECONDS", 0.1)
        store._replicas._ask_after = 0.0
        assert _until(lambda: store.refresh() == [] and "has lost" not in " ".join(store.notices))


def test_an_edit_that_no_replica_confirms_is_not_acknowledged(
    client: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(committing, "REPLICA_MS", 300)
    with cluster(tmp_path / "cluster", replicas=True) as nodes:
        store, ben = client("ann", _url(nodes, "n")), client("ben", _url(nodes, "n"))
        store.apply([Insert(text="1")])
        replica = nodes[nodes.index(_head_node(nodes, store)) + 3]
        replica.pause()
        with pytest.raises(KnownError, match="no replica has confirmed it"):
            store.apply([Insert(text="2")])
        replica.go_on()
        assert _all(store) == {1: "1", 2: "2"}  # it is there, as the sentence says
        assert [change.inserted for change in store.refresh()] == [(2,)]
        ben.refresh()
        assert _all(ben) == _all(store)
        store.apply([Insert(text="3")])


def _head_node(nodes: list[Server], store: RedisStore) -> Server:
    primary = store._link.topology.primary(key_slot(store._keys.head.encode()))
    return next(node for node in nodes if primary == ("127.0.0.1", node.port))


def _until(done: Callable[[], bool], seconds: float = 20.0) -> bool:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        try:
            if done():
                return True
        except KnownError:
            pass
        time.sleep(0.1)
    return False
