"""Redis servers for tests: real ones, on loopback, on free ports, with folders of their own, ended with the tests."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import redis

PROGRAM = shutil.which("redis-server")
SLOTS = 16_384
needs_server = pytest.mark.skipif(
    PROGRAM is None, reason="needs redis-server (on Debian: apt-get install redis-server)"
)


class Server:
    """A redis-server that can be ended and started again with what it kept."""

    def __init__(self, folder: Path, options: Mapping[str, Any]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.options = folder, dict(options)
        self.port = int(self.options.get("tls-port") or free_port())
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> None:
        assert PROGRAM is not None
        options = {
            "port": self.port,
            "bind": "127.0.0.1",
            "dir": self.folder,
            "save": "",
            "appendonly": "yes",
            "appendfsync": "always",
            "loglevel": "warning",
            "repl-diskless-sync-delay": 0,
            "repl-ping-replica-period": 1,
            "logfile": self.folder / "log.txt",
            **self.options,
        }
        words = [word for name, value in options.items() for word in (f"--{name}", *str(value).split(" "))]
        self._process = subprocess.Popen([PROGRAM, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def client(self, **options: Any) -> redis.Redis:
        password = self.options.get("requirepass")
        return redis.Redis(port=self.port, password=password, socket_timeout=10, **options)

    def wait(self, ready: Callable[[redis.Redis], bool] = lambda client: client.ping(), seconds: float = 15.0) -> None:
        """Until ``ready`` holds."""
        ends = time.monotonic() + seconds
        while True:
            with suppress(redis.RedisError), self.client() as client:
                if ready(client):
                    return
            assert time.monotonic() < ends, (self.folder / "log.txt").read_text()
            time.sleep(0.01)

    def wait_port(self, seconds: float = 15.0) -> None:
        """Until somebody listens."""
        ends = time.monotonic() + seconds
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            assert time.monotonic() < ends, (self.folder / "log.txt").read_text()
            time.sleep(0.01)

    def pause(self) -> None:
        """It stays, and does not answer."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """As a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def free_port() -> int:
    """A port that nobody has, nor the one 10,000 above it, where a cluster's nodes talk to each other."""
    while True:
        with socket.socket() as one, socket.socket() as other:
            one.bind(("127.0.0.1", 0))
            port: int = one.getsockname()[1]
            with suppress(OSError, OverflowError):
                if port < 55_000:
                    other.bind(("127.0.0.1", port + 10_000))
                    return port


@contextmanager
def server(folder: Path, **options: Any) -> Iterator[Server]:
    """One instance; ``options`` as in its configuration, with _ for -."""
    started = Server(folder, {name.replace("_", "-"): value for name, value in options.items()})
    try:
        if "tls-port" not in started.options:
            started.wait()
        yield started
    finally:
        started.kill()


@contextmanager
def cluster(folder: Path, *, replicas: bool = False, **options: Any) -> Iterator[list[Server]]:
    """A cluster of three primaries; with ``replicas`` the three that follow are one replica for each.

    Nobody takes a node for lost that a busy machine has not let answer for some seconds; see :func:`soon_lost`.
    """
    settings = {name.replace("_", "-"): value for name, value in options.items()}
    nodes = [
        Server(
            folder / str(number),
            {"cluster-enabled": "yes", "cluster-config-file": "nodes.conf", "cluster-node-timeout": 20_000, **settings},
        )
        for number in range(6 if replicas else 3)
    ]
    try:
        for node in nodes:
            node.wait()
        _join(nodes)
        yield nodes
    finally:
        for node in nodes:
            node.kill()


def soon_lost(nodes: Sequence[Server]) -> None:
    """From now on a node that does not answer for a second is lost to the others."""
    for node in nodes:
        with node.client() as client:
            client.config_set("cluster-node-timeout", 1_000)


def _join(nodes: Sequence[Server]) -> None:
    clients = [node.client() for node in nodes]
    for number, client in enumerate(clients, 1):
        client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", number)
        if number <= 3:
            begin, end = (number - 1) * SLOTS // 3, number * SLOTS // 3 - 1
            client.execute_command("CLUSTER", "ADDSLOTSRANGE", begin, end)
        if number > 1:
            client.execute_command("CLUSTER", "MEET", "127.0.0.1", nodes[0].port)
    for node in nodes:
        node.wait(lambda client: _info(client)["cluster_known_nodes"] == str(len(nodes)))
    for primary, client in zip(clients, clients[3:], strict=False):
        client.execute_command("CLUSTER", "REPLICATE", primary.execute_command("CLUSTER", "MYID"))
    for number, node in enumerate(nodes):
        node.wait(lambda client: _info(client)["cluster_state"] == "ok")
        if len(nodes) > 3 and number < 3:
            node.wait(has_replica)
    if len(nodes) > 3:
        for node in nodes:
            node.wait(_knows_replicas)
    for client in clients:
        client.close()


def has_replica(client: redis.Redis) -> bool:
    replica = client.info("replication").get("slave0")
    return bool(replica) and replica["state"] == "online"


def _knows_replicas(client: redis.Redis) -> bool:
    connection = client.connection_pool.get_connection()
    try:
        connection.send_command("CLUSTER", "SLOTS")
        return all(len(each) == 4 for each in connection.read_response())
    finally:
        client.connection_pool.release(connection)


def _info(client: redis.Redis) -> dict[str, str]:
    reply = client.execute_command("CLUSTER INFO")
    return reply if isinstance(reply, dict) else dict(line.split(":") for line in reply.decode().split())
