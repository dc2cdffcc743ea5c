"""An HTTP server on loopback: takes webhooks, or answers what a test tells it to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Post:
    """One request that came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def said(self) -> dict[str, Any]:
        """The body, parsed."""
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass
class HookServer:
    """What a test sees. `answers` are (status, headers), used up one a request; then 204."""

    port: int
    posts: list[Post] = field(default_factory=list[Post])
    answers: list[tuple[int, dict[str, str]]] = field(
        default_factory=list[tuple[int, dict[str, str]]]
    )
    on_post: Callable[[], None] = lambda: None

    @property
    def url(self) -> str:
        """Where to post to."""
        return f"http://127.0.0.1:{self.port}/hooks"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        """Take it, and answer."""
        known: HookServer = self.server.known  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        known.posts.append(Post(self.path, headers, body))
        known.on_post()
        status, answer = known.answers.pop(0) if known.answers else (204, {})
        self.send_response(status)
        for name, value in answer.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    known: HookServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that breaks off is no error of this server."""


@contextmanager
def hook_server() -> Generator[HookServer]:
    """A server."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.known = HookServer(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.known
        finally:
            server.shutdown()
            thread.join()
