"""A server that is killed during edits and started again: what it acknowledged is there."""

from __future__ import annotations

import random
import threading
from pathlib import Path

import pytest

from memviz.core.edits import Insert, Update
from memviz.core.errors import KnownError
from memviz.stores.redis import materialise
from tests.redis_servers import server
from tests.stores.redis.conftest import Open
from tests.stores.redis.test_together import _all, _on_server


@pytest.mark.parametrize("rounds", [4, pytest.param(60, marks=pytest.mark.slow)])
def test_a_killed_server_loses_no_acknowledged_edit(
    client: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rounds: int
) -> None:
    rng = random.Random(rounds)
    with server(tmp_path / "server") as killed:
        store = client("ann", f"{killed.url}/notes")
        store.apply([Insert(text="start")])
        acknowledged: dict[int, str] = {}
        in_doubt: list[str] = []
        for number in range(rounds):
            kill = threading.Timer(rng.uniform(0.02, 0.15), killed.kill)
            kill.start()
            try:
                for edit in range(10_000):
                    text = f"round {number} edit {edit}"
                    in_doubt.append(text)
                    change = store.apply([Insert(text=text), Update(1, text=text)])
                    acknowledged[change.inserted[0]] = in_doubt.pop()
            except KnownError:
                kill.join()
            killed.start()
            killed.wait()
            store._link._try_after = 0.0
            store.refresh()
        fresh = client(f"ben {rounds}", store.url)
        texts = _all(fresh)
        newest = texts.pop(1)
        assert acknowledged.items() <= texts.items()
        assert set(texts.values()) - set(acknowledged.values()) <= set(in_doubt)
        assert newest in (acknowledged[max(acknowledged)], *in_doubt)
        assert len(acknowledged) > rounds
        assert _all(store) == _all(fresh)
        # Hashes of events that got through though nobody was told so: whoever looks next takes their writer for dead.
        monkeypatch.setattr(materialise, "GIVEN_UP", 0.0)
        fresh.search_ids("round")  # waits for its copy
        fresh.refresh()
        assert _on_server(fresh) == _all(fresh)
