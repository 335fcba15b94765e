"""The listening socket and uvicorn behind it."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import Iterator
from typing import Any

import uvicorn

from motia.errors import ProjectError
from motia.stream_protocol import MAX_FRAME_BYTES
from motia_local.server.protocol import BoundedProtocol

KEEP_ALIVE_S = 75
PING_S = 20.0  # between pings of a WebSocket, and for the answer
PORT_TRIES = 10


def bind(host: str, port: int, *, tries: int = 1) -> socket.socket:
    """A socket bound to `port`, or to the next free of `tries` ports. ProjectError when there is none."""
    name = "127.0.0.1" if host == "localhost" else host
    error: OSError | None = None
    for candidate in range(port, min(port + tries, 65_536)):
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(name, candidate, type=socket.SOCK_STREAM)[0]
        except OSError as wrong:
            raise ProjectError(f"the host {host!r} is not an address of this machine: {wrong}") from None
        sock = socket.socket(family, kind, protocol)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(address)
            sock.listen(2048)
        except OSError as busy:
            sock.close()
            if busy.errno != errno.EADDRINUSE:
                raise ProjectError(f"cannot listen on {host}:{candidate}: {busy.strerror}") from None
            error = busy
            continue
        sock.setblocking(False)
        return sock
    last = f" to {port + tries - 1}" if tries > 1 else ""
    raise ProjectError(f"port {port}{last} is in use", remedy="stop what uses it, or give another --port") from error


class HttpServer(uvicorn.Server):
    """uvicorn over a socket that is already bound; signals are its owner's business."""

    def __init__(self, app: Any, sock: socket.socket) -> None:
        config = uvicorn.Config(
            app,
            http=BoundedProtocol,
            ws=_websocket,  # type: ignore[arg-type]
            ws_max_size=MAX_FRAME_BYTES,
            ws_ping_interval=PING_S,
            ws_ping_timeout=PING_S,
            ws_per_message_deflate=False,  # one kilobyte of it may be a megabyte of memory
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=5,
            interface="asgi3",
        )
        super().__init__(config)
        self._sock = sock
        self._serving: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Accept connections from now on."""
        self.config.load()
        self.lifespan = self.config.lifespan_class(self.config)
        await self.startup(sockets=[self._sock])
        await self.on_tick(0)
        self._serving = asyncio.get_running_loop().create_task(self.main_loop())

    async def end(self, grace_s: float = 5.0) -> None:
        """Accept nothing more, let the requests at work end for `grace_s` seconds, close."""
        if self._serving is None:
            self._sock.close()
            return
        self.should_exit = True
        await self._serving
        self.config.timeout_graceful_shutdown = max(1, int(grace_s))
        await self.shutdown(sockets=[self._sock])

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _websocket(**options: Any) -> asyncio.Protocol:
    """The protocol of WebSockets, imported with the first of them."""
    from motia_local.server.websocket.protocol import make

    return make(**options)
