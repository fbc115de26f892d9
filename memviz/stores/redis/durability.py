"""Is an edit that was acknowledged safe on this server? What is missing for that is told in sentences.

No acknowledged edit is lost when any one process or machine fails, where:

- every server has ``appendonly yes``: else one that is started again too soon has nothing, and its replica copies that;
- a server without replicas has ``appendfsync always``: an answer then comes after the edit is on the disk;
- a cluster's primaries have a replica each: an answer then comes after a replica has the edit (``WAIT``), so that the
  one that takes over has it;
- ``maxmemory-policy`` is ``noeviction``, since others throw keys away when the server's memory is full.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from memviz.stores.redis.errors import ServerError
from memviz.stores.redis.keys import Keys
from memviz.stores.redis.link import Link
from memviz.stores.redis.topology import Topology

#: How often a server that has lost replicas is asked for them, in seconds.
AGAIN_SECONDS = 2.0

_SETTINGS = ("appendonly", "appendfsync", "maxmemory", "maxmemory-policy")


def durability_notices(link: Link, keys: Keys) -> tuple[str, ...]:
    """What the configuration lacks, a sentence each; asked once, at the opening."""
    notices = []
    if link.read_only:
        primary = f"{link.info.get('master_host', '?')}:{link.info.get('master_port', '?')}"
        return (f"{link.address.server} is a replica, so that nothing can be edited here; its primary is {primary}.",)
    settings = _settings(link)
    copied = link.replicas(keys.head) > 0
    if settings is None:
        notices.append(
            f"{link.address.server} does not tell its configuration, so that it cannot be checked whether edits"
            " survive a crash; that needs appendonly yes, and appendfsync always or a replica."
        )
    else:
        notices += _of_settings(settings, copied)
    if link.is_cluster:
        notices += _of_topology(link.topology)
    return tuple(notices)


class Replicas:
    """How many replicas a memory's primary has, against those at the opening. Store thread."""

    def __init__(self, link: Link, keys: Keys) -> None:
        self._link, self._keys = link, keys
        self._expected = 0 if link.read_only else link.replicas(keys.head)
        self._ask_after = 0.0

    @property
    def words(self) -> str:
        """What has become of them since; empty where there are as many as then, or more."""
        now = self._link.replicas(self._keys.head)
        if now >= self._expected:
            return ""
        had = "the replica" if self._expected == 1 else f"the {self._expected} replicas"
        if now:
            return f"The server has {now} of {had} left that it had when the memory was opened; bring the others back."
        return (
            f"The server has lost {had} that it had when the memory was opened: edits are on one machine alone, and"
            " lost with it; bring a replica back."
        )

    def look(self) -> None:
        """Where some are missing, asks from time to time whether they are back."""
        if self.words and time.monotonic() >= self._ask_after:
            self._ask_after = time.monotonic() + AGAIN_SECONDS
            self._link.look_around()


def _settings(link: Link) -> Mapping[str, str] | None:
    """Of a cluster the weakest of each; None where they may not be asked."""
    found: dict[str, str] = {}
    for node in link.nodes():
        try:
            replies = link.ask(node, [("CONFIG", "GET", name) for name in _SETTINGS])
            for name, reply in zip(_SETTINGS, replies, strict=True):
                value = reply[1].decode() if reply else ""
                if name not in found or _worse(name, value):
                    found[name] = value
        except ServerError:
            return None
    return found


def _worse(name: str, value: str) -> bool:
    good = {"appendonly": "yes", "appendfsync": "always", "maxmemory": "0", "maxmemory-policy": "noeviction"}
    return value != good[name]


def _of_settings(settings: Mapping[str, str], copied: bool) -> list[str]:
    notices = []
    if settings["appendonly"] != "yes":
        notices.append(
            "The server keeps edits in memory alone (appendonly no): a crash loses those since it last saved;"
            " set appendonly yes and appendfsync always."
        )
    elif settings["appendfsync"] != "always" and not copied:
        notices.append(
            f"The server writes edits to its disk a little later (appendfsync {settings['appendfsync']}): a crash"
            " may lose the last second; set appendfsync always, or give it a replica."
        )
    if settings["maxmemory-policy"].startswith("allkeys") and settings["maxmemory"] != "0":
        notices.append(
            f"The server throws entries away when its memory is full ({settings['maxmemory-policy']});"
            " set maxmemory-policy noeviction."
        )
    return notices


def _of_topology(topology: Topology) -> list[str]:
    alone = topology.without_replica
    if not alone:
        return []
    names = ", ".join(f"{host}:{port}" for host, port in alone[:6])
    return [f"Primaries without a replica ({names}): the loss of one of them stops the cluster; give each a replica."]
