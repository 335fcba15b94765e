"""A server of `motia start`: in a thread for what is asked of it, as a process for its life."""

from __future__ import annotations

import json
import socket
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from motia_local.server import LocalHandle, ServerOptions, start_local
from motia_local.start.line import Line
from motia_local.start.server import StartServer
from motia_local.workers.member import Member
from motia_process import MotiaProcess
from motia_project.model import Language, Step
from start_bodies import Body
from waiting import eventually

LIMIT_S = 2.0  # of every API Step here


class Hasty(StartServer):
    """API Steps have 30 seconds; here they have two, but for those whose name begins with `patient`."""

    def _limit_s(self, step: Step) -> float:
        return super()._limit_s(step) if step.name.startswith("patient") else LIMIT_S


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
    """A folder of Steps, and its server. language: of Steps of which nothing else is said."""

    root: Path
    language: Language
    handle: LocalHandle | None = None
    languages: set[Language] = field(default_factory=set)

    def api(
        self,
        name: str,
        body: Body,
        method: str = "GET",
        path: str | None = None,
        language: Language | None = None,
        emits: Sequence[str] = (),
    ) -> None:
        """Save an API Step."""
        language = language or self.language
        config = {"type": "api", "name": name, "method": method, "path": path or f"/{name}", "emits": list(emits)}
        self.write(name, config, body, language, parameters="req, context")

    def event(self, name: str, body: Body) -> None:
        """Save a Step for the topic of its name."""
        config = {"type": "event", "name": name, "subscribes": [name], "emits": []}
        self.write(name, config, body, self.language, parameters="data, context")

    def write(self, name: str, config: dict[str, Any], body: Body, language: Language, parameters: str) -> None:
        self.languages.add(language)
        (self.root / "steps").mkdir(exist_ok=True)
        if language == "node":
            typed = parameters.replace(",", ": any,")
            source = f"export const config = {json.dumps(config)}\n"
            source += f"export const handler = async ({typed}: any) => {{\n{textwrap.dedent(body.node).strip()}\n}}\n"
            (self.root / f"steps/{name}.step.ts").write_text(source)
            return
        code = textwrap.indent(textwrap.dedent(body.python).strip(), "    ")
        source = f"import asyncio, os, time\nconfig = {config}\n{body.head} handler({parameters}):\n{code}\n"
        (self.root / f"steps/{name}_step.py").write_text(source)

    def start(self, workers: int = 2) -> None:
        """Serve. workers: of each language."""
        options = ServerOptions(workers=workers, memory=True)
        self.handle = start_local(self.root, options, server_type=Hasty)
        eventually(lambda: self.open_lines() == workers * len(self.languages))

    @property
    def server(self) -> Hasty:
        assert self.handle is not None
        assert isinstance(self.handle.server, Hasty)
        return self.handle.server

    def lines(self, language: Language | None = None) -> dict[Member, Line]:
        """Those of the workers of a language, or of all."""
        pools = self.server.pool.started
        return {
            member: line
            for of, pool in list(pools.items())
            for member, line in list(pool.fleet.lines.items())
            if language in (of, None)
        }

    def stop(self) -> None:
        """End the server."""
        assert self.handle is not None
        self.handle.stop()
        self.handle = None

    def open_lines(self) -> int:
        return sum(line.state == "open" for line in self.lines().values())

    def pids(self, language: Language | None = None) -> list[int]:
        """Of the workers that take connections."""
        return [member.process.pid for member, line in self.lines(language).items() if line.state == "open"]

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
        return sum(len(line.clients) for line in self.lines().values())

    def logs(self, level: str) -> list[dict[str, Any]]:
        assert self.handle is not None
        found = self.handle.run(self.handle.engine.records.logs())
        return [record for record in found.records if record["level"] == level]


@pytest.fixture(params=["python", pytest.param("node", marks=pytest.mark.slow)])
def site(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Site]:
    made = Site(tmp_path, request.param)
    yield made
    if made.handle is not None:
        made.handle.stop()


@pytest.fixture(params=["python", pytest.param("node", marks=pytest.mark.slow)])
def process(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[MotiaProcess]:
    made = MotiaProcess(tmp_path, "start", request.param)
    yield made
    if made.process is not None and made.process.poll() is None:
        made.process.kill()
        made.process.wait()
