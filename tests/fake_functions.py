"""Lambda's Invoke, for tests: functions by name, each a Python function from payload to answer."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class FakeFunctions:
    """functions: what is called under a name; what it raises is a failed function. asked: (name, payload), in order."""

    url: str = ""
    functions: dict[str, Callable[[Any], Any]] = field(default_factory=dict)
    asked: list[tuple[str, Any]] = field(default_factory=list)

    def answer(self, path: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body."""
        name = path.removeprefix("/2015-03-31/functions/").removesuffix("/invocations")
        if name not in self.functions:
            missing = {"Message": f"Function not found: {name}"}
            return 404, {"x-amzn-errortype": "ResourceNotFoundException"}, json.dumps(missing).encode()
        payload = json.loads(body)
        self.asked.append((name, payload))
        try:
            return 200, {}, json.dumps(self.functions[name](payload)).encode()
        except Exception as broken:
            died = {"errorType": type(broken).__name__, "errorMessage": str(broken)}
            return 200, {"x-amz-function-error": "Unhandled"}, json.dumps(died).encode()


@contextmanager
def fake_functions() -> Iterator[FakeFunctions]:
    fake = FakeFunctions()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status, headers, answer = fake.answer(self.path, body)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    fake.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
