"""Every store keeps the contract; a new one adds a line to STORES."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from memviz.core.memory import Store
from memviz.stores import in_memory
from memviz.stores.in_memory import InMemoryStore
from memviz.stores.sqlite import SQLiteStore
from tests.contracts.beside_contract import BesideContract
from tests.contracts.conflict_contract import ConflictContract
from tests.contracts.store_contract import Make, StoreContract
from tests.contracts.store_machine import run_machine
from tests.contracts.store_model import StoreModelContract
from tests.contracts.time_travel_contract import TimeTravelContract
from tests.redis_servers import PROGRAM, cluster, server


def sqlite_store(folder: Path) -> Iterator[Make]:
    yield lambda folder, clock: SQLiteStore.open(folder / "memory.sqlite", create=True, clock=clock)


def in_memory_store(_folder: Path) -> Iterator[Make]:
    made: set[str] = set()

    def make(folder: Path, clock: Callable[[], float]) -> Store:
        name = hashlib.sha256(bytes(folder)).hexdigest()
        made.add(name)
        return InMemoryStore.open(name, create=True, clock=clock)

    yield make
    for name in made:
        in_memory.forget(name)


def redis_store(folder: Path) -> Iterator[Make]:
    with server(folder) as started:
        yield _on_server(f"redis://127.0.0.1:{started.port}")


def redis_cluster_store(folder: Path) -> Iterator[Make]:
    with cluster(folder) as nodes:
        hosts = ",".join(f"127.0.0.1:{node.port}" for node in nodes)
        yield _on_server(f"redis+cluster://{hosts}")


def _on_server(url: str) -> Make:
    from memviz.stores.redis.store import RedisStore

    def make(folder: Path, clock: Callable[[], float]) -> Store:
        name = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
        return RedisStore.open(f"{url}/test-{name}", folder=folder / "mirrors", create=True, clock=clock)

    return make


#: name -> what gives ``make`` (see ``store_contract``), and ends what it needed
STORES: dict[str, Callable[[Path], Iterator[Make]]] = {
    "sqlite": sqlite_store,
    "memory": in_memory_store,
    "redis": redis_store,
    "redis-cluster": redis_cluster_store,
}


@pytest.fixture(scope="session", params=STORES)
def make(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Make]:
    if request.param.startswith("redis") and PROGRAM is None:
        pytest.skip("needs redis-server (on Debian: apt-get install redis-server)")
    yield from STORES[request.param](tmp_path_factory.mktemp(request.param))


class TestStores(StoreContract):
    pass


class TestStoresAgainstTheModel(StoreModelContract):
    pass


def test_equals_plain_dictionaries_whatever_happens_next(make: Make, request: pytest.FixtureRequest) -> None:
    on_server = "redis" in request.node.callspec.params["make"]
    run_machine(make, examples=3 if on_server else 20, steps=25)


@pytest.mark.slow
@pytest.mark.timeout(1_800)
def test_equals_plain_dictionaries_for_long(make: Make, request: pytest.FixtureRequest) -> None:
    on_server = "redis" in request.node.callspec.params["make"]
    run_machine(make, examples=30 if on_server else 300, steps=60)


class TestConflicts(ConflictContract):
    pass


class TestTimeTravel(TimeTravelContract):
    pass


class TestBesideTheEntries(BesideContract):
    pass
