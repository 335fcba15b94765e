"""A real server, in a thread, with real workers, for a folder of Steps written by the test."""

from __future__ import annotations

import http.client
import json
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from motia_local.server import LocalHandle, ServerOptions, start_local


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Site:
    """A folder of Steps, and the server for it once `start` was called."""

    root: Path
    options: dict[str, Any] = field(default_factory=lambda: {"memory": True, "workers": 1})
    handle: LocalHandle | None = None

    def write(self, file: str, source: str) -> None:
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(source))

    def api(self, name: str, method: str, path: str, body: str, emits: str = "[]") -> None:
        """A Step whose handler has `body`, one statement or more."""
        code = textwrap.indent(textwrap.dedent(body).strip(), "    ")
        head = f"config = {{'type': 'api', 'name': {name!r}, 'method': {method!r}, 'path': {path!r}, 'emits': {emits}}}"
        self.write(f"steps/{name}_step.py", f"{head}\n\nasync def handler(req, context):\n{code}\n")

    def event(self, name: str, topic: str, body: str, more: str = "") -> None:
        code = textwrap.indent(textwrap.dedent(body).strip(), "    ")
        head = f"config = {{'type': 'event', 'name': {name!r}, 'subscribes': [{topic!r}], 'emits': [], {more}}}"
        self.write(f"steps/{name}_step.py", f"{head}\n\nasync def handler(data, context):\n{code}\n")

    def start(self) -> LocalHandle:
        self.handle = start_local(self.root, ServerOptions(**self.options))
        return self.handle

    @property
    def live(self) -> LocalHandle:
        assert self.handle is not None
        return self.handle

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        payload = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        sent = {"content-type": "application/json", **(headers or {})} if payload is not None else headers or {}
        connection = http.client.HTTPConnection("127.0.0.1", self.live.server.port, timeout=30)
        try:
            connection.request(method, path, body=payload, headers=sent)
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def state(self, group: str, key: str) -> Any:
        return self.live.run(self.live.engine.state.get(group, key))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    if made.handle is not None:
        made.handle.stop()
