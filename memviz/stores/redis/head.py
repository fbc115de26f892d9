"""The head of a memory: making it, reading it, and the list of a server's memories."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass

from memviz.core.errors import KnownError
from memviz.stores.redis import scripts
from memviz.stores.redis.address import parse_address
from memviz.stores.redis.keys import MEMORIES, Keys
from memviz.stores.redis.link import Link

#: Of what is written; a newer one is not read.
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Head:
    """A memory as its server has it now.

    Attributes:
        uid: another one for each memory that was ever made, also under the same name.
        seq, token: number and token of the newest event; 0 and empty before the first.
        done: up to which event the entries' hashes are written.
        settings: name -> JSON.
        staged: loads that are under way -> JSON of their ids and when they were last heard of.
    """

    uid: str
    seq: int
    version: int
    count: int
    last_id: int
    token: str
    done: int
    settings: Mapping[str, str]
    staged: Mapping[str, str]


def read_head(link: Link, keys: Keys) -> Head | None:
    """None where the server has no such memory.

    Raises:
        KnownError: something else lies there, or a newer memviz wrote it.
    """
    flat = link.call(keys.head, "HGETALL", keys.head)
    values = {flat[at].decode(): flat[at + 1].decode("utf-8", "replace") for at in range(0, len(flat), 2)}
    if not values:
        return None
    try:
        form = int(values["format"])
        head = Head(
            uid=values["uid"],
            seq=int(values["seq"]),
            version=int(values["version"]),
            count=int(values["count"]),
            last_id=int(values["last_id"]),
            token=values["token"],
            done=int(values["done"]),
            settings=_named(values, "setting:"),
            staged=_named(values, "staged:"),
        )
    except (KeyError, ValueError):
        raise KnownError(
            f"“{keys.head}” on the server {link.address.server} is another program’s; choose another name."
        ) from None
    if form > FORMAT:
        raise KnownError(
            f"“{keys.name}” was written by a newer memviz (format {form}, this one reads up to {FORMAT});"
            " update memviz to open it."
        )
    return head


def _named(values: Mapping[str, str], prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): value for name, value in values.items() if name.startswith(prefix)}


def make_head(link: Link, keys: Keys) -> None:
    """Makes a new memory; nothing happens where another user was faster.

    Raises:
        KnownError: another program has one of its keys.
    """
    fields = ["format", FORMAT, "uid", secrets.token_hex(8), "name", keys.name, "created", repr(time.time())]
    fields += [value for name in ("seq", "version", "count", "last_id", "done") for value in (name, 0)] + ["token", ""]
    taken = link.call(keys.head, *scripts.create(keys, fields)).decode()
    if taken and taken != f"{keys.head} hash":
        key, _, kind = taken.rpartition(" ")
        raise KnownError(
            f"The server {link.address.server} has another program’s {kind} at “{key}”; choose another name."
        )
    link.call(MEMORIES, "SADD", MEMORIES, keys.name)


def head_of(link: Link, keys: Keys, *, create: bool) -> Head:
    """The head of a memory, made where there is none and ``create`` is set.

    Raises:
        KnownError: there is none, or see :func:`read_head`.
    """
    head = read_head(link, keys)
    if head is None and create:
        make_head(link, keys)
        head = read_head(link, keys)
    if head is None:
        raise no_such_memory(link, keys)
    return head


def memories_of(address: str) -> list[str]:
    """Names of the memories of the server of an address, whatever memory that names.

    Raises:
        KnownError: the server cannot be asked.
    """
    link = Link(parse_address(address))
    try:
        link.open()
        return memories(link)
    finally:
        link.close()


def memories(link: Link) -> list[str]:
    """Names of the memories of a server that are there."""
    names = sorted(name.decode() for name in link.call(MEMORIES, "SMEMBERS", MEMORIES))
    heads = [Keys(name).head for name in names]
    there = link.batch([(head, ("EXISTS", head)) for head in heads]) if heads else []
    return [name for name, exists in zip(names, there, strict=True) if exists]


def no_such_memory(link: Link, keys: Keys) -> KnownError:
    names = memories(link)
    listed = ", ".join(f"“{name}”" for name in names[:8]) + (" …" if len(names) > 8 else "")
    has = f"it has {listed}" if names else "it has none yet"
    return KnownError(
        f"The server {link.address.server} has no memory “{keys.name}” ({has}); check the name, or make a new memory."
    )
