"""The listening socket of `motia start`: connections are given to workers; the server serves what no worker takes."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import resource
import socket
from typing import Any

from motia.response import SERVER_ERROR
from motia_local.server.app import ENDING
from motia_local.server.http import HttpServer
from motia_local.server.protocol import BoundedProtocol
from motia_local.start.line import Left
from motia_local.start.lines import Lines
from motia_local.start.pool import ServingPool
from motia_local.workers.python_worker.serving.connection import HELD
from motia_local.workers.python_worker.serving.wire import Writer

AT_ONCE = 64
PAUSE_S = 0.1  # when there are no descriptors to be had


class Resumed(BoundedProtocol):
    """A connection of which something has been read already."""

    def __init__(self, early: bytes, **options: Any) -> None:
        super().__init__(**options)
        self._early = early

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self._early:
            self.data_received(self._early)


class SharedHttp(HttpServer):
    """Accepts connections and gives each to the worker that has the fewest."""

    def __init__(self, app: Any, sock: socket.socket, lines: Lines) -> None:
        super().__init__(app, sock)
        self._lines = lines
        self._writer = Writer()
        self._adopting: set[asyncio.Task[None]] = set()
        self._listening = False

    async def begin(self) -> None:
        _raise_limit()
        self.config.load()
        self.lifespan = self.config.lifespan_class(self.config)
        await self.startup(sockets=[])
        await self.on_tick(0)
        loop = asyncio.get_running_loop()
        self._serving = loop.create_task(self.main_loop())
        self._listen()

    def close_door(self) -> None:
        """Accept nothing more."""
        if self._listening:
            self._listening = False
            asyncio.get_running_loop().remove_reader(self._sock)
        self._sock.close()

    async def end(self, grace_s: float = 5.0) -> None:
        self.close_door()
        if self._serving is None:
            return
        await self._lines.drain(grace_s)
        if self._adopting:
            await asyncio.wait(self._adopting, timeout=1)
        await super().end(grace_s)

    def _listen(self) -> None:
        if not self._listening and self._sock.fileno() >= 0:
            self._listening = True
            asyncio.get_running_loop().add_reader(self._sock, self._accept)

    def _accept(self) -> None:
        for _ in range(AT_ONCE):
            try:
                client, _ = self._sock.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as wrong:
                loop = asyncio.get_running_loop()
                if wrong.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM) and self._listening:
                    self._listening = False
                    loop.remove_reader(self._sock)
                    loop.call_later(PAUSE_S, self._listen)
                return
            client.setblocking(False)
            self.place(client)

    def place(self, client: socket.socket) -> None:
        """Find a worker for a connection of which nothing has been read."""
        line = self._lines.best()
        if line is None or not line.give(client):
            self.adopt(client, b"")

    def pass_on(self, client: socket.socket, data: bytes, pool: ServingPool) -> None:
        """Find a worker that does not belong to `pool` for a connection of which `data` has been read."""
        line = self._lines.other(pool)
        if line is None or not line.give(client, data):
            self.adopt(client, data)

    def adopt(self, client: socket.socket, data: bytes) -> None:
        """Serve a connection here. data: what has been read of it."""
        task = asyncio.get_running_loop().create_task(self._adopt(client, data))
        self._adopting.add(task)
        task.add_done_callback(self._adopting.discard)

    async def _adopt(self, client: socket.socket, data: bytes) -> None:
        def protocol() -> Resumed:
            return Resumed(data, config=self.config, server_state=self.server_state, app_state=self.lifespan.state)

        try:
            await asyncio.get_running_loop().connect_accepted_socket(protocol, client)
        except OSError:
            client.close()

    def fail(self, left: Left, *, stopping: bool) -> None:
        """End a connection whose worker ended; answer the request it had read, wholly or in part, when no answer has
        begun. stopping: the server ends, and has waited for the request as long as it does."""
        with contextlib.suppress(OSError):
            if left.asked:
                answer = ENDING if stopping else SERVER_ERROR
                left.client.send(self._writer.encode(answer, close=True))
                with contextlib.suppress(BlockingIOError):
                    left.client.recv(HELD)  # a connection closed with something unread may cost the client its answer
            left.client.shutdown(socket.SHUT_RDWR)
        left.client.close()


def _raise_limit() -> None:
    """The server holds a descriptor of every connection."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536)
    if soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
