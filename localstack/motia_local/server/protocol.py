"""The HTTP/1.1 protocol: uvicorn's on httptools, with limits for clients that are slow or send endless headers."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

HEADER_BYTES = 64 * 1024  # of request line and headers together
LINGER_S = 1.0  # between an answer that ends a connection and its end
HEADER_S = 10.0  # from the first byte of a request to the end of its headers


class OneWrite:
    """A transport that sends the head and the body of a response in one go.

    The first write waits for the second, or for the end of this turn of the loop: half the system calls, and a client
    that wakes up once.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self.transport = transport
        self._loop = loop
        self._held: bytes | None = None

    def write(self, data: bytes) -> None:
        if self._held is None:
            self._held = data
            self._loop.call_soon(self._flush)
        else:
            data, self._held = self._held + data, None
            self.transport.write(data)

    def close(self) -> None:
        self._flush()
        self.transport.close()

    def write_eof(self) -> None:
        self._flush()
        self.transport.write_eof()

    def _flush(self) -> None:
        if self._held is not None:
            data, self._held = self._held, None
            self.transport.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)


class BoundedProtocol(HttpToolsProtocol):
    """One connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.transport = OneWrite(transport, self.loop)  # type: ignore[assignment]
        self._header_bytes = 0
        self._in_headers = False
        self._refused = False
        self._patience: asyncio.TimerHandle | None = None
        self._wait_for_headers()  # a client that connects and says nothing is as slow as one that says little

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return  # read on, so that the client gets to read why
        self._header_bytes += len(data)
        super().data_received(data)
        if self._in_headers and self._header_bytes > HEADER_BYTES and not self.transport.is_closing():
            self._refuse(431, b"the headers are too large")
        elif self._in_headers and self._patience is None:
            self._wait_for_headers()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_headers = True

    def on_headers_complete(self) -> None:
        self._in_headers = False
        self._header_bytes = 0
        self._forget()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._header_bytes = 0

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        self.transport = self.transport.transport  # type: ignore[attr-defined]
        super().handle_websocket_upgrade()

    def _wait_for_headers(self) -> None:
        self._patience = self.loop.call_later(HEADER_S, self._refuse, 408, b"the request did not come to its end")

    def _forget(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _refuse(self, status: int, text: bytes) -> None:
        self._patience = None
        if self.transport.is_closing() or self._refused:
            return
        self._refused = True
        head = b"content-type: text/plain; charset=utf-8\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(text)
        self.transport.write(STATUS_LINE[status] + head + text)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(LINGER_S, self.transport.close)
