"""One client: requests read one after another, each answered before the next is looked at."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from typing import TYPE_CHECKING, cast

from motia.http import HttpRequest, HttpResponse

from ..shared import ANSWERING, IDLE, READING, RUNNING
from .head import MAX_HEAD, Head, read_head

if TYPE_CHECKING:
    from .front import Front, Target

MAX_BODY = 1024 * 1024  # bytes of a body that is read here
PATIENCE_S = 10.0  # for the rest of a request, then the server waits for it
KEEP_ALIVE_S = 75.0
SEND_S = 75.0  # without the client taking anything of its answer
HELD = MAX_BODY + MAX_HEAD  # bytes that have arrived meanwhile: more than any request that is answered here


class Connection(asyncio.Protocol):
    """A connection, known to the server by its place."""

    def __init__(self, front: Front, place: int, early: bytes = b"") -> None:
        """early: what others have read of it, of a request that they have passed on to these workers."""
        self.place = place
        self.since = time.monotonic()  # of its present state
        self._state = IDLE
        self.busy = False  # a Step is answering
        self.gone = False
        self._front = front
        self._buffer = b""
        self._head: Head | None = None
        self._head_bytes = 0
        self._found: tuple[Target | None, dict[str, str]] = (None, {})
        self._last_raw = b""
        self._last: Head | None = None
        self._close = False  # after the present answer
        self._unsent = 0  # bytes, when last looked at
        self._paused = False  # the client does not take its answers as fast as they come
        self._held = False  # reading is paused
        self._early = early
        self._passed = bool(early)  # the present request is the one that was passed on

    # the transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=0)  # paused is the same as: something is left to write
        self._front.connections.add(self)
        if self._early:
            self.data_received(self._early)
            self._early = b""
        elif self._front.draining:
            self.drain()

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        if not (self.busy or self._paused):
            self._advance()
        elif len(self._buffer) > HELD:
            self._held = True
            self._transport.pause_reading()

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        if not (self.gone or self._transport.is_closing()):
            self._advance()

    def connection_lost(self, error: Exception | None) -> None:
        self._front.connections.discard(self)
        if not self.gone:
            self.gone = True
            with contextlib.suppress(OSError):  # the server holds the socket too: closing it here does not end it
                self._transport.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
            self._front.closed(self)

    # requests

    def _advance(self) -> None:
        """Answer what has arrived, as far as it is complete."""
        while not (self.busy or self._paused):
            if self._front.draining:
                self.drain()
                return
            self._release()
            if self._head is None and not self._read_head():
                return
            head = self._head
            if head is None:
                return
            end = self._head_bytes + head.length
            if len(self._buffer) < end:
                self._mark(READING)
                return
            body, self._buffer, self._head = self._buffer[self._head_bytes : end], self._buffer[end:], None
            self._passed = False
            self._answer(head, body)
            if self.gone or self._transport.is_closing():
                return

    def _read_head(self) -> bool:
        """Whether there is a head, of a request that is answered here."""
        if not self._buffer:
            self._mark(IDLE)
            return False
        end = self._buffer.find(b"\r\n\r\n") + 4
        if end < 4:
            if len(self._buffer) > MAX_HEAD:
                self.give_back()
            else:
                self._mark(READING)
            return False
        raw = self._buffer[:end]
        if raw != self._last_raw:  # most clients repeat themselves
            self._last_raw, self._last = raw, read_head(raw) if end <= MAX_HEAD else None
        self._head = self._last
        self._head_bytes = end
        head = self._head
        found = self._front.find(head) if head and head.length <= self._front.max_body else "server"
        if isinstance(found, str):
            self.give_back(elsewhere=found == "elsewhere" and not self._passed)
            return False
        self._found = found
        return True

    def _answer(self, head: Head, body: bytes) -> None:
        self._close = head.close
        target, params = self._found
        if target is None:
            self.respond(self._front.refusal(head))
            return
        request = HttpRequest(head.method, head.path, head.query, head.headers, body, params)
        self.busy = True
        self._mark(RUNNING + target.position)
        self._front.run(self, target, request)

    def respond(self, response: HttpResponse) -> None:
        """Send the answer to the present request, and go on with what has arrived meanwhile."""
        busy, self.busy = self.busy, False
        if self.gone or self._transport.is_closing():
            return
        close = self._close or self._front.stopping
        self._mark(ANSWERING)
        self._transport.write(self._front.writer.encode(response, close=close))
        if close:
            self._transport.close()
            return
        if not self._paused:
            self._mark(IDLE if not self._buffer else READING)
        if busy:
            self._advance()

    def _mark(self, state: int) -> None:
        if state != self._state:  # more of the same request does not make the client any faster
            self._state = self._front.places[self.place] = state
            self.since = time.monotonic()

    def _release(self) -> None:
        if self._held and len(self._buffer) <= HELD:
            self._held = False
            self._transport.resume_reading()

    # ends

    def give_back(self, *, elsewhere: bool = False) -> None:
        """Let the server have the connection, with what was read of the request it brings. elsewhere: workers for
        another language answer it."""
        self.gone = True
        self._transport.abort()  # nothing waits to be written, and nothing is read from here on
        self._front.give_back(self, self._buffer, elsewhere=elsewhere)

    def drain(self) -> None:
        """This worker is leaving: let the connection go as soon as it has its answer."""
        if self.busy or self._paused or self.gone:
            return
        if self._front.stopping and not self._buffer:
            self._transport.close()
        else:
            self.give_back()

    def check(self, now: float) -> None:
        """See whether the client still does its part."""
        waited = now - self.since
        if self.busy or self.gone or self._transport.is_closing():
            return
        if self._paused:
            before, self._unsent = self._unsent, self._transport.get_write_buffer_size()
            if self._unsent != before:
                self.since = now
            elif waited > SEND_S:
                self._transport.abort()
        elif self._buffer:
            if waited > PATIENCE_S:
                self.give_back()
        elif waited > KEEP_ALIVE_S:
            self._transport.close()
