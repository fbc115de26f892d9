"""One connection to one node: batches of commands out, their replies in order back."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from redis import exceptions
from redis.backoff import NoBackoff
from redis.connection import Connection, SSLConnection
from redis.retry import Retry

from memviz.stores.redis.address import RedisAddress
from memviz.stores.redis.errors import known, unreachable

Command = tuple[Any, ...]

#: How long a node may take to let us in, and to answer, in seconds.
CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 5.0
#: Both, for a node that did not answer a moment ago.
PROBE_SECONDS = 0.5
#: An answer of this kind ends a connection in redis-py, though the node is there.
_REPLIES = (exceptions.AuthenticationError, exceptions.AuthorizationError, exceptions.BusyLoadingError)


class Wire:
    """The connection to one node, made when it is needed. One thread at a time.

    Not a pool, and no command is ever sent twice by itself: whoever sends knows whether that is safe, and ``WAIT``
    speaks of what its own connection has written.
    """

    def __init__(self, address: RedisAddress, *, probe: bool = False) -> None:
        self.where = address.server
        self._tls = address.tls
        host, port = address.nodes[0]
        options: dict[str, Any] = {
            "host": host,
            "port": port,
            "db": address.db,
            "username": address.username if address.password else None,
            "password": address.password,
            "socket_timeout": PROBE_SECONDS if probe else ANSWER_SECONDS,
            "socket_connect_timeout": PROBE_SECONDS if probe else CONNECT_SECONDS,
            "retry": Retry(NoBackoff(), 0),
            "protocol": 2,
        }
        if address.tls:
            files = address.files
            options |= {
                "ssl_ca_certs": files.get("ca"),
                "ssl_certfile": files.get("cert"),
                "ssl_keyfile": files.get("key"),
            }
        self._connection: Any = (SSLConnection if address.tls else Connection)(**options)

    def send(self, commands: Sequence[Command]) -> None:
        """Sends all of them.

        Raises:
            Unreachable: the node does not answer; nothing was sent where ``sent`` is not set.
            ServerError: it does not let us in.
        """
        try:
            self._connection.connect()
        except _REPLIES as error:
            raise known(error, self.where) from None
        except exceptions.ResponseError as error:
            raise known(error, self.where) from None
        except (exceptions.ConnectionError, exceptions.TimeoutError, OSError, ValueError) as error:
            self.close()
            raise unreachable(error, self.where, tls=self._tls) from None
        try:
            self._connection.send_packed_command(self._connection.pack_commands(commands), check_health=False)
        except (exceptions.ConnectionError, exceptions.TimeoutError, OSError) as error:
            self.close()
            raise unreachable(error, self.where, tls=self._tls, sent=True) from None

    def receive(self, count: int) -> list[Any]:
        """The replies to what was sent; an error that the node replied is the exception in its place.

        Raises:
            Unreachable: the connection was lost; it is not known what the node has done.
        """
        replies: list[Any] = []
        for _ in range(count):
            try:
                replies.append(self._connection.read_response(disconnect_on_error=False))
            except (*_REPLIES, exceptions.ResponseError) as error:
                replies.append(error)
            except (exceptions.ConnectionError, exceptions.TimeoutError, OSError) as error:
                self.close()
                raise unreachable(error, self.where, tls=self._tls, sent=True) from None
            except BaseException:
                self.close()  # answers that nobody reads would be taken for those of the next batch
                raise
        return replies

    def hang_up(self) -> None:
        """Ends what another thread waits for here."""
        waiting: socket.socket | None = self._connection._sock
        if waiting is not None:
            with suppress(OSError):
                waiting.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._connection.disconnect()
