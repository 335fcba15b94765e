"""The management endpoint of a WebSocket API, for tests: it keeps what clients would have been told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote


@dataclass
class FakeSockets:
    """told: messages by connection, in order. gone: connections that are closed. broken: those whose posts fail."""

    url: str = ""
    told: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    sizes: list[int] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    def events(self, connection: str) -> list[dict[str, Any]]:
        return [message["event"] for message in self.told.get(connection, [])]


@contextmanager
def fake_sockets() -> Iterator[FakeSockets]:
    fake = FakeSockets()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            connection = unquote(self.path.removeprefix("/live/@connections/"))
            with lock:
                fake.asked.append(connection)
                status = 410 if connection in fake.gone else 403 if connection in fake.broken else 200
                if not self.headers.get("authorization", "").startswith("AWS4-HMAC-SHA256"):
                    status = 400
                if status == 200:
                    fake.sizes.append(len(body))
                    fake.told.setdefault(connection, []).append(json.loads(body))
            self.send_response(status)
            if status == 410:
                self.send_header("x-amzn-errortype", "GoneException")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    fake.url = f"http://127.0.0.1:{server.server_port}/live"
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
