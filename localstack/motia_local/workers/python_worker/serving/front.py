"""The connections of a worker, and the way from a request to the Step that answers it."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple

from motia.http import HttpRequest, HttpResponse
from motia.invoke import LoadedStep
from motia.paths import Router
from motia.response import NOT_FOUND, preflight

from ..channel import Channel
from ..runner import Runner
from .connection import MAX_BODY, Connection
from .head import Head
from .runs import RequestRuns
from .wire import Writer

CHECK_S = 2.0
READ_SIZE = 64 * 1024
ARRIVED = struct.Struct("!II")  # place, length of what others have read of it, which follows


class Target(NamedTuple):
    """An API Step. position: in the list that the server sent. step: None when it is not loaded here. elsewhere:
    workers for another language have it."""

    position: int
    step: LoadedStep | None
    timeout_s: float
    elsewhere: bool = False


class Front:
    """Serves the connections that arrive on `sock`, a descriptor with each message."""

    def __init__(
        self, sock: socket.socket, channel: Channel, runner: Runner, places: Any, wake: Callable[[], None]
    ) -> None:
        """places: the shared numbers of the connections. wake: told before a Step begins."""
        self.connections: set[Connection] = set()
        self.writer = Writer()
        self.places = places
        self.draining = False
        self.stopping = False  # the server is: connections end with this worker
        self.max_body = MAX_BODY
        self._sock = sock
        self._channel = channel
        self._loop = asyncio.get_event_loop()
        self._runs = RequestRuns(runner, channel, wake, self._ended)
        self._runner = runner
        self._router: Router[Target] = Router(())
        self._pages: frozenset[str] = frozenset()
        self._mounts: tuple[str, ...] = ()
        self._accepting: set[asyncio.Task[Any]] = set()
        self._told = False
        self._receiving = threading.Lock()
        self._received_bytes = b""
        self._received_descriptors: list[int | None] = []
        sock.setblocking(False)
        sock.set_inheritable(False)
        self._loop.add_reader(sock, self._accept)
        self._loop.call_later(CHECK_S, self._check)

    def serve(
        self,
        steps: Sequence[Sequence[Any]],
        elsewhere: Sequence[Sequence[str]],
        pages: Sequence[str],
        mounts: Sequence[str],
        max_body: int,
    ) -> None:
        """Answer for these Steps from now on.

        steps: (id, timeout in seconds). elsewhere: (method, path) of those that workers for another language have.
        pages: paths that are the server's own; mounts: those with all below them. max_body: bytes of a body that is
        read here.
        """
        timeouts = {id: (position, float(timeout)) for position, (id, timeout) in enumerate(steps)}
        routes = []
        for step in self._runner.descriptor.steps:
            if step.type == "api" and step.method and step.path and step.id in timeouts:
                position, timeout_s = timeouts[step.id]
                routes.append((step.method, step.path, Target(position, self._runner.steps.get(step.id), timeout_s)))
        other = Target(-1, None, 0.0, elsewhere=True)
        self._router = Router([*routes, *((method, path, other) for method, path in elsewhere)])
        self._pages = frozenset(pages) | frozenset(mounts)
        self._mounts = tuple(f"{mount}/" for mount in mounts)
        self.max_body = min(MAX_BODY, max_body)

    # requests

    def find(self, head: Head) -> tuple[Target | None, dict[str, str]] | Literal["server", "elsewhere"]:
        """The Step for a request, if there is one, and its path parameters; or who else answers it."""
        if head.path in self._pages or head.path.startswith(self._mounts):
            return "server"
        found = self._router.match(head.method, head.path)
        if found is None:
            return None, {}
        if found[0].step is not None:
            return found
        return "elsewhere" if found[0].elsewhere else "server"

    def refusal(self, head: Head) -> HttpResponse:
        """The answer where no Step has one."""
        return preflight() if head.method == "OPTIONS" else NOT_FOUND

    def run(self, connection: Connection, target: Target, request: HttpRequest) -> None:
        """Let a Step answer."""
        assert target.step is not None
        self._runs.start(connection.place, target.step, target.timeout_s, request, connection.respond)

    # connections

    def _accept(self) -> None:
        for place, early, client in self._received():
            if client is None:
                self._channel.send({"t": "over", "place": place, "full": True}, early)
                continue
            task = self._loop.create_task(self._connect(Connection(self, place, early), client))
            self._accepting.add(task)
            task.add_done_callback(self._accepting.discard)

    def _received(self) -> Iterator[tuple[int, bytes, socket.socket | None]]:
        """The connections that have arrived, each with its place and what others have read of it. None: there was no
        descriptor to be had for it. Any thread may ask: each is given out once."""
        while True:
            with self._receiving:
                arrived = self._next_received()
            if arrived is None:
                return
            yield arrived

    def _next_received(self) -> tuple[int, bytes, socket.socket | None] | None:
        while True:
            size = len(self._received_bytes)
            if size >= ARRIVED.size and self._received_descriptors:
                place, length = ARRIVED.unpack_from(self._received_bytes)
                end = ARRIVED.size + length
                if size >= end:
                    early, self._received_bytes = self._received_bytes[ARRIVED.size : end], self._received_bytes[end:]
                    descriptor = self._received_descriptors.pop(0)
                    return place, early, None if descriptor is None else socket.socket(fileno=descriptor)
            try:
                data, descriptors, flags, _ = socket.recv_fds(self._sock, READ_SIZE, 1)
            except (BlockingIOError, InterruptedError):
                return None
            except OSError:
                data, descriptors, flags = b"", [], 0
            if not data:
                self._loop.call_soon_threadsafe(self._loop.remove_reader, self._sock)
                return None
            self._received_bytes += data
            self._received_descriptors += descriptors or ([None] if flags & socket.MSG_CTRUNC else [])

    def return_arrived(self) -> None:
        """Give back the connections that have arrived while the loop stands still. Any thread may call it."""
        for place, early, client in self._received():
            if client is not None:
                client.close()
            self._channel.send({"t": "over", "place": place, "unread": True}, early)

    async def _connect(self, connection: Connection, client: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(lambda: connection, client)
        except OSError:
            client.close()
            self.closed(connection)

    def closed(self, connection: Connection) -> None:
        """A connection has ended."""
        self._channel.send({"t": "closed", "place": connection.place})

    def give_back(self, connection: Connection, data: bytes, *, elsewhere: bool) -> None:
        """The server takes a connection, of whose present request `data` has been read. elsewhere: for workers for
        another language."""
        self._channel.send({"t": "over", "place": connection.place, "elsewhere": elsewhere}, data)

    def _check(self) -> None:
        now = time.monotonic()
        for connection in list(self.connections):
            connection.check(now)
        self._loop.call_later(CHECK_S, self._check)

    # the end

    def drain(self, *, stopping: bool) -> None:
        """Let every connection go once its request is answered, and tell the server when none is at work."""
        self.draining = True
        self.stopping = stopping
        for connection in list(self.connections):
            connection.drain()
        self._ended()

    def _ended(self) -> None:
        if self.draining and not self._told and not self._runs.unanswered:
            self._told = True
            self._channel.send({"t": "unfronted"})
