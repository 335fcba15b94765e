"""The worker's end of the socket: frames in, frames out, and calls to the server that wait for a reply.

The event loop owns the socket. Only the watchdog reads it as well, while the loop is blocked, and handlers in threads
write to it; two locks keep frames whole.
"""

from __future__ import annotations

import asyncio
import select
import socket
import threading
from collections.abc import Callable
from typing import Any

from motia import errors

from . import frames

READ_SIZE = 256 * 1024
HIGH_WATER = 1024 * 1024  # bytes waiting to be written, above which a writer waits for the server


class ServerGone(Exception):
    """The server closed the socket, or died."""


class Channel:
    """Frames over a connected stream socket."""

    def __init__(self, sock: socket.socket, receive: Callable[[dict[str, Any], bytes], None]) -> None:
        sock.setblocking(False)
        self.sock = sock
        self._receive = receive
        self._reader = frames.FrameReader()
        self._read_lock = threading.Lock()
        self._write_lock = threading.RLock()
        self._out: list[bytes] = []
        self._waiting_bytes = 0
        self._flush_planned = False
        self._flushing = False
        self._calls: dict[int, asyncio.Future[Any]] = {}
        self._next_call = 0
        self.gone: Callable[[], None] = lambda: None

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let `loop` read the socket from now on. Call it in the loop's thread."""
        self._loop = loop
        self._thread = threading.get_ident()
        loop.add_reader(self.sock, self._on_readable)

    # reading

    def read(self) -> list[frames.Frame]:
        """The frames that have arrived. ServerGone at the end of the stream. Any thread may call it."""
        with self._read_lock:
            try:
                data = self.sock.recv(READ_SIZE)
            except (BlockingIOError, InterruptedError):
                return []
            except OSError as error:
                raise ServerGone from error
            if not data:
                raise ServerGone
            return list(self._reader.feed(data))

    def _on_readable(self) -> None:
        try:
            arrived = self.read()
        except (ServerGone, frames.FrameError):
            self._loop.remove_reader(self.sock)
            self.gone()
            return
        for header, body in arrived:
            self._receive(header, body)

    # writing

    def send(self, header: dict[str, Any], body: bytes = b"") -> None:
        """Queue a frame; frames queued in one turn of the loop leave together. Any thread may call it.

        Waits when the server is far behind, so that a handler in a loop of logging cannot fill the memory.
        """
        frame = frames.encode(header, body)
        with self._write_lock:
            self._out.append(frame)
            self._waiting_bytes += len(frame)
            planned, self._flush_planned = self._flush_planned, True
        if self._waiting_bytes > HIGH_WATER:
            self.flush(wait=True)
        elif not planned:
            if threading.get_ident() == self._thread:
                self._loop.call_soon(self.flush)
            else:
                self._loop.call_soon_threadsafe(self.flush)

    def send_now(self, header: dict[str, Any], body: bytes = b"") -> None:
        """Send a frame, after those that are queued, and return when it is written: the process may end then."""
        frame = frames.encode(header, body)
        with self._write_lock:
            self._out.append(frame)
            self.flush(wait=True)

    def flush(self, wait: bool = False) -> None:
        """Write what is queued; with `wait`, until all of it is written."""
        with self._write_lock:
            self._flush_planned = False
            if self._flushing:  # by this thread: what is collected as garbage meanwhile may print
                return
            self._flushing = True
            try:
                self._write(wait)
            finally:
                self._flushing = False

    def _write(self, wait: bool) -> None:
        while self._out:
            queued, self._out = self._out, []
            data = queued[0] if len(queued) == 1 else b"".join(queued)
            try:
                sent = self.sock.send(data)
            except (BlockingIOError, InterruptedError):
                sent = 0
            except OSError:
                sent = len(data)  # the reader learns that the server is gone and ends the process
            self._waiting_bytes = len(data) - sent
            if sent < len(data):
                self._out.insert(0, data[sent:])
                if not wait:
                    self._plan_writer()
                    return
                select.select([], [self.sock], [], 1)

    def _plan_writer(self) -> None:
        if threading.get_ident() == self._thread:
            self._loop.add_writer(self.sock, self._on_writable)
        else:
            self._loop.call_soon_threadsafe(self._loop.add_writer, self.sock, self._on_writable)

    def _on_writable(self) -> None:
        self._loop.remove_writer(self.sock)
        self.flush()

    # calls

    async def call(self, operation: str, arguments: list[Any], invocation: int | None = None) -> Any:
        """Ask the server: the reply's value; StepError when the server refuses."""
        self._next_call += 1
        number = self._next_call
        self.send({"t": "call", "id": number, "inv": invocation, "op": operation, "args": arguments})
        reply = self._calls[number] = self._loop.create_future()
        try:
            return await reply
        finally:
            self._calls.pop(number, None)

    def on_reply(self, header: dict[str, Any]) -> None:
        """Give a call its reply."""
        reply = self._calls.get(header["id"])
        if reply is None or reply.done():
            return
        if "error" in header:
            reply.set_exception(_error(header["error"]))
        else:
            reply.set_result(header.get("value"))


def _error(raw: dict[str, Any]) -> Exception:
    kind = getattr(errors, str(raw.get("type")), None)
    what = str(raw.get("what"))
    if isinstance(kind, type) and issubclass(kind, errors.StepError):
        return kind(what, where=raw.get("where"), allowed=raw.get("allowed"), remedy=raw.get("remedy"))
    return errors.StepError(what)
