"""Several users on one memory."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from memviz.core.edits import Change, Delete, Insert, Update
from memviz.core.errors import Cancelled, KnownError
from memviz.core.vectors import VectorRow
from memviz.stores.redis import hashes, staging
from memviz.stores.redis.head import read_head
from memviz.stores.redis.keys import BUCKET, Keys
from memviz.stores.redis.link import Link
from memviz.stores.redis.store import RedisStore
from tests.redis_servers import Server
from tests.stores.redis.conftest import Open


def _all(store: RedisStore) -> dict[int, str]:
    return {entry.id: entry.text for entry in store.get(store.search_ids())}


def _on_server(store: RedisStore) -> dict[int, str]:
    """The hashes as they are on the server, found without the mirror."""
    store._follow.hashes.flush()
    link = Link(store._link.address)
    link.open()
    keys = Keys(store._keys.name)
    found = {i: entry.text for i, entry in hashes.read_hashes(link, keys, range(1, 3_000)).items()}
    link.close()
    return found


def test_an_edit_of_another_user_is_told(client: Open, url: str) -> None:
    ann, ben = client("ann", url), client("ben", url)
    [entry_id] = ann.apply([Insert(text="red")], initiator="ann").inserted
    assert ben.refresh() == [Change(1, "edit", inserted=(entry_id,), initiator="ann")]
    assert ben.refresh() == []
    ben.apply([Update(entry_id, text="blue")])
    assert ben.refresh() == []
    assert [(change.version, change.updated) for change in ann.refresh()] == [(2, (entry_id,))]
    assert _all(ann) == _all(ben) == {entry_id: "blue"}
    assert ann.undo() is not None
    [undone] = ben.refresh()
    assert (undone.kind, undone.updated) == ("undo", (entry_id,))
    assert [row.undone for row in ben.history()] == [False, True, False]
    ben.redo()
    assert len(ann.refresh()) == 1
    assert ann.history() == ben.history()


def test_edits_at_the_same_time_are_all_kept(client: Open, url: str, tmp_path: Path) -> None:
    client("maker", url).apply([Insert(text="0", key="counter")])
    failed: list[BaseException] = []

    def edit(name: str) -> None:
        try:
            with closing(RedisStore.open(url, folder=tmp_path / name)) as store:
                [own] = store.apply([Insert(text=name)]).inserted
                for number in range(25):
                    store.apply([Update(own, text=f"{name} {number}"), Insert(text=f"{name}+{number}")])
                    if number % 5 == 4:
                        store.mark_used([own, 1])
        except BaseException as error:  # noqa: BLE001 - told by the test
            failed.append(error)

    threads = [threading.Thread(target=edit, args=(name,)) for name in ("ann", "ben", "cem")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    fresh = client("fresh", url)
    texts = _all(fresh)
    assert (fresh.version, fresh.count, len(texts)) == (1 + 3 * 26, 1 + 3 * 26, 1 + 3 * 26)
    for name in ("ann", "ben", "cem"):
        assert {f"{name} 24", *(f"{name}+{number}" for number in range(25))} <= set(texts.values())
    assert fresh.get([1])[0].used_count == 3 * 5
    assert _on_server(fresh) == texts
    assert [row.version for row in fresh.history(limit=1_000)] == sorted(
        (row.version for row in fresh.history(limit=1_000)), reverse=True
    )


def test_an_edit_is_planned_again_on_what_another_user_made_of_the_entry(client: Open, url: str) -> None:
    ann, ben = client("ann", url), client("ben", url)
    [entry_id] = ann.apply([Insert(text="red", owner="")]).inserted
    ben.refresh()
    ann.apply([Update(entry_id, owner="Ann")])
    ben.apply([Update(entry_id, text="blue")])
    [entry] = ben.get([entry_id])
    assert (entry.owner, entry.text) == ("Ann", "blue")
    assert ben.history(limit=1)[0].diff.before is not None
    assert ben.history(limit=1)[0].diff.before.owner == "Ann"
    ann.apply([Delete(entry_id)])
    with pytest.raises(KnownError, match=f"no entry {entry_id}"):
        ben.apply([Update(entry_id, text="lost")])
    assert ben.apply([Insert(text="new")]).inserted == (entry_id + 1,)
    undone = ann.undo()
    assert undone is not None
    assert undone.deleted == (entry_id + 1,)


def test_uses_and_settings_reach_everybody(client: Open, url: str) -> None:
    ann, ben = client("ann", url), client("ben", url)
    [entry_id] = ann.apply([Insert(text="red")]).inserted
    ben.mark_used([entry_id])
    ann.mark_used([entry_id, entry_id])
    ann.change_settings({"decay": {"half-life": 7}, "gone": 1})
    ben.change_settings({"gone": None})
    ann.refresh()
    assert ann.settings == ben.settings == {"decay": {"half-life": 7}}
    assert ann.get([entry_id]) == ben.get([entry_id])
    assert ann.get([entry_id])[0].used_count == 3
    assert (ann.version, ben.version) == (1, 1)
    assert client("later", url).settings == {"decay": {"half-life": 7}}
    with pytest.raises(KnownError, match="cannot keep this setting"):
        ann.change_settings({"odd": float("nan")})


def test_a_load_is_seen_whole_or_not_at_all(client: Open, url: str) -> None:
    ann, ben = client("ann", url), client("ben", url)
    ann.apply([Insert(text="first")])
    rows = [{"text": f"row {number}", "key": f"k{number}"} for number in range(2_345)]

    changes: list[Change] = []

    def told(done: int, total: int, words: str) -> None:
        changes.extend(ben.refresh())
        if words == "sending entries":
            ben.apply([Insert(text="meanwhile")])
            assert "row" not in " ".join(_all(ben).values())

    change = ann.load(rows, len(rows), told)
    assert change.kind == "load"
    changes += ben.refresh()
    assert len(ben.search_ids("row 17")) > 0  # waits for its copy
    [told_load] = [change for change in [*changes, *ben.refresh()] if change.kind == "load"]
    assert told_load.version == ann.version == ben.version
    assert _all(ann) == _all(ben)
    assert ann.count == len(_all(ann)) == 1 + 2_345 + 3
    assert _on_server(ann) == _all(ann)
    ann.apply([*(Delete(entry_id) for entry_id in ann.search_ids("row 1")[:3]), Insert(text="after")])
    assert _all(client("late", url)) == _all(ann)


def test_a_load_that_fails_leaves_nothing(client: Open, url: str, redis_server: Server) -> None:
    store = client("ann", url)
    store.apply([Insert(text="kept")])
    store._follow.hashes.flush()
    rows = [{"text": f"row {number}"} for number in range(1_500)]
    before = len(redis_server.client().keys("*"))
    with pytest.raises(KnownError, match="needs a text"):
        store.load([*rows, {"text": " "}], 1_501)

    def cancel(done: int, total: int, words: str) -> None:
        if words == "sending entries" and done:
            raise Cancelled

    with pytest.raises(Cancelled):
        store.load(rows, 1_500, cancel)
    assert len(redis_server.client().keys("*")) == before
    assert (store.version, _all(store)) == (1, {1: "kept"})
    assert store.apply([Insert(text="next")]).inserted[0] > 1_500


def test_what_a_dead_load_left_is_swept_and_its_event_refused(client: Open, url: str, redis_server: Server) -> None:
    store = client("ann", url)
    keys = store._keys

    def late(done: int, total: int, words: str) -> None:
        if words == "sending entries" and done:
            head = read_head(store._link, keys)
            assert head is not None
            assert staging.sweep(store._link, keys, head.staged, time.time() + 4_000.0) == 1

    with pytest.raises(KnownError, match="taken for dead"):
        store.load([{"text": "x"}] * 1_200, 1_200, late)
    assert store.count == 0
    assert not redis_server.client().exists(keys.entry(5))


def test_entries_lie_in_buckets(client: Open, url: str, redis_server: Server) -> None:
    store = client("ann", url)
    store.load([{"text": "x"}] * (BUCKET + 10), BUCKET + 10)
    prefix = store._keys.entry(1).partition("{")[0] + "{"
    buckets = {key.decode().split("}")[0] for key in redis_server.client().keys(f"{prefix}*notes*:entry:*")}
    assert len({bucket for bucket in buckets if store._keys.entry(1).split("}")[0][:-2] in bucket}) == 2


def test_vectors_stay_with_their_text(client: Open, url: str) -> None:
    store = client("ann", url)
    [entry_id] = store.apply([Insert(text="red")]).inserted
    [entry] = store.get([entry_id])
    assert store.put_vectors("space", [VectorRow(entry_id, entry.updated, np.ones(3, np.float32))]) == 1
    store.apply([Update(entry_id, text="blue")])
    assert list(store.vector_changes("space").gone) == [entry_id]
    assert [entry.id for entry in store.without_vector("space", limit=9)] == [entry_id]
