"""Load for a local HTTP server, from a process of its own.

`python -m bench._load PORT METHOD PATH BODY CONNECTIONS REQUESTS`; BODY: JSON text, or nothing.

Prints JSON: seconds, and the latencies in microseconds at p50 and p99. Keep-alive connections, one request at a time.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from typing import Any, cast

import uvloop


class Client(asyncio.Protocol):
    """One connection: sends the next request when an answer is complete."""

    def __init__(self, request: bytes, budget: list[int], latencies: list[float], done: asyncio.Event) -> None:
        self.request = request
        self.budget = budget
        self.latencies = latencies
        self.done = done
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.WriteTransport, transport)
        self._next()

    def _next(self) -> None:
        if self.budget[0] <= 0:
            self.transport.close()
            return
        self.budget[0] -= 1
        self.began = time.perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.received = self.received + data if self.received else data
        head = self.received.find(b"\r\n\r\n")
        if head < 0:
            return
        at = self.received.lower().find(b"content-length: ")
        size = int(self.received[at + 16 : self.received.index(b"\r", at)])
        if len(self.received) < head + 4 + size:
            return
        assert self.received.startswith(b"HTTP/1.1 20"), self.received[:200]
        self.latencies.append(time.perf_counter() - self.began)
        self.received = b""
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        self.done.set()


async def load(port: int, request: bytes, connections: int, requests: int) -> dict[str, float]:
    """Send `requests` requests over `connections` connections."""
    loop = asyncio.get_running_loop()
    budget, latencies = [requests], cast(list[float], [])
    began = time.perf_counter()
    ends = []
    for _ in range(connections):
        done = asyncio.Event()
        ends.append(done.wait())
        await loop.create_connection(lambda d=done: Client(request, budget, latencies, d), "127.0.0.1", port)
    await asyncio.gather(*ends)
    seconds = time.perf_counter() - began
    assert len(latencies) == requests, f"{requests - len(latencies)} requests were not answered"
    latencies.sort()
    at = {name: latencies[int(len(latencies) * part)] * 1e6 for name, part in (("p50_us", 0.5), ("p99_us", 0.99))}
    return {"seconds": seconds, "requests": requests, **at}


def measure(
    port: int, path: str, *, method: str = "GET", body: str = "", connections: int = 16, requests: int = 5000
) -> dict[str, float]:
    """The load in a child process; what it measured."""
    command = [sys.executable, "-m", "bench._load", str(port), method, path, body, str(connections), str(requests)]
    found: dict[str, float] = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    return found


def main() -> None:
    port, method, path, body, connections, requests = sys.argv[1:]
    head = f"{method} {path} HTTP/1.1\r\nhost: localhost:{port}\r\nuser-agent: bench\r\naccept: */*\r\n"
    if body:
        head += f"content-type: application/json\r\ncontent-length: {len(body.encode())}\r\n"
    request = f"{head}\r\n{body}".encode()
    result: dict[str, Any] = uvloop.run(load(int(port), request, int(connections), int(requests)))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
