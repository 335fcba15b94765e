"""The WebSocket protocol: uvicorn's on `websockets`, with limits for clients that never read, or send without end."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

FRAGMENTS = 1_000  # of one message
UNREAD_BYTES = 1024 * 1024  # of answers to pings
LINGER_S = 3.0  # between the goodbye and the end of a connection whose client does not answer


class BoundedWebSocket(WebSocketsSansIOProtocol):
    """One connection."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.close_timeout = LINGER_S

    async def send(self, message: Any) -> None:
        if message["type"] != "websocket.close" or not self.handshake_complete:
            await super().send(message)
            return
        self.writable.set()  # a goodbye does not wait for a client that does not read
        await super().send(message)
        self._abort_soon()

    def data_received(self, data: bytes) -> None:
        try:
            super().data_received(data)
        except AssertionError:  # what uvicorn let pass as a request is none to `websockets`: a line too long, say
            if self.handshake_initiated:
                raise
            self.transport.write(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
            self.transport.close()

    def handle_ping(self) -> None:
        if self.transport.get_write_buffer_size() > UNREAD_BYTES:
            self.transport.abort()
        else:
            super().handle_ping()

    def handle_cont(self, event: Frame) -> None:
        if len(self.frames) >= FRAGMENTS:
            self._fail(1009, "too many fragments")
        else:
            super().handle_cont(event)

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text":
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self._fail(1007, "not UTF-8")
                return
        super().send_receive_event_to_app()

    def handle_parser_exception(self) -> None:
        super().handle_parser_exception()
        self._abort_soon()

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self._abort_soon()

    def shutdown(self) -> None:
        super().shutdown()
        self._abort_soon()

    def _fail(self, code: int, reason: str) -> None:
        self.frames = []
        if self.conn.close_sent is None:
            self.conn.fail(code, reason)
            self.handle_parser_exception()

    def _abort_soon(self) -> None:
        """Closing waits until the client has read what it was sent; this does not wait for ever."""
        self.loop.call_later(LINGER_S, self._abort)

    def _abort(self) -> None:
        if not self.disconnected:
            self.transport.abort()


def make(**options: Any) -> asyncio.Protocol:
    """The protocol of one connection, as uvicorn asks for it."""
    return BoundedWebSocket(**options)
