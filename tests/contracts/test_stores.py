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
from tests.contracts.store_contract import Make, StoreContract
from tests.contracts.store_model import StoreModelContract
from tests.contracts.time_travel_contract import TimeTravelContract


def sqlite_store(folder: Path, clock: Callable[[], float]) -> Store:
    return SQLiteStore.open(folder / "memory.sqlite", create=True, clock=clock)


def in_memory_store(folder: Path, clock: Callable[[], float]) -> Store:
    name = hashlib.sha256(bytes(folder)).hexdigest()
    _MADE.add(name)
    return InMemoryStore.open(name, create=True, clock=clock)


_MADE: set[str] = set()
STORES: dict[str, Make] = {"sqlite": sqlite_store, "memory": in_memory_store}


@pytest.fixture(autouse=True)
def no_memory_is_left() -> Iterator[None]:
    yield
    while _MADE:
        in_memory.forget(_MADE.pop())


@pytest.fixture(scope="session", params=STORES.values(), ids=STORES.keys())
def make(request: pytest.FixtureRequest) -> Make:
    return request.param


class TestStores(StoreContract):
    pass


class TestStoresAgainstTheModel(StoreModelContract):
    pass


class TestTimeTravel(TimeTravelContract):
    pass


class TestBesideTheEntries(BesideContract):
    pass
