"""Addresses of memories on servers: ``redis://user:password@host:port/NAME``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qs, quote, unquote, urlsplit

from memviz.core.errors import KnownError

SCHEMES = ("redis", "rediss", "redis+cluster", "rediss+cluster")
DEFAULT_NAME = "memory"
_PORT = 6379
_LONGEST_NAME = 200
_FILES = ("ca", "cert", "key")
_FORM = "redis://user:password@host:port/NAME (rediss:// with TLS, redis+cluster:// with several hosts)"

Node = tuple[str, int]


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """Where a memory is, and how to get in.

    Attributes:
        nodes: host and port of the server, or of some nodes of the cluster, of which one must answer.
        name: of the memory; a server has many.
        tls: the connection is encrypted, and the server's certificate checked.
        cluster: the user says that it is a cluster; a server that is one is taken for one in any case.
        db: number of the database; a cluster has only 0.
        files: ``ca``, ``cert`` and ``key`` of TLS, where they are not the system's.
    """

    nodes: tuple[Node, ...]
    name: str = DEFAULT_NAME
    tls: bool = False
    cluster: bool = False
    db: int = 0
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def server(self) -> str:
        """For sentences: ``host:port``."""
        return _host(self.nodes[0])

    @property
    def url(self) -> str:
        """The address without user and password."""
        scheme = ("rediss" if self.tls else "redis") + ("+cluster" if self.cluster else "")
        options = [f"db={self.db}"] if self.db else []
        options += [f"{name}={quote(path)}" for name, path in self.files.items()]
        query = "?" + "&".join(options) if options else ""
        return f"{scheme}://{','.join(map(_host, self.nodes))}/{quote(self.name, safe='')}{query}"

    def at(self, node: Node) -> RedisAddress:
        return replace(self, nodes=(node,))

    def with_password(self, password: str) -> RedisAddress:
        return replace(self, password=password)


#: Nodes -> user and password that opened them in this process, so that an address without them opens again.
_known: dict[tuple[Node, ...], tuple[str | None, str]] = {}


def remember(address: RedisAddress) -> None:
    if address.password:
        _known[address.nodes] = (address.username, address.password)


def remembered(address: RedisAddress) -> RedisAddress:
    """The address with the password that opened these nodes before, where it has none."""
    if address.password or address.nodes not in _known:
        return address
    username, password = _known[address.nodes]
    return replace(address, username=username, password=password)


def parse_address(text: str) -> RedisAddress:
    """Understands an address.

    Raises:
        KnownError: a part that cannot be meant; the sentence does not repeat the password.
    """
    try:
        parts = urlsplit(text)
        login, _, hosts = parts.netloc.rpartition("@")
        nodes = tuple(_node(host) for host in hosts.split(",") if host)
    except ValueError:
        raise KnownError(f"“{without_password(text)}” is no address of a memory; write {_FORM}.") from None
    cluster = parts.scheme.endswith("+cluster")
    if parts.scheme not in SCHEMES or not nodes or (len(nodes) > 1 and not cluster):
        raise KnownError(f"“{without_password(text)}” is no address of a memory; write {_FORM}.")
    username, _, password = login.partition(":")
    db, files = _options(parts.query)
    if cluster and db:
        raise KnownError("A cluster has only database 0; leave out “db”.")
    return RedisAddress(
        nodes,
        _name(unquote(parts.path.strip("/"))),
        parts.scheme.startswith("rediss"),
        cluster,
        db,
        unquote(username) or None,
        unquote(password) or None,
        files,
    )


def without_password(text: str) -> str:
    """An address as it may be shown and kept; any other text as it is."""
    return re.sub(r"^([A-Za-z][A-Za-z0-9+.-]*://)[^/]*@", r"\1", text)


def with_password(text: str, password: str) -> str:
    """The address with this password, in place of one that it may have."""
    scheme, _, rest = text.partition("://")
    place, slash, end = rest.partition("/")
    login, _, hosts = place.rpartition("@")
    return f"{scheme}://{login.partition(':')[0]}:{quote(password, safe='')}@{hosts}{slash}{end}"


def _node(text: str) -> Node:
    parts = urlsplit(f"//{text}")
    if not parts.hostname:
        raise ValueError(text)
    return parts.hostname, parts.port or _PORT


def _host(node: Node) -> str:
    host = f"[{node[0]}]" if ":" in node[0] else node[0]
    return host if node[1] == _PORT else f"{host}:{node[1]}"


def _name(name: str) -> str:
    if not name:
        return DEFAULT_NAME
    if name.isdigit():
        raise KnownError(f"“/{name}” would be a memory’s name; for the database with this number write “?db={name}”.")
    if len(name) > _LONGEST_NAME or not name.isprintable():
        raise KnownError(f"A memory’s name has up to {_LONGEST_NAME} letters and signs; choose another one.")
    return name


def _options(query: str) -> tuple[int, dict[str, str]]:
    options = {name: values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()}
    db = options.pop("db", "0")
    if not db.isdecimal():
        raise KnownError(f"“db={db}” is no number of a database; write for example “?db=2”.")
    if unknown := next((name for name in options if name not in _FILES), None):
        raise KnownError(f"An address of a memory has no option “{unknown}”; it has db, {', '.join(_FILES)}.")
    return int(db), options
