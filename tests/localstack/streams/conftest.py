"""A running server with a stream and a Step that does to it what a test asks for, and raw WebSockets to it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from localstack.server.conftest import Site
from motia_local.server import LocalHandle, LocalServer, ServerOptions, start_local
from motia_local.start.server import StartServer

CHAT = """
    config = {"name": "chat", "schema": {"type": "object", "properties": {}}, "baseConfig": {"storageType": "default"}}
"""
DO = """
    config = {"type": "api", "name": "Do", "method": "POST", "path": "/do", "emits": []}

    async def handler(req, context):
        stream, method, arguments = req["body"]
        return {"status": 200, "body": {"result": await getattr(context.streams[stream], method)(*arguments)}}
"""


class Socket:
    """One WebSocket, in JSON."""

    def __init__(self, connection: ClientConnection) -> None:
        self.raw = connection

    def say(self, kind: str, stream: str, group: str, id: str | None = None, key: str | None = None) -> str:
        """Send a join or a leave; the subscription's id."""
        key = key or str(uuid.uuid4())
        data = {"streamName": stream, "groupId": group, **({"id": id} if id else {}), "subscriptionId": key}
        self.raw.send(json.dumps({"type": kind, "data": data}))
        return key

    def join(self, stream: str, group: str, id: str | None = None, key: str | None = None) -> str:
        return self.say("join", stream, group, id, key)

    def next(self, within_s: float = 10.0) -> dict[str, Any]:
        """The next message. TimeoutError when none comes."""
        told: dict[str, Any] = json.loads(self.raw.recv(within_s))
        return told

    def event(self) -> dict[str, Any]:
        found: dict[str, Any] = self.next()["event"]
        return found

    def error(self) -> dict[str, Any]:
        """The data of the error that is told next."""
        event = self.event()
        assert event["type"] == "event" and event["event"]["type"] == "error", event
        found: dict[str, Any] = event["event"]["data"]
        return found

    def all(self) -> list[dict[str, Any]]:
        """Everything told until now: a join that is refused marks the end of it."""
        mark = f"mark-{uuid.uuid4()}"
        self.join(mark, "g")
        found = []
        while (told := self.next())["streamName"] != mark:
            found.append(told)
        return found


class Live(Site):
    """A Site with streams. command: the one whose server it is."""

    command = "dev"

    def start(self) -> LocalHandle:
        server_type = StartServer if self.command == "start" else LocalServer
        self.handle = start_local(self.root, ServerOptions(**self.options), server_type=server_type)
        return self.handle

    def do(self, method: str, *arguments: Any, stream: str = "chat") -> Any:
        """Call a method of a stream in a Step."""
        answer = self.call("POST", "/do", [stream, method, arguments])
        assert answer.status == 200, answer.body
        return answer.json()["result"]

    def open(self, path: str = "/", **options: Any) -> Socket:
        """Connect. options: of `websockets`."""
        options = {"open_timeout": 20, "max_size": None, **options}
        address = f"ws://localhost:{self.live.server.port}{path}"
        return Socket(self.opened.enter_context(connect(address, **options)))

    @property
    def opened(self) -> ExitStack:
        """Closes what was opened."""
        found: ExitStack = self.__dict__.setdefault("_opened", ExitStack())
        return found

    def members(self) -> int:
        """How many rooms have somebody in them."""
        return len(self.live.server.sockets.rooms)


@pytest.fixture
def command() -> str:
    """`motia dev` or `motia start`; a module may have its tests run with both."""
    return "dev"


@pytest.fixture
def site(tmp_path: Path, command: str) -> Iterator[Live]:
    """Not started: write more files first."""
    made = Live(tmp_path)
    made.command = command
    made.write("steps/chat_stream.py", CHAT)
    made.write("steps/do_step.py", DO)
    yield made
    made.opened.close()
    if made.handle is not None:
        made.handle.stop()


@pytest.fixture
def live(site: Live) -> Live:
    """Started."""
    site.start()
    return site
