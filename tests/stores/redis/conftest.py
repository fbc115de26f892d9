"""One server, and memories on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from memviz.stores.redis import link
from memviz.stores.redis.store import RedisStore
from tests.redis_servers import PROGRAM, Server, server

Open = Callable[..., RedisStore]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if PROGRAM is not None:
        return
    skip = pytest.mark.skip(reason="needs redis-server (on Debian: apt-get install redis-server)")
    for item in items:
        if "stores/redis" in item.nodeid and "no_server" not in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server(tmp_path_factory.mktemp("redis")) as started:
        yield started


_numbers = count(1)


@pytest.fixture
def url(redis_server: Server) -> str:
    """Of a memory that nobody has made yet."""
    return f"{redis_server.url}/notes {next(_numbers)}"


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens a memory as a user on another machine would: each name has a mirror of its own."""
    opened: list[RedisStore] = []

    def open_as(name: str, url: str, *, create: bool = True) -> RedisStore:
        opened.append(RedisStore.open(url, folder=tmp_path / name, create=create))
        return opened[-1]

    yield open_as
    monkeypatch.setattr(link, "PATIENCE", 0.05)  # many a server is gone by now
    for store in opened:
        store.close()
