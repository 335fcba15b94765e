"""What a worker prints, read line by line and bounded: a Step that floods its output slows nobody but itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from motia_local.workers.python_worker.output import MARK, SEPARATOR

LINE_LIMIT = 16 * 1024  # bytes shown of a line
BURST = 1024 * 1024  # bytes shown at once of one stream ...
RATE = 128 * 1024  # ... and per second after that; the rest is counted


@dataclass(frozen=True)
class OutputLine:
    """One line. stream: stdout or stderr. step, trace_id: of the invocation that printed it, when that is known."""

    stream: str
    text: str
    step: str | None = None
    trace_id: str | None = None


class LineReader(asyncio.Protocol):
    """One stream of a worker: what comes out of its pipe, and what the worker says a Step has printed there."""

    def __init__(self, stream: str, write: Callable[[OutputLine], None]) -> None:
        self._stream = stream
        self._write = write
        self._rest = b""
        self._budget = float(BURST)
        self._filled_at = time.monotonic()
        self._dropped = 0
        self._closed = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        if not self._may_show(data):
            self._rest = data[data.rfind(b"\n") + 1 :][:LINE_LIMIT]
            return
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._write(self._parse(line))
        if len(self._rest) > LINE_LIMIT:
            self._write(self._parse(self._rest))
            self._rest = b""

    def printed(self, data: bytes, step: str, trace_id: str | None) -> None:
        """A Step printed whole lines, its worker says."""
        if self._may_show(data):
            for line in data.removesuffix(b"\n").split(b"\n"):
                self._write(OutputLine(self._stream, _text(line), step, trace_id))

    def connection_lost(self, error: Exception | None) -> None:
        if self._rest:
            self._write(self._parse(self._rest))
        self._report()
        self._closed.set()

    async def finished(self, within_s: float = 1.0) -> None:
        """Return when the stream is read to its end (a stray child may hold it open: wait no longer than that)."""
        try:
            await asyncio.wait_for(self._closed.wait(), within_s)
        except TimeoutError:
            self._report()

    def _may_show(self, data: bytes) -> bool:
        self._refill()
        if self._budget <= 0:
            if not self._dropped:
                asyncio.get_running_loop().call_later(1, self._report)
            self._dropped += data.count(b"\n")
            return False
        self._budget -= len(data)
        return True

    def _refill(self) -> None:
        now = time.monotonic()
        self._budget = min(float(BURST), self._budget + (now - self._filled_at) * RATE)
        self._filled_at = now

    def _report(self) -> None:
        if self._dropped:
            self._write(OutputLine(self._stream, f"... {self._dropped} lines of output were dropped"))
            self._dropped = 0

    def _parse(self, line: bytes) -> OutputLine:
        text = _text(line)
        if text.startswith(MARK) and text.count(SEPARATOR) >= 2:
            step, trace_id, text = text[1:].split(SEPARATOR, 2)
            return OutputLine(self._stream, text, step, trace_id or None)
        return OutputLine(self._stream, text)


def _text(line: bytes) -> str:
    return line[:LINE_LIMIT].decode("utf-8", "backslashreplace").rstrip("\r")
