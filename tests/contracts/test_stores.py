"""Every store keeps the contract; a new one adds a line to STORES."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from memviz.core.memory import Store
from memviz.stores.sqlite import SQLiteStore
from tests.contracts.store_contract import Make, StoreContract
from tests.contracts.store_model import StoreModelContract
from tests.contracts.time_travel_contract import TimeTravelContract


def sqlite_store(folder: Path, clock: Callable[[], float]) -> Store:
    return SQLiteStore.open(folder / "memory.sqlite", create=True, clock=clock)


STORES: dict[str, Make] = {"sqlite": sqlite_store}


@pytest.fixture(scope="session", params=STORES.values(), ids=STORES.keys())
def make(request: pytest.FixtureRequest) -> Make:
    return request.param


class TestStores(StoreContract):
    pass


class TestStoresAgainstTheModel(StoreModelContract):
    pass


class TestTimeTravel(TimeTravelContract):
    pass
