"""The server's end of one worker's HTTP: the connections it was given, and what it says of them.

The server keeps a descriptor of every connection it gives away. A worker that dies takes none along: idle ones go to
another worker, the others are answered with an error.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from typing import Any, Literal

from motia_local.workers.invocation import Invocation
from motia_local.workers.python_worker.shared import IDLE, PLACES, RUNNING, Shared


@dataclass(frozen=True)
class Served:
    """A run that a worker began by itself. place: of its connection."""

    invocation: Invocation
    place: int


@dataclass(frozen=True)
class Left:
    """A connection of a worker that is gone. step: id of the one that was answering, if one was."""

    client: socket.socket
    idle: bool
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
    runs: dict[int, Served] = field(default_factory=dict)
    stuck_until: float | None = None  # monotonic seconds; a request holds its loop and may until then
    _free: list[int] = field(default_factory=list)
    _highest: int = 0

    def give(self, client: socket.socket) -> bool:
        """Let the worker have a connection; whether it can take it."""
        if self._free:
            place = self._free.pop()
        elif self._highest < PLACES:
            place, self._highest = self._highest, self._highest + 1
        else:
            return False
        self.shared.places[place] = IDLE
        try:
            socket.send_fds(self.sock, [place.to_bytes(4, "big")], [client.fileno()])
        except OSError:
            self._free.append(place)
            return False
        self.clients[place] = client
        return True

    def take(self, place: int) -> socket.socket | None:
        """Have a connection back, or its end told."""
        client = self.clients.pop(place, None)
        if client is not None:
            self._free.append(place)
        return client

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
        self.sock.close()
        steps = {place: step for place, step, _ in self.running()}
        clients, self.clients = self.clients, {}
        return [
            Left(client, (state := self.shared.places[place]) == IDLE, state >= RUNNING, steps.get(place), place)
            for place, client in clients.items()
        ]
