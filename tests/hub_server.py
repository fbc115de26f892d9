"""A small Hugging Face hub on this machine: it serves one repository, as slowly as a test wants."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

REVISION = "0123456789abcdef0123456789abcdef01234567"


class Hub(ThreadingHTTPServer):
    """Serves ``files`` as the repository ``name``.

    Attributes:
        asked: the paths that were asked for, with their methods.
        pause: seconds between two pieces of 64 kB; a piece that must wait for ever waits for :attr:`going`.
        going: unset, it stops every file in its middle.
        sent: bytes of files.
    """

    daemon_threads = True

    def __init__(self, name: str, files: Mapping[str, bytes], about: Mapping[str, Any]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.name, self.files, self.about = name, files, about
        self.asked: list[str] = []
        self.pause = 0.0
        self.sent = 0
        self.going = threading.Event()
        self.going.set()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is what the tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, *, with_body: bool) -> None:
        hub, path = self.server, self.path.partition("?")[0]
        hub.asked.append(f"{self.command} {path}")
        file = path.removeprefix(f"/{hub.name}/resolve/").removeprefix("main/").removeprefix(f"{REVISION}/")
        if path == f"/api/models/{hub.name}":
            siblings = [{"rfilename": name, "size": len(body)} for name, body in hub.files.items()]
            self._send({"id": hub.name, "sha": REVISION, "siblings": siblings, **hub.about}, with_body)
        elif file in hub.files:
            self._send_file(hub.files[file], with_body)
        else:
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def _send(self, value: Any, with_body: bool) -> None:
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def _send_file(self, body: bytes, with_body: bool) -> None:
        self.send_response(200)
        self.send_header("ETag", f'"{hashlib.sha1(body).hexdigest()}"')
        self.send_header("X-Repo-Commit", REVISION)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        for start in range(0, len(body) if with_body else 0, 65_536):
            if start > len(body) // 2:
                self.server.going.wait(60)
            self.wfile.write(body[start : start + 65_536])
            self.server.sent += len(body[start : start + 65_536])
            time.sleep(self.server.pause)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def hub(name: str, files: Mapping[str, bytes], about: Mapping[str, Any] | None = None) -> Iterator[Hub]:
    """A hub that serves until the block ends."""
    server = Hub(name, files, about or {})
    thread = threading.Thread(target=server.serve_forever, name="hub", kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.going.set()
        server.shutdown()
        server.server_close()
        thread.join()
