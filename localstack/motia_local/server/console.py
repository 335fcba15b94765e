"""The server's console: log lines as people read them, or as JSON. A slow reader of it slows nothing down."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import time
from collections import deque
from typing import Any, TextIO

from motia_local.record_lines import RecordLines
from motia_local.workers.output import OutputLine

LINES_WAITING = 20_000  # above which the oldest are dropped


class Console:
    """Prints from a thread of its own. json_lines: records as JSON. stream: standard output by default."""

    def __init__(self, *, json_lines: bool = False, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._json = json_lines
        colours = not json_lines and self._stream.isatty() and "NO_COLOR" not in os.environ
        self._lines = RecordLines(colours=colours)
        self._waiting: deque[str] = deque(maxlen=LINES_WAITING)
        self._more = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._write, name="console", daemon=True)
        self._thread.start()

    def record(self, record: dict[str, Any]) -> None:
        """One log record: {time (milliseconds), level, step, traceId, msg, ...}."""
        if self._json:
            self._put(json.dumps(record, ensure_ascii=False, default=str))
            return
        self._put(self._lines.record(record))

    def output(self, line: OutputLine, step: str | None) -> None:
        """A line that a Step, or something below it, printed."""
        if self._json:
            told = {"level": line.stream, "step": step, "traceId": line.trace_id, "msg": line.text}
            self._put(json.dumps({"time": _now_ms(), **told}, ensure_ascii=False))
            return
        head, tag = self._lines.head(None, line.trace_id), self._lines.paint(f"[{line.stream}]", "dim")
        self._put(" ".join(part for part in (head, tag, self._lines.step(step), line.text) if part))

    def say(self, text: str, mark: str = "", colour: str = "dim") -> None:
        """A line of the server itself. mark: one character before it."""
        if self._json:
            self._put(json.dumps({"time": _now_ms(), "level": "server", "msg": text}, ensure_ascii=False))
        else:
            self._put(f"{self._lines.paint(mark, colour)} {text}" if mark else text)

    def close(self, within_s: float = 2.0) -> None:
        """Write what waits."""
        self._closing = True
        self._more.set()
        self._thread.join(within_s)

    def _put(self, text: str) -> None:
        self._waiting.append(text)
        if not self._more.is_set():
            self._more.set()

    def _write(self) -> None:
        while not (self._closing and not self._waiting):
            self._more.wait()
            self._more.clear()
            lines = []
            while self._waiting:
                lines.append(self._waiting.popleft())
            try:
                text = "\n".join(lines) + "\n" if lines else ""
                encoding = self._stream.encoding or "utf-8"
                self._stream.write(text.encode(encoding, "replace").decode(encoding))
                self._stream.flush()
            except (OSError, ValueError):
                return  # nobody reads any more
            if self._closing:
                self._more.set()


class ConsoleHandler(logging.Handler):
    """Takes what our own parts and uvicorn log the way of the Python library."""

    LOGGERS = ("motia.engine", "motia.streams", "uvicorn.error")

    def __init__(self, console: Console) -> None:
        super().__init__(logging.WARNING)
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        error = record.levelno >= logging.ERROR
        self._console.say(self.format(record), "✗" if error else "!", "error" if error else "warn")

    def attach(self) -> None:
        """Take from now on; uvicorn's complaints about what clients send are left out."""
        for name in self.LOGGERS:
            logger = logging.getLogger(name)
            logger.addHandler(self)
            logger.propagate = False
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)

    def detach(self) -> None:
        """Take no more."""
        for name in self.LOGGERS:
            logging.getLogger(name).removeHandler(self)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
