"""The server's end of one worker's HTTP: the connections it was given, and what it says of them.

The server keeps a descriptor of every connection it gives away. A worker that dies takes none along: idle ones go to
another worker, the others are answered with an error.
"""

from __future__ import annotations

import asyncio
import base64
import json
import socket
from dataclasses import dataclass, field
from typing import Any, Literal

from motia_local.workers.invocation import Invocation
from motia_local.workers.python_worker.serving.front import ARRIVED
from motia_local.workers.python_worker.shared import IDLE, PASSED, PLACES, READING, RUNNING, Shared

EARLY = 16 * 1024  # bytes; of a connection of which more has been read, the server answers the request
BUFFER = 256 * 1024
READ_SIZE = 64 * 1024


@dataclass(frozen=True)
class Begun:
    """A run that a worker began by itself. place: of its connection."""

    invocation: Invocation
    place: int


@dataclass(frozen=True)
class Left:
    """A connection of a worker that is gone. early: what had been read of it when the worker was given it, and has not
    been looked at. asked: some of a request has been read, and nothing of its answer written. step: id of the one that
    was answering, if one was."""

    client: socket.socket
    idle: bool
    early: bytes
    asked: bool
    answering: bool
    step: str | None
    place: int


@dataclass(eq=False)
class Line:
    """One worker's line. sock: descriptors of connections leave here. steps: (id, timeout in seconds) by position."""

    sock: socket.socket
    inherited: int  # the descriptor's number in the worker
    shared: Shared
    steps: list[tuple[str, float]] = field(default_factory=list)
    frame: Any = None  # what it was last told to serve
    state: Literal["unused", "open", "leaving", "left"] = "unused"
    clients: dict[int, socket.socket] = field(default_factory=dict)
    runs: dict[int, Begun] = field(default_factory=dict)
    _free: list[int] = field(default_factory=list)
    _highest: int = 0
    _early: dict[int, bytes] = field(default_factory=dict)
    _unsent: bytes = b""

    def __post_init__(self) -> None:
        self.sock.setblocking(False)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)

    @staticmethod
    def variables(descriptor: int) -> dict[str, str]:
        """What the worker's environment has to say of its end of the line."""
        return {}

    def message(self, place: int, data: bytes) -> bytes:
        """What goes with a connection."""
        return ARRIVED.pack(place, len(data)) + data

    def give(self, client: socket.socket, data: bytes = b"") -> bool:
        """Let the worker have a connection; whether it can take it. data: what has been read of it."""
        if self._unsent or len(data) > EARLY:
            return False
        if self._free:
            place = self._free.pop()
        elif self._highest < PLACES:
            place, self._highest = self._highest, self._highest + 1
        else:
            return False
        self.shared.places[place] = PASSED if data else IDLE
        message = self.message(place, data)
        try:
            sent = socket.send_fds(self.sock, [message], [client.fileno()])
        except OSError:
            self._free.append(place)
            return False
        self.clients[place] = client
        if data:
            self._early[place] = data
        if sent < len(message):  # not on Linux, where so little is sent whole or not at all
            self._unsent = message[sent:]
            asyncio.get_running_loop().add_writer(self.sock, self._send_rest)
        return True

    def _send_rest(self) -> None:
        try:
            self._unsent = self._unsent[self.sock.send(self._unsent) :]
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._unsent = b""  # the worker is gone: what becomes of its connections is decided there
        if not self._unsent:
            asyncio.get_running_loop().remove_writer(self.sock)

    def take(self, place: int) -> socket.socket | None:
        """Have a connection back, or its end told."""
        client = self.clients.pop(place, None)
        self._early.pop(place, None)
        if client is not None:
            self._free.append(place)
        return client

    def forget(self) -> None:
        """Let go of what was read of connections that the worker has looked at."""
        for place in [place for place in self._early if self.shared.places[place] != PASSED]:
            del self._early[place]

    def running(self) -> list[tuple[int, str, float]]:
        """(place, Step, its timeout in seconds) of the requests that Steps are answering now."""
        found = []
        for place in self.clients:
            position = self.shared.places[place] - RUNNING
            if 0 <= position < len(self.steps):
                found.append((place, *self.steps[position]))
        return found

    def leave(self) -> list[Left]:
        """The worker is gone: its connections."""
        self.state = "left"
        self.close()
        steps = {place: step for place, step, _ in self.running()}
        clients, self.clients = self.clients, {}
        self.forget()
        found = []
        for place, client in clients.items():
            early = self._early.pop(place, b"")
            state = self.shared.places[place]
            answering = RUNNING <= state < PASSED
            asked = answering or state == READING
            found.append(Left(client, state == IDLE, early, asked, answering, steps.get(place), place))
        return found

    def close(self) -> None:
        """Let go of the socket."""
        if self._unsent:
            self._unsent = b""
            asyncio.get_running_loop().remove_writer(self.sock)
        self.sock.close()


@dataclass(eq=False)
class NodeLine(Line):
    """A worker's line that is the channel between a Node process and its parent, on which Node takes sockets: a line of
    JSON with each, which Node acknowledges; nothing waits for that. When there is no descriptor to be had, Node tells
    the worker nothing of it: that there was one is said again in a line of its own."""

    def __post_init__(self) -> None:
        super().__post_init__()
        asyncio.get_running_loop().add_reader(self.sock, self._discard)

    @staticmethod
    def variables(descriptor: int) -> dict[str, str]:
        return {"NODE_CHANNEL_FD": str(descriptor), "NODE_CHANNEL_SERIALIZATION_MODE": "json"}

    def message(self, place: int, data: bytes) -> bytes:
        handle = {"cmd": "NODE_HANDLE", "type": "net.Socket", "msg": {"descriptor": place}}
        arrived = {"place": place, "early": base64.b64encode(data).decode()}
        return f"{json.dumps(handle)}\n{json.dumps(arrived)}\n".encode()

    def _discard(self) -> None:
        try:
            if self.sock.recv(READ_SIZE):
                return
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            pass  # as at its end
        asyncio.get_running_loop().remove_reader(self.sock)

    def close(self) -> None:
        if self.sock.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(self.sock)
        super().close()
