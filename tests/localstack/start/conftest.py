"""A server of `motia start`: in a thread for what is asked of it, as a process for its life."""

from __future__ import annotations

import socket
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from motia_local.server import LocalHandle, ServerOptions, start_local
from motia_local.start.server import StartServer
from motia_process import MotiaProcess
from waiting import eventually

LIMIT_S = 2.0  # of every API Step here


class Hasty(StartServer):
    """API Steps have 30 seconds; here they have two."""

    def _limit_s(self, step: Any) -> float:
        return LIMIT_S


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


class Client:
    """One connection, written to byte by byte."""

    def __init__(self, port: int) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.file = self.sock.makefile("rb")

    def send(self, text: str | bytes) -> None:
        self.sock.sendall(text.encode() if isinstance(text, str) else text)

    def get(self, path: str) -> Answer:
        self.send(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return self.read()

    def read(self) -> Answer:
        """The next response; ConnectionError when the connection has ended."""
        first = self.file.readline()
        if not first:
            raise ConnectionError
        headers = {}
        while (line := self.file.readline().strip()) != b"":
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        return Answer(int(first.split()[1]), headers, self.file.read(int(headers.get("content-length", 0))))

    def ended(self) -> bool:
        return self.file.read(1) == b""

    def close(self) -> None:
        self.file.close()
        self.sock.close()


@dataclass
class Site:
    """A folder of Steps, and its server."""

    root: Path
    handle: LocalHandle | None = None

    def api(self, name: str, body: str, method: str = "GET", path: str | None = None, head: str = "async def") -> None:
        config = {"type": "api", "name": name, "method": method, "path": path or f"/{name}", "emits": []}
        code = textwrap.indent(textwrap.dedent(body).strip(), "    ")
        source = f"import asyncio, os, time\nconfig = {config}\n{head} handler(req, context):\n{code}\n"
        (self.root / "steps").mkdir(exist_ok=True)
        (self.root / f"steps/{name}_step.py").write_text(source)

    def start(self, workers: int = 2) -> None:
        options = ServerOptions(workers=workers, memory=True)
        self.handle = start_local(self.root, options, server_type=Hasty)
        eventually(lambda: self.open_lines() == workers)

    @property
    def server(self) -> Hasty:
        assert self.handle is not None
        assert isinstance(self.handle.server, Hasty)
        return self.handle.server

    def open_lines(self) -> int:
        return sum(line.state == "open" for line in list(self.server.pool.fleet.lines.values()))

    def pids(self) -> list[int]:
        """Of the workers that take connections."""
        lines = self.server.pool.fleet.lines
        return [member.process.pid for member, line in list(lines.items()) if line.state == "open"]

    def client(self) -> Client:
        return Client(self.server.port)

    def get(self, path: str) -> Answer:
        client = self.client()
        try:
            return client.get(path)
        finally:
            client.close()

    def served_by_workers(self) -> int:
        """How many connections the workers hold."""
        return sum(len(line.clients) for line in list(self.server.pool.fleet.lines.values()))

    def logs(self, level: str) -> list[dict[str, Any]]:
        assert self.handle is not None
        found = self.handle.run(self.handle.engine.records.logs())
        return [record for record in found.records if record["level"] == level]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    if made.handle is not None:
        made.handle.stop()


@pytest.fixture
def process(tmp_path: Path) -> Iterator[MotiaProcess]:
    made = MotiaProcess(tmp_path, "start")
    yield made
    if made.process is not None and made.process.poll() is None:
        made.process.kill()
        made.process.wait()
