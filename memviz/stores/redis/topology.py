"""Which node of a cluster has which slots."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from memviz.stores.redis.address import Node


@dataclass(frozen=True, slots=True)
class Topology:
    """Ranges of slots by their first slot, with the primary and the number of its replicas that are well."""

    starts: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()
    primaries: tuple[Node, ...] = ()
    replicas: tuple[int, ...] = ()

    def primary(self, slot: int) -> Node | None:
        """None for a slot that no node has."""
        at = self._range(slot)
        return None if at is None else self.primaries[at]

    def replicas_of(self, slot: int) -> int:
        at = self._range(slot)
        return 0 if at is None else self.replicas[at]

    @property
    def nodes(self) -> list[Node]:
        return list(dict.fromkeys(self.primaries))

    @property
    def without_replica(self) -> list[Node]:
        return list(dict.fromkeys(node for node, many in zip(self.primaries, self.replicas, strict=True) if not many))

    @property
    def covered(self) -> int:
        """Number of slots that some node has; a whole cluster has 16,384."""
        return sum(end - start + 1 for start, end in zip(self.starts, self.ends, strict=True))

    def _range(self, slot: int) -> int | None:
        at = bisect_right(self.starts, slot) - 1
        return at if at >= 0 and slot <= self.ends[at] else None


def topology_of(reply: Sequence[Any], asked: Node) -> Topology:
    """Understands what ``CLUSTER SLOTS`` of the node ``asked`` replied; it names only replicas that are well."""
    ranges = sorted((int(each[0]), int(each[1]), _node(each[2], asked), len(each) - 3) for each in reply)
    return Topology(
        tuple(each[0] for each in ranges),
        tuple(each[1] for each in ranges),
        tuple(each[2] for each in ranges),
        tuple(each[3] for each in ranges),
    )


def _node(named: Sequence[Any], asked: Node) -> Node:
    host = named[0].decode() if named[0] else ""
    return (host if host not in ("", "?") else asked[0]), int(named[1])
