"""Reaching a server or a cluster: which node has a key, what to do when it moved or is gone."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

from redis import exceptions
from redis.crc import key_slot

from memviz.stores.redis.address import Node, RedisAddress, remember, remembered
from memviz.stores.redis.errors import ServerError, Unreachable, known
from memviz.stores.redis.scripts import TEXTS
from memviz.stores.redis.topology import Topology, topology_of
from memviz.stores.redis.wire import Command, Wire

#: How long a request is tried again while a cluster looks for a new primary, in seconds.
PATIENCE = 2.0
#: A server that did not answer is asked again after this time, in seconds; until then requests are refused at once.
PAUSE = 1.0
#: What goes by within moments, and is worth another try.
_PASSING = ("CLUSTERDOWN", "TRYAGAIN", "LOADING", "MASTERDOWN", "BUSY")
_PENDING = object()


class Link:
    """The way to a server. One thread at a time.

    A request is sent again where an answer was lost or its slot moved, so each must be one that does the same the
    second time: see ``scripts``.

    Attributes:
        address: with the password that it was opened with.
        info: what the server told about itself when it was reached first.
        down_since: since when it does not answer, by ``time.time()``; None while it does.
        topology: of a cluster; empty otherwise.
    """

    def __init__(self, address: RedisAddress) -> None:
        self.address = remembered(address)
        self.info: Mapping[str, str] = {}
        self.down_since: float | None = None
        self.topology = Topology()
        self._wires: dict[Node, Wire] = {}
        self._try_after = 0.0
        self._hung_up = False

    def open(self) -> None:
        """Connects, and finds out what is there.

        Raises:
            ServerError: whatever is wrong, in one sentence.
        """
        try:
            self._begin()
        except ServerError as error:
            password = os.environ.get("REDISCLI_AUTH")
            if error.word != "NOAUTH" or not password:
                raise
            self.close()
            self.address = self.address.with_password(password)
            self._begin()
        remember(self.address)

    def _begin(self) -> None:
        for number, node in enumerate(self.address.nodes, 1):
            try:
                self.info = parsed_info(self._ask(node, "INFO"))
                if self.is_cluster:
                    self.topology = topology_of(self._ask(node, "CLUSTER", "SLOTS"), node)
                return
            except Unreachable:
                if number == len(self.address.nodes):
                    raise

    @property
    def is_cluster(self) -> bool:
        return self.info.get("cluster_enabled") == "1"

    @property
    def read_only(self) -> bool:
        """True for a replica; of a cluster the primaries are asked."""
        return not self.is_cluster and self.info.get("role") == "slave"

    def nodes(self) -> list[Node]:
        """The server, or all primaries of the cluster."""
        return self.topology.nodes if self.is_cluster else [self.address.nodes[0]]

    def replicas(self, key: str) -> int:
        """How many replicas the primary of a key has, as far as is known now."""
        if self.is_cluster:
            return self.topology.replicas_of(key_slot(key.encode()))
        return int(self.info.get("connected_slaves", "0"))

    def look_around(self) -> None:
        """Asks anew which node has what; nothing happens where no node answers."""
        known_nodes = [*self.topology.nodes, *self.address.nodes] if self.is_cluster else self.address.nodes
        for node in dict.fromkeys(known_nodes):
            try:
                if self.is_cluster:
                    self.topology = topology_of(self._ask(node, "CLUSTER", "SLOTS"), node)
                else:
                    self.info = {**self.info, **parsed_info(self._ask(node, "INFO", "replication"))}
                return
            except ServerError:
                continue

    def ask(self, node: Node, commands: Sequence[Command]) -> list[Any]:
        """Commands to one node, about no key, in one request.

        Raises:
            ServerError: what it said, or that it does not answer.
        """
        wire = self._wire(node)
        if self._hung_up:
            raise Unreachable(f"The connection to {wire.where} was ended.")
        wire.send(commands)
        replies = wire.receive(len(commands))
        for reply in replies:
            if isinstance(reply, Exception):
                raise known(reply, wire.where)
        return replies

    def call(self, key: str, *command: Any) -> Any:
        """One command about one key; see :meth:`batch`."""
        return self.batch([(key, command)])[0]

    def batch(self, commands: Sequence[tuple[str, Command]], *, together: bool = False, spare: int = 0) -> list[Any]:
        """Commands with the key that each is about: each node gets its own in one piece and in order.

        Args:
            together: where one is sent again, all are.
            spare: so many of the first may fail; then the error is their reply.

        Raises:
            ServerError: what the server said to one of them (others may be done), or that it does not answer.
        """
        self._refuse_while_down()
        replies: list[Any] = [_PENDING] * len(commands)
        ends = time.monotonic() + (PATIENCE if self.down_since is None else 0.0)
        sent = False
        while True:
            trouble = self._round(commands, replies, spare)
            if isinstance(trouble, Unreachable) and _PENDING not in replies[spare:]:
                replies[:spare] = [trouble if reply is _PENDING else reply for reply in replies[:spare]]
            if _PENDING not in replies:
                self.down_since = None
                return replies
            if together:
                replies = [_PENDING] * len(commands)
            sent = sent or (isinstance(trouble, Unreachable) and trouble.sent)
            if isinstance(trouble, Unreachable) and not self.is_cluster and not trouble.sent:
                raise self._lost(trouble, sent)
            if trouble is not None and self._hung_up:
                raise trouble
            before = self.topology
            if self.is_cluster:
                self.look_around()
            if trouble is not None:
                if time.monotonic() > ends and self.topology == before:
                    raise self._lost(trouble, sent) if isinstance(trouble, Unreachable) else trouble
                time.sleep(0.02)

    def _round(self, commands: Sequence[tuple[str, Command]], replies: list[Any], spare: int) -> ServerError | None:
        """Sends what is pending to where it belongs, and fills in the replies.

        What must be sent again stays pending; returned is why, unless it is only that it belongs elsewhere.

        Raises:
            ServerError: a reply that sending again would not change.
        """
        by_node: dict[Node, list[int]] = {}
        for at, (key, _) in enumerate(commands):
            if replies[at] is _PENDING:
                by_node.setdefault(self._node(key), []).append(at)
        trouble: ServerError | None = None
        final: ServerError | None = None  # of several the last one
        asked: list[Node] = []
        for node, places in by_node.items():
            try:
                self._wire(node).send([commands[at][1] for at in places])
                asked.append(node)
            except ServerError as error:
                trouble = error
                if not isinstance(error, Unreachable) and error.word not in _PASSING:
                    final = error
        for node in asked:
            try:
                answers = self._wire(node).receive(len(by_node[node]))
            except Unreachable as error:
                trouble = error
                continue
            for at, answer in zip(by_node[node], answers, strict=True):
                replies[at] = answer
        for node in asked:
            for at in by_node[node]:
                if isinstance(replies[at], Exception):
                    refusal = self._not_done(node, commands[at][1], at, replies)
                    if refusal is not None and at < spare:
                        replies[at] = refusal
                        continue
                    trouble = refusal or trouble
                    if refusal is not None and replies[at] is not _PENDING:
                        final = refusal
        if final is not None:
            raise final
        return trouble

    def _not_done(self, node: Node, command: Command, at: int, replies: list[Any]) -> ServerError | None:
        """What an error reply means: it stays in ``replies`` where it is final."""
        reply = replies[at]
        if isinstance(reply, exceptions.NoScriptError):
            self._ask(node, "SCRIPT", "LOAD", TEXTS[command[1]])
            replies[at] = _PENDING
            return None
        moved = isinstance(reply, exceptions.MovedError)
        if isinstance(reply, exceptions.AskError) and not moved:  # redis-py makes the other a kind of this one
            wire = self._wire((reply.host, reply.port))
            wire.send([("ASKING",), command])
            replies[at] = wire.receive(2)[1]
            if isinstance(replies[at], exceptions.NoScriptError):
                self._ask((reply.host, reply.port), "SCRIPT", "LOAD", TEXTS[command[1]])
            elif not isinstance(replies[at], Exception):
                return None
            replies[at] = _PENDING
            return known(reply, wire.where)
        key = "" if command[0] == "EVALSHA" else str(command[1])
        error = known(reply, self._wire(node).where, key)
        if moved or error.word in _PASSING or (self.is_cluster and error.word == "READONLY"):
            replies[at] = _PENDING
        return None if moved else error

    def hang_up(self) -> None:
        """Ends the request that goes on in another thread: that raises Unreachable, as all later ones do."""
        self._hung_up = True
        for wire in list(self._wires.values()):
            wire.hang_up()

    def close(self) -> None:
        for wire in self._wires.values():
            wire.close()
        self._wires.clear()

    def _node(self, key: str) -> Node:
        if not self.is_cluster:
            return self.address.nodes[0]
        node = self.topology.primary(key_slot(key.encode()))
        return node if node is not None else self.address.nodes[0]  # which says what is wrong

    def _wire(self, node: Node) -> Wire:
        if node not in self._wires:
            self._wires[node] = Wire(self.address.at(node))
        return self._wires[node]

    def _ask(self, node: Node, *command: Any) -> Any:
        return self.ask(node, [command])[0]

    def _refuse_while_down(self) -> None:
        if self.down_since is None:
            return
        if time.monotonic() >= self._try_after:
            if self._answers():
                return
            self._try_after = time.monotonic() + PAUSE
        raise Unreachable(self.words_of_down())

    def _answers(self) -> bool:
        """Whether any node does, asked without much patience."""
        for node in dict.fromkeys([*self.topology.nodes, *self.address.nodes]):
            wire = Wire(self.address.at(node), probe=True)
            try:
                wire.send([("PING",)])
                wire.receive(1)
                return True
            except ServerError:
                continue
            finally:
                wire.close()
        return False

    def _lost(self, trouble: Unreachable, sent: bool) -> Unreachable:
        if self.down_since is None:
            self.down_since = time.time()
        self._try_after = time.monotonic() + PAUSE
        return Unreachable(str(trouble), sent=sent)

    def words_of_down(self) -> str:
        """Since when the server does not answer; empty while it does."""
        if self.down_since is None:
            return ""
        since = time.strftime("%H:%M:%S", time.localtime(self.down_since))
        return (
            f"The server {self.address.server} does not answer since {since}; entries are shown as they were then,"
            " and edits are refused until it is back."
        )


def parsed_info(reply: bytes) -> dict[str, str]:
    """``name:value`` lines of INFO."""
    lines = (line.partition(":") for line in reply.decode("utf-8", "replace").splitlines() if not line.startswith("#"))
    return {name: value for name, _, value in lines if name}
