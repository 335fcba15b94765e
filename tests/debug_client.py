"""A debugger as an editor is one: the Debug Adapter Protocol over a socket."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from typing import Any, Self

DEADLINE_S = 20.0


def attach(port: int) -> DebugClient:
    """Attach as soon as something that lasts listens on `port`."""
    deadline = time.monotonic() + DEADLINE_S
    while True:
        try:
            return DebugClient(port)
        except ConnectionError:  # the adapter of a worker that is gone takes its last connections
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


class DebugClient:
    """Attached to the debugpy on `port`."""

    def __init__(self, port: int) -> None:
        self._sock = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S)
        self._stream = self._sock.makefile("rb")
        self._seq = 0
        self._seen: list[dict[str, Any]] = []
        self._ask("initialize", {"adapterID": "test", "pathFormat": "path", "linesStartAt1": True})
        self._send("attach", {"justMyCode": False})
        self.event("initialized")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._send("disconnect", {})
        self._stream.close()
        self._sock.close()

    def break_at(self, file: str, line: int) -> None:
        """Stop where `line` of `file` is reached."""
        breakpoints = {"source": {"path": file}, "breakpoints": [{"line": line}]}
        assert self._ask("setBreakpoints", breakpoints)["breakpoints"][0]["verified"]
        self._ask("configurationDone", {})

    def stopped(self) -> tuple[int, str, int]:
        """Wait for a breakpoint: thread, name of the function, line."""
        thread = self.event("stopped")["threadId"]
        frame = self._ask("stackTrace", {"threadId": thread})["stackFrames"][0]
        return thread, frame["name"], frame["line"]

    def ended(self) -> None:
        """Wait until what is debugged is gone."""
        with contextlib.suppress(ConnectionError):
            self._next(lambda message: message.get("event") == "terminated")

    def go_on(self, thread: int) -> None:
        self._ask("continue", {"threadId": thread})

    def event(self, name: str) -> dict[str, Any]:
        """The body of the next event of that name."""
        return self._next(lambda message: message.get("event") == name).get("body", {})

    def _ask(self, command: str, arguments: dict[str, Any]) -> dict[str, Any]:
        number = self._send(command, arguments)
        answer = self._next(lambda message: message.get("request_seq") == number)
        assert answer["success"], answer
        return answer.get("body", {})

    def _send(self, command: str, arguments: dict[str, Any]) -> int:
        self._seq += 1
        message = {"seq": self._seq, "type": "request", "command": command, "arguments": arguments}
        body = json.dumps(message).encode()
        self._sock.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        return self._seq

    def _next(self, wanted: Any) -> dict[str, Any]:
        for position, message in enumerate(self._seen):
            if wanted(message):
                return self._seen.pop(position)
        while True:
            length = 0
            while (line := self._stream.readline()) != b"\r\n":
                if not line:
                    raise ConnectionError("the debugger was disconnected")
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            message = json.loads(self._stream.read(length))
            if wanted(message):
                return message
            self._seen.append(message)
